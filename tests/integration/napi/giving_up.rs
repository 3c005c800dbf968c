//! Waiting for a transaction ends at once on what does not pass, by the handshakes that the server saw.

use integration_tests::{Customer, Mock};
use mock_napi::{
    Account, Alert, Answer, ClientAuth, Ending, EventKind, Reply, Script, ServerCertificate,
    Versions,
};
use napi::{
    Error, MtlsClient, RetryAdvice,
    verifications::{Pending, Polling},
};
use transport::ErrorKind;

use super::later::{PATIENCE, PAUSE};

async fn start() -> (Mock, MtlsClient) {
    let mock = Mock::start().await.unwrap();
    let customer = Customer::enrolled(Account::ACME, &mock.portal()).await;
    let client = customer.unwrap().client(&mock).unwrap();
    (mock, client)
}

async fn wait(client: &MtlsClient) -> Error {
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
        .filter(|event| event.kind == EventKind::Accepted);
    accepted.count()
}

fn rejected(alert: Alert) -> Script {
    Script::new().client_auth(ClientAuth::Refused {
        alert,
        ending: Ending::AlertThenFin,
    })
}

#[tokio::test]
async fn waiting_ends_at_once_on_what_does_not_heal() {
    let is_untrusted = |kind| matches!(kind, ErrorKind::ServerCertificate(_));
    let is_rejected = |kind| matches!(kind, ErrorKind::ClientCertificate(_));
    let is_unreadable = |kind| matches!(kind, ErrorKind::Http | ErrorKind::UnreadableHead(_));
    let untrusted = |certificate| Script::new().server_certificate(certificate);
    let cases: [(Script, fn(ErrorKind) -> bool); 8] = [
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
                .answer(Reply::nginx_no_certificate()),
            is_rejected,
        ),
        (Script::new().answer(Answer::Garbage), is_unreadable),
        (Script::new().answer(Answer::EndlessHeaders), is_unreadable),
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
    let reset = Script::new().answer(Answer::Reset);
    let unavailable = Script::new().answer(Reply::service_unavailable_page());
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
async fn a_connection_that_always_breaks_is_given_up_after_five() {
    let (mock, client) = start().await;
    let reset = Script::new().answer(Answer::Reset);
    mock.portal().repeat(&reset).await.unwrap();
    let error = wait(&client).await;
    let kind = error.transport().unwrap().kind();
    assert!(
        error.is_retryable() && kind == ErrorKind::Closed,
        "{error:?}"
    );
    assert_eq!(connections(&mock).await, 5);
}
