//! The memory of a client for each connection that it keeps idle.
//!
//! Each contestant is measured in a process of its own, new in each round: by how much its resident
//! memory grows from one open and used connection to so many. Memory of the handshakes that the
//! allocator keeps is in it, for all alike. The server is another process.

use std::{
    env, fs,
    process::{Command, Stdio},
};

use anyhow::{Context, ensure};
use benches::{Arguments, Peer, connections, spread};
use http::Uri;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use tokio::{runtime::Runtime, task::yield_now};
use transport::{Alpn, MtlsClient};

use crate::{
    HTTP,
    contestant::{Contestant, Race},
    job::Job,
    plain_connector::PlainConnector,
    raw,
};

const JOB: Job = Job::Small;
const NAMES: [&str; 3] = ["hyper, no pool", "hyper-util's pool", "`MtlsClient`"];

pub(crate) fn name(http: &str) -> String {
    format!("{http}, memory of idle connections")
}

/// Measures each contestant in turn, round by round.
pub(crate) fn race(http: &str, rounds: usize, count: usize) -> anyhow::Result<String> {
    let mut each = vec![Vec::new(); NAMES.len()];
    for _ in 0..rounds {
        for (name, each) in NAMES.iter().zip(&mut each) {
            each.push(measured(http, name, count)?);
        }
    }
    let first = each.first().cloned().unwrap_or_default();
    let mut text = "| | KiB for each connection | times the first |\n|---|---|---|\n".to_owned();
    for (name, each) in NAMES.iter().zip(each) {
        let ratios = each.iter().zip(&first).map(|(ours, theirs)| ours / theirs);
        let (ratio, each) = (spread(ratios, 2), spread(each.iter().copied(), 1));
        text.push_str(&format!("| {name} | {each} | {ratio} |\n"));
    }
    Ok(text)
}

/// Starts this program again to hold connections as one contestant.
fn measured(http: &str, name: &str, count: usize) -> anyhow::Result<f64> {
    let child = Command::new(env::current_exe()?)
        .args(["--hold", http, name, &count.to_string()])
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(
        child.status.success(),
        "{name} could not hold {count} connections"
    );
    let said = String::from_utf8(child.stdout)?;
    said.trim()
        .parse()
        .with_context(|| format!("no number: {said:?}"))
}

/// Opens connections as the contestant that is named, and prints how many KiB each has taken.
pub(crate) fn hold(arguments: &Arguments, runtime: &Runtime) -> anyhow::Result<()> {
    let (alpn, _) = HTTP
        .into_iter()
        .find(|(_, http)| arguments.wants(http))
        .context("a version")?;
    let who = NAMES
        .iter()
        .position(|name| arguments.wants(name))
        .context("a contestant")?;
    let count = arguments.count(0, 900, 20);
    let each = runtime.block_on(async {
        let peer = Peer::start("idle")?;
        let uri: Uri = peer.uri(JOB.path()).parse()?;
        let settings = peer.trusted()?.identity(&peer.identity()?);
        let connector = settings.alpn(alpn).build()?;
        let config = connector.rustls_client_config();
        let mut held: Vec<Box<dyn Race>> = Vec::new();
        let mut before = None;
        for count in [1, count] {
            // Requests over HTTP/2 share one connection, so each connection needs its own client.
            let (clients, tasks) = match alpn {
                Alpn::Http11 => (1, count),
                _ => (count, 1),
            };
            for _ in 0..clients {
                let mut client: Box<dyn Race> = match (who, alpn) {
                    (0, Alpn::Http11) => {
                        Box::new(Contestant::of(raw::http1(&config, &uri, tasks).await?))
                    }
                    (0, _) => Box::new(Contestant::of(vec![raw::http2(&config, &uri).await?])),
                    (1, _) => {
                        let client = Client::builder(TokioExecutor::new());
                        let client = client.build(PlainConnector::new(&config));
                        Box::new(Contestant::shared_by(tasks, client))
                    }
                    _ => Box::new(Contestant::shared_by(
                        tasks,
                        MtlsClient::new(connector.clone()),
                    )),
                };
                client.round(JOB, &uri, 1).await?;
                held.push(client);
            }
            before = before.or(Some((resident()?, connections())));
        }
        for _ in 0..1000 {
            yield_now().await; // so that connections that lost a race to another are closed
        }
        let (memory, open) = before.context("a first connection")?;
        let opened = connections()
            .zip(open)
            .map_or(count, |(now, then)| now - then);
        ensure!(
            opened * 2 >= count,
            "{opened} connections are open of {count}"
        );
        Ok((resident()? - memory) / opened as f64)
    })?;
    println!("{each}");
    Ok(())
}

/// Reads the resident memory of this process, in KiB.
fn resident() -> anyhow::Result<f64> {
    let status =
        fs::read_to_string("/proc/self/status").context("memory is counted on Linux alone")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number.context("no VmRSS")?.parse()?)
}
