//! ureq, which blocks: with the identity itself, or with our configuration under a connector.

mod connector;

use std::sync::Arc;

use identity::{Identity, Loader};
use rustls::crypto::aws_lc_rs;
use transport::{Alpn, Error, MtlsConnector};
use ureq::{
    Agent,
    tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig},
    unversioned::{
        resolver::DefaultResolver,
        transport::{Connector as _, TcpConnector},
    },
};

use crate::{Server, TestCa, assert_rejected, connector, digest, rejecting_server};
use connector::ConfiguredTls;

/// Makes an agent with ureq's own TLS and the parts of an identity.
///
/// The stable part of its API takes no more, and the key only as PEM.
fn agent_of_identity(ca: &TestCa, identity: &Identity) -> Agent {
    let chain: Vec<_> = identity
        .certificate_chain()
        .iter()
        .map(|certificate| Certificate::from_der(certificate).to_owned())
        .collect();
    let secret = identity.secret_key().unwrap().secret_pkcs8_der();
    let pem = Loader::new()
        .open_key(secret)
        .unwrap()
        .to_secret_pkcs8_pem();
    let key = PrivateKey::from_pem(pem.unwrap().as_bytes()).unwrap();
    let root = Certificate::from_pem(ca.pem().as_bytes()).unwrap();
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&[root]))
        .client_cert(Some(ClientCert::new_with_certs(&chain, key)))
        .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()));
    let settings = Agent::config_builder().tls_config(tls.build());
    settings.build().new_agent()
}

/// Makes an agent over our configuration.
///
/// ureq's connectors are "unversioned": any release of it may change them.
fn agent_of_configuration(connector: &MtlsConnector) -> Agent {
    let tls = ConfiguredTls(connector.rustls_client_config());
    let connector = ().chain(TcpConnector::default()).chain(tls);
    let settings = Agent::config_builder().build();
    Agent::with_parts(settings, connector, DefaultResolver::default())
}

/// Makes both, with the same identity.
fn agents(ca: &TestCa, identity: &Identity) -> [Agent; 2] {
    [
        agent_of_identity(ca, identity),
        agent_of_configuration(&connector(ca, identity, Alpn::Http11)),
    ]
}

#[test]
fn ureq_presents_the_identity() {
    let ca = TestCa::new().unwrap();
    let identity = ca.client().unwrap();
    for agent in agents(&ca, &identity) {
        let server = Server::builder(&ca).start().unwrap();

        let mut response = agent.get(server.uri("/")).call().unwrap();

        assert_eq!(response.status(), 200);
        assert_eq!(response.body_mut().read_to_string().unwrap(), "hello");
        assert_eq!(server.seen().certificates(), [digest(&identity)]);
    }
}

#[test]
fn ureq_rejects_a_server_of_another_ca() {
    let [ca, elsewhere] = [(); 2].map(|()| TestCa::new().unwrap());
    let server = Server::builder(&elsewhere).start().unwrap();
    for agent in agents(&ca, &ca.client().unwrap()) {
        let error = agent.get(server.uri("/")).call().unwrap_err();
        assert!(error.to_string().contains("UnknownIssuer"), "{error}");
    }
    assert!(server.seen().connections.is_empty());
}

#[tokio::test]
async fn ureq_reports_a_rejection_without_our_reason() {
    let ca = TestCa::new().unwrap();
    for agent in agents(&ca, &ca.client().unwrap()) {
        let server = rejecting_server(&ca);

        let error = agent.get(server.uri("/")).call().unwrap_err();

        // Neither agent has our connector, so the error has none of ours.
        assert!(Error::find(&error).is_none(), "{error:?}");
        assert_rejected(&server).await;
    }
}

#[test]
fn ureq_built_anew_presents_the_next_identity() {
    let ca = TestCa::new().unwrap();
    let server = Server::builder(&ca).start().unwrap();
    let [old, new] = [(); 2].map(|()| ca.client().unwrap());
    let connector = connector(&ca, &old, Alpn::Http11);
    let before = agent_of_configuration(&connector);
    let next = connector.with_identity(&new).unwrap();
    let after = agent_of_configuration(&next);

    for agent in [&before, &after, &before] {
        let request = agent.get(server.uri("/")).header("connection", "close");
        assert_eq!(request.call().unwrap().status(), 200);
    }

    let seen = server.seen();
    let [old, new] = [old, new].map(|identity| digest(&identity));
    assert_eq!(seen.certificates(), [&old, &new, &old]);
    let resumed: Vec<_> = seen.connections.iter().map(|it| it.is_resumed).collect();
    assert_eq!(resumed, [false, false, true], "no session is shared");
}
