//! `napi-mtls batch`: a list, its journal and its results, through the mock.

use std::fs;

use mock_napi::{EventKind, Reply, Script, ScriptedResponse, ServiceSettings};
use serde_json::Value;
use tempfile::TempDir;
use test_support::Mock;

use super::{enrolled, napi, path};
use crate::kinds;

/// The test entity of Italy, someone else, and someone with a required field missing.
const LIST: &str = "CountryCode;Nome;FirstSurName;DateOfBirth;Riferimento\n\
    IT;Adelina;Mancini;04.07.1978;order 1\n\
    IT;Ugo;Fantozzi;01.02.1950;order 2\n";

/// Runs the batch of the folder.
async fn run(folder: &TempDir, mock: &Mock, more: &[&str]) -> anyhow::Result<cli::Output> {
    let authority = path(folder, "authority.pem");
    fs::write(&authority, mock.ca_pem())?;
    let files = [
        ("--certificate", "napi.pem"),
        ("--key", "napi.key"),
        ("--passphrase-file", "passphrase"),
        ("--password-file", "password"),
        ("--ca-file", "authority.pem"),
        ("--input", "people.csv"),
        ("--journal", "journal"),
        ("--results", "results.ndjson"),
    ];
    let files = files.map(|(option, name)| [option.to_owned(), path(folder, name)]);
    let mut words = vec!["run".to_owned()];
    words.extend(files.into_iter().flatten());
    let others = [
        ["--base-url", mock.base_url()],
        ["--user", "acme-api"],
        ["--proxy", "none"],
        ["--progress-every", "0"],
        ["--map", "Nome=FirstGivenName"],
        ["--map", "Riferimento=CustomerReferenceID"],
        ["--dates", "DD.MM.YYYY"],
        ["--set", "ConsentForDataSources=Credit Agency"],
    ];
    words.extend(others.into_iter().flatten().map(str::to_owned));
    let words: Vec<&str> = words
        .iter()
        .map(String::as_str)
        .chain(more.iter().copied())
        .collect();
    napi("batch", &words).await
}

fn write_list(folder: &TempDir, list: &str) {
    fs::write(folder.path().join("people.csv"), list).unwrap();
}

fn results(folder: &TempDir) -> Vec<Value> {
    let text = fs::read_to_string(folder.path().join("results.ndjson")).unwrap();
    let lines = text.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Returns how many verifications the mock has seen.
async fn verifications(mock: &Mock) -> usize {
    let events = mock.portal().events().await.unwrap();
    let kinds = kinds(&events).into_iter();
    let sent = kinds.filter(|kind| {
        matches!(kind, EventKind::Request { method, path, .. } if method == "POST" && path.ends_with("/verify"))
    });
    sent.count()
}

#[tokio::test]
async fn list_becomes_results_and_nothing_is_sent_twice() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    write_list(&folder, LIST);
    for sent in ["sent now   2", "sent now   0"] {
        let output = run(&folder, &mock, &[]).await.unwrap();
        assert!(output.text.contains(sent), "{}", output.text);
        assert!(output.text.contains("done       2"), "{}", output.text);
        assert_eq!(output.problems, [""; 0]);
        let results = results(&folder);
        let numbers: Vec<_> = results.iter().map(|it| it["number"].as_u64()).collect();
        assert_eq!(numbers, [Some(1), Some(2)]);
        assert_eq!(results[0]["customer_reference_id"], "order 1");
        assert_eq!(results[1]["record_status"], "nomatch");
        assert_eq!(verifications(&mock).await, 2);
    }
    let status = napi("batch", &["status", "--journal", &path(&folder, "journal")]).await;
    let status = status.unwrap().text;
    assert!(status.contains("at most 2 in all runs"), "{status}");
    let csv = path(&folder, "results.csv");
    let words = [
        "results",
        "--journal",
        &path(&folder, "journal"),
        "--results",
        &csv,
    ];
    napi("batch", &words).await.unwrap();
    let csv = fs::read_to_string(csv).unwrap();
    assert!(csv.starts_with("number,customer_reference_id,") && csv.contains("\n1,order 1,done,"));
}

#[tokio::test]
async fn record_without_a_field_of_its_country_is_not_sent() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    // Sent groups must be whole: a passport has two lines.
    let list = LIST.replace("Riferimento\n", "Riferimento;Passport.Mrz1\n");
    let list = list
        .replace("order 1\n", "order 1;P<ITA\n")
        .replace("order 2\n", "order 2;\n");
    write_list(&folder, &list);
    let output = run(&folder, &mock, &[]).await.unwrap();
    assert_eq!(output.problems.len(), 1, "{:?}", output.problems);
    assert!(output.problems[0].contains("line 2: ") && output.problems[0].contains("Passport"));
    assert_eq!(verifications(&mock).await, 0);
    let output = run(&folder, &mock, &["--skip-invalid"]).await.unwrap();
    assert!(output.text.contains("sent now   1"), "{}", output.text);
    assert_eq!(verifications(&mock).await, 1);
}

#[tokio::test]
async fn unknown_record_is_sent_again_only_when_asked_for() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    write_list(&folder, LIST);
    // The connection ends in the place of a response: it may have been processed.
    let cut = Script::new().response(ScriptedResponse::Empty);
    mock.portal().enqueue(&[cut]).await.unwrap();
    let one = ["--concurrency", "1", "--no-field-check"];
    let output = run(&folder, &mock, &one).await.unwrap();
    assert!(output.text.contains("unknown    1"), "{}", output.text);
    assert!(
        output.problems[0].contains("batch unknown"),
        "{:?}",
        output.problems
    );
    let journal = path(&folder, "journal");
    let unknown = napi("batch", &["unknown", "--journal", &journal])
        .await
        .unwrap();
    assert!(unknown.text.contains("order 1"), "{}", unknown.text);
    run(&folder, &mock, &one).await.unwrap();
    let before = verifications(&mock).await;
    let words = ["retry", "--unknown", "--yes", "--journal", &journal];
    let retried = napi("batch", &words).await.unwrap();
    assert!(retried.text.starts_with("1 wait again"), "{}", retried.text);
    let output = run(&folder, &mock, &one).await.unwrap();
    assert!(output.text.contains("done       2"), "{}", output.text);
    assert_eq!(verifications(&mock).await, before + 1);
}

#[tokio::test]
async fn pending_record_is_given_up_only_when_asked_for() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    let list = LIST.replace("Riferimento\n", "Riferimento;CallBackUrl\n");
    let list = list.replace("order 1\n", "order 1;https://acme.example/callback\n");
    write_list(&folder, &list.replace("order 2\n", "order 2;\n"));
    let settings = ServiceSettings::new().completion_gate("never").polls(0);
    mock.portal().set_service(&settings).await.unwrap();
    let now = ["--pending-timeout", "1", "--no-field-check"];
    let output = run(&folder, &mock, &now).await.unwrap();
    assert!(output.text.contains("pending    1"), "{}", output.text);
    assert!(output.text.contains("done       1"), "{}", output.text);
    let journal = path(&folder, "journal");
    let listed = napi("batch", &["pending", "--journal", &journal]).await;
    let listed = listed.unwrap().text;
    assert!(listed.contains("order 1  (transaction "), "{listed}");
    let retry = ["retry", "--pending", "--yes", "--journal", &journal];
    let other = [&retry[..], &["--reference", "order 2"]].concat();
    let refused = napi("batch", &other).await.unwrap_err();
    let refused = format!("{refused:#}");
    assert!(
        refused.contains("order 2") && refused.contains("nothing was changed"),
        "{refused}"
    );
    let one = [&retry[..], &["--reference", "order 1"]].concat();
    let retried = napi("batch", &one).await.unwrap();
    assert!(
        retried
            .text
            .contains("order 1: no longer asked for: transaction "),
        "{}",
        retried.text
    );
    mock.portal()
        .set_service(&ServiceSettings::new().polls(0))
        .await
        .unwrap();
    let output = run(&folder, &mock, &["--no-field-check"]).await.unwrap();
    assert!(output.text.contains("sent now   1"), "{}", output.text);
    assert!(output.text.contains("done       2"), "{}", output.text);
    assert_eq!(verifications(&mock).await, 3);
}

#[tokio::test]
async fn forbidden_record_fails_alone() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    write_list(&folder, LIST);
    // As a firewall does that takes a name for an attack; the hello after it is let in.
    let forbidden = Script::new().response(Reply::new(403));
    mock.portal().enqueue(&[forbidden]).await.unwrap();
    let one = ["--concurrency", "1", "--no-field-check"];
    let output = run(&folder, &mock, &one).await.unwrap();
    assert!(output.text.contains("failed     1"), "{}", output.text);
    assert!(output.text.contains("done       1"), "{}", output.text);
    assert_eq!(results(&folder)[0]["errors"][0], "HTTP 403");
}

#[tokio::test]
async fn rejected_credentials_stop_the_run_and_send_nothing() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    write_list(&folder, LIST);
    fs::write(folder.path().join("password"), "wrong").unwrap();
    let error = run(&folder, &mock, &[]).await.unwrap_err();
    assert!(
        format!("{error:#}").contains("refused the credentials"),
        "{error:#}"
    );
    let output = run(&folder, &mock, &["--no-field-check"]).await.unwrap();
    assert!(output.text.contains("waiting    2"), "{}", output.text);
    assert!(
        output.problems[0].contains("rejected the credentials"),
        "{:?}",
        output.problems
    );
}

#[tokio::test]
async fn results_do_not_replace_the_list() {
    let mock = Mock::start().await.unwrap();
    let folder = enrolled(&mock).await;
    write_list(&folder, LIST);
    fs::write(folder.path().join("results.ndjson"), LIST).unwrap();
    let error = run(&folder, &mock, &[]).await.unwrap_err();
    assert!(
        format!("{error:#}").contains("no results of this batch"),
        "{error:#}"
    );
    assert_eq!(verifications(&mock).await, 0);
    let there = fs::read_to_string(folder.path().join("results.ndjson")).unwrap();
    assert_eq!(there, LIST);
}
