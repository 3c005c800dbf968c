//! Serves a local address for programs beside it: `sidecar CERTIFICATE KEY https://mtls.example`.

use std::{env, error::Error};

use gateway::{Gateway, ListenAddress, Listener};
use identity::Loader;
use transport::{MtlsConnector, TrustAnchors};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [certificate, key, upstream] = words.as_slice() else {
        return Err("usage: sidecar CERTIFICATE KEY https://HOST".into());
    };
    let loaded = Loader::new().load_files(certificate.as_ref(), key.as_ref())?;
    let connector = MtlsConnector::builder(TrustAnchors::platform());
    let connector = connector.identity(loaded.identity()).build()?;
    let client = Gateway::client(connector).build();

    let gateway = Gateway::builder(client, upstream.parse()?).build();
    let listener = Listener::bind(&"127.0.0.1:8080".parse::<ListenAddress>()?)?;
    let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    Ok(gateway.serve(listener, stop).await?)
}
