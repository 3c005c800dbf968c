//! `napi-mtls verify`, and what is looked up after it.

use std::fs;

use cli::{Exit, Format, Rendered};
use mock_napi::EventKind;
use serde_json::{Value, json};
use test_support::Mock;

use super::{arguments, enrolled, napi, path};
use crate::kinds;

/// Returns the inputs of a person that the sandbox matches.
async fn entity(arguments: &[String]) -> Value {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let shown = napi("test-entities", &[&["CA"], &words[..]].concat()).await;
    let data: Value = serde_json::from_str(&Rendered::of(&shown, Format::Json).out).unwrap();
    let entities = data.as_array().unwrap();
    let is_person = |it: &&Value| it.pointer("/PersonInfo/FirstGivenName").is_some();
    let mut entity = entities.iter().find(is_person).unwrap().clone();
    entity.as_object_mut().unwrap().remove("TestEntityName");
    entity
}

async fn run(command: &str, more: &[&str], arguments: &[String], format: Format) -> Rendered {
    let arguments = arguments.iter().map(String::as_str);
    let words: Vec<&str> = more.iter().copied().chain(arguments).collect();
    Rendered::of(&napi(command, &words).await, format)
}

async fn verifications(mock: &Mock) -> usize {
    let events = mock.portal().events().await.unwrap();
    let sent = kinds(&events).into_iter().filter(|kind| {
        matches!(kind, EventKind::Request { path, .. } if path == "/verifications/v1/verify")
    });
    sent.count()
}

#[tokio::test]
async fn match_is_shown_and_its_record_can_be_read() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let arguments = arguments(&folder, &mock);
    let body = path(&folder, "person.json");
    let request = json!({"CountryCode": "CA", "DataFields": entity(&arguments).await});
    fs::write(&body, request.to_string()).unwrap();
    let json = [
        "--json",
        &body,
        "--exit-status",
        "--reference",
        "order 4711",
    ];
    let shown = run("verify", &json, &arguments, Format::Json).await;
    assert_eq!(shown.exit, Exit::Good, "{shown:?}");
    let data: Value = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(data["state"], "completed");
    assert_eq!(data["result"]["Record"]["RecordStatus"], "match", "{data}");
    assert_eq!(data["result"]["CustomerReferenceID"], "order 4711");

    let id = data["result"]["Record"]["TransactionRecordID"]
        .as_str()
        .unwrap();
    let record = run("record", &[id], &arguments, Format::Human).await;
    assert!(record.out.starts_with("result       match\n"), "{record:?}");
    let transaction = data["result"]["TransactionID"].as_str().unwrap();
    let status = run("status", &[transaction], &arguments, Format::Human).await;
    assert!(
        status.out.starts_with("state        Completed"),
        "{status:?}"
    );
    assert_eq!(verifications(&mock).await, 1);
}

#[tokio::test]
async fn nomatch_fails_only_where_asked_for() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let arguments = arguments(&folder, &mock);
    let person = [
        "--country",
        "CA",
        "--field",
        "PersonInfo.FirstGivenName=Absent",
        "--field",
        "PersonInfo.FirstSurName=Atall",
        "--no-check",
    ];
    let shown = run("verify", &person, &arguments, Format::Human).await;
    assert_eq!(shown.exit, Exit::Good, "{shown:?}");
    assert!(shown.out.starts_with("result       nomatch\n"), "{shown:?}");
    let strict = [&person[..], &["--exit-status"]].concat();
    let shown = run("verify", &strict, &arguments, Format::Human).await;
    assert_eq!(shown.exit, Exit::Findings, "{shown:?}");
}

#[tokio::test]
async fn inputs_that_do_not_fit_are_never_sent() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let arguments = arguments(&folder, &mock);
    let born = ["--country", "CA", "--field", "PersonInfo.MonthOfBirth=13"];
    let shown = run("verify", &born, &arguments, Format::Json).await;
    assert_eq!(shown.exit, Exit::Usage, "{shown:?}");
    let error = &serde_json::from_str::<Value>(&shown.err).unwrap()["error"];
    assert_eq!(
        (&error["kind"], &error["side"]),
        (&"fields".into(), &"client".into())
    );
    let none = run(
        "verify",
        &["--field", "PersonInfo.X=1"],
        &arguments,
        Format::Human,
    )
    .await;
    assert_eq!(none.exit, Exit::Usage, "{none:?}");
    assert_eq!(verifications(&mock).await, 0);
}
