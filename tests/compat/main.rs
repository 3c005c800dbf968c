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
use test_support::tls_server::{Authority, Server};
use transport::{Alpn, MtlsConnector};

const HTTP_VERSIONS: [(Alpn, http::Version); 2] = [
    (Alpn::Http11, http::Version::HTTP_11),
    (Alpn::Http2, http::Version::HTTP_2),
];
const TLS_12: &[&SupportedProtocolVersion] = &[&rustls::version::TLS12];

/// A connector that presents an identity to the servers of its authority.
fn connector(authority: &Authority, identity: &Identity, alpn: Alpn) -> MtlsConnector {
    let settings = authority.trusted().unwrap().identity(identity).alpn(alpn);
    settings.build().unwrap()
}

/// How a server that knows the client names its certificate.
fn digest(identity: &Identity) -> String {
    identity.leaf().sha256().to_string()
}

/// A server that shows a good certificate and takes only clients of somebody else.
fn server_that_refuses(authority: &Authority) -> Server {
    let elsewhere = Authority::new().unwrap();
    let settings = Server::builder(authority).clients_of(&elsewhere);
    settings.start().unwrap()
}

/// The same where the refusal is part of the handshake.
fn server_that_refuses_at_once(authority: &Authority) -> Server {
    let elsewhere = Authority::new().unwrap();
    let settings = Server::builder(authority).clients_of(&elsewhere);
    settings.versions(TLS_12).start().unwrap()
}

/// The server has refused one client, for the certificate's issuer, and let nobody in.
async fn assert_refused(server: &Server) {
    let seen = server.seen_when(|seen| !seen.refused.is_empty()).await;
    let seen = seen.unwrap();
    assert!(seen.connections.is_empty(), "{seen:?}");
    let [(_, reason)] = &*seen.refused else {
        panic!("{seen:?}");
    };
    assert!(reason.contains("UnknownIssuer"), "{reason}");
}
