//! Runs of a batch: each request that the service saw beside the state that the journal has.

use std::future::{pending, ready};
use std::io;

use batch::{Batch, Journal, RecordState, SqliteJournal, StopReason};
use http::StatusCode;
use napi::testing::{self, FakeService};
use napi::verifications::{Polling, RecordStatus, TransactionState};
use tokio::time::Duration;

use crate::Place;

fn list(count: usize) -> String {
    let line = |number: usize| {
        format!(
            r#"{{"CountryCode":"IT","DataFields":{{"PersonInfo":{{"FirstSurName":"Mancini {number}"}}}}}}"#
        ) + "\n"
    };
    (1..=count).map(line).collect()
}

/// Makes a batch whose requests are sent one after the other, so that the fake's order is that of
/// the list.
async fn batch(place: &Place, service: &FakeService) -> Batch<FakeService, SqliteJournal> {
    let polling = Polling::new(Duration::from_secs(60)).first_pause(Duration::from_millis(100));
    let batch = Batch::new(service.client(), place.open().await);
    batch.concurrency(1).polling(polling)
}

async fn states(batch: &Batch<FakeService, SqliteJournal>) -> Vec<RecordState> {
    let records = batch.journal().records_after(0, None, 1000).await.unwrap();
    records.iter().map(|record| record.state).collect()
}

#[tokio::test]
async fn each_record_is_sent_once_with_its_own_reference() {
    let (place, service) = (Place::new(), FakeService::new());
    for _ in 0..3 {
        service.respond(&testing::verify_result(RecordStatus::MATCH));
    }
    let mut batch = batch(&place, &service).await;
    let summary = batch.run(list(3).as_bytes(), pending()).await.unwrap();
    assert_eq!((summary.sent, summary.stopped), (3, None));
    assert_eq!(summary.counts.of(RecordState::Done), 3);
    // Another run has nothing to do.
    let again = batch.run(list(3).as_bytes(), pending()).await.unwrap();
    assert_eq!(again.sent, 0);
    let sent: Vec<serde_json::Value> = service
        .requests()
        .iter()
        .map(|request| serde_json::from_slice(request.body()).unwrap())
        .collect();
    let name = batch.journal().batch_name();
    let references: Vec<_> = sent
        .iter()
        .map(|sent| &sent["CustomerReferenceID"])
        .collect();
    let expected = [1, 2, 3].map(|line| format!("{name}-{line}"));
    assert_eq!(references, expected.iter().collect::<Vec<_>>());
    let records = batch.journal().records_after(0, None, 10).await.unwrap();
    assert_eq!(records[0].outcome.status.as_deref(), Some("match"));
}

#[tokio::test]
async fn unanswered_record_is_unknown_and_not_sent_again() {
    let (place, service) = (Place::new(), FakeService::new());
    service.fail(io::ErrorKind::ConnectionReset.into());
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    let mut batch = batch(&place, &service).await;
    for _ in 0..2 {
        batch.run(list(2).as_bytes(), pending()).await.unwrap();
    }
    assert_eq!(
        states(&batch).await,
        [RecordState::Unknown, RecordState::Done]
    );
    assert_eq!(service.requests().len(), 2);
}

#[tokio::test]
async fn refused_credentials_stop_the_batch_after_one() {
    let (place, service) = (Place::new(), FakeService::new());
    service.respond_text(StatusCode::UNAUTHORIZED, "");
    let mut batch = batch(&place, &service).await;
    let summary = batch.run(list(300).as_bytes(), pending()).await.unwrap();
    assert_eq!(summary.stopped, Some(StopReason::Credentials));
    assert_eq!((summary.sent, service.requests().len()), (0, 1));
    assert_eq!(
        summary.counts.of(RecordState::Waiting),
        summary.counts.total()
    );
}

#[tokio::test(start_paused = true)]
async fn throttled_record_is_sent_again_in_the_same_run() {
    let (place, service) = (Place::new(), FakeService::new());
    service.respond_text(StatusCode::TOO_MANY_REQUESTS, "");
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    let mut batch = batch(&place, &service).await;
    let summary = batch.run(list(1).as_bytes(), pending()).await.unwrap();
    assert_eq!((summary.sent, summary.stopped), (1, None));
    assert_eq!(states(&batch).await, [RecordState::Done]);
    assert_eq!(service.requests().len(), 2);
    let records = batch.journal().records_after(0, None, 10).await.unwrap();
    assert_eq!(records[0].attempts, 2);
}

#[tokio::test(start_paused = true)]
async fn lasting_throttling_ends_the_run() {
    let (place, service) = (Place::new(), FakeService::new());
    for _ in 0..20 {
        service.respond_text(StatusCode::TOO_MANY_REQUESTS, "");
    }
    let mut batch = batch(&place, &service).await;
    let summary = batch.run(list(2).as_bytes(), pending()).await.unwrap();
    assert_eq!(summary.stopped, Some(StopReason::Throttled));
    assert_eq!(states(&batch).await, [RecordState::Waiting; 2]);
    assert_eq!(service.requests().len(), 10);
}

#[tokio::test(start_paused = true)]
async fn many_unknown_in_a_row_end_the_run() {
    let (place, service) = (Place::new(), FakeService::new());
    let mut batch = batch(&place, &service).await; // without responses, each connection breaks
    let summary = batch.run(list(50).as_bytes(), pending()).await.unwrap();
    assert_eq!(summary.stopped, Some(StopReason::Failing));
    assert_eq!(summary.counts.of(RecordState::Unknown), 10);
    assert_eq!(service.requests().len(), 10);
}

#[tokio::test(start_paused = true)]
async fn pending_record_is_finished_by_polling() {
    let (place, service) = (Place::new(), FakeService::new());
    service.respond(&testing::pending_result());
    service.respond(&testing::transaction_status(TransactionState::COMPLETED));
    service.respond(&testing::transaction_record(RecordStatus::NOMATCH));
    let mut batch = batch(&place, &service).await;
    let summary = batch.run(list(1).as_bytes(), pending()).await.unwrap();
    assert_eq!(summary.counts.of(RecordState::Done), 1);
    let records = batch.journal().records_after(0, None, 10).await.unwrap();
    assert_eq!(records[0].outcome.status.as_deref(), Some("nomatch"));
}

#[tokio::test(start_paused = true)]
async fn poll_that_fails_leaves_it_pending_for_the_next_run() {
    let (place, service) = (Place::new(), FakeService::new());
    service.respond(&testing::pending_result());
    service.respond_text(StatusCode::UNAUTHORIZED, "");
    let mut batch = batch(&place, &service).await;
    let summary = batch.run(list(1).as_bytes(), pending()).await.unwrap();
    assert_eq!(summary.stopped, Some(StopReason::Credentials));
    assert_eq!(states(&batch).await, [RecordState::Pending]);
    service.respond(&testing::transaction_status(TransactionState::COMPLETED));
    service.respond(&testing::transaction_record(RecordStatus::MATCH));
    batch.run(list(1).as_bytes(), pending()).await.unwrap();
    assert_eq!(states(&batch).await, [RecordState::Done]);
    let verified = service
        .requests()
        .iter()
        .filter(|it| it.method() == "POST")
        .count();
    assert_eq!(verified, 1);
}

#[tokio::test]
async fn stop_that_was_asked_for_begins_nothing() {
    let (place, service) = (Place::new(), FakeService::new());
    let mut batch = batch(&place, &service).await;
    let summary = batch.run(list(3).as_bytes(), ready(())).await.unwrap();
    assert_eq!(summary.stopped, Some(StopReason::Asked));
    assert_eq!(service.requests().len(), 0);
}

#[tokio::test]
async fn unsendable_lines_are_reported_and_left_out() {
    let (place, service) = (Place::new(), FakeService::new());
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    let mut batch = batch(&place, &service).await;
    let list = format!("{{}}\n\n{}nothing", list(1));
    let report = batch.check(list.as_bytes()).await.unwrap();
    assert_eq!((report.records, report.unsendable), (3, 2));
    let lines: Vec<_> = report.problems.iter().map(|it| it.line).collect();
    assert_eq!(lines, [1, 4]);
    assert_eq!(service.requests().len(), 0);
    let summary = batch.run(list.as_bytes(), pending()).await.unwrap();
    assert_eq!((summary.sent, summary.counts.total()), (1, 1));
    assert_eq!(service.requests().len(), 1);
    // Corrected, the first line is sent; the blank line that went does not move the others.
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    let corrected = format!(
        "{{\"CountryCode\":\"FR\",\"DataFields\":{{\"Passport\":{{\"Number\":\"1\"}}}}}}\n{}",
        self::list(1)
    );
    let summary = batch.run(corrected.as_bytes(), pending()).await.unwrap();
    assert_eq!((summary.sent, summary.counts.total()), (1, 2));
}

#[tokio::test]
async fn record_that_stands_in_the_list_twice_is_sent_once() {
    let (place, service) = (Place::new(), FakeService::new());
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    let mut batch = batch(&place, &service).await;
    batch.run(list(1).as_bytes(), pending()).await.unwrap();
    let twice = format!("{0}{0}", list(1));
    let error = batch.run(twice.as_bytes(), pending()).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("record 2 of the list is the same as record 1")
    );
    assert_eq!(service.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn stop_does_not_wait_for_pending_results() {
    let (place, service) = (Place::new(), FakeService::new());
    service.respond(&testing::pending_result());
    let status = testing::transaction_status(TransactionState::from("InProgress"));
    for _ in 0..1000 {
        service.respond(&status);
    }
    let polling = Polling::new(Duration::from_secs(3600)).longest_pause(Duration::from_secs(5));
    let mut batch = batch(&place, &service).await.polling(polling);
    // Once the first polls have come.
    let stop = async {
        while service.requests().len() < 3 {
            tokio::time::advance(Duration::from_millis(100)).await;
        }
    };
    let start = tokio::time::Instant::now();
    let summary = batch.run(list(1).as_bytes(), stop).await.unwrap();
    assert_eq!(summary.stopped, Some(StopReason::Asked));
    assert!(start.elapsed() < Duration::from_secs(600));
    assert_eq!(states(&batch).await, [RecordState::Pending]);
}

#[tokio::test]
async fn timed_out_transaction_is_asked_for_and_not_sent_again() {
    let (place, service) = (Place::new(), FakeService::new());
    let mut result = testing::pending_result();
    result.errors = vec![testing::service_error(
        napi::ErrorCode::REQUEST_TIMED_OUT,
        "timed out",
    )];
    service.respond(&result);
    service.respond_text(StatusCode::UNAUTHORIZED, "");
    let mut batch = batch(&place, &service).await;
    batch.run(list(1).as_bytes(), pending()).await.unwrap();
    assert_eq!(states(&batch).await, [RecordState::Pending]);
}
