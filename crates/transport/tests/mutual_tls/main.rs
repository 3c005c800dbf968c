//! The connector and the client against a server on loopback, each case asserted at both ends.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code outside of test functions"
)]

mod accepted;
mod authority;
mod body;
mod child;
mod deadline;
mod failover;
mod follow;
mod handshake;
mod identities;
mod key_kinds;
mod key_log;
mod lifetime;
mod machine;
mod pins;
mod pipe;
mod platform;
mod pool;
mod process_default;
mod proxy;
mod reaching;
mod refused;
mod revocation;
mod rotation;
mod server;
mod server_name;
mod telemetry;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use rustls::SupportedProtocolVersion;
use tower::{Service, ServiceExt};
use transport::{
    Alpn, ConnectionInfo, CryptoProvider, Error, MtlsClient, MtlsConnector, MtlsConnectorBuilder,
    ResponseBody, TrustAnchors,
};

use crate::authority::Authority;

type Client = MtlsClient<Full<Bytes>>;

/// Settings that trust only `authority`.
fn trusting(authority: &Authority) -> MtlsConnectorBuilder {
    MtlsConnector::builder(TrustAnchors::pem(authority.pem()).unwrap())
}

fn client(settings: MtlsConnectorBuilder) -> Client {
    MtlsClient::new(settings.build().unwrap())
}

/// A client that tries the next identity when one is refused.
fn failing_over(settings: MtlsConnectorBuilder) -> Client {
    let connector = settings.build().unwrap();
    MtlsClient::builder(connector).failover().build()
}

async fn get<C>(
    client: &MtlsClient<Full<Bytes>, C>,
    uri: &str,
) -> Result<Response<ResponseBody>, Error>
where
    MtlsClient<Full<Bytes>, C>:
        Service<Request<Full<Bytes>>, Response = Response<ResponseBody>, Error = Error> + Clone,
{
    let request = Request::get(uri).body(Full::default()).unwrap();
    client.clone().oneshot(request).await
}

fn info(response: &Response<ResponseBody>) -> ConnectionInfo {
    response
        .extensions()
        .get::<ConnectionInfo>()
        .unwrap()
        .clone()
}

/// The providers that this build has.
fn providers() -> Vec<CryptoProvider> {
    vec![
        #[cfg(feature = "aws-lc-rs")]
        CryptoProvider::AwsLcRs,
        #[cfg(feature = "ring")]
        CryptoProvider::Ring,
    ]
}

const TLS_VERSIONS: [&[&SupportedProtocolVersion]; 2] =
    [&[&rustls::version::TLS12], &[&rustls::version::TLS13]];
const HTTP_VERSIONS: [Alpn; 2] = [Alpn::Http11, Alpn::Http2];
