//! Gets a URI over mutual TLS and shows the negotiated parameters of the connection.
//!
//! `cargo run --example get -- https://localhost:8443/ ca.pem client.pem client.key`
#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use tower::ServiceExt;
use transport::{ConnectionInfo, MtlsClient, MtlsConnector, TrustAnchors};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [uri, ca, certificate, key] = arguments.as_slice() else {
        return Err("arguments: uri ca.pem certificate.pem key.pem".into());
    };

    let loaded = identity::Loader::new().load_files(certificate.as_ref(), key.as_ref())?;
    let connector = MtlsConnector::builder(TrustAnchors::pem_file(ca)?)
        .identity(loaded.identity())
        .build()?;
    let client = MtlsClient::<Empty<Bytes>>::new(connector);

    let response = client
        .oneshot(Request::get(uri).body(Empty::new())?)
        .await?;
    println!("{:#?}", response.extensions().get::<ConnectionInfo>());
    println!("{}", response.status());
    println!(
        "{}",
        String::from_utf8_lossy(&response.into_body().collect().await?.to_bytes())
    );
    Ok(())
}
