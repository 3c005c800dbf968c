//! Polls for pending records that bring no result: whose side it is, and what the run does then.

use std::future::pending;
use std::io::{Cursor, ErrorKind};

use batch::{RecordState, StopReason};
use http::StatusCode;
use napi::testing::{self, FakeService};
use napi::verifications::{Polling, RecordStatus, TransactionState};
use tokio::time::Duration;

use crate::place::FilePlace;
use crate::run::{batch, list, states};

#[tokio::test(start_paused = true)]
async fn polls_that_reach_no_service_end_the_run() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond(&testing::pending_result());
    for _ in 0..20 {
        service.fail(ErrorKind::ConnectionRefused.into());
    }
    let polling = Polling::new(Duration::from_secs(3600));
    let mut batch = batch(&place, &service).await.polling(polling);
    let summary = batch.run(Cursor::new(list(1)), pending()).await.unwrap();
    let stopped = summary.stopped.unwrap();
    let is_of_the_way = matches!(stopped, StopReason::Failing | StopReason::Unreachable);
    assert!(is_of_the_way, "{stopped}");
    assert_eq!(states(&batch).await, [RecordState::Pending]);
}

#[tokio::test(start_paused = true)]
async fn transaction_that_is_gone_holds_up_no_other() {
    for gone in [
        StatusCode::BAD_REQUEST,
        StatusCode::NOT_FOUND,
        StatusCode::GONE,
    ] {
        let (place, service) = (FilePlace::new(), FakeService::new());
        service.respond(&testing::pending_result());
        service.respond(&testing::pending_result());
        service.respond_text(gone, "");
        service.respond(&testing::transaction_status(TransactionState::COMPLETED));
        service.respond(&testing::transaction_record(RecordStatus::MATCH));
        let mut batch = batch(&place, &service).await;
        let summary = batch.run(Cursor::new(list(2)), pending()).await.unwrap();
        assert_eq!(summary.stopped, None, "{gone}");
        let states = states(&batch).await;
        assert_eq!(states, [RecordState::Pending, RecordState::Done], "{gone}");
    }
}
