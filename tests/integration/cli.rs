//! The commands of the program `napi-mtls`, from an empty folder to "Hello", in this process.
//!
//! None may ask on a terminal: it would be that of whoever runs the tests. Questions are tested in
//! `crates/cli/tests`.

mod batch;
mod call;
mod check;
mod connect;
mod convert;
mod hello;
mod identities;
mod inspect;
mod lists;
mod request;
mod token;
mod verify;

use std::{fs, path::Path};

use cli::{Arguments, Output};
use mock_napi::Account;
use tempfile::TempDir;
use test_support::Mock;

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
    let line = ["napi-mtls", command]
        .into_iter()
        .chain(arguments.iter().copied());
    Arguments::from_words(line)?.run().await
}

/// Returns a folder with passphrase and password files.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    secret(&folder, "passphrase", "correct horse\n");
    secret(&folder, "password", "acme-password\n");
    folder
}

/// Writes a file that only its owner may read, as people should.
fn secret(folder: &TempDir, name: &str, content: &str) {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
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

fn exists(folder: &TempDir, name: &str) -> bool {
    Path::exists(&folder.path().join(name))
}

/// Returns a folder with a key and its certificate from the mock's portal, `napi.key` and
/// `napi.pem`.
async fn enrolled(mock: &Mock) -> TempDir {
    let folder = folder();
    request(&folder, &["--dns-name", "napi-2.acme.example"])
        .await
        .unwrap();
    let uploaded = fs::read_to_string(folder.path().join("napi.csr")).unwrap();
    let portal = mock.portal();
    let issued = portal.certificate(Account::ACME, &uploaded).await;
    fs::write(folder.path().join("napi.pem"), issued.unwrap().unwrap()).unwrap();
    folder
}

/// Returns the arguments of a call of the mock with what [`enrolled`] has written, without a proxy.
fn arguments(folder: &TempDir, mock: &Mock) -> Vec<String> {
    let ca = path(folder, "ca.pem");
    fs::write(&ca, mock.ca_pem()).unwrap();
    let files = [
        ("--certificate", path(folder, "napi.pem")),
        ("--key", path(folder, "napi.key")),
        ("--passphrase-file", path(folder, "passphrase")),
        ("--password-file", path(folder, "password")),
        ("--ca-file", ca),
        ("--base-url", mock.base_url().to_owned()),
        ("--user", "acme-api".to_owned()),
        ("--proxy", "none".to_owned()),
    ];
    let words = files.map(|(option, value)| [option.to_owned(), value]);
    words.into_iter().flatten().collect()
}
