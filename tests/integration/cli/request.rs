//! `napi-mtls request`.

use std::fs;

use mock_napi::Account;
use test_support::Mock;

use super::{exists, folder, napi, path, request};

#[tokio::test]
async fn a_refused_subject_names_every_problem_and_writes_nothing() {
    let folder = folder();
    let root = folder.path().to_str().unwrap();
    let arguments = [
        ["--country", "UK"],
        ["--state", "England"],
        ["--locality", "London"],
        ["--organization", "Smith & Sons"],
        ["--common-name", "*.smith.example"],
        ["--dns-name", "smith"],
        ["--folder", root],
        ["--name", "smith"],
    ];
    let refused = napi("request", arguments.as_flattened()).await.unwrap_err();

    let shown = format!("{refused:#}");
    for word in ["GB", "&", "wildcard", "alternative name 1"] {
        assert!(shown.contains(word), "{word} is missing: {shown}");
    }
    assert!(!exists(&folder, "smith.key") && !exists(&folder, "smith.csr"));
}

#[tokio::test]
async fn second_request_of_one_name_keeps_the_first() {
    let folder = folder();
    request(&folder, &[]).await.unwrap();
    let read = || {
        (
            fs::read(folder.path().join("napi.key")).unwrap(),
            fs::read(folder.path().join("napi.csr")).unwrap(),
        )
    };
    let first = read();

    assert!(request(&folder, &[]).await.is_err());
    assert_eq!(read(), first);
}

#[tokio::test]
async fn renewal_keeps_the_names_with_a_new_key() {
    let mock = Mock::start().await.unwrap();
    let folder = folder();
    request(&folder, &["--dns-name", "napi-2.acme.example"])
        .await
        .unwrap();
    let first = fs::read_to_string(folder.path().join("napi.csr")).unwrap();
    let issued = mock.portal().certificate(Account::ACME, &first).await;
    let certificate = path(&folder, "napi.pem");
    fs::write(&certificate, issued.unwrap().unwrap()).unwrap();

    let passphrase = path(&folder, "passphrase");
    let root = folder.path().to_str().unwrap();
    let arguments = ["--folder", root, "--name", "next", "--passphrase-file"];
    let renew = ["--renew", &certificate];
    let line = [&renew[..], &arguments, &[&passphrase]].concat();
    napi("request", &line).await.unwrap();

    let shown = |file: &str| {
        let file = path(&folder, file);
        async move { napi("inspect", &[&file]).await.unwrap().text }
    };
    let (old, new) = (shown("napi.csr").await, shown("next.csr").await);
    let names = |text: &str| {
        let lines = text
            .lines()
            .filter(|line| line.contains("name") || line.contains('='));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(names(&old), names(&new));
    assert!(
        names(&new)
            .iter()
            .any(|line| line.contains("napi-2.acme.example"))
    );
    assert_ne!(old, new, "the keys differ");
}

#[tokio::test]
async fn short_names_of_options_are_taken() {
    let folder = folder();
    let (root, passphrase) = (folder.path().to_str().unwrap(), path(&folder, "passphrase"));
    let subject = [
        "--country",
        "CA",
        "--state",
        "British Columbia",
        "--locality",
        "Vancouver",
    ];
    let short = ["--org", "Acme Identity Inc.", "--cn", "napi.acme.example"];
    let files = ["--folder", root, "--passphrase-file", &passphrase];
    let made = napi("request", &[&subject[..], &short, &files].concat()).await;
    made.unwrap();
    assert!(exists(&folder, "napi.acme.example.csr"));
}

#[tokio::test]
async fn passphrase_from_windows_opens_the_key_as_it_is_typed() {
    let folder = folder();
    for (name, content) in [
        ("utf-8", &b"\xEF\xBB\xBFcorrect horse\r\n"[..]),
        ("utf-16", b"\xFF\xFEo\0k\0\r\0\n\0"),
    ] {
        let file = path(&folder, &format!("{name}.txt"));
        fs::write(&file, content).unwrap();
        let root = folder.path().to_str().unwrap();
        let files = ["--folder", root, "--name", name, "--passphrase-file", &file];
        let made = napi("request", &[&super::SUBJECT, &files[..]].concat())
            .await
            .unwrap();
        assert!(!made.warnings.is_empty(), "{made:?}");
        let typed = if name == "utf-8" {
            "correct horse"
        } else {
            "ok"
        };
        let loader = identity::Loader::new().passphrase(identity::Passphrase::new(typed));
        loader
            .open_key_file(path(&folder, &format!("{name}.key")).as_ref())
            .unwrap();
    }
}
