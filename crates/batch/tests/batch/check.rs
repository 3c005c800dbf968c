//! The check of a list before anything of it is sent.

use batch::{Batch, BatchError, CsvForm, LineProblem, ListForm, RecordState, StopReason};
use http::StatusCode;
use napi::testing::{self, FakeService};
use napi::verifications::RecordStatus;
use serde_json::json;
use std::future::pending;
use std::io::Cursor;

use crate::place::{FilePlace, Place};

const ADA: &str = r#"{"CountryCode":"AU","DataFields":{"PersonInfo":{"FirstGivenName":"Ada"}}}"#;
const EVE: &str =
    r#"{"CountryCode":"AU","DataFields":{"PersonInfo":{"FirstGivenName":"Eve","DayOfBirth":31}}}"#;

/// Describes the fields of a country as the service does: a day of birth is required.
fn fields() -> serde_json::Value {
    json!({"properties": {"PersonInfo": {
        "properties": {"FirstGivenName": {"type": "string"}, "DayOfBirth": {"type": "int"}},
        "required": ["DayOfBirth"],
    }}})
}

#[tokio::test]
async fn record_that_is_there_twice_is_named() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    let batch = Batch::new(service.client(), place.open().await);
    let list = [ADA, EVE, "", ADA].join("\n");
    let report = batch.check(list.as_bytes()).await.unwrap();
    assert_eq!((report.records, report.unsendable), (3, 1));
    assert_eq!(report.problems[0].line, 4);
    assert_eq!(
        report.problems[0].problem,
        LineProblem::Repeated { record: 1 }
    );
}

#[tokio::test]
async fn fields_of_a_country_are_asked_for_once() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond(&fields());
    let batch = Batch::new(service.client(), place.open().await);
    let list = [ADA, EVE, "{"].join("\n");
    let report = batch.check_fields(list.as_bytes()).await.unwrap();
    assert_eq!((report.records, report.unsendable), (3, 2));
    let lines: Vec<_> = report.problems.iter().map(|it| it.line).collect();
    assert_eq!(lines, [1, 3]);
    let problem = report.problems[0].to_string();
    assert!(
        problem.contains("PersonInfo.DayOfBirth is missing"),
        "{problem}"
    );
    assert_eq!(service.requests().len(), 1);
}

#[tokio::test]
async fn unfit_record_is_left_out_where_asked_for() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond(&fields());
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    let batch = Batch::new(service.client(), place.open().await);
    let list = [ADA, EVE].join("\n");
    let mut batch = batch.leave_out_unfit();
    let summary = batch
        .run(Cursor::new(list.as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!((summary.sent, summary.left_out), (1, 1));
    let sent = service.requests().pop().unwrap().into_body();
    assert!(String::from_utf8_lossy(&sent).contains("Eve"));
}

#[tokio::test]
async fn country_without_fields_is_a_problem_of_its_records() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond_text(
        StatusCode::BAD_REQUEST,
        "Account not configured for this country",
    );
    service.respond(&fields());
    let batch = Batch::new(service.client(), place.open().await);
    let list = [ADA, &ADA.replace("Ada", "Eva"), &EVE.replace("AU", "IT")].join("\n");
    let report = batch.check_fields(list.as_bytes()).await.unwrap();
    assert_eq!((report.records, report.unsendable), (3, 2));
    assert_eq!(report.problems[1].problem, LineProblem::CountryRejected);
    assert_eq!(service.requests().len(), 2);
}

#[tokio::test]
async fn rejected_credentials_are_no_problem_of_the_list() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond_text(StatusCode::UNAUTHORIZED, "");
    let batch = Batch::new(service.client(), place.open().await);
    let error = batch.check_fields(ADA.as_bytes()).await.unwrap_err();
    assert!(matches!(error, BatchError::Fields(_)), "{error}");
}

#[tokio::test]
async fn repeated_record_is_left_out_where_asked_for() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    for _ in 0..2 {
        service.respond(&testing::verify_result(RecordStatus::MATCH));
    }
    let mut batch = Batch::new(service.client(), place.open().await).leave_out_repeated();
    let list = [ADA, ADA, "{", EVE].join("\n");
    let summary = batch
        .run(Cursor::new(list.as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!((summary.sent, summary.left_out), (2, 2));
    assert_eq!(summary.counts.of(RecordState::Done), 2);
}

#[tokio::test]
async fn list_in_csv_is_sent_and_gone_on_with() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    service.respond_text(StatusCode::UNAUTHORIZED, "");
    let form = || ListForm::csv(CsvForm::new().map("Nome", "FirstGivenName").unwrap());
    let batch = Batch::new(service.client(), place.open().await).form(form());
    let mut batch = batch.concurrency(1);
    let list = "CountryCode;Nome;DateOfBirth\nIT;Ada;1978-07-04\nIT;Eva;1979-01-31\n";
    let summary = batch
        .run(Cursor::new(list.as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!(summary.stopped, Some(StopReason::Credentials));
    let sent: serde_json::Value = serde_json::from_slice(service.requests()[0].body()).unwrap();
    assert_eq!(sent["DataFields"]["PersonInfo"]["MonthOfBirth"], 7);
    // In another order of columns and encoding it is the same list.
    service.respond(&testing::verify_result(RecordStatus::NOMATCH));
    let list = "Nome,CountryCode,DateOfBirth\r\n\"Ada\",IT,1978-07-04\r\nEva,IT,1979-01-31";
    let summary = batch
        .run(Cursor::new(list.as_bytes()), pending())
        .await
        .unwrap();
    assert_eq!((summary.sent, summary.counts.total()), (1, 2));
    // A line that changed is named.
    let error = batch
        .run(
            Cursor::new(list.replace("1979", "1980").as_bytes()),
            pending(),
        )
        .await;
    let error = error.unwrap_err();
    let is_named = matches!(&error, BatchError::Line(line) if line.line == 3);
    assert!(is_named, "{error}");
    assert_eq!(service.requests().len(), 3);
}
