//! Clients that have not connected yet: the first response, and many requests at once.
//!
//! Each handshake is a full one, and counted at the server, also those that were begun in vain.
//! Pools of others make as many as there are requests, so both ends together need twice as many
//! open files (`ulimit -n`).

use std::sync::Arc;

use anyhow::Context;
use benches::{Stopwatch, Table, spread};
use http::Uri;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use rustls::ClientConfig;
use test_support::tls_server::{Seen, Server, TestCa};
use transport::{Alpn, MtlsClient, MtlsConnector};

use crate::{
    contestant::{Contestant, Race, Reqwest},
    job::Job,
    plain_connector::PlainConnector,
    raw,
};

const JOB: Job = Job::Small;

/// Connections where HTTP/1.1 is spoken, to which `MtlsClient` is limited and hyper alone is given.
const MOST: usize = 50;

/// The task of a new client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cold {
    FirstResponse,
    ManyAtOnce,
}

#[derive(Clone, Copy, Debug)]
enum ClientKind {
    Hyper,
    HyperUtil,
    Ours,
    Reqwest,
}

struct Target {
    alpn: Alpn,
    uri: Uri,
    connector: MtlsConnector,
    config: Arc<ClientConfig>,
}

impl Cold {
    pub(crate) const ALL: [Self; 2] = [Self::FirstResponse, Self::ManyAtOnce];

    pub(crate) fn name(self, http: &str) -> String {
        match self {
            Self::FirstResponse => format!("{http}, first response of a cold client"),
            Self::ManyAtOnce => format!("{http}, cold requests at once"),
        }
    }

    /// Lists the contestants; the others are compared with the first.
    fn contestants(self, alpn: Alpn) -> &'static [ClientKind] {
        match (self, alpn) {
            // The pools of others have no limit.
            (Self::ManyAtOnce, Alpn::Http11) => &[ClientKind::Hyper, ClientKind::Ours],
            _ => &[
                ClientKind::Hyper,
                ClientKind::HyperUtil,
                ClientKind::Ours,
                ClientKind::Reqwest,
            ],
        }
    }

    /// Splits so many requests into those of each task and the number of tasks.
    fn requests(self, kind: ClientKind, alpn: Alpn, many: usize) -> (usize, usize) {
        match (self, kind, alpn) {
            (Self::FirstResponse, ..) => (1, 1),
            (Self::ManyAtOnce, ClientKind::Hyper, Alpn::Http11) => (many.div_ceil(MOST), MOST),
            (Self::ManyAtOnce, ..) => (1, many),
        }
    }
}

impl ClientKind {
    fn name(self) -> &'static str {
        match self {
            Self::Hyper => "hyper, no pool",
            Self::HyperUtil => "hyper-util's pool",
            Self::Ours => "`MtlsClient`",
            Self::Reqwest => "reqwest",
        }
    }

    /// Makes a client without connections, for so many tasks.
    async fn client(self, target: &Target, tasks: usize) -> anyhow::Result<Box<dyn Race>> {
        let (config, uri) = (&target.config, &target.uri);
        Ok(match self {
            Self::Hyper if target.alpn == Alpn::Http11 => {
                Box::new(Contestant::of(raw::http1(config, uri, tasks).await?))
            }
            Self::Hyper => {
                let sender = raw::http2(config, uri).await?;
                Box::new(Contestant::shared_by(tasks, sender))
            }
            Self::HyperUtil => {
                let client = Client::builder(TokioExecutor::new());
                let client = client.build(PlainConnector::new(config));
                Box::new(Contestant::shared_by(tasks, client))
            }
            Self::Ours => {
                let builder = MtlsClient::builder(target.connector.clone());
                let builder = match target.alpn {
                    Alpn::Http11 => builder.pool_max_connections_per_host(MOST),
                    _ => builder,
                };
                Box::new(Contestant::shared_by(tasks, builder.build()))
            }
            Self::Reqwest => {
                let client = reqwest::Client::builder();
                let client = client.tls_backend_preconfigured((**config).clone());
                let client = Reqwest::new(client.build()?, uri)?;
                Box::new(Contestant::shared_by(tasks, client))
            }
        })
    }
}

/// Lets new clients of all contestants do the same in turn, round by round.
pub(crate) async fn race(
    cold: Cold,
    alpn: Alpn,
    rounds: usize,
    many: usize,
) -> anyhow::Result<String> {
    let ca = TestCa::new()?;
    let server = Server::builder(&ca).without_resumption().start()?;
    let settings = ca.trusted()?.identity(&ca.client()?);
    let connector = settings.alpn(alpn).build()?;
    let target = Target {
        alpn,
        uri: server.uri(JOB.path()).parse()?,
        config: connector.rustls_client_config(),
        connector,
    };
    let contestants = cold.contestants(alpn);
    let mut table = Table::new(contestants.iter().map(|kind| kind.name()));
    let mut counts = vec![Vec::new(); contestants.len()];
    for round in 0..rounds {
        for number in table.order(round) {
            let kind = *contestants.get(number).context("a contestant")?;
            let (each, tasks) = cold.requests(kind, alpn, many);
            let before = handshakes(&server.seen());
            let watch = Stopwatch::start();
            let mut client = kind.client(&target, tasks).await?;
            client.round(JOB, &target.uri, each).await?;
            table.push(number, watch.stop(each * tasks));
            drop(client);
            // Outside the measured time: no contestant pays for closing another's connections.
            let is_over = |seen: &Seen| seen.connections.iter().all(|it| !it.is_open);
            let after = handshakes(&server.seen_when(is_over).await?);
            let counts = counts.get_mut(number).context("a contestant")?;
            counts.push((after - before) as f64);
        }
    }
    let mut text = table.to_string();
    for (kind, counts) in contestants.iter().zip(counts) {
        let counts = spread(counts.into_iter(), 0);
        text.push_str(&format!("\nHandshakes of {}: {counts}", kind.name()));
    }
    text.push('\n');
    Ok(text)
}

fn handshakes(seen: &Seen) -> usize {
    seen.connections.len() + seen.refused.len()
}
