//! Connections that come about.

use http_body_util::BodyExt;
use transport::{ClientAuth, ErrorKind, Handshake, MtlsClient, ServerCertificateProblem};

use crate::{
    HTTP_VERSIONS,
    certificates::{Issue, new_ca},
    client, get, info,
    server::{Seen, Server, Settings},
    trusting,
};

#[tokio::test]
async fn identity_is_presented_and_response_describes_its_connection() {
    let ca = new_ca();
    let identity = ca.client();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let client = client(trusting(&ca).identity(&identity).alpn(alpn));

        let response = get(&client, &server.uri("/")).await.unwrap();
        let info = info(&response);
        assert_eq!(
            response.into_body().collect().await.unwrap().to_bytes(),
            "hello"
        );

        assert_eq!(info.client_auth(), ClientAuth::Presented);
        let tls = info.tls().unwrap();
        assert_eq!((tls.version, tls.handshake), ("TLSv1.3", Handshake::Full));
        let Seen::Connected {
            peer,
            client: Some(leaf),
            ..
        } = &server.seen(1).await[0]
        else {
            panic!("the server did not see the client's certificate");
        };
        assert_eq!(info.local_addr(), Some(*peer));
        assert_eq!(leaf, &identity.certificate_chain()[0]);
    }
}

#[tokio::test]
async fn an_ip_address_is_a_server_name_in_both_versions() {
    let ca = new_ca();
    for (host, name) in [("127.0.0.1", "127.0.0.1"), ("[::1]", "::1")] {
        for port in ["", ":", ":8443"] {
            let pipe = Server::in_memory(Settings::one_sided(ca.server(name)));
            let connector = trusting(&ca).build_with_connector(pipe).unwrap();
            let client = MtlsClient::new(connector);

            let response = get(&client, &format!("https://{host}{port}/")).await;

            assert_eq!(info(&response.unwrap()).server_name(), name);
        }
        let other = Server::in_memory(Settings::one_sided(ca.server("localhost")));
        let client = MtlsClient::new(trusting(&ca).build_with_connector(other).unwrap());
        let error = get(&client, &format!("https://{host}/")).await.unwrap_err();
        let wrong_name = ErrorKind::ServerCertificate(ServerCertificateProblem::WrongName);
        assert_eq!(error.kind(), wrong_name);
    }
}

#[tokio::test]
async fn server_that_requests_no_certificate_is_reported() {
    let ca = new_ca();
    let server = Server::start(Settings::one_sided(ca.server("localhost"))).await;
    let client = client(trusting(&ca).identity(&ca.client()));

    let response = get(&client, &server.uri("/")).await.unwrap();

    assert_eq!(info(&response).client_auth(), ClientAuth::NotRequested);
    assert!(matches!(
        &server.seen(1).await[0],
        Seen::Connected { client: None, .. }
    ));
}

#[tokio::test]
async fn a_second_connection_resumes_the_session_of_the_first() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let settings = trusting(&ca).identity(&ca.client());
    let client = client(settings.alpn(transport::Alpn::Http11));

    let first = get(&client, &server.uri("/close")).await.unwrap();
    let full = info(&first);
    first.into_body().collect().await.unwrap();
    let resumed = info(&get(&client, &server.uri("/")).await.unwrap());

    assert_eq!(full.tls().unwrap().handshake, Handshake::Full);
    assert_eq!(resumed.tls().unwrap().handshake, Handshake::Resumed);
    assert_eq!(resumed.client_auth(), ClientAuth::CarriedByTicket);
    let seen = server.seen(2).await;
    let resumed: Vec<_> = seen
        .iter()
        .map(|seen| matches!(seen, Seen::Connected { resumed: true, .. }))
        .collect();
    assert_eq!(resumed, [false, true]);
}

#[tokio::test]
async fn neither_connector_nor_client_nor_info_shows_the_key() {
    let ca = new_ca();
    let identity = ca.client();
    let server = Server::start(Settings::mutual(&ca)).await;
    let connector = trusting(&ca).identity(&identity).build().unwrap();
    let client = crate::Client::new(connector.clone());
    let response = get(&client, &server.uri("/")).await.unwrap();

    let config = connector.rustls_client_config();
    let shown = format!(
        "{connector:?} {client:?} {response:?} {:?} {config:?}",
        info(&response)
    );

    let key = format!("{:?}", identity.secret_key().unwrap().secret_pkcs8_der());
    let window = &key[100..160];
    assert!(!shown.contains(window));
    assert!(!shown.contains("PRIVATE"));
}
