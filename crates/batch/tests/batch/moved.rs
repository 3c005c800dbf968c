//! A list that was corrected while its batch runs: lines put in, taken out, moved, changed.

use std::future::pending;
use std::io::Cursor;

use batch::{Batch, BatchError, Journal, LineError, LineProblem, Position, RecordState};
use http::StatusCode;
use napi::testing::{self, FakeService};
use napi::verifications::RecordStatus;

use crate::place::Place;

/// Returns a list with a line for each name; one without a name is blank.
fn list(names: &[&str]) -> Cursor<String> {
    let line = |name: &&str| match *name {
        "" => "\n".to_owned(),
        name => {
            format!(
                r#"{{"CountryCode":"IT","DataFields":{{"PersonInfo":{{"FirstGivenName":"{name}"}}}}}}"#
            ) + "\n"
        }
    };
    Cursor::new(names.iter().map(line).collect())
}

fn service(results: usize) -> FakeService {
    let service = FakeService::new();
    for _ in 0..results {
        service.respond(&testing::verify_result(RecordStatus::MATCH));
    }
    service
}

/// Returns the names that were sent, in order.
fn sent(service: &FakeService) -> Vec<String> {
    let requests = service.requests().into_iter();
    let names = requests.map(|request| {
        let json: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        let name = json["DataFields"]["PersonInfo"]["FirstGivenName"].as_str();
        name.unwrap().to_owned()
    });
    names.collect()
}

async fn numbers(journal: &impl Journal) -> Vec<(Option<u64>, RecordState)> {
    let records = journal.records_after(Position::START, None, 10).await;
    let records = records.unwrap().into_iter();
    records.map(|it| (it.number, it.state)).collect()
}

async fn batch<P: Place>(place: &P, service: &FakeService) -> Batch<FakeService, P::Journal> {
    Batch::new(service.client(), place.open().await).concurrency(1)
}

pub(crate) async fn moved_lines_are_sent_once<P: Place>(place: P) {
    let service = service(1);
    service.respond_text(StatusCode::UNAUTHORIZED, "");
    let mut batch = batch(&place, &service).await;
    batch
        .run(list(&["Ada", "Eva", "Ugo"]), pending())
        .await
        .unwrap();
    assert_eq!(sent(&service), ["Ada", "Eva"]);
    for _ in 0..3 {
        service.respond(&testing::verify_result(RecordStatus::MATCH));
    }
    // One is put in above all, the one that was rejected is taken out.
    let corrected = list(&["Ida", "", "Ada", "Ugo"]);
    let summary = batch.run(corrected.clone(), pending()).await.unwrap();
    assert_eq!((summary.sent, summary.missing, summary.left_out), (2, 1, 0));
    assert_eq!(sent(&service)[2..], ["Ida", "Ugo"]);
    let (done, waiting) = (RecordState::Done, RecordState::Waiting);
    let expected = [
        (Some(1), done),
        (Some(2), done),
        (Some(3), done),
        (None, waiting),
    ];
    assert_eq!(numbers(batch.journal()).await, expected);
    let again = batch.run(corrected, pending()).await.unwrap();
    assert_eq!((again.sent, again.missing), (0, 1));
    // It is back, and is sent now.
    let all = list(&["Eva", "Ugo", "Ada", "Ida"]);
    let summary = batch.run(all, pending()).await.unwrap();
    assert_eq!((summary.sent, summary.missing), (1, 0));
    assert_eq!(sent(&service)[4..], ["Eva"]);
    let expected = [1, 2, 3, 4].map(|number| (Some(number), done));
    assert_eq!(numbers(batch.journal()).await, expected);
}

pub(crate) async fn changed_line_is_named_where_it_stands_now<P: Place>(place: P) {
    let service = service(4);
    let mut batch = batch(&place, &service).await;
    batch
        .run(list(&["Ada", "Eva", "Ugo", "Ida"]), pending())
        .await
        .unwrap();
    let before = numbers(batch.journal()).await;
    let changed = list(&["Leo", "Ada", "", "Evita", "Hugo", "Ida"]);
    let report = batch.check(changed.clone()).await.unwrap();
    let lines = [4, 5].map(|line| LineError {
        line,
        problem: LineProblem::Changed,
    });
    assert_eq!((&report.problems[..], report.unsendable), (&lines[..], 2));
    let error = batch.run(changed, pending()).await.unwrap_err();
    let is_named = matches!(&error, BatchError::Line(line) if *line == lines[0]);
    assert!(is_named, "{error}");
    assert_eq!(service.requests().len(), 4);
    // The list is refused as a whole: nothing of it counts.
    assert_eq!(numbers(batch.journal()).await, before);
    // The last one too, and the first.
    for (names, line) in [
        (["Ada", "Eva", "Ugo", "Idina"], 4),
        (["Adele", "Eva", "Ugo", "Ida"], 1),
    ] {
        let error = batch.run(list(&names), pending()).await.unwrap_err();
        let is_named = matches!(&error, BatchError::Line(error) if error.line == line);
        assert!(is_named, "{error}");
    }
}

pub(crate) async fn repeated_line_is_not_a_moved_one<P: Place>(place: P) {
    let service = service(2);
    let mut batch = batch(&place, &service).await;
    batch.run(list(&["Ada", "Eva"]), pending()).await.unwrap();
    let repeated = list(&["Ada", "Ada", "Eva"]);
    let error = batch.run(repeated.clone(), pending()).await.unwrap_err();
    let expected = LineError {
        line: 2,
        problem: LineProblem::Repeated { record: 1 },
    };
    let is_named = matches!(&error, BatchError::Line(line) if *line == expected);
    assert!(is_named, "{error}");
    let mut batch = batch.leave_out_repeated();
    let summary = batch.run(repeated, pending()).await.unwrap();
    assert_eq!((summary.sent, summary.left_out, summary.missing), (0, 1, 0));
    // The first of the two is taken out: what stays is the same record.
    let summary = batch.run(list(&["Ada", "Eva"]), pending()).await.unwrap();
    assert_eq!((summary.sent, summary.left_out, summary.missing), (0, 0, 0));
    assert_eq!(service.requests().len(), 2);
}

pub(crate) async fn sorted_list_is_the_same<P: Place>(place: P) {
    let service = service(3);
    let mut batch = batch(&place, &service).await;
    batch
        .run(list(&["Ugo", "Eva", "Ada"]), pending())
        .await
        .unwrap();
    let sorted = list(&["Ada", "Eva", "Ugo"]);
    let summary = batch.run(sorted, pending()).await.unwrap();
    assert_eq!((summary.sent, summary.missing), (0, 0));
    let records = batch
        .journal()
        .records_after(Position::START, None, 10)
        .await;
    let references: Vec<_> = records
        .unwrap()
        .into_iter()
        .map(|it| it.reference)
        .collect();
    let requests = service.requests().into_iter().rev();
    let sent = requests.map(|request| {
        let json: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        json["CustomerReferenceID"].as_str().unwrap().to_owned()
    });
    // In the order that the list has now, each with the reference that it was sent with.
    assert_eq!(references, sent.collect::<Vec<_>>());
}

pub(crate) async fn changed_line_is_refused_wherever_it_moves<P: Place>(place: P) {
    let service = service(3);
    let mut batch = batch(&place, &service).await;
    let names = ["Ada", "Eva", "Ugo"];
    batch.run(list(&names), pending()).await.unwrap();
    let before = numbers(batch.journal()).await;
    for (names, line) in [(["Ugo", "Evita", "Ada"], 2), (["Ada", "Ugo", "Evita"], 3)] {
        let expected = LineError {
            line,
            problem: LineProblem::MayHaveChanged { record: Some(2) },
        };
        let report = batch.check(list(&names)).await.unwrap();
        assert_eq!(report.problems, std::slice::from_ref(&expected));
        let error = batch.run(list(&names), pending()).await.unwrap_err();
        let is_named = matches!(&error, BatchError::Line(line) if *line == expected);
        assert!(is_named, "{error}");
    }
    assert_eq!(numbers(batch.journal()).await, before);
    assert_eq!(service.requests().len(), 3);
    // One that is taken out alone is not sent; a new one is, once the caller says so.
    let summary = batch.run(list(&["Ugo", "Ada"]), pending()).await.unwrap();
    assert_eq!((summary.sent, summary.missing), (0, 1));
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    let mut batch = batch.allow_removed();
    let summary = batch.run(list(&["Leo", "Ada"]), pending()).await.unwrap();
    assert_eq!((summary.sent, summary.missing), (1, 2));
}

pub(crate) async fn line_put_back_corrected_is_refused<P: Place>(place: P) {
    let service = service(3);
    let mut batch = batch(&place, &service).await;
    let names = ["Ada", "Eva", "Ugo"];
    batch.run(list(&names), pending()).await.unwrap();
    let shorter = list(&["Ada", "Ugo"]);
    let summary = batch.run(shorter, pending()).await.unwrap();
    assert_eq!((summary.sent, summary.missing), (0, 1));
    // In the place that it had, and elsewhere.
    for (names, line) in [(["Ada", "Evita", "Ugo"], 2), (["Ada", "Ugo", "Evita"], 3)] {
        let expected = LineError {
            line,
            problem: LineProblem::MayHaveChanged { record: None },
        };
        let report = batch.check(list(&names)).await.unwrap();
        assert_eq!(report.problems, std::slice::from_ref(&expected));
        let error = batch.run(list(&names), pending()).await.unwrap_err();
        let is_named = matches!(&error, BatchError::Line(line) if *line == expected);
        assert!(is_named, "{error}");
    }
    assert_eq!(service.requests().len(), 3);
    // As it was, it is the same record; and another one is sent once the caller says so.
    let summary = batch.run(list(&names), pending()).await.unwrap();
    assert_eq!((summary.sent, summary.missing), (0, 0));
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    let more = list(&["Ada", "Eva", "Ugo", "Evita"]);
    let summary = batch.run(more, pending()).await.unwrap();
    assert_eq!((summary.sent, summary.missing), (1, 0));
    let shorter = list(&["Ada", "Ugo", "Evita"]);
    batch.run(shorter, pending()).await.unwrap();
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    let mut batch = batch.allow_removed();
    let another = list(&["Ada", "Leo", "Ugo", "Evita"]);
    let summary = batch.run(another, pending()).await.unwrap();
    assert_eq!((summary.sent, summary.missing), (1, 1));
}

pub(crate) async fn unsendable_line_is_not_taken_for_removed<P: Place>(place: P) {
    let service = service(3);
    let mut batch = batch(&place, &service).await;
    let names = ["Ada", "Eva", "Ugo"];
    batch.run(list(&names), pending()).await.unwrap();
    let before = numbers(batch.journal()).await;
    // Its first correction went wrong, and the next one is right.
    let wrong = list(&names)
        .into_inner()
        .replace("{\"FirstGivenName\":\"Eva\"}", "Evita");
    for list in [Cursor::new(wrong), list(&["Ada", "Evita", "Ugo"])] {
        let error = batch.run(list, pending()).await.unwrap_err();
        let is_named = matches!(&error, BatchError::Line(line) if line.line == 2);
        assert!(is_named, "{error}");
    }
    assert_eq!(numbers(batch.journal()).await, before);
    assert_eq!(service.requests().len(), 3);
}

pub(crate) async fn reference_tells_a_changed_line_from_a_new_one<P: Place>(place: P) {
    let of = |names: &[&str]| {
        let lines = list(names).into_inner();
        let lines = lines.lines().zip(names).map(|(line, name)| {
            // Of one person whatever the name is.
            let reference = name.chars().next().unwrap();
            line.replace(
                "\"IT\"",
                &format!("\"IT\",\"CustomerReferenceID\":\"{reference}\""),
            ) + "\n"
        });
        Cursor::new(lines.collect::<String>())
    };
    let service = service(4);
    let mut batch = batch(&place, &service).await;
    batch
        .run(of(&["Ada", "Eva", "Ugo"]), pending())
        .await
        .unwrap();
    for (names, line) in [(["Ugo", "Evita", "Ada"], 2), (["Evita", "Ada", "Ugo"], 1)] {
        let error = batch.run(of(&names), pending()).await.unwrap_err();
        let expected = LineError {
            line,
            problem: LineProblem::Changed,
        };
        let is_named = matches!(&error, BatchError::Line(line) if *line == expected);
        assert!(is_named, "{error}");
    }
    // One that was taken out before is known still, whatever is allowed.
    batch.run(of(&["Ada", "Ugo"]), pending()).await.unwrap();
    let mut batch = batch.allow_removed();
    let error = batch
        .run(of(&["Ada", "Ugo", "Evita"]), pending())
        .await
        .unwrap_err();
    assert!(matches!(error, BatchError::Line(_)), "{error}");
    assert_eq!(service.requests().len(), 3);
    let summary = batch
        .run(of(&["Ada", "Ugo", "Leo"]), pending())
        .await
        .unwrap();
    assert_eq!((summary.sent, summary.missing), (1, 1));
}

pub(crate) async fn line_behind_one_taken_out_has_not_changed<P: Place>(place: P) {
    let service = service(1);
    service.respond_text(StatusCode::UNAUTHORIZED, "");
    let mut batch = batch(&place, &service).await;
    // Four are registered, and one of them is sent.
    let names = ["Ada", "Eva", "Ugo", "Ida", "Leo", "Mia"];
    batch.run(list(&names), pending()).await.unwrap();
    assert_eq!(numbers(batch.journal()).await.len(), 4);
    for _ in 0..4 {
        service.respond(&testing::verify_result(RecordStatus::MATCH));
    }
    let shorter = list(&["Ada", "Eva", "Ugo", "Leo", "Mia"]);
    let summary = batch.run(shorter, pending()).await.unwrap();
    assert_eq!((summary.sent, summary.missing), (4, 1));
}
