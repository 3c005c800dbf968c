//! Runs of a batch: each request that the service saw beside the state that the journal has.

use std::collections::BTreeSet;
use std::future::{pending, ready};
use std::io::{self, Cursor};
use std::sync::{Arc, Mutex};

use batch::{
    Batch, BatchError, Journal, LineProblem, Position, RecordState, SqliteJournal, StopReason,
};
use http::StatusCode;
use napi::testing::{self, FakeService};
use napi::verifications::{Polling, RecordStatus, TransactionState};
use tokio::time::Duration;

use crate::place::{FilePlace, Place};

pub(crate) fn list(count: usize) -> String {
    let line = |number: usize| {
        format!(
            r#"{{"CountryCode":"IT","DataFields":{{"PersonInfo":{{"FirstSurName":"Mancini {number}"}}}}}}"#
        ) + "\n"
    };
    (1..=count).map(line).collect()
}

/// Makes a batch whose requests are sent one after the other, so that the fake's order is that of
/// the list.
pub(crate) async fn batch(
    place: &FilePlace,
    service: &FakeService,
) -> Batch<FakeService, SqliteJournal> {
    let polling = Polling::new(Duration::from_secs(60)).first_pause(Duration::from_millis(100));
    let batch = Batch::new(service.client(), place.open().await);
    batch.concurrency(1).polling(polling)
}

pub(crate) async fn states(batch: &Batch<FakeService, SqliteJournal>) -> Vec<RecordState> {
    let records = batch
        .journal()
        .records_after(Position::START, None, 1000)
        .await
        .unwrap();
    records.iter().map(|record| record.state).collect()
}

#[tokio::test]
async fn each_record_is_sent_once_with_its_own_reference() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    for _ in 0..3 {
        service.respond(&testing::verify_result(RecordStatus::MATCH));
    }
    let mut batch = batch(&place, &service).await;
    let summary = batch
        .run(Cursor::new(list(3).as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!((summary.sent, summary.stopped), (3, None));
    assert_eq!(summary.counts.of(RecordState::Done), 3);
    // Another run has nothing to do.
    let again = batch
        .run(Cursor::new(list(3).as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!(again.sent, 0);
    let sent: Vec<serde_json::Value> = service
        .requests()
        .iter()
        .map(|request| serde_json::from_slice(request.body()).unwrap())
        .collect();
    let references: Vec<_> = sent
        .iter()
        .map(|sent| sent["CustomerReferenceID"].as_str().unwrap())
        .collect();
    let records = batch
        .journal()
        .records_after(Position::START, None, 10)
        .await
        .unwrap();
    let expected: Vec<_> = records.iter().map(|it| it.reference.as_str()).collect();
    assert_eq!(references, expected);
    let name = batch.journal().batch_name();
    assert!(references.iter().all(|it| it.starts_with(name)));
    assert_eq!(references.iter().collect::<BTreeSet<_>>().len(), 3);
    assert_eq!(records[0].outcome.status.as_deref(), Some("match"));
}

#[tokio::test]
async fn unanswered_record_is_unknown_and_not_sent_again() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.fail(io::ErrorKind::ConnectionReset.into());
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    let mut batch = batch(&place, &service).await;
    for _ in 0..2 {
        batch
            .run(Cursor::new(list(2).as_bytes()), pending())
            .await
            .unwrap();
    }
    assert_eq!(
        states(&batch).await,
        [RecordState::Unknown, RecordState::Done]
    );
    assert_eq!(service.requests().len(), 2);
}

#[tokio::test]
async fn refused_credentials_stop_the_batch_after_one() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond_text(StatusCode::UNAUTHORIZED, "");
    let mut batch = batch(&place, &service).await;
    let summary = batch
        .run(Cursor::new(list(300).as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!(summary.stopped, Some(StopReason::Credentials));
    assert_eq!((summary.sent, service.requests().len()), (0, 1));
    assert_eq!(
        summary.counts.of(RecordState::Waiting),
        summary.counts.total()
    );
}

#[tokio::test]
async fn unconfigured_account_stops_the_batch_after_one() {
    for (text, is_stopped) in [
        ("Account not configured for this country", true),
        ("Account not configured for Ada", false),
    ] {
        let (place, service) = (FilePlace::new(), FakeService::new());
        service.respond_text(StatusCode::BAD_REQUEST, text);
        service.respond(&testing::verify_result(RecordStatus::MATCH));
        let mut batch = batch(&place, &service).await;
        let summary = batch.run(Cursor::new(list(2)), pending()).await.unwrap();
        let stopped = is_stopped.then_some(StopReason::Setup);
        assert_eq!(summary.stopped, stopped, "{text}");
        let expected = match is_stopped {
            true => [RecordState::Waiting, RecordState::Waiting],
            false => [RecordState::Failed, RecordState::Done],
        };
        assert_eq!(states(&batch).await, expected, "{text}");
    }
}

#[tokio::test(start_paused = true)]
async fn throttled_record_is_sent_again_in_the_same_run() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond_text(StatusCode::TOO_MANY_REQUESTS, "");
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    let mut batch = batch(&place, &service).await;
    let summary = batch
        .run(Cursor::new(list(1).as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!((summary.sent, summary.stopped), (1, None));
    assert_eq!(states(&batch).await, [RecordState::Done]);
    assert_eq!(service.requests().len(), 2);
    let records = batch
        .journal()
        .records_after(Position::START, None, 10)
        .await
        .unwrap();
    assert_eq!(records[0].attempts, 2);
}

#[tokio::test(start_paused = true)]
async fn lasting_throttling_ends_the_run() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    for _ in 0..20 {
        service.respond_text(StatusCode::TOO_MANY_REQUESTS, "");
    }
    let mut batch = batch(&place, &service).await;
    let summary = batch
        .run(Cursor::new(list(2).as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!(summary.stopped, Some(StopReason::Throttled));
    assert_eq!(states(&batch).await, [RecordState::Waiting; 2]);
    assert_eq!(service.requests().len(), 10);
}

#[tokio::test(start_paused = true)]
async fn many_unknown_in_a_row_end_the_run() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    let mut batch = batch(&place, &service).await; // without responses, each connection breaks
    let summary = batch
        .run(Cursor::new(list(50).as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!(summary.stopped, Some(StopReason::Failing));
    assert_eq!(summary.counts.of(RecordState::Unknown), 10);
    assert_eq!(service.requests().len(), 10);
}

#[tokio::test(start_paused = true)]
async fn pending_record_is_finished_by_polling() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond(&testing::pending_result());
    service.respond(&testing::transaction_status(TransactionState::COMPLETED));
    service.respond(&testing::transaction_record(RecordStatus::NOMATCH));
    let mut batch = batch(&place, &service).await;
    let summary = batch
        .run(Cursor::new(list(1).as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!(summary.counts.of(RecordState::Done), 1);
    let records = batch
        .journal()
        .records_after(Position::START, None, 10)
        .await
        .unwrap();
    assert_eq!(records[0].outcome.status.as_deref(), Some("nomatch"));
}

#[tokio::test(start_paused = true)]
async fn poll_that_fails_leaves_it_pending_for_the_next_run() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond(&testing::pending_result());
    service.respond_text(StatusCode::UNAUTHORIZED, "");
    let mut batch = batch(&place, &service).await;
    let summary = batch
        .run(Cursor::new(list(1).as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!(summary.stopped, Some(StopReason::Credentials));
    assert_eq!(states(&batch).await, [RecordState::Pending]);
    service.respond(&testing::transaction_status(TransactionState::COMPLETED));
    service.respond(&testing::transaction_record(RecordStatus::MATCH));
    batch
        .run(Cursor::new(list(1).as_bytes()), pending())
        .await
        .unwrap();
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
    let (place, service) = (FilePlace::new(), FakeService::new());
    let mut batch = batch(&place, &service).await;
    let summary = batch
        .run(Cursor::new(list(3).as_bytes()), ready(()))
        .await
        .unwrap();
    assert_eq!(summary.stopped, Some(StopReason::Asked));
    assert_eq!(service.requests().len(), 0);
}

#[tokio::test]
async fn unsendable_lines_are_reported_and_left_out() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    let mut batch = batch(&place, &service).await;
    let list = format!("{{}}\n\n{}nothing", list(1));
    let report = batch.check(list.as_bytes()).await.unwrap();
    assert_eq!((report.records, report.unsendable), (3, 2));
    let lines: Vec<_> = report.problems.iter().map(|it| it.line).collect();
    assert_eq!(lines, [1, 4]);
    assert_eq!(service.requests().len(), 0);
    let summary = batch
        .run(Cursor::new(list.as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!((summary.sent, summary.counts.total()), (1, 1));
    assert_eq!(service.requests().len(), 1);
    // Corrected, the first line is sent; the blank line that went does not move the others.
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    let corrected = format!(
        "{{\"CountryCode\":\"FR\",\"DataFields\":{{\"Passport\":{{\"Number\":\"1\"}}}}}}\n{}",
        self::list(1)
    );
    let summary = batch
        .run(Cursor::new(corrected.as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!((summary.sent, summary.counts.total()), (1, 2));
}

#[tokio::test]
async fn record_that_stands_in_the_list_twice_is_sent_once() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    let mut batch = batch(&place, &service).await;
    batch
        .run(Cursor::new(list(1).as_bytes()), pending())
        .await
        .unwrap();
    let twice = format!("{0}{0}", list(1));
    let error = batch
        .run(Cursor::new(twice.as_bytes()), pending())
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("line 2: it is the same as record 1")
    );
    assert_eq!(service.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn stuck_transaction_delays_no_other() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    let running = testing::transaction_status(TransactionState::from("InProgress"));
    let begin = tokio::time::Instant::now();
    for _ in 0..3 {
        service.respond(&testing::pending_result());
    }
    // The first round: two go on, and the last has its result.
    service.respond(&running).respond(&running);
    service.respond(&testing::transaction_status(TransactionState::COMPLETED));
    service.respond(&testing::transaction_record(RecordStatus::MATCH));
    // The second: the first goes on, the second has failed.
    service.respond(&running);
    service.respond(&testing::transaction_status(TransactionState::FAILED));
    for _ in 0..1000 {
        service.respond(&running);
    }
    let ended = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&ended);
    let batch = batch(&place, &service).await;
    let mut batch = batch.observer(move |it| {
        let state = (it.number, it.state, begin.elapsed().as_secs());
        heard.lock().unwrap().push(state);
    });
    let summary = batch
        .run(Cursor::new(list(3).as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!(summary.stopped, None);
    let ended = ended.lock().unwrap().split_off(3);
    let expected = [
        (Some(3), RecordState::Done, 0),
        (Some(2), RecordState::Failed, 0),
    ];
    assert_eq!(ended, expected);
    // The first was asked for as long as the run was told to, and is for the next one.
    assert_eq!(states(&batch).await[0], RecordState::Pending);
    let elapsed = begin.elapsed();
    assert!(elapsed <= Duration::from_secs(61), "{elapsed:?}");
}

#[tokio::test(start_paused = true)]
async fn result_that_cannot_come_is_not_waited_for() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond(&testing::pending_result());
    service.respond_text(StatusCode::NOT_FOUND, "");
    let mut batch = batch(&place, &service).await;
    let summary = batch
        .run(Cursor::new(list(1).as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!((summary.stopped, service.requests().len()), (None, 2));
    assert_eq!(states(&batch).await, [RecordState::Pending]);
}

#[tokio::test(start_paused = true)]
async fn poll_that_cannot_succeed_ends_the_run() {
    for (status, reason) in [
        (StatusCode::FORBIDDEN, StopReason::Credentials),
        (StatusCode::METHOD_NOT_ALLOWED, StopReason::Setup),
        (StatusCode::FOUND, StopReason::Setup),
    ] {
        let (place, service) = (FilePlace::new(), FakeService::new());
        service.respond(&testing::pending_result());
        service.respond_text(status, "");
        let mut batch = batch(&place, &service).await;
        let summary = batch.run(Cursor::new(list(1)), pending()).await.unwrap();
        assert_eq!(summary.stopped, Some(reason), "{status}");
        assert_eq!(states(&batch).await, [RecordState::Pending]);
    }
}

#[tokio::test(start_paused = true)]
async fn polls_that_go_on_failing_end_the_run() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond(&testing::pending_result());
    for _ in 0..20 {
        service.respond_text(StatusCode::SERVICE_UNAVAILABLE, "");
    }
    let polling = Polling::new(Duration::from_secs(3600));
    let mut batch = batch(&place, &service).await.polling(polling);
    let summary = batch
        .run(Cursor::new(list(1).as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!(summary.stopped, Some(StopReason::Failing));
    assert_eq!(service.requests().len(), 1 + 10);
    assert_eq!(states(&batch).await, [RecordState::Pending]);
}

#[tokio::test(start_paused = true)]
async fn stop_does_not_wait_for_pending_results() {
    let (place, service) = (FilePlace::new(), FakeService::new());
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
    let summary = batch
        .run(Cursor::new(list(1).as_bytes()), stop)
        .await
        .unwrap();
    assert_eq!(summary.stopped, Some(StopReason::Asked));
    assert!(start.elapsed() < Duration::from_secs(600));
    assert_eq!(states(&batch).await, [RecordState::Pending]);
}

#[tokio::test]
async fn timed_out_transaction_is_asked_for_and_not_sent_again() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    let mut result = testing::pending_result();
    result.errors = vec![testing::service_error(
        napi::ErrorCode::REQUEST_TIMED_OUT,
        "timed out",
    )];
    service.respond(&result);
    service.respond_text(StatusCode::UNAUTHORIZED, "");
    let mut batch = batch(&place, &service).await;
    batch
        .run(Cursor::new(list(1).as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!(states(&batch).await, [RecordState::Pending]);
}

#[tokio::test]
async fn forbidden_content_fails_its_record_alone() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond_text(StatusCode::FORBIDDEN, "Mancini");
    service.respond(&"Hello user"); // so it is not the account
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    let mut batch = batch(&place, &service).await;
    let summary = batch
        .run(Cursor::new(list(2).as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!(summary.stopped, None);
    assert_eq!(
        states(&batch).await,
        [RecordState::Failed, RecordState::Done]
    );
    let records = batch
        .journal()
        .records_after(Position::START, None, 1)
        .await
        .unwrap();
    assert_eq!(records[0].outcome.errors, ["HTTP 403"]);
}

#[tokio::test]
async fn forbidden_account_stops_the_run_and_fails_no_record() {
    for hello in [StatusCode::FORBIDDEN, StatusCode::UNAUTHORIZED] {
        let (place, service) = (FilePlace::new(), FakeService::new());
        service.respond_text(StatusCode::FORBIDDEN, "");
        service.respond_text(hello, "");
        let mut batch = batch(&place, &service).await;
        let summary = batch
            .run(Cursor::new(list(2).as_bytes()), pending())
            .await
            .unwrap();
        assert_eq!(summary.stopped, Some(StopReason::Credentials));
        assert_eq!(states(&batch).await, [RecordState::Waiting; 2]);
    }
}

#[tokio::test]
async fn many_forbidden_records_in_a_row_end_the_run() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    for _ in 0..20 {
        service.respond_text(StatusCode::FORBIDDEN, "");
        service.respond(&"Hello user");
    }
    let mut batch = batch(&place, &service).await;
    let summary = batch
        .run(Cursor::new(list(20).as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!(summary.stopped, Some(StopReason::Credentials));
    assert_eq!(summary.counts.of(RecordState::Failed), 10);
    // The others wait for whoever mends the account.
    assert_eq!(
        summary.counts.of(RecordState::Waiting) + 10,
        summary.counts.total()
    );
}

#[tokio::test(start_paused = true)]
async fn rate_is_kept_by_verifications() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    for _ in 0..5 {
        service.respond(&testing::verify_result(RecordStatus::MATCH));
    }
    let begin = tokio::time::Instant::now();
    let batch = batch(&place, &service).await.concurrency(5);
    let mut batch = batch.rate(2.try_into().unwrap());
    let summary = batch
        .run(Cursor::new(list(5).as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!(summary.sent, 5);
    let elapsed = begin.elapsed();
    let two_seconds = Duration::from_secs(2)..Duration::from_millis(2500);
    assert!(two_seconds.contains(&elapsed), "{elapsed:?}");
}

#[tokio::test]
async fn observer_hears_of_each_settled_record() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    service.respond_text(StatusCode::BAD_REQUEST, "");
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    let batch = batch(&place, &service).await;
    let mut batch = batch.observer(move |it| {
        let status = it.outcome.status.clone();
        ears.lock().unwrap().push((it.number, it.state, status));
    });
    batch
        .run(Cursor::new(list(2).as_bytes()), pending())
        .await
        .unwrap();
    let expected = [
        (Some(1), RecordState::Done, Some("match".to_owned())),
        (Some(2), RecordState::Failed, None),
    ];
    assert_eq!(*heard.lock().unwrap(), expected);
}

#[tokio::test]
async fn list_of_another_batch_is_refused_by_its_first_line() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    let mut batch = batch(&place, &service).await;
    batch
        .run(Cursor::new(list(1).as_bytes()), pending())
        .await
        .unwrap();
    let other = list(3).replace("IT", "FR");
    let error = batch
        .run(Cursor::new(other.as_bytes()), pending())
        .await
        .unwrap_err();
    let is_named = matches!(
        &error,
        BatchError::Line(line) if line.line == 1 && line.problem == LineProblem::Changed
    );
    assert!(is_named, "{error}");
    // Nor is anything of it in the journal.
    assert_eq!(states(&batch).await, [RecordState::Done]);
    assert_eq!(service.requests().len(), 1);
}
