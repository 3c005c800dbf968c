//! The walk of a person who knows only `napi-mtls --help`: from nothing to a verified list.
//!
//! Each step takes its command from the help or from what the step before has printed.

use std::fs;

use crate::examples::Workplace;
use crate::{Folder, run, stderr, stdout};

/// Returns the first example of a command that has these words in it, as the help prints it.
fn example(command: &[&str], words: &str) -> String {
    let help = run(&[command, &["--help"]].concat());
    let help = stdout(&help).replace("\\\n", "");
    let (_, examples) = help.split_once("Examples:\n").unwrap();
    let line = examples.lines().find(|line| line.contains(words));
    let line = line.unwrap_or_else(|| panic!("no {words:?} in {examples}"));
    let (line, _) = line.split_once('#').unwrap_or((line, ""));
    line.trim().to_owned()
}

#[test]
fn help_leads_from_nothing_to_a_verified_list() {
    let program = stdout(&run(&["--help"]));
    for command in [
        "mock",
        "request",
        "check",
        "connect",
        "test-entities",
        "batch",
    ] {
        let line = format!("\n  {command} ");
        assert!(program.contains(&line), "{command}: {program}");
    }
    // The mock, which prints the profile and the way to its portal.
    let (workplace, said) = Workplace::empty();
    let export = said
        .lines()
        .find(|line| line.contains("export NAPI_CONFIG="));
    let export = export.unwrap().trim();
    let step = |line: &str| {
        let output = workplace
            .shell(&format!("{export}; {line}"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{line}: {}", stderr(&output));
        stdout(&output)
    };
    assert_eq!(step("napi-mtls hello"), "Hello acme-api\n");

    // A key and a certificate of one's own.
    let folder: &Folder = &workplace.folder;
    folder.file("passphrase", b"correct horse battery staple\n");
    folder.file("password", b"acme-password\n");
    step("chmod 600 passphrase password");
    step(&example(&["request"], "--common-name").replace("napi-2027", "napi"));
    assert!(said.contains("--data-binary @napi.csr"), "{said}");
    workplace.upload("napi.csr", "napi.pem");
    step("chmod 600 napi.pem");
    let checked = step(&example(&["check"], "--certificate"));
    assert!(checked.contains("are usable"), "{checked}");
    let walked = step(&example(&["connect"], "--certificate"));
    let is_good = |line: &str| line.starts_with("hello ") && line.contains("good");
    assert!(walked.lines().any(is_good), "{walked}");

    // The list, of people that the sandbox knows.
    assert!(step("napi-mtls consents IT").contains("Credit Agency"));
    let entities = step("napi-mtls test-entities IT --output json");
    let entities: serde_json::Value = serde_json::from_str(&entities).unwrap();
    let is_person = |it: &&serde_json::Value| it.pointer("/PersonInfo/FirstGivenName").is_some();
    let mut people = entities
        .as_array()
        .unwrap()
        .iter()
        .filter(is_person)
        .cloned();
    let mut person = people.next().unwrap();
    person.as_object_mut().unwrap().remove("TestEntityName");
    let records = ["order 1", "order 2"].map(|reference| {
        let mut person = person.clone();
        if reference == "order 2" {
            person["PersonInfo"]["FirstGivenName"] = "Absent".into();
        }
        serde_json::json!({
            "CountryCode": "IT",
            "AcceptTruliooTermsAndConditions": true,
            "CustomerReferenceID": reference,
            "ConsentForDataSources": ["Credit Agency"],
            "DataFields": person,
        })
    });
    let list = records.map(|record| record.to_string()).join("\n");
    folder.file("people.ndjson", list.as_bytes());
    let run = example(&["batch", "run"], "people.csv").replace("people.csv", "people.ndjson");
    let summary = step(&run);
    assert!(summary.contains("1 match"), "{summary}");
    let status = step(&example(&["batch", "status"], "people.journal"));
    assert!(status.contains("done"), "{status}");
    let results = fs::read_to_string(folder.path("results.csv")).unwrap();
    let of = |reference: &str| {
        results
            .lines()
            .find(|line| line.contains(reference))
            .unwrap()
    };
    assert!(of("order 1").contains(",match"), "{results}");
    assert!(of("order 2").contains(",nomatch"), "{results}");
}
