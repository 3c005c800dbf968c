//! Gets a URI every ten seconds, and reloads identities, trust anchors and revocation lists.
//!
//! `cargo run --example reload -- https://localhost:8443/ identities/ ca.pem [ca.crl]`; replace any of
//! the files meanwhile.
#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use identity::{FileSource, Loader};
use tower::ServiceExt;
use transport::{ConnectionInfo, IdentityReloader, MtlsClient, MtlsConnector, TrustFiles};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [uri, folder, anchors, lists @ ..] = arguments.as_slice() else {
        return Err("arguments: uri identities/ ca.pem [ca.crl]".into());
    };

    let mut trust = TrustFiles::only(anchors);
    for list in lists {
        trust = trust.revocation_lists(list);
    }
    let connector = MtlsConnector::builder(trust.load()?).build()?;
    let client = MtlsClient::<Empty<Bytes>>::new(connector);

    let identities = FileSource::directory(Loader::new(), folder);
    let mut reloader = IdentityReloader::new(client.clone(), identities)
        .and(trust)
        .on_event(|event| println!("{event}"));
    reloader.poll_once().await; // the first identities, before the first request
    tokio::spawn(reloader.run());

    let mut ticks = tokio::time::interval(Duration::from_secs(10));
    loop {
        ticks.tick().await;
        let request = Request::get(uri).body(Empty::new())?;
        match client.clone().oneshot(request).await {
            Ok(response) => {
                let info = response.extensions().get::<ConnectionInfo>();
                let generation = info.map(|info| info.generation().number());
                println!("{} by generation {generation:?}", response.status());
                response.into_body().collect().await?;
            }
            Err(error) => println!("{error}"),
        }
    }
}
