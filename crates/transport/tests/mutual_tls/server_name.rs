//! A name for TLS that is not the URI's host.

use transport::{ConfigError, ErrorKind, ServerCertificateProblem};

use crate::{
    TLS_VERSIONS,
    certificates::{Issue, new_ca},
    client, get, info,
    server::{Seen, Server, Settings},
    trusting,
};

#[tokio::test]
async fn server_name_is_sent_and_verified_for_another_host() {
    let ca = new_ca();
    for versions in TLS_VERSIONS {
        let certificate = ca.server("api.example");
        let server = Server::start(Settings::one_sided(certificate).versions(versions)).await;
        let settings = trusting(&ca).server_name("api.example").unwrap();

        let info = info(&get(&client(settings), &server.uri("/")).await.unwrap());

        assert_eq!(info.server_name(), "api.example");
        assert_eq!(info.remote_addr(), Some(server.addr()));
        assert_eq!(asked_for(&server).await.as_deref(), Some("api.example"));
    }
}

#[tokio::test]
async fn certificate_for_the_host_fails_the_set_name() {
    let ca = new_ca();
    let server = Server::start(Settings::one_sided(ca.server("localhost"))).await;
    let named = trusting(&ca).server_name("api.example").unwrap();

    let error = get(&client(named), &server.uri("/")).await.unwrap_err();
    get(&client(trusting(&ca)), &server.uri("/")).await.unwrap();

    let wrong_name = ErrorKind::ServerCertificate(ServerCertificateProblem::WrongName);
    assert_eq!(error.kind(), wrong_name);
    assert_eq!(error.connection().unwrap().server_name(), "api.example");
    assert!(matches!(server.first().await, Seen::Failed { .. }));
}

#[tokio::test]
async fn an_address_is_verified_and_never_asked_for() {
    let ca = new_ca();
    let server = Server::start(Settings::one_sided(ca.server("192.0.2.1"))).await;
    let settings = trusting(&ca).server_name("192.0.2.1").unwrap();

    let info = info(&get(&client(settings), &server.uri("/")).await.unwrap());

    assert_eq!(info.server_name(), "192.0.2.1");
    assert_eq!(asked_for(&server).await, None);
}

#[tokio::test]
async fn it_comes_along_to_the_next_identity() {
    let ca = new_ca();
    let server = Server::start(Settings {
        client_ca: Some(ca.certificate()),
        ..Settings::one_sided(ca.server("api.example"))
    })
    .await;
    let settings = trusting(&ca).server_name("api.example").unwrap();
    let connector = settings.build().unwrap();
    let next = connector.with_identity(&ca.client()).unwrap();

    let client = crate::Client::new(next);

    assert!(get(&client, &server.uri("/")).await.is_ok());
    assert_eq!(asked_for(&server).await.as_deref(), Some("api.example"));
}

#[test]
fn what_is_no_name_is_refused() {
    let ca = new_ca();
    for name in [
        "",
        "api example",
        "https://api.example",
        "api.example:443",
        "[::1]",
    ] {
        let outcome = trusting(&ca).server_name(name);
        assert!(matches!(outcome, Err(ConfigError::ServerName)), "{name:?}");
    }
    for name in ["api.example", "API.example", "xn--bcher-kva.example", "::1"] {
        assert!(trusting(&ca).server_name(name).is_ok(), "{name:?}");
    }
}

async fn asked_for(server: &Server) -> Option<String> {
    match server.first().await {
        Seen::Connected { server_name, .. } => server_name.clone(),
        other => panic!("{other:?}"),
    }
}
