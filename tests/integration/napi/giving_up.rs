//! Waiting for a transaction ends at once on what does not pass, by the handshakes that the server
//! saw.

use mock_napi::{
    Account, Alert, ClientAuth, ConnectionEvent, Ending, EventKind, Reply, Script,
    ScriptedResponse, ServerCertificate, Versions,
};
use napi::{
    Client, Error, ErrorCode, RetryAdvice,
    business::{BusinessSearch, BusinessSearchRequest},
    verifications::{Pending, PersonInfo, Polling, Verification, VerifyRequest},
};
use test_support::{Customer, Mock};
use transport::ErrorKind;

use super::later::{PATIENCE, PAUSE};

async fn start() -> (Mock, Client) {
    let mock = Mock::start().await.unwrap();
    let customer = Customer::enrolled(Account::ACME, &mock.portal()).await;
    let client = customer.unwrap().client(&mock).unwrap();
    (mock, client)
}

async fn wait(client: &Client) -> Error {
    let polling = Polling::new(PATIENCE)
        .first_pause(PAUSE)
        .longest_pause(PAUSE);
    let pending = Pending::new("00000000-0000-4000-8000-000000000001");
    client.wait(&pending, &polling).await.unwrap_err()
}

async fn connections(mock: &Mock) -> usize {
    let events = mock.portal().events().await.unwrap();
    let accepted = events
        .iter()
        .filter(|event| event.kind == EventKind::Connection(ConnectionEvent::Accepted));
    accepted.count()
}

fn rejected(alert: Alert) -> Script {
    Script::new().client_auth(ClientAuth::Refused {
        alert,
        ending: Ending::AlertThenFin,
    })
}

type IsExpected = fn(ErrorKind) -> bool;

#[tokio::test]
async fn waiting_ends_at_once_on_what_does_not_heal() {
    let is_untrusted = |kind| matches!(kind, ErrorKind::ServerCertificate(_));
    let is_rejected = |kind| matches!(kind, ErrorKind::ClientCertificate(_));
    let is_unreadable = |kind| matches!(kind, ErrorKind::Http | ErrorKind::UnreadableHead(_));
    let untrusted = |certificate| Script::new().server_certificate(certificate);
    let cases: [(Script, IsExpected); 8] = [
        (untrusted(ServerCertificate::UnknownCa), is_untrusted),
        (untrusted(ServerCertificate::Expired), is_untrusted),
        (untrusted(ServerCertificate::OtherName), is_untrusted),
        (rejected(Alert::UnknownCa), is_rejected),
        (
            rejected(Alert::CertificateExpired).versions(Versions::Tls12),
            is_rejected,
        ),
        (
            Script::new()
                .client_auth(ClientAuth::Unjudged)
                .response(Reply::iis_certificate_revoked()),
            is_rejected,
        ),
        (
            Script::new().response(ScriptedResponse::Garbage),
            is_unreadable,
        ),
        (
            Script::new().response(ScriptedResponse::EndlessHeaders),
            is_unreadable,
        ),
    ];
    for (script, is_expected) in cases {
        let (mock, client) = start().await;
        mock.portal().repeat(&script).await.unwrap();
        let error = wait(&client).await;
        let transport = error.transport().unwrap();
        assert!(is_expected(transport.kind()), "{error:?}");
        assert_eq!(error.retry_advice(), RetryAdvice::Never, "{error:?}");
        // One handshake, and none after it.
        assert_eq!(connections(&mock).await, 1, "{error:?}");
        // The reason is in the text, and whoever prints causes prints it once.
        let reason = transport.to_string();
        let printed = format!("{:#}", anyhow::Error::from(error.clone()));
        assert_eq!(printed, error.to_string());
        assert_eq!(printed.matches(&reason).count(), 1, "{printed}");
    }
}

#[tokio::test]
async fn waiting_goes_on_after_a_connection_that_broke() {
    let (mock, client) = start().await;
    let reset = Script::new().response(ScriptedResponse::Reset);
    let unavailable = Script::new().response(Reply::service_unavailable_page());
    mock.portal().enqueue(&[reset, unavailable]).await.unwrap();
    // The transaction does not exist, which only the service itself can say.
    let error = wait(&client).await;
    assert!(
        matches!(&error, Error::Status { status, .. } if *status == 400),
        "{error:?}"
    );
    assert_eq!(connections(&mock).await, 3);
}

#[tokio::test]
async fn waiting_goes_on_after_an_error_that_may_be_throttling() {
    let (mock, client) = start().await;
    let error = |code: &str| {
        let errors = format!("{{\"Errors\":[{{\"Code\":\"{code}\",\"Message\":\"Adelina\"}}]}}");
        Script::new().response(
            Reply::new(200)
                .header("content-type", "application/json")
                .body(errors),
        )
    };
    mock.portal()
        .enqueue(&[error("1010"), error("2005")])
        .await
        .unwrap();
    let error = wait(&client).await;
    assert!(
        matches!(&error, Error::Service { errors } if errors.len() == 1),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("2005") && !error.is_retryable(),
        "{error}"
    );
    assert_eq!(connections(&mock).await, 2);
}

#[tokio::test]
async fn billed_call_is_not_repeated_for_possible_throttling() {
    let (mock, client) = start().await;
    let rejected =
        r#"{"TransactionID":"1","Errors":[{"Code":"1010","Message":"Request timed out"}]}"#;
    let reply = || {
        Reply::new(200)
            .header("content-type", "application/json")
            .body(rejected)
    };
    mock.portal()
        .repeat(&Script::new().response(reply()))
        .await
        .unwrap();
    let country = || "GB".parse().unwrap();
    let person = PersonInfo::named("Jane", "Doe");
    let verification = client
        .verify(&VerifyRequest::new(country(), person))
        .await
        .unwrap();
    let Verification::Rejected(rejection) = verification else {
        panic!("{verification:?}");
    };
    let search = BusinessSearchRequest::new(country(), "Acme");
    let search = client.business_search(&search).await.unwrap();
    assert!(matches!(search, BusinessSearch::Rejected(_)));
    let code = rejection.errors[0].code.as_ref().unwrap();
    assert!(*code == ErrorCode::REQUEST_TIMED_OUT && code.is_transient());
    assert!(rejection.errors[0].to_string().contains("throttled"));
    assert_eq!(connections(&mock).await, 2);
}

#[tokio::test]
async fn a_connection_that_always_breaks_is_given_up_after_five() {
    let (mock, client) = start().await;
    let reset = Script::new().response(ScriptedResponse::Reset);
    mock.portal().repeat(&reset).await.unwrap();
    let error = wait(&client).await;
    let kind = error.transport().unwrap().kind();
    assert!(
        error.is_retryable() && kind == ErrorKind::Closed,
        "{error:?}"
    );
    assert_eq!(connections(&mock).await, 5);
}
