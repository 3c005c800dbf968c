//! What a client does that has not connected: its first response, and many requests at once.
//!
//! Each handshake is a full one, and counted at the server, also those that were begun in vain. Pools of others make as
//! many as there are requests, so both ends together need twice as many open files (`ulimit -n`).

use std::sync::Arc;

use anyhow::Context;
use benches::{Stopwatch, Table, spread};
use http::Uri;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use rustls::ClientConfig;
use test_support::tls_server::{Authority, Seen, Server};
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

/// What a new client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cold {
    FirstResponse,
    ManyAtOnce,
}

#[derive(Clone, Copy, Debug)]
enum Who {
    Hyper,
    HyperUtil,
    Ours,
    Reqwest,
}

struct World {
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

    /// Who takes part, the first being what the others are compared with.
    fn contestants(self, alpn: Alpn) -> &'static [Who] {
        match (self, alpn) {
            // The pools of others have no limit.
            (Self::ManyAtOnce, Alpn::Http11) => &[Who::Hyper, Who::Ours],
            _ => &[Who::Hyper, Who::HyperUtil, Who::Ours, Who::Reqwest],
        }
    }

    /// The requests of each of how many tasks, where there are so many in all.
    fn requests(self, who: Who, alpn: Alpn, many: usize) -> (usize, usize) {
        match (self, who, alpn) {
            (Self::FirstResponse, ..) => (1, 1),
            (Self::ManyAtOnce, Who::Hyper, Alpn::Http11) => (many.div_ceil(MOST), MOST),
            (Self::ManyAtOnce, ..) => (1, many),
        }
    }
}

impl Who {
    fn name(self) -> &'static str {
        match self {
            Self::Hyper => "hyper, no pool",
            Self::HyperUtil => "hyper-util's pool",
            Self::Ours => "`MtlsClient`",
            Self::Reqwest => "reqwest",
        }
    }

    /// A client that knows nothing yet, for so many tasks.
    async fn client(self, world: &World, tasks: usize) -> anyhow::Result<Box<dyn Race>> {
        let (config, uri) = (&world.config, &world.uri);
        Ok(match self {
            Self::Hyper if world.alpn == Alpn::Http11 => {
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
                let builder = MtlsClient::builder(world.connector.clone());
                let builder = match world.alpn {
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
    let authority = Authority::new()?;
    let server = Server::builder(&authority).without_resumption().start()?;
    let settings = authority.trusted()?.identity(&authority.client()?);
    let connector = settings.alpn(alpn).build()?;
    let world = World {
        alpn,
        uri: server.uri(JOB.path()).parse()?,
        config: connector.rustls_client_config(),
        connector,
    };
    let contestants = cold.contestants(alpn);
    let mut table = Table::new(contestants.iter().map(|who| who.name()));
    let mut shaken = vec![Vec::new(); contestants.len()];
    for round in 0..rounds {
        for number in table.order(round) {
            let who = *contestants.get(number).context("a contestant")?;
            let (each, tasks) = cold.requests(who, alpn, many);
            let before = handshakes(&server.seen());
            let watch = Stopwatch::start();
            let mut client = who.client(&world, tasks).await?;
            client.round(JOB, &world.uri, each).await?;
            table.push(number, watch.stop(each * tasks));
            drop(client);
            // Nobody pays for the end of another's connections.
            let is_over = |seen: &Seen| seen.connections.iter().all(|it| !it.is_open);
            let after = handshakes(&server.seen_when(is_over).await?);
            let shaken = shaken.get_mut(number).context("a contestant")?;
            shaken.push((after - before) as f64);
        }
    }
    let mut text = table.to_string();
    for (who, shaken) in contestants.iter().zip(shaken) {
        let shaken = spread(shaken.into_iter(), 0);
        text.push_str(&format!("\nHandshakes of {}: {shaken}", who.name()));
    }
    text.push('\n');
    Ok(text)
}

fn handshakes(seen: &Seen) -> usize {
    seen.connections.len() + seen.refused.len()
}
