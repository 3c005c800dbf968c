//! Waits and look-ups after a verification, and searches, against the mock.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::examples::Workplace;
use crate::{stderr, stdout};

const RECORD: &str = "22222222-2222-4222-8222-222222222222";

/// Runs a line; returns the exit code, what it printed and what it complained of.
fn ended(workplace: &Workplace, line: &str) -> (i32, String, String) {
    let output = workplace.shell(line).output().unwrap();
    let code = output.status.code().unwrap();
    (code, stdout(&output), stderr(&output))
}

fn json(workplace: &Workplace, line: &str) -> Value {
    let (code, out, err) = ended(workplace, &format!("{line} --output json"));
    assert_eq!(code, 0, "{line}: {err}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn verification_that_goes_on_is_waited_for_where_asked() {
    let workplace = Workplace::new();
    let begun = json(&workplace, "napi-mtls verify --json asynchronous.json");
    assert_eq!(begun["state"], "pending", "{begun}");
    let id = begun["transaction_id"].as_str().unwrap();
    // It is no failure, and no match either, before its end.
    let (code, out, _) = ended(
        &workplace,
        "napi-mtls verify --json asynchronous.json --exit-status",
    );
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("--wait"), "{out}");

    let (code, out, err) = ended(&workplace, &format!("napi-mtls status {id} --wait=60"));
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("state        Completed\n"), "{out}");
    assert!(
        err.contains(&format!("waiting for transaction {id}")),
        "{err}"
    );

    let ended = json(
        &workplace,
        "napi-mtls verify --json asynchronous.json --wait=60 --exit-status",
    );
    assert_eq!(ended["state"], "completed", "{ended}");
    assert_eq!(
        ended["record"]["Record"]["RecordStatus"], "match",
        "{ended}"
    );
}

#[test]
fn wait_that_is_too_short_says_how_to_go_on() {
    let workplace = Workplace::new();
    let line = "napi-mtls verify --json asynchronous.json --wait=0";
    let (code, _, err) = ended(&workplace, line);
    assert_eq!(code, 2, "{err}");
    let absent = "napi-mtls status 44444444-4444-4444-8444-444444444444 --wait=5";
    let (code, _, err) = ended(&workplace, absent);
    assert_eq!(code, 3, "{err}");
}

#[test]
fn document_is_saved_for_its_owner_and_overwrites_nothing() {
    let workplace = Workplace::new();
    let image = format!("napi-mtls document {RECORD} DocumentFrontImage");
    let (code, out, err) = ended(&workplace, &image);
    assert_eq!(code, 0, "{err}");
    let name = out.trim().strip_prefix("file     ").unwrap();
    let path = workplace.folder.path(name);
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let saved = fs::read(&path).unwrap();
    assert!(!saved.is_empty());

    let (code, _, err) = ended(&workplace, &image);
    assert_eq!(code, 5, "{err}");
    assert_eq!(fs::read(&path).unwrap(), saved);

    for format in ["human", "json"] {
        let line = format!("{image} --out - --output {format} > printed");
        assert_eq!(ended(&workplace, &line).0, 0, "{format}");
        let printed = fs::read(workplace.folder.path("printed")).unwrap();
        assert!(printed == saved, "{format}: {} bytes", printed.len());
    }
    let (code, _, err) = ended(
        &workplace,
        &format!("napi-mtls document {RECORD} NoSuchFile"),
    );
    assert_eq!(code, 3, "{err}");
}

#[test]
fn search_lists_companies_and_says_when_there_is_none() {
    let workplace = Workplace::new();
    let entities = json(&workplace, "napi-mtls test-entities CA");
    let names = entities.as_array().unwrap().iter();
    let mut names = names.filter_map(|it| it.pointer("/Business/BusinessName")?.as_str());
    let name = names.next().unwrap();
    let search = format!("napi-mtls search '{name}' --country CA --exit-status");
    let (code, out, err) = ended(&workplace, &search);
    assert_eq!(code, 0, "{err}");
    assert!(out.contains(name), "{out}");
    let found = json(&workplace, &search);
    assert!(found.to_string().contains(name), "{found}");

    let none = "napi-mtls search 'No Such Company At All' --country CA";
    assert_eq!(ended(&workplace, none).0, 0);
    let (code, out, _) = ended(&workplace, &format!("{none} --exit-status"));
    assert_eq!(code, 1, "{out}");
}
