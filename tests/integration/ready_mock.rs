//! The mock that `cargo xtask mock` starts.

use std::{collections::BTreeSet, fs};

use clap::{Args, Command, CommandFactory, Parser};
use identity::Loader;
use mock_napi::{ConnectionEvent, EventKind, Options, Script};
use napi::{BaseUrl, Client, Credentials};
use tempfile::TempDir;
use test_support::{MockArguments, ReadyMock};
use transport::{MtlsConnector, TrustAnchors};

async fn start(folder: &TempDir, options: &[&str]) -> ReadyMock {
    let folder = folder.path().to_str().unwrap();
    let line = [&["mock", folder], options].concat();
    let arguments = MockArguments::try_parse_from(line).unwrap();
    ReadyMock::start(&arguments).await.unwrap()
}

#[tokio::test]
async fn files_in_the_folder_are_a_working_identity() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("client.key"), "of an earlier start").unwrap();
    let mock = start(&folder, &["--enforce", "acme"]).await.into_mock();
    let file = |name| folder.path().join(name);
    let loaded = Loader::new().load_files(&file("client.pem"), &file("client.key"));
    let loaded = loaded.unwrap();
    // On systems with permissions: those of the key are its owner's.
    assert_eq!(loaded.report().findings().len(), 0, "{}", loaded.report());
    let trust = TrustAnchors::pem_file(file("authority.pem")).unwrap();
    let connector = MtlsConnector::builder(trust).identity(loaded.identity());
    let base_url: BaseUrl = mock.base_url().parse().unwrap();
    let credentials = Credentials::basic("acme-api", "acme-password").unwrap();
    let client: Client = Client::over_mtls(connector.build().unwrap(), base_url, credentials);
    assert_eq!(
        client.test_authentication().await.unwrap(),
        "Hello acme-api"
    );
    let is_answered = |kind: &EventKind| matches!(kind, EventKind::Request { status: 200, .. });
    assert!(mock.events().iter().any(|event| is_answered(&event.kind)));
}

#[tokio::test]
async fn a_person_is_told_every_address_and_user() {
    let folder = tempfile::tempdir().unwrap();
    let ready = start(&folder, &["--proxy"]).await;
    let summary = ready.summary();
    let mock = ready.into_mock();
    for word in [
        mock.base_url(),
        mock.plain_base_url(),
        mock.portal_url(),
        &mock.proxy_addr().unwrap().to_string(),
        "acme-api:acme-password",
        "acme-portal:acme-portal-password",
        folder.path().to_str().unwrap(),
    ] {
        assert!(summary.contains(word), "{word} is missing: {summary}");
    }
}

#[tokio::test]
async fn every_option_of_the_program_is_taken() {
    let names = |command: &Command| -> BTreeSet<String> {
        let arguments = command.get_arguments();
        arguments.map(|it| it.get_id().to_string()).collect()
    };
    let program = names(&Options::augment_args(Command::new("mock-napi")));
    assert!(program.len() >= 12, "{program:?}");
    assert!(names(&MockArguments::command()).is_superset(&program));

    let folder = tempfile::tempdir().unwrap();
    let mock = start(&folder, &["--fault", "closed-on-accept"])
        .await
        .into_mock();
    let stream = tokio::net::TcpStream::connect(mock.mtls_addr())
        .await
        .unwrap();
    let taken = mock.wait_for(|event| {
        matches!(
            event.kind,
            EventKind::Connection(ConnectionEvent::ScriptTaken { .. })
        )
    });
    let EventKind::Connection(ConnectionEvent::ScriptTaken { script }) = taken.await.kind else {
        panic!("no script was taken");
    };
    assert_eq!(Some(*script), Script::named("closed-on-accept"));
    drop(stream);
}
