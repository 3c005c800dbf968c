//! The instructions of one small request, for callgrind to count: `cargo xtask bench --instructions`.
//!
//! The server is in a process of its own. Whoever is counted has opened its connections before, and used them.

use anyhow::Context;
use benches::{Arguments, Peer, count};
use http::Uri;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use napi::Credentials;
use tokio::runtime::Runtime;
use transport::{Alpn, MtlsClient, RetryPolicy};

use crate::{
    AT_ONCE, HTTP,
    contestant::{Contestant, Race, Reqwest},
    job::Job,
    raw,
};

const JOB: Job = Job::Small;

/// How many times a row is counted, of which the median stands.
const TIMES: usize = 5;

/// In the order of [`contestants`]; the others are compared with the first.
const NAMES: [&str; 8] = [
    "hyper, no pool",
    "hyper-util's pool over `MtlsConnector`",
    "`MtlsClient`",
    "`MtlsClient`, failover on",
    "`MtlsClient`, retries on",
    "`MtlsClient`, failover and retries on",
    "`napi::Client`",
    "reqwest",
];

/// Counts the contestants that the arguments want, and what they are compared with.
pub(crate) fn run(arguments: &Arguments, runtime: &Runtime) -> anyhow::Result<()> {
    let numbers = [arguments.count(0, 5, 1), arguments.count(1, 25, 2)];
    for (alpn, http) in HTTP {
        let group = format!("{http}, small responses");
        let wants = |name: &str| arguments.wants(&format!("{group}, {name}"));
        if !NAMES.into_iter().any(wants) {
            continue;
        }
        let peer = Peer::start(&group)?;
        let uri: Uri = peer.uri(JOB.path()).parse()?;
        let contestants = runtime.block_on(contestants(&peer, alpn, &uri))?;
        for (place, (name, mut contestant)) in NAMES.into_iter().zip(contestants).enumerate() {
            if place > 0 && !wants(name) {
                continue;
            }
            // A pool opens more than 64 when a connection comes back late: mostly here, and rarely again, which would
            // count as a handshake, so a row is counted more than once.
            runtime.block_on(contestant.round(JOB, &uri, 4 * numbers[1]))?;
            for each in [numbers; TIMES].into_iter().flatten() {
                let round = contestant.round(JOB, &uri, each);
                count(runtime, &group, name, each * AT_ONCE, round).with_context(|| name)?;
            }
        }
    }
    Ok(())
}

/// All who can send the request, over connectors of the same settings.
async fn contestants(
    peer: &Peer,
    alpn: Alpn,
    uri: &Uri,
) -> anyhow::Result<[Box<dyn Race>; NAMES.len()]> {
    let settings = peer.trusted()?.identity(&peer.identity()?);
    let connector = settings.alpn(alpn).build()?;
    let config = connector.rustls_client_config();

    let raw: Box<dyn Race> = match alpn {
        Alpn::Http2 => Box::new(Contestant::sharing(raw::http2(&config, uri).await?)),
        _ => Box::new(Contestant::of(raw::http1(&config, uri, AT_ONCE).await?)),
    };
    let pooled = Client::builder(TokioExecutor::new()).build(connector.clone());
    let builder = || MtlsClient::builder(connector.clone());
    let ours = builder().build();
    let failing_over = builder().failover().build();
    let retrying = builder().retries(RetryPolicy::default()).build();
    let both = builder().failover().retries(RetryPolicy::default()).build();
    let credentials = Credentials::basic("acme-api", "secret")?;
    let napi = napi::Client::over_mtls(connector, peer.uri("").parse()?, credentials);
    let reqwest = reqwest::Client::builder().tls_backend_preconfigured((*config).clone());
    let reqwest = Reqwest::new(reqwest.build()?, uri)?;
    Ok([
        raw,
        Box::new(Contestant::sharing(pooled)),
        Box::new(Contestant::sharing(ours)),
        Box::new(Contestant::sharing(failing_over)),
        Box::new(Contestant::sharing(retrying)),
        Box::new(Contestant::sharing(both)),
        Box::new(Contestant::sharing(napi)),
        Box::new(Contestant::sharing(reqwest)),
    ])
}
