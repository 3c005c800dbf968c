//! The server rejects the client: certificates, credentials, and how the client hears of it.

use mock_napi::{Account, ConnectionEvent, Denial, Event, EventKind, Refusal, Verdict};
use napi::{Client, Credentials, Error};
use test_support::{Customer, Mock};
use transport::{ClientAuth, ClientCertificateProblem, ErrorKind, Phase};

use crate::kinds;

/// Returns the transport's error of a call that must fail, and the server's events of its
/// connection.
async fn refused(mock: &Mock, client: &Client) -> (transport::Error, Vec<Event>) {
    let error = client.test_authentication().await.unwrap_err();
    let error = error
        .transport()
        .unwrap_or_else(|| panic!("an answer came: {error:?}"))
        .clone();
    let local_addr = error
        .connection()
        .and_then(transport::ConnectionInfo::local_addr)
        .unwrap();
    let events = mock.portal().events_of(local_addr).await.unwrap();
    (error, events)
}

fn verdict(events: &[Event]) -> Option<Verdict> {
    kinds(events).into_iter().find_map(|kind| match kind {
        EventKind::Connection(ConnectionEvent::ClientCertificate { verdict, .. }) => Some(*verdict),
        _ => None,
    })
}

fn alert_sent(events: &[Event]) -> Option<&str> {
    kinds(events).into_iter().find_map(|kind| match kind {
        EventKind::Connection(ConnectionEvent::HandshakeFailed { alert_sent, .. }) => {
            alert_sent.as_deref()
        }
        _ => None,
    })
}

fn no_request(events: &[Event]) -> bool {
    !kinds(events)
        .iter()
        .any(|kind| matches!(kind, EventKind::Request { .. }))
}

#[tokio::test]
async fn no_certificate() {
    let mock = Mock::start().await.unwrap();
    let customer = Customer::new(Account::ACME).unwrap();
    let client = Client::over_mtls(
        mock.trusted().unwrap().build().unwrap(),
        mock.base_url().parse().unwrap(),
        customer.credentials().unwrap(),
    );

    let (error, events) = refused(&mock, &client).await;

    assert_eq!(
        error.kind(),
        ErrorKind::ClientCertificate(ClientCertificateProblem::Required)
    );
    assert_eq!(error.phase(), Phase::Tls);
    assert_eq!(
        error.connection().unwrap().client_auth(),
        ClientAuth::NoneAvailable
    );
    assert_eq!(verdict(&events), None);
    assert_eq!(alert_sent(&events), Some("CertificateRequired"));
    assert!(no_request(&events));
}

#[tokio::test]
async fn the_certificate_of_another_ca() {
    let mock = Mock::start().await.unwrap();
    let elsewhere = Mock::start().await.unwrap();
    let customer = Customer::enrolled(Account::ACME, &elsewhere.portal())
        .await
        .unwrap();

    let (error, events) = refused(&mock, &customer.client(&mock).unwrap()).await;

    assert_eq!(
        error.kind(),
        ErrorKind::ClientCertificate(ClientCertificateProblem::UnknownCa)
    );
    assert_eq!(
        error.connection().unwrap().client_auth(),
        ClientAuth::Presented
    );
    assert_eq!(
        verdict(&events),
        Some(Verdict::Refused {
            reason: Refusal::UnknownCa
        })
    );
    assert_eq!(alert_sent(&events), Some("UnknownCA"));
    assert!(no_request(&events));
    // The nearest accept: the same customer where its certificate comes from.
    assert!(
        customer
            .client(&elsewhere)
            .unwrap()
            .test_authentication()
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn an_expired_certificate() {
    let mock = Mock::start().await.unwrap();
    let customer = Customer::new(Account::ACME).unwrap();
    let request = Customer::request().unwrap().to_pem();
    let yesterday = -2 * 86_400..-86_400;
    let issued = mock
        .portal()
        .certificate_valid(Account::ACME, &request, yesterday)
        .await;
    customer.install(&issued.unwrap().unwrap()).unwrap();

    // The loader refuses it before anything is sent, by our clock.
    let refused_here = customer.identity().unwrap_err();
    let refused_here = refused_here.downcast::<identity::Error>().unwrap();
    assert!(
        matches!(refused_here, identity::Error::Expired { .. }),
        "{refused_here:?}"
    );

    // By a clock that is a day and a half late it is still valid, so the server has to.
    let while_it_was_valid = std::time::SystemTime::now() - std::time::Duration::from_secs(129_600);
    let loaded = identity::Loader::new()
        .validate_at(while_it_was_valid)
        .load_files(&customer.certificate_path(), &customer.key_path().unwrap())
        .unwrap();
    let client = Client::over_mtls(
        mock.trusted()
            .unwrap()
            .identity(loaded.identity())
            .build()
            .unwrap(),
        mock.base_url().parse().unwrap(),
        customer.credentials().unwrap(),
    );
    let (error, events) = refused(&mock, &client).await;

    assert_eq!(
        error.kind(),
        ErrorKind::ClientCertificate(ClientCertificateProblem::Expired)
    );
    assert_eq!(
        verdict(&events),
        Some(Verdict::Refused {
            reason: Refusal::Expired
        })
    );
    assert_eq!(alert_sent(&events), Some("CertificateExpired"));
    assert!(no_request(&events));
}

#[tokio::test]
async fn a_revoked_certificate() {
    let mock = Mock::start().await.unwrap();
    let customer = Customer::enrolled(Account::ACME, &mock.portal())
        .await
        .unwrap();
    assert!(
        customer
            .client(&mock)
            .unwrap()
            .test_authentication()
            .await
            .is_ok()
    );
    let serial = customer.identity().unwrap().leaf().serial().to_owned();
    mock.portal().revoke(Account::ACME, &serial).await.unwrap();

    let (error, events) = refused(&mock, &customer.client(&mock).unwrap()).await;

    assert_eq!(
        error.kind(),
        ErrorKind::ClientCertificate(ClientCertificateProblem::Revoked)
    );
    assert_eq!(
        verdict(&events),
        Some(Verdict::Refused {
            reason: Refusal::Revoked
        })
    );
    assert!(no_request(&events));
}

/// Returns the last request that the server answered: its status, user, account and reason.
async fn last_denial(mock: &Mock) -> (u16, Option<String>, Option<String>, Option<Denial>) {
    let events = mock.portal().events().await.unwrap();
    let last = kinds(&events)
        .into_iter()
        .rev()
        .find_map(|kind| match kind {
            EventKind::Request {
                status,
                user,
                account,
                denial,
                ..
            } => Some((*status, user.clone(), account.clone(), *denial)),
            _ => None,
        });
    last.unwrap()
}

#[tokio::test]
async fn the_certificate_of_another_account() {
    let mock = Mock::start().await.unwrap();
    let acme = Customer::enrolled(Account::ACME, &mock.portal())
        .await
        .unwrap();
    let globex = Customer::new(Account::GLOBEX).unwrap();
    let client = Client::over_mtls(
        mock.trusted()
            .unwrap()
            .identity(&acme.identity().unwrap())
            .build()
            .unwrap(),
        mock.base_url().parse().unwrap(),
        globex.credentials().unwrap(),
    );

    let error = client.test_authentication().await.unwrap_err();

    assert!(
        matches!(&error, Error::Unauthorized { message: Some(said) } if said == "Access Denied")
    );
    let (status, user, account, denial) = last_denial(&mock).await;
    assert_eq!(
        (status, denial),
        (401, Some(Denial::CertificateOfAnotherAccount))
    );
    assert_eq!(
        (user.as_deref(), account.as_deref()),
        (Some("globex-api"), Some("acme"))
    );
    // The connection itself is good: what needs no credentials works.
    assert!(client.say_hello("Joe").await.is_ok());
}

#[tokio::test]
async fn a_wrong_password() {
    let mock = Mock::start().await.unwrap();
    let customer = Customer::enrolled(Account::ACME, &mock.portal())
        .await
        .unwrap();
    let client = |password: &str| {
        Client::over_mtls(
            mock.trusted()
                .unwrap()
                .identity(&customer.identity().unwrap())
                .build()
                .unwrap(),
            mock.base_url().parse().unwrap(),
            Credentials::basic("acme-api", password).unwrap(),
        )
    };

    let error = client("acme-passwore")
        .test_authentication()
        .await
        .unwrap_err();

    assert!(error.is_authentication(), "{error:?}");
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains("acme-passwore"), "{shown}");
    let (status, user, _, denial) = last_denial(&mock).await;
    assert_eq!((status, denial), (401, Some(Denial::WrongPassword)));
    assert_eq!(user.as_deref(), Some("acme-api"));
    assert!(client("acme-password").test_authentication().await.is_ok());
}

// The certificate is fresh, and the server's clock ten minutes behind.
#[tokio::test]
async fn clocks_that_disagree_are_named_by_both_verdicts() {
    let mock = Mock::start().await.unwrap();
    let customer = Customer::enrolled(Account::ACME, &mock.portal())
        .await
        .unwrap();
    let issued = customer.identity().unwrap().leaf().not_before();
    let behind = issued.duration_since(std::time::SystemTime::now());
    let behind = behind.map_or_else(|past| past.duration().as_secs(), |ahead| ahead.as_secs());
    let offset = i64::try_from(behind).unwrap() + 600;
    for (offset, is_accepted) in [(-offset, false), (0, true)] {
        mock.portal().set_clock(offset).await.unwrap();
        let said = customer.client(&mock).unwrap().test_authentication().await;
        match said {
            Ok(said) => assert!(is_accepted, "{said}"),
            Err(error) => {
                assert!(!is_accepted, "{error:?}");
                assert!(error.is_client_certificate_rejected());
                let error = error.transport().unwrap();
                let expired = ClientCertificateProblem::Expired;
                assert_eq!(error.kind(), ErrorKind::ClientCertificate(expired));
                assert!(error.to_string().contains("check both clocks"), "{error}");
            }
        }
    }
    // And ours, ten years behind: then it is the server's certificate that we take for too new.
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    let settings = mock.trusted().unwrap().clock(move || long_ago);
    let connector = settings
        .identity(&customer.identity().unwrap())
        .build()
        .unwrap();
    let client = Client::over_mtls(
        connector,
        mock.base_url().parse().unwrap(),
        customer.credentials().unwrap(),
    );
    let error = client.test_authentication().await.unwrap_err();
    assert!(!error.is_client_certificate_rejected());
    let error = error.transport().unwrap();
    let problem = transport::ServerCertificateProblem::NotYetValid;
    assert_eq!(error.kind(), ErrorKind::ServerCertificate(problem));
    assert!(error.to_string().contains("check our clock"), "{error}");
}
