//! Our identity and our connector under the clients of others, each case asserted at both ends.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code outside of test functions"
)]

mod hyper_util_client;
mod reqwest_client;
mod tonic_client;
mod tower_layers;
mod ureq_client;

use identity::Identity;
use rustls::SupportedProtocolVersion;
use test_support::tls_server::{Server, TestCa};
use transport::{Alpn, MtlsConnector};

const HTTP_VERSIONS: [(Alpn, http::Version); 2] = [
    (Alpn::Http11, http::Version::HTTP_11),
    (Alpn::Http2, http::Version::HTTP_2),
];
const TLS_12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];

/// Makes a connector that presents an identity to the servers of its CA.
fn connector(ca: &TestCa, identity: &Identity, alpn: Alpn) -> MtlsConnector {
    let settings = ca.trusted().unwrap().identity(identity).alpn(alpn);
    settings.build().unwrap()
}

/// Returns the SHA-256 of the client's certificate, as the server's log has it.
fn digest(identity: &Identity) -> String {
    identity.leaf().sha256().to_string()
}

/// Starts a server with a valid certificate that rejects the clients of this CA.
fn rejecting_server(ca: &TestCa) -> Server {
    let elsewhere = TestCa::new().unwrap();
    let settings = Server::builder(ca).clients_of(&elsewhere);
    settings.start().unwrap()
}

/// Starts the same with TLS 1.2, where the rejection is part of the handshake.
fn server_rejecting_in_handshake(ca: &TestCa) -> Server {
    let elsewhere = TestCa::new().unwrap();
    let settings = Server::builder(ca).clients_of(&elsewhere);
    settings.versions(TLS_12).start().unwrap()
}

/// Asserts that the server has rejected one client, for its certificate's issuer, and accepted
/// none.
async fn assert_rejected(server: &Server) {
    let seen = server.seen_when(|seen| !seen.refused.is_empty()).await;
    let seen = seen.unwrap();
    assert!(seen.connections.is_empty(), "{seen:?}");
    let [(_, reason)] = &*seen.refused else {
        panic!("{seen:?}");
    };
    assert!(reason.contains("UnknownIssuer"), "{reason}");
}
