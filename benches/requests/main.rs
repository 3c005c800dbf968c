//! The cost of a request over a kept connection, with 64 of them at once: our client beside hyper
//! without any pool, hyper-util's pool, and reqwest.
//!
//! `cargo bench -p benches --bench requests -- 40 6400` lets each contestant make 6,400 requests in
//! each of 40 rounds, in turn. A word, such as `HTTP/2` or `small`, leaves out the races whose
//! names do not have it; `--quick` is for seeing that everything works.
//!
//! Then new clients: the first response, and 2,000 requests at once, with the number of handshakes
//! (`cold` leaves out the rest), and the memory of each connection that is kept `idle`. The third
//! and fourth count are the rounds and the connections of that, the fifth the cold requests at
//! once.
//!
//! `--instructions` is for callgrind, by way of `cargo xtask bench --instructions`.
//!
//! All have the same TLS configuration and one server, on a thread of its own. All contestants run
//! on one thread, whose CPU time is thus the client's. Requests and responses are checked.

#![expect(clippy::print_stdout, reason = "the tables are the result")]

mod by_hand;
mod cold;
mod contestant;
mod idle;
mod instructions;
mod job;
mod plain_connector;
mod raw;

use anyhow::Context;
use benches::{Arguments, Peer, Stopwatch, Table, machine};
use http::Uri;
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use test_support::tls_server::{Server, TestCa};
use transport::{Alpn, MtlsClient};

use cold::Cold;
use contestant::{Contestant, Race, Reqwest};
use job::Job;
use plain_connector::PlainConnector;

/// Requests on their way at any time.
const AT_ONCE: usize = 64;

const HTTP: [(Alpn, &str); 2] = [(Alpn::Http11, "HTTP/1.1"), (Alpn::Http2, "HTTP/2")];

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::of_process();
    if arguments.has("--serve") {
        let ca = TestCa::new()?;
        return Peer::serve(&ca, Server::builder(&ca));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if arguments.has("--instructions") {
        return instructions::run(&arguments, &runtime);
    }
    if arguments.has("--hold") {
        return idle::hold(&arguments, &runtime);
    }
    let rounds = arguments.count(0, 40, 1);
    let requests = arguments.count(1, 6_400, AT_ONCE);
    println!("{}", machine());
    println!("{rounds} rounds; median (quartiles); ratios are taken within each round\n");
    for (alpn, http) in HTTP {
        for job in Job::ALL {
            let name = format!("{http}, {}", job.name());
            if arguments.wants(&name) {
                // Bodies take longer; a fourth of them is as good a sample.
                let requests = if job.is_small() {
                    requests
                } else {
                    requests / 4
                };
                let each = requests.div_ceil(AT_ONCE);
                let table = runtime.block_on(race(alpn, job, each, rounds));
                println!("{name}, {} requests in a round:\n", each * AT_ONCE);
                println!("{}", table.with_context(|| name)?);
            }
        }
        for cold in Cold::ALL {
            let name = cold.name(http);
            if arguments.wants(&name) {
                let many = arguments.count(4, 2_000, 100);
                // Thousands of handshakes take longer.
                let rounds = match cold {
                    Cold::FirstResponse => rounds,
                    Cold::ManyAtOnce => rounds.div_ceil(4),
                };
                let told = runtime.block_on(cold::race(cold, alpn, rounds, many));
                let told = told.with_context(|| name.clone())?;
                let requests = match cold {
                    Cold::FirstResponse => 1,
                    Cold::ManyAtOnce => many,
                };
                println!("{name}, {requests} in each of {rounds} rounds:\n\n{told}");
            }
        }
        let name = idle::name(http);
        if arguments.wants(&name) && cfg!(target_os = "linux") {
            // Each round makes new processes; below the 1,024 files that a process may often have.
            let (rounds, count) = (arguments.count(2, 7, 1), arguments.count(3, 900, 20));
            println!("{name}, {count} of them, {rounds} rounds:\n");
            println!("{}", idle::race(http, rounds, count).with_context(|| name)?);
        }
    }
    Ok(())
}

/// Lets all contestants do the same in turn, round by round.
async fn race(alpn: Alpn, job: Job, each: usize, rounds: usize) -> anyhow::Result<Table> {
    let ca = TestCa::new()?;
    let server = Server::builder(&ca).start()?;
    let settings = ca.trusted()?.identity(&ca.client()?);
    let connector = settings.alpn(alpn).build()?;
    let config = connector.rustls_client_config();
    let uri: Uri = server.uri(job.path()).parse()?;

    let raw: Box<dyn Race> = match alpn {
        Alpn::Http2 => Box::new(Contestant::sharing(raw::http2(&config, &uri).await?)),
        _ => Box::new(Contestant::of(raw::http1(&config, &uri, AT_ONCE).await?)),
    };
    let pooled = Client::builder(TokioExecutor::new()).build(PlainConnector::new(&config));
    let ours = MtlsClient::new(connector.clone());
    let failing_over = MtlsClient::builder(connector).failover().build();
    let reqwest = reqwest::Client::builder().tls_backend_preconfigured((*config).clone());
    let reqwest = Reqwest::new(reqwest.build()?, &uri)?;
    let mut contestants: [(&str, Box<dyn Race>); 5] = [
        ("hyper, no pool", raw),
        ("hyper-util's pool", Box::new(Contestant::sharing(pooled))),
        ("`MtlsClient`", Box::new(Contestant::sharing(ours))),
        (
            "`MtlsClient`, failover on",
            Box::new(Contestant::sharing(failing_over)),
        ),
        ("reqwest", Box::new(Contestant::sharing(reqwest))),
    ];

    let mut table = Table::new(contestants.iter().map(|(name, _)| *name));
    for (_, contestant) in &mut contestants {
        contestant.round(job, &uri, 1).await?; // so that no round pays for connections
    }
    for round in 0..rounds {
        for number in table.order(round) {
            let (_, contestant) = contestants.get_mut(number).context("a contestant")?;
            let watch = Stopwatch::start();
            contestant.round(job, &uri, each).await?;
            table.push(number, watch.stop(each * AT_ONCE));
        }
    }
    Ok(table)
}
