//! Verifications with a callback: pending first, then polled or called back.

use std::{convert::Infallible, net::Ipv4Addr, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use mock_napi::{EventKind, FinalState, ServiceSettings};
use napi::{
    ArgumentProblem, Error,
    verifications::{
        Callback, Pending, Polling, Progress, RecordStatus, TransactionState, TransactionStatus,
        Verification, VerifyRequest,
    },
};
use tokio::{net::TcpListener, sync::mpsc};

use super::Environment;

const UNUSED: &str = "https://api.trulioo.com/connection/v1/async-callback";
/// Far more than any of it takes.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// The shortest that there is.
pub(super) const PAUSE: Duration = Duration::from_millis(100);

fn polling() -> Polling {
    Polling::new(PATIENCE)
        .first_pause(PAUSE)
        .longest_pause(PAUSE)
}

/// Returns settings of a service that ends a transaction after so many polls.
pub(super) fn quick(polls: u32) -> ServiceSettings {
    ServiceSettings::new().polls(polls)
}

async fn pending(environment: &Environment, request: &VerifyRequest) -> Pending {
    match environment.client.verify(request).await.unwrap() {
        Verification::Pending(pending) => pending,
        other => panic!("{other:?}"),
    }
}

/// Begins a verification of a person who matches, which is pending then.
async fn begin(environment: &Environment, call_back: &str) -> Pending {
    let request = environment.first_person("AU").await;
    pending(environment, &request.callback_url(call_back)).await
}

/// Counts the requests for the status.
async fn polls(environment: &Environment, pending: &Pending) -> usize {
    let id = pending.transaction_id().as_str();
    let line = format!("GET /verifications/v1/transaction/{id}/status 200 acme-api");
    let log = environment.requests().await;
    log.iter().filter(|it| **it == line).count()
}

#[tokio::test]
async fn pending_response_has_no_outcome_until_polled() {
    let environment = Environment::with(quick(2)).await;
    let request = environment.first_person("AU").await.callback_url(UNUSED);
    let verification = environment.client.verify(&request).await.unwrap();
    let shown = format!("{verification:?}");
    assert!(!shown.to_lowercase().contains("match"), "{shown}");
    let Verification::Pending(pending) = verification else {
        panic!("{shown}");
    };
    let seen = environment.last_transaction().await;
    assert!(seen.is_pending && seen.is_match);
    assert_eq!(pending.transaction_id().as_str(), seen.id);

    let id = environment.client.wait(&pending, &polling()).await.unwrap();

    assert_eq!(id.as_str(), seen.record_id);
    assert_eq!(polls(&environment, &pending).await, 3);
    let record = environment.client.transaction_record(&id).await.unwrap();
    assert_eq!(record.status(), Some(&RecordStatus::MATCH));
}

#[tokio::test]
async fn unfinished_transaction_is_still_running_at_the_deadline() {
    let environment = Environment::with(quick(0).completion_gate("end")).await;
    let pending = begin(&environment, UNUSED).await;
    let hasty = Polling::new(Duration::from_millis(350)).first_pause(PAUSE);
    let error = environment.client.wait(&pending, &hasty).await.unwrap_err();
    assert!(
        matches!(error, Error::StillRunning { last: None }),
        "{error:?}"
    );
    assert!(polls(&environment, &pending).await >= 1);
    environment.portal.open_gate("end").await.unwrap();
    environment.client.wait(&pending, &polling()).await.unwrap();
}

#[tokio::test]
async fn end_without_a_result_is_a_named_error() {
    for (end, state, timed_out) in [
        (FinalState::Canceled, TransactionState::CANCELED, false),
        (FinalState::Failed, TransactionState::FAILED, false),
        (
            FinalState::TimeoutCanceled,
            TransactionState::TIMEOUT_CANCELED,
            true,
        ),
    ] {
        let environment = Environment::with(quick(0).end(end)).await;
        let pending = begin(&environment, UNUSED).await;
        let error = environment
            .client
            .wait(&pending, &polling())
            .await
            .unwrap_err();
        assert!(
            matches!(&error, Error::Transaction { state: found, timed_out: late }
                if *found == state && *late == timed_out),
            "{error:?}"
        );
        assert!(!error.is_retryable());
        assert_eq!(polls(&environment, &pending).await, 1);
    }
}

#[tokio::test]
async fn a_timeout_cancels_by_the_services_clock() {
    let environment = Environment::with(quick(1000)).await;
    let request = environment.first_person("AU").await;
    let request = request.callback_url(UNUSED).timeout(60);
    let pending = pending(&environment, &request).await;
    let status = environment
        .client
        .transaction_status(pending.transaction_id());
    assert_eq!(
        status.await.unwrap().status,
        Some(TransactionState::IN_PROGRESS)
    );
    environment.portal.set_clock(61).await.unwrap();
    let error = environment
        .client
        .wait(&pending, &polling())
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::Transaction {
                timed_out: true,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn partial_result_has_known_sources_and_any_status() {
    let environment = Environment::with(quick(0)).await;
    let pending = begin(&environment, UNUSED).await;
    let client = &environment.client;
    let partial = client
        .partial_result(pending.transaction_id())
        .await
        .unwrap();
    assert_eq!(partial.state(), Some(&TransactionState::IN_PROGRESS));
    assert!(partial.completed().is_none());
    assert!(!format!("{partial:?}").to_lowercase().contains("nomatch"));
    let known = partial.datasource_results().len();
    let awaited = partial.datasources_awaiting_result().len();
    assert!(known > 0 && awaited > 0);
    client.wait(&pending, &polling()).await.unwrap();
    let whole = client
        .partial_result(pending.transaction_id())
        .await
        .unwrap();
    let result = whole.completed().unwrap();
    assert_eq!(result.status(), Some(&RecordStatus::MATCH));
    assert_eq!(whole.datasource_results().len(), known + awaited);
    let id = pending.transaction_id().as_str();
    let line = format!("GET /verifications/v1/transaction/{id}/partialresult 200 acme-api");
    let log = environment.requests().await;
    assert_eq!(log.iter().filter(|it| **it == line).count(), 2);
}

/// A server of ours that callbacks are posted to: plain HTTP on any free port, as behind a reverse
/// proxy.
struct Receiver {
    port: u16,
    bodies: mpsc::UnboundedReceiver<(String, Bytes)>,
}

impl Receiver {
    async fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (heard, bodies) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let heard = heard.clone();
                let service = service_fn(move |request: Request<Incoming>| {
                    let heard = heard.clone();
                    async move {
                        let path = request.uri().to_string();
                        let body = request.into_body().collect().await.unwrap().to_bytes();
                        let _ended = heard.send((path, body));
                        let mut answer = Response::new(Empty::<Bytes>::new());
                        *answer.status_mut() = StatusCode::NO_CONTENT;
                        Ok::<_, Infallible>(answer)
                    }
                });
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
        Self { port, bodies }
    }
}

#[tokio::test]
async fn callback_ends_the_wait_and_a_second_changes_nothing() {
    let mut receiver = Receiver::new().await;
    let settings = ServiceSettings::new()
        .callback_port(receiver.port)
        .callback_times(2)
        .completion_gate("end");
    let environment = Environment::with(settings).await;
    let pending = begin(&environment, "https://acme.example/napi/42").await;
    environment.portal.open_gate("end").await.unwrap();

    let mut records = Vec::new();
    for _ in 0..2 {
        let (path, body) = receiver.bodies.recv().await.unwrap();
        assert_eq!(path, "/napi/42");
        let status = TransactionStatus::from_callback(&body).unwrap();
        let Progress::Completed(id) = pending.finish(&status).unwrap() else {
            panic!("{status:?}");
        };
        let record = environment.client.transaction_record(&id).await.unwrap();
        assert_eq!(record.status(), Some(&RecordStatus::MATCH));
        records.push(record);
    }
    assert_eq!(records[0], records[1]);
    // No one polled, and the service heard both answers.
    assert_eq!(polls(&environment, &pending).await, 0);
    let answered = tokio::time::timeout(PATIENCE, both_answers(&environment));
    let expected = ("/napi/42".to_owned(), Some(204));
    assert_eq!(answered.await.unwrap(), [expected.clone(), expected]);
}

/// Returns the responses that the service got to two callbacks, as soon as both are in its log.
async fn both_answers(environment: &Environment) -> Vec<(String, Option<u16>)> {
    loop {
        let events = environment.portal.events().await.unwrap().into_iter();
        let answered: Vec<_> = events
            .filter_map(|event| match event.kind {
                EventKind::Callback { path, status, .. } => Some((path, status)),
                _ => None,
            })
            .collect();
        if answered.len() > 1 {
            return answered;
        }
    }
}

#[tokio::test]
async fn callback_ends_the_wait_only_if_confirmed() {
    let mut receiver = Receiver::new().await;
    let settings = ServiceSettings::new()
        .callback_port(receiver.port)
        .callback_times(2)
        .completion_gate("end");
    let environment = Environment::with(settings).await;
    let client = &environment.client;
    let pending = begin(&environment, "https://acme.example/napi").await;
    let id = pending.transaction_id().as_str();

    // One that comes before the end, and forged ones, as anyone can send who knows the URL.
    let nothing = "00000000-0000-4000-8000-000000000000";
    for state in ["InProgress", "Completed", "Failed", "TimeoutCanceled"] {
        let forged = format!(
            "{{\"TransactionId\":\"{id}\",\"TransactionRecordId\":\"{nothing}\",\"Status\":\"{state}\"}}"
        );
        let callback = Callback::read(forged.as_bytes()).unwrap();
        assert_eq!(callback.claims_end(), state != "InProgress");
        let progress = client.confirm(&callback).await.unwrap();
        let expected = Progress::Running(Some(TransactionState::IN_PROGRESS));
        assert_eq!(progress, expected, "{state}");
    }

    environment.portal.open_gate("end").await.unwrap();
    let record_id = environment.last_transaction().await.record_id;
    let mut ended = 0;
    for _ in 0..2 {
        let (_, body) = receiver.bodies.recv().await.unwrap();
        let callback = Callback::read(&body).unwrap();
        assert_eq!(callback.transaction_id(), pending.transaction_id());
        let progress = client.confirm(&callback).await.unwrap();
        assert_eq!(progress, Progress::Completed(record_id.as_str().into()));
        ended += 1;
    }
    // Each was confirmed by a question of its own.
    assert_eq!((ended, polls(&environment, &pending).await), (2, 6));
}

#[tokio::test]
async fn callback_of_an_unknown_transaction_is_not_confirmed() {
    let environment = Environment::new().await;
    let nothing = "00000000-0000-4000-8000-000000000000";
    let body = format!("{{\"TransactionId\":\"{nothing}\",\"Status\":\"Completed\"}}");
    let callback = Callback::read(body.as_bytes()).unwrap();
    let error = environment.client.confirm(&callback).await.unwrap_err();
    assert!(
        matches!(&error, Error::Status { status, .. } if *status == 400),
        "{error:?}"
    );
}

#[tokio::test]
async fn callback_of_another_transaction_is_ignored() {
    let mut receiver = Receiver::new().await;
    let settings = ServiceSettings::new().callback_port(receiver.port);
    let environment = Environment::with(settings).await;
    let first = begin(&environment, "https://acme.example/one").await;
    let (_, body) = receiver.bodies.recv().await.unwrap();
    let second = begin(&environment, "https://acme.example/two").await;
    let status = TransactionStatus::from_callback(&body).unwrap();
    let error = second.finish(&status).unwrap_err();
    assert!(
        matches!(
            error,
            Error::Argument {
                problem: ArgumentProblem::OtherTransaction,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(first.finish(&status).is_ok());
}

#[tokio::test]
async fn a_plain_callback_url_of_this_machine_is_called() {
    let mut receiver = Receiver::new().await;
    let settings = ServiceSettings::new().progress_callbacks(1);
    let environment = Environment::with(settings).await;
    let url = format!("http://127.0.0.1:{}/napi", receiver.port);
    let pending = begin(&environment, &url).await;
    let (_, body) = receiver.bodies.recv().await.unwrap();
    let early = TransactionStatus::from_callback(&body).unwrap();
    assert!(!matches!(
        pending.finish(&early),
        Ok(Progress::Completed(_))
    ));
    let (_, body) = receiver.bodies.recv().await.unwrap();
    let last = TransactionStatus::from_callback(&body).unwrap();
    assert!(matches!(pending.finish(&last), Ok(Progress::Completed(_))));
}
