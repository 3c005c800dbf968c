//! The cost of a mutual TLS handshake through our connector, and with tokio-rustls: over a plain
//! TCP connection, and over the TCP connector of hyper-util, which ours uses.
//!
//! `cargo bench -p benches --bench handshakes -- 400 3` makes 3 connections each in each of 400
//! rounds, in turn: TCP, TLS with an RSA-2048 key of the client, and one byte from the server, by
//! which time its verdict on the certificate has come, and under TLS 1.3 a ticket for the next. A
//! word, such as `ring` or `resumed`, leaves out the races whose names do not have it; `--quick` is
//! for seeing that everything works. `--instructions` is for callgrind, by way of
//! `cargo xtask bench --instructions`.
//!
//! All have the same configuration but for the session store, and one server, on a thread of its
//! own. That each handshake was full or resumed is checked at both ends.

#![expect(clippy::print_stdout, reason = "the tables are the result")]

mod connection;
mod instructions;
mod kind;

use std::time::Duration;

use anyhow::{Context, ensure};
use benches::{Arguments, Peer, Stopwatch, Table, machine};
use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use test_support::tls_server::{Server, TestCa};
use tower::Service;

use connection::{connect, handshake, tcp};
use kind::{Kind, kinds};

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::of_process();
    if arguments.has("--serve") {
        let ca = TestCa::new()?;
        let kind = kinds().find(|kind| arguments.wants(&kind.name()));
        let kind = kind.context("no such kind of handshake")?;
        return Peer::serve(&ca, kind.server(&ca));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    if arguments.has("--instructions") {
        return instructions::run(&arguments, &runtime);
    }
    let rounds = arguments.count(0, 400, 1);
    let each = arguments.count(1, 3, 2);
    println!("{}", machine());
    println!("{rounds} rounds; median (quartiles); ratios are taken within each round\n");
    for kind in kinds() {
        let name = kind.name();
        if arguments.wants(&name) {
            let table = runtime.block_on(race(kind, each, rounds));
            println!("{name}, {each} connections in a round:\n");
            println!("{}", table.with_context(|| name)?);
        }
    }
    Ok(())
}

async fn race(kind: Kind, each: usize, rounds: usize) -> anyhow::Result<Table> {
    let ca = TestCa::new()?;
    let server = kind.server(&ca).start()?;
    let identity = ca.client()?;
    let settings = ca.trusted()?.crypto_provider(kind.provider());
    let mut ours = settings.build()?.with_identity(&identity)?;
    // The same settings with session stores of their own: none resumes with another's tickets.
    let plain = ours.with_identity(&identity)?.rustls_client_config();
    let over_hyper_util = ours.with_identity(&identity)?.rustls_client_config();
    let mut http = HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(Duration::from_secs(20)));
    // By address, so that no name is looked up.
    let uri: Uri = format!("https://{}/", server.addr()).parse()?;

    let mut table = Table::new([
        "tokio-rustls",
        "the same over hyper-util's TCP",
        "`MtlsConnector`",
    ]);
    for round in 0..=rounds {
        for contestant in table.order(round) {
            let watch = Stopwatch::start();
            for _ in 0..each {
                let was_resumed = match contestant {
                    0 => {
                        let tcp = tcp(server.addr()).await?;
                        handshake(&plain, server.addr(), tcp).await?
                    }
                    1 => {
                        let tcp = http.call(uri.clone()).await?.into_inner();
                        handshake(&over_hyper_util, server.addr(), tcp).await?
                    }
                    _ => connect(&mut ours, &uri).await?,
                };
                // The first round does the work that is done once, and begins without a session.
                ensure!(
                    round == 0 || was_resumed == kind.is_resumed,
                    "contestant {contestant} resumed: {was_resumed}"
                );
            }
            if round > 0 {
                table.push(contestant, watch.stop(each));
            }
        }
    }
    check(&server, kind, 3 * each * (rounds + 1))?;
    Ok(table)
}

/// Checks that the server has seen the handshakes that were measured: all but the first connection
/// of each contestant are resumed.
fn check(server: &Server, kind: Kind, connections: usize) -> anyhow::Result<()> {
    let seen = server.seen();
    let resumed = seen.connections.iter().filter(|it| it.is_resumed).count();
    let expected = if kind.is_resumed { connections - 3 } else { 0 };
    ensure!(
        (seen.connections.len(), resumed) == (connections, expected) && seen.refused.is_empty(),
        "the server has seen {} connections, {resumed} of them resumed",
        seen.connections.len()
    );
    Ok(())
}
