//! The file of results: whole lines, each record once, whatever happened to file or process.

use std::fs;
use std::future::pending;
use std::io::Cursor;
use std::sync::{Arc, Mutex};

use batch::{Batch, Journal, RecordState, ResultsError, ResultsFile, ResultsFormat, Selection};
use http::StatusCode;
use napi::testing::{self, FakeService};
use napi::verifications::RecordStatus;
use serde_json::Value;

use crate::place::{FilePlace, Place};

const LIST: &str = concat!(
    r#"{"CountryCode":"IT","DataFields":{"PersonInfo":{"FirstGivenName":"Ada"}}}"#,
    "\n",
    r#"{"CountryCode":"IT","DataFields":{"PersonInfo":{"FirstGivenName":"Eva"}},"CustomerReferenceID":"x"}"#,
    "\n",
    r#"{"CountryCode":"IT","DataFields":{"PersonInfo":{"FirstGivenName":"Ugo"}}}"#,
);

/// Answers the second record with an error, the others with a match.
fn service() -> FakeService {
    let service = FakeService::new();
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    service.respond_text(StatusCode::BAD_REQUEST, "");
    service.respond(&testing::verify_result(RecordStatus::NOMATCH));
    service
}

fn numbers(text: &str) -> Vec<u64> {
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| line["number"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn each_settled_record_is_a_line_once() {
    let (place, service) = (FilePlace::new(), service());
    let path = place.beside("results");
    let journal = place.open().await;
    let file = ResultsFile::open(&path, ResultsFormat::Ndjson, &journal)
        .await
        .unwrap();
    let file = Arc::new(Mutex::new(file));
    let sink = Arc::clone(&file);
    let batch = Batch::new(service.client(), journal).concurrency(1);
    let mut batch = batch.observer(move |it| sink.lock().unwrap().append(it).unwrap());
    batch
        .run(Cursor::new(LIST.as_bytes()), pending())
        .await
        .unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(numbers(&text), [1, 2, 3]);
    let line: Value = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
    assert_eq!(
        (&line["state"], &line["customer_reference_id"]),
        (&"failed".into(), &"x".into())
    );
    assert_eq!(line["errors"], serde_json::json!(["HTTP 400"]));
    // Cut short anywhere, as a lost power leaves it, with half of a new file beside it.
    let part = place.beside("results.part");
    for length in 0..text.len() {
        fs::write(&path, &text[..length]).unwrap();
        fs::write(&part, &text[..text.len() - length]).unwrap();
        let file = ResultsFile::open(&path, ResultsFormat::Ndjson, batch.journal());
        let file = file.await.unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
        assert!(!part.exists());
        assert_eq!(file.finish(batch.journal()).await.unwrap(), 3);
        assert_eq!(fs::read_to_string(&path).unwrap(), text);
    }
    fs::write(&part, "of someone else").unwrap();
    let file = ResultsFile::open(&path, ResultsFormat::Ndjson, batch.journal());
    let error = file.await.unwrap_err();
    assert!(matches!(error, ResultsError::Foreign { path } if path == part));
    assert_eq!(fs::read_to_string(&part).unwrap(), "of someone else");
}

#[tokio::test]
async fn record_that_is_sent_again_has_one_line() {
    let (place, service) = (FilePlace::new(), service());
    let path = place.beside("results.csv");
    let mut batch = Batch::new(service.client(), place.open().await).concurrency(1);
    batch
        .run(Cursor::new(LIST.as_bytes()), pending())
        .await
        .unwrap();
    let csv = ResultsFormat::of_path(&path);
    let file = ResultsFile::open(&path, csv, batch.journal())
        .await
        .unwrap();
    assert!(fs::read_to_string(&path).unwrap().contains("2,x,failed"));
    let requeued = batch.journal().requeue(RecordState::Failed, Selection::All);
    assert_eq!(requeued.await.unwrap().len(), 1);
    assert_eq!(file.finish(batch.journal()).await.unwrap(), 2);
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    batch
        .run(Cursor::new(LIST.as_bytes()), pending())
        .await
        .unwrap();
    let file = ResultsFile::open(&path, csv, batch.journal())
        .await
        .unwrap();
    assert_eq!(file.finish(batch.journal()).await.unwrap(), 3);
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("2,x,done,match") && !text.contains("failed"),
        "{text}"
    );
}

#[tokio::test]
async fn file_with_something_else_is_left_as_it_is() {
    let (place, service) = (FilePlace::new(), service());
    let mut batch = Batch::new(service.client(), place.open().await).concurrency(1);
    batch
        .run(Cursor::new(LIST.as_bytes()), pending())
        .await
        .unwrap();
    let path = place.beside("file");
    let of_another = r#"{"number":1,"customer_reference_id":"of another batch","state":"done"}"#;
    for content in [
        LIST,
        "x",
        "{}\n",
        of_another,
        "number,customer_reference_id\n",
    ] {
        fs::write(&path, content).unwrap();
        for format in [ResultsFormat::Ndjson, ResultsFormat::Csv] {
            let error = ResultsFile::open(&path, format, batch.journal()).await;
            assert!(
                matches!(error, Err(ResultsError::Foreign { .. })),
                "{error:?}"
            );
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
    let folder = ResultsFile::open(place.beside(""), ResultsFormat::Csv, batch.journal()).await;
    assert!(
        matches!(folder, Err(ResultsError::Foreign { .. })),
        "{folder:?}"
    );
    let nowhere = place.beside("none/results");
    let nowhere = ResultsFile::open(nowhere, ResultsFormat::Csv, batch.journal()).await;
    assert!(
        matches!(nowhere, Err(ResultsError::Io { .. })),
        "{nowhere:?}"
    );
}

#[tokio::test]
async fn results_of_a_batch_with_the_same_references_are_kept() {
    let (place, service) = (FilePlace::new(), FakeService::new());
    service.respond(&testing::verify_result(RecordStatus::MATCH));
    let mut batch = Batch::new(service.client(), place.open().await);
    let line = LIST.lines().nth(1).unwrap().to_owned();
    batch.run(Cursor::new(line), pending()).await.unwrap();
    for (name, format) in [("a", ResultsFormat::Ndjson), ("a.csv", ResultsFormat::Csv)] {
        let path = place.beside(name);
        let open = async || ResultsFile::open(&path, format, batch.journal()).await;
        let file = open().await.unwrap();
        assert_eq!(file.finish(batch.journal()).await.unwrap(), 1);
        open().await.unwrap();
        for id in [testing::TRANSACTION_ID, testing::TRANSACTION_RECORD_ID] {
            let own = fs::read_to_string(&path).unwrap();
            let other = own.replace(id, "another");
            assert_ne!(own, other);
            fs::write(&path, &other).unwrap();
            let error = open().await;
            let is_foreign = matches!(error, Err(ResultsError::Foreign { .. }));
            assert!(is_foreign, "{error:?}");
            assert_eq!(fs::read_to_string(&path).unwrap(), other);
            fs::write(&path, own).unwrap();
        }
    }
}

#[cfg(unix)]
#[tokio::test]
async fn results_are_readable_by_their_user_alone() {
    use std::os::unix::fs::PermissionsExt;

    let place = FilePlace::new();
    let (path, journal) = (place.beside("results"), place.open().await);
    ResultsFile::open(&path, ResultsFormat::Ndjson, &journal)
        .await
        .unwrap();
    assert_eq!(
        fs::metadata(path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}
