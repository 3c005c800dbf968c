//! The instructions of one small request, for callgrind to count: `cargo xtask bench
//! --instructions`.
//!
//! The server is in a process of its own. A contestant has opened its connections beforehand, and
//! used them.

use std::time::Duration;

use anyhow::Context;
use benches::{Arguments, Peer, count};
use http::Uri;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use napi::Credentials;
use tokio::runtime::Runtime;
use transport::{Alpn, MtlsClient, RetryPolicy, Timeouts};

use crate::{
    AT_ONCE, HTTP,
    by_hand::ByHand,
    contestant::{Contestant, Race, Reqwest},
    job::Job,
    raw,
};

const JOB: Job = Job::Small;

/// The time of a connection, which is not what is measured here.
const PATIENT: Duration = Duration::from_secs(120);

/// The counts of a row, of which the median is stored.
const TIMES: usize = 5;

/// In the order of [`contestants`]; the others are compared with the first.
const NAMES: [&str; 9] = [
    "hyper, no pool",
    "hyper-util's pool over `MtlsConnector`",
    "`MtlsClient`",
    "`MtlsClient`, failover on",
    "`MtlsClient`, retries on",
    "`MtlsClient`, failover and retries on",
    "the same, path and fields of `napi`",
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
            // A pool opens more than 64 when a connection comes back late: mostly here. Later this
            // is rare, but would be counted as a handshake, so a row is counted more than once.
            runtime.block_on(contestant.round(JOB, &uri, 4 * numbers[1]))?;
            for each in [numbers; TIMES].into_iter().flatten() {
                let round = contestant.round(JOB, &uri, each);
                count(runtime, &group, name, each * AT_ONCE, round).with_context(|| name)?;
            }
        }
    }
    Ok(())
}

/// Makes all contestants, over connectors of the same settings.
async fn contestants(
    peer: &Peer,
    alpn: Alpn,
    uri: &Uri,
) -> anyhow::Result<[Box<dyn Race>; NAMES.len()]> {
    // 64 handshakes on one thread, which callgrind slows down fifty times, take long on a busy
    // machine.
    let patient = Timeouts::default().connect(PATIENT).tls_handshake(PATIENT);
    let settings = peer.trusted()?.identity(&peer.identity()?);
    let connector = settings.alpn(alpn).timeouts(patient).build()?;
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
    let both_on = builder().failover().retries(RetryPolicy::default());
    let uri_of_napi = peer.uri("/connection/v1/testauthentication").parse()?;
    let by_hand = ByHand::new(both_on.build(), uri_of_napi, "Basic YWNtZS1hcGk6c2VjcmV0");
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
        Box::new(Contestant::sharing(by_hand)),
        Box::new(Contestant::sharing(napi)),
        Box::new(Contestant::sharing(reqwest)),
    ])
}
