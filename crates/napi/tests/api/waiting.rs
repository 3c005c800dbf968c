//! Waiting for a transaction, on a clock that is paused until no task has anything else to do.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, header};
use napi::{
    Error, TransactionRecordId,
    verifications::{Pending, Polling, RecordStatus, TransactionState},
};

use crate::service::{Sent, Service, response};

const SECOND: Duration = Duration::from_secs(1);

fn pending() -> Pending {
    Pending::new("c0e6ebdd-f752-4a08-b4a3-61c4fe51676f")
}

fn status(state: &str) -> Response<Bytes> {
    let body = format!(
        "{{\"TransactionId\":\"c0e6ebdd-f752-4a08-b4a3-61c4fe51676f\",\"TransactionRecordId\":\"c47d485d-005a-4e0c-8ef0-06f16ddbaeb6\",\"Status\":\"{state}\"}}"
    );
    response(200, body)
}

async fn wait(service: &Service, polling: &Polling) -> Result<TransactionRecordId, Error> {
    service.client().wait(&pending(), polling).await
}

fn pauses(sent: &[Sent]) -> Vec<u64> {
    sent.windows(2)
        .map(|pair| (pair[1].at - pair[0].at).as_secs())
        .collect()
}

#[tokio::test(start_paused = true)]
async fn transaction_is_polled_with_growing_pauses() {
    let service = Service::default()
        .then(status("Uploading"))
        .then(status("InProgress"))
        .then(status("Rethinking")) // a state that is not published
        .then(status("completed"))
        .then(response(200, include_str!("../samples/transactionrecord-response-match.json")));
    let client = service.client();
    let polling = Polling::new(60 * SECOND).longest_pause(3 * SECOND);
    let id = client.wait(&pending(), &polling).await.unwrap();
    let record = client.transaction_record(&id).await.unwrap();
    assert_eq!(record.status(), Some(&RecordStatus::MATCH));

    let sent = service.sent();
    assert_eq!(pauses(&sent), [2, 3, 3, 0]);
    let path = "/verifications/v1/transaction/c0e6ebdd-f752-4a08-b4a3-61c4fe51676f/status";
    assert!(sent[..4].iter().all(|sent| sent.path == path));
    assert_eq!(
        sent[4].path,
        "/verifications/v1/transactionrecord/c47d485d-005a-4e0c-8ef0-06f16ddbaeb6"
    );
}

#[tokio::test(start_paused = true)]
async fn waiting_can_be_spawned() {
    let service = Service::default().then(status("Completed"));
    let client = service.client();
    let task = async move { client.wait(&pending(), &Polling::new(60 * SECOND)).await };
    let id = tokio::spawn(task).await.unwrap().unwrap();
    assert_eq!(id.as_str(), "c47d485d-005a-4e0c-8ef0-06f16ddbaeb6");
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_the_transaction_is_still_running() {
    let service = Service::default()
        .then(status("InProgress"))
        .then(status("InProgress"));
    let start = tokio::time::Instant::now();
    let polling = Polling::new(5 * SECOND);
    let error = wait(&service, &polling).await.unwrap_err();
    assert!(matches!(error, Error::StillRunning { last: None }));
    assert_eq!(start.elapsed().as_secs(), 5);
    assert_eq!(service.sent().len(), 2); // after 1 and 3 seconds; the next would have been after 7
}

#[tokio::test(start_paused = true)]
async fn a_transaction_that_ended_without_a_result_is_an_error() {
    for state in ["Failed", "Canceled", "TimeoutCanceled"] {
        let service = Service::default().then(status(state));
        let polling = Polling::new(60 * SECOND);
        let error = wait(&service, &polling).await.unwrap_err();
        let expected = TransactionState::from(state);
        assert!(
            matches!(error, Error::Transaction { state: found, timed_out }
                if found == expected && timed_out == (state == "TimeoutCanceled"))
        );
    }
}

#[tokio::test(start_paused = true)]
async fn failed_poll_is_repeated_after_retry_after() {
    let mut busy = response(429, "");
    busy.headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static("40"));
    let service = Service::default()
        .then(busy)
        .then_nothing()
        .then(status("Completed"));
    let polling = Polling::new(300 * SECOND);
    let id = wait(&service, &polling).await.unwrap();
    assert_eq!(id.as_str(), "c47d485d-005a-4e0c-8ef0-06f16ddbaeb6");
    assert_eq!(pauses(&service.sent()), [40, 4]);
}

#[tokio::test(start_paused = true)]
async fn status_of_another_transaction_is_polled_again() {
    let other = || response(200, "{\"TransactionId\":\"2\",\"Status\":\"Completed\"}");
    let service = Service::default()
        .then(other())
        .then(status("InProgress"))
        .then(other())
        .then(status("Completed"));
    let polling = Polling::new(300 * SECOND);
    let id = wait(&service, &polling).await.unwrap();
    assert_eq!(id.as_str(), "c47d485d-005a-4e0c-8ef0-06f16ddbaeb6");
    assert_eq!(pauses(&service.sent()), [2, 4, 8]);

    // One that is mixed up each time is told, after as many polls as any failure.
    let mut service = Service::default();
    for _ in 0..5 {
        service = service.then(other());
    }
    let error = wait(&service, &polling).await;
    assert!(matches!(error, Err(Error::OtherTransaction)));
    assert_eq!(service.sent().len(), 5);
    // The deadline counts as well.
    let service = Service::default().then(other()).then(other());
    let polling = Polling::new(5 * SECOND);
    let error = wait(&service, &polling).await;
    let Err(Error::StillRunning { last: Some(last) }) = error else {
        panic!("it went on");
    };
    assert!(matches!(*last, Error::OtherTransaction));
}

#[tokio::test(start_paused = true)]
async fn fifth_failure_or_a_lasting_one_ends_polling() {
    let polling = Polling::new(3000 * SECOND);
    let mut service = Service::default();
    for _ in 0..5 {
        service = service.then_nothing();
    }
    let error = wait(&service, &polling).await.unwrap_err();
    assert!(matches!(error, Error::Transport { .. }));
    assert_eq!(service.sent().len(), 5);

    let service = Service::default().then(response(401, "Access Denied"));
    let error = wait(&service, &polling).await.unwrap_err();
    assert!(error.is_authentication());
}

#[tokio::test(start_paused = true)]
async fn a_successful_poll_ends_the_row_of_failures() {
    let four_failures = |service: Service| (0..4).fold(service, |it, _| it.then_nothing());
    let service = four_failures(Service::default()).then(status("InProgress"));
    let service = four_failures(service).then(status("Completed"));
    let polling = Polling::new(3000 * SECOND);
    assert!(wait(&service, &polling).await.is_ok());
    assert_eq!(service.sent().len(), 10);

    let service = Service::default().then_nothing().then(status("InProgress"));
    let polling = Polling::new(5 * SECOND);
    let error = wait(&service, &polling).await.unwrap_err();
    assert!(matches!(error, Error::StillRunning { last: None }));
}

#[tokio::test(start_paused = true)]
async fn the_last_failure_is_told_at_the_deadline() {
    let service = Service::default()
        .then(status("InProgress"))
        .then(response(503, ""));
    let polling = Polling::new(5 * SECOND);
    let error = wait(&service, &polling).await.unwrap_err();
    assert!(error.to_string().contains("503"), "{error}");
    assert!(matches!(error, Error::StillRunning { last: Some(_) }));
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_never_comes_is_one_too() {
    let service = Service::default().then(status("Completed"));
    let polling = Polling::new(Duration::MAX).longest_pause(Duration::MAX);
    assert!(wait(&service, &polling).await.is_ok());
    // Nor does the first poll: the deadline is there before.
    let service = Service::default();
    let polling = Polling::new(SECOND)
        .first_pause(Duration::MAX)
        .longest_pause(Duration::MAX);
    let error = wait(&service, &polling).await.unwrap_err();
    assert!(matches!(error, Error::StillRunning { last: None }));
}
