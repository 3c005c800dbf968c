//! The commands of the program `napi`, from an empty folder to "Hello".

use std::{fs, path::Path};

use clap::Parser;
use cli::{Arguments, Output};
use integration_tests::Mock;
use mock_napi::{Account, EventKind};
use tempfile::TempDir;

use crate::kinds;

const SUBJECT: [&str; 10] = [
    "--country",
    "CA",
    "--state",
    "British Columbia",
    "--locality",
    "Vancouver",
    "--organization",
    "Acme Identity Inc.",
    "--common-name",
    "napi.acme.example",
];

async fn napi(command: &str, arguments: &[&str]) -> anyhow::Result<Output> {
    let line = ["napi", command]
        .into_iter()
        .chain(arguments.iter().copied());
    Arguments::try_parse_from(line)?.run().await
}

/// A folder with passphrase and password files.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("passphrase"), "correct horse\n").unwrap();
    fs::write(folder.path().join("password"), "acme-password\n").unwrap();
    folder
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().unwrap().to_owned()
}

async fn request(folder: &TempDir, more: &[&str]) -> anyhow::Result<Output> {
    let passphrase = path(folder, "passphrase");
    let root = folder.path().to_str().unwrap();
    let files = [
        "--folder",
        root,
        "--name",
        "napi",
        "--passphrase-file",
        &passphrase,
    ];
    napi("request", &[&SUBJECT, more, &files].concat()).await
}

#[tokio::test]
async fn request_check_and_hello_are_the_whole_way() {
    let mock = Mock::start().await.unwrap();
    let folder = folder();
    request(&folder, &["--dns-name", "napi-2.acme.example"])
        .await
        .unwrap();
    let uploaded = fs::read_to_string(folder.path().join("napi.csr")).unwrap();
    let certificate = mock
        .portal()
        .certificate(Account::ACME, &uploaded)
        .await
        .unwrap()
        .unwrap();
    fs::write(folder.path().join("napi.pem"), certificate).unwrap();
    fs::write(folder.path().join("authority.pem"), mock.authority_pem()).unwrap();
    let (certificate, key) = (path(&folder, "napi.pem"), path(&folder, "napi.key"));
    let passphrase = path(&folder, "passphrase");
    let identity = [
        "--certificate",
        &certificate,
        "--key",
        &key,
        "--passphrase-file",
        &passphrase,
    ];

    let checked = napi("check", &identity).await.unwrap();
    assert!(
        checked.text.contains("CN=napi.acme.example"),
        "{}",
        checked.text
    );
    assert!(checked.warnings.is_empty(), "{:?}", checked.warnings);

    let (authority, password) = (path(&folder, "authority.pem"), path(&folder, "password"));
    let server = ["--base-url", mock.base_url(), "--authority", &authority];
    let user = ["--user", "acme-api", "--password-file", &password];
    let hello = napi("hello", &[&identity[..], &server, &user].concat())
        .await
        .unwrap();
    assert_eq!(hello.text, "Hello acme-api");

    let events = mock.portal().events().await.unwrap();
    let answered = kinds(&events).into_iter().filter(|kind| {
        matches!(kind, EventKind::Request { status: 200, user: Some(user), .. } if user == "acme-api")
    });
    assert_eq!(answered.count(), 1);
}

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
async fn a_second_request_of_the_same_name_leaves_the_first_as_it_was() {
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
async fn a_certificate_is_renewed_with_its_own_names_and_a_new_key() {
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
async fn a_request_is_inspected_and_its_problems_make_the_program_fail() {
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/csr/tests/vectors/");
    let inspect = async |file: &str| napi("inspect", &[&format!("{vectors}{file}")]).await;

    let good = inspect("foreign/new-label.pem").await.unwrap();
    assert!(good.text.contains("CN=napi.acme.example"), "{}", good.text);
    assert!(
        good.problems.is_empty() && good.warnings.is_empty(),
        "{good:?}"
    );

    let refused = inspect("foreign/refused.pem").await.unwrap();
    assert_eq!(refused.problems.len(), 5, "{refused:?}");
    let unverified = inspect("foreign/rsa-pss.pem").await.unwrap();
    assert_eq!(unverified.problems.len(), 1, "{unverified:?}");
    let extras = inspect("foreign/extras.pem").await.unwrap();
    assert!(
        extras.problems.is_empty() && !extras.warnings.is_empty(),
        "{extras:?}"
    );
    assert!(!format!("{extras:?}").contains("sesame"));

    assert!(inspect("absent.pem").await.is_err());
}

#[tokio::test]
async fn any_file_is_inspected_without_its_passphrase_and_without_showing_the_key() {
    let folder = folder();
    request(&folder, &[]).await.unwrap();
    let key = path(&folder, "napi.key");
    let inspected = napi("inspect", &[&key]).await.unwrap();
    assert_eq!(
        inspected.text,
        "an encrypted PKCS#8 key: PBES2, AES-256-CBC, PBKDF2 with HMAC-SHA256, 600000 iterations"
    );
    assert!(inspected.problems.is_empty());

    let page = path(&folder, "page.pem");
    fs::write(&page, "<!DOCTYPE html><html>Please log in</html>").unwrap();
    let inspected = napi("inspect", &[&page]).await.unwrap();
    assert_eq!((inspected.text.as_str(), inspected.problems.len()), ("", 1));
}

#[tokio::test]
async fn a_key_is_converted_and_loses_its_passphrase_only_on_demand() {
    let folder = folder();
    request(&folder, &[]).await.unwrap();
    let (key, passphrase) = (path(&folder, "napi.key"), path(&folder, "passphrase"));
    let next = path(&folder, "next-passphrase");
    fs::write(&next, "battery staple").unwrap();
    let (plain, anew) = (path(&folder, "plain.key"), path(&folder, "anew.key"));
    let from = ["--key", &key, "--passphrase-file", &passphrase];

    // Nobody is there to be asked for a new passphrase, and nothing else was said.
    let nothing = napi("convert", &[&from[..], &["--out", &plain]].concat()).await;
    assert!(nothing.is_err() && !exists(&folder, "plain.key"));

    let removed = [&from[..], &["--out", &plain, "--remove-passphrase"]].concat();
    napi("convert", &removed).await.unwrap();
    let text = fs::read_to_string(&plain).unwrap();
    assert!(text.starts_with("-----BEGIN PRIVATE KEY-----\n"));

    let encrypted = [
        "--key",
        &plain,
        "--out",
        &anew,
        "--new-passphrase-file",
        &next,
    ];
    napi("convert", &encrypted).await.unwrap();
    let opened = |file: &str, passphrase: &str| {
        let passphrase = identity::Passphrase::new(passphrase);
        let loader = identity::Loader::new().passphrase(passphrase);
        loader.open_key_file(Path::new(file))
    };
    let (old, new) = (
        opened(&key, "correct horse"),
        opened(&anew, "battery staple"),
    );
    assert_eq!(old.unwrap().secret_pkcs8(), new.unwrap().secret_pkcs8());
    assert!(opened(&anew, "correct horse").is_err());
}

#[tokio::test]
async fn a_converted_key_replaces_no_file_and_a_wrong_passphrase_writes_none() {
    let folder = folder();
    request(&folder, &[]).await.unwrap();
    let (key, wrong) = (path(&folder, "napi.key"), path(&folder, "password"));
    let before = fs::read(&key).unwrap();
    let passphrase = path(&folder, "passphrase");
    let onto_itself = [
        "--key",
        &key,
        "--passphrase-file",
        &passphrase,
        "--out",
        &key,
    ];
    let refused = napi(
        "convert",
        &[&onto_itself[..], &["--remove-passphrase"]].concat(),
    )
    .await;
    assert!(refused.is_err());
    assert_eq!(fs::read(&key).unwrap(), before);

    let out = path(&folder, "out.key");
    let wrong = ["--key", &key, "--passphrase-file", &wrong, "--out", &out];
    let refused = napi("convert", &[&wrong[..], &["--remove-passphrase"]].concat()).await;
    assert!(refused.is_err() && !exists(&folder, "out.key"));
    // The program leaves nothing behind beside it either.
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 4);
}

#[tokio::test]
async fn a_passphrase_is_not_taken_from_the_command_line() {
    let refused = Arguments::try_parse_from(["napi", "check", "--passphrase", "secret"]);
    assert!(refused.is_err());
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_of_pairs_is_listed_with_what_comes_next() {
    let mock = Mock::start().await.unwrap();
    let folder = folder();
    request(&folder, &[]).await.unwrap();
    let root = folder.path().to_str().unwrap();
    let list = async || napi("identities", &[root]).await.unwrap();

    let waiting = list().await;
    assert!(waiting.text.starts_with("napi: awaits"), "{waiting:?}");
    assert_eq!(waiting.problems.len(), 1, "there is no identity yet");

    let uploaded = fs::read_to_string(folder.path().join("napi.csr")).unwrap();
    let issued = mock.portal().certificate(Account::ACME, &uploaded).await;
    fs::write(folder.path().join("napi.pem"), issued.unwrap().unwrap()).unwrap();
    fs::copy(
        folder.path().join("passphrase"),
        folder.path().join("napi.passphrase"),
    )
    .unwrap();
    let listed = list().await;
    assert!(listed.problems.is_empty(), "{listed:?}");
    assert!(listed.text.contains("\ncurrent   napi\n"), "{listed:?}");
    assert!(
        listed.text.contains("\nnext      none, from "),
        "{listed:?}"
    );

    // A file that cannot be read comes with what the system says.
    fs::create_dir(folder.path().join("folder.key")).unwrap();
    fs::write(folder.path().join("folder.pem"), "").unwrap();
    fs::write(folder.path().join("gone.pem"), "").unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("gone.key")).unwrap();
    let listed = list().await;
    let problems = listed.problems.join("\n");
    assert!(problems.contains("is not a regular file"), "{problems}");
    assert!(problems.contains("No such file"), "{problems}");
    fs::remove_dir(folder.path().join("folder.key")).unwrap();
    fs::remove_file(folder.path().join("gone.key")).unwrap();

    // One broken pair is a problem and hides no other.
    fs::write(folder.path().join("broken.key"), "no key").unwrap();
    fs::write(folder.path().join("broken.pem"), "no certificate").unwrap();
    let listed = list().await;
    assert_eq!(listed.problems.len(), 1, "{listed:?}");
    assert!(listed.text.contains("\ncurrent   napi\n"), "{listed:?}");
}

#[tokio::test]
async fn a_warning_fails_only_a_strict_check_and_the_report_is_data_on_demand() {
    let vectors = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../crates/identity/tests/vectors/"
    );
    let (certificate, key) = (format!("{vectors}chain.pem"), format!("{vectors}key.pem"));
    let folder = folder();
    let passphrase = path(&folder, "passphrase");
    let identity = ["--certificate", &certificate, "--key", &key];
    // A passphrase for a key that is not encrypted is worth a warning.
    let unused = [&identity[..], &["--passphrase-file", &passphrase]].concat();
    let lenient = napi("check", &unused).await.unwrap();
    assert!(lenient.problems.is_empty());
    let strict = napi("check", &[&unused[..], &["--strict"]].concat()).await;
    assert!(!strict.unwrap().problems.is_empty());

    let data = napi("check", &[&unused[..], &["--json"]].concat())
        .await
        .unwrap();
    let data: serde_json::Value = serde_json::from_str(&data.text).unwrap();
    assert_eq!(data["key"]["algorithm"]["bits"], 2048);
    assert_eq!(data["severity"], "warning");
}

fn exists(folder: &TempDir, name: &str) -> bool {
    Path::exists(&folder.path().join(name))
}
