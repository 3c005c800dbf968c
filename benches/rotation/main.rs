//! One identity after the other under load: no request may fail, and both ends must agree on the
//! certificate of each connection.
//!
//! `cargo bench -p benches --bench rotation -- 100000 50` keeps 64 requests on their way, rotates
//! 50 times meanwhile, and stops after 100,000 or when the last rotation is done, whichever is
//! later. At each rotation one more body is half sent and half received. A word, such as `HTTP/2`,
//! leaves the other version out; `--quick` makes few.
//!
//! The server adds to each response the certificate and the port that it sees. The exit status is
//! not zero if a request fails, if `ConnectionInfo` says otherwise, if the server has seen another
//! number of requests, or if a connection goes on carrying an old identity.

#![expect(clippy::print_stdout, reason = "the tables are the result")]

mod exchange;
mod ledger;
mod load;

use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use benches::{Arguments, machine};
use test_support::tls_server::{Server, TestCa};
use tokio::time::timeout;
use transport::{Alpn, MtlsClient};

use exchange::Held;
use ledger::Ledger;
use load::Load;

/// The limit for the connections of an old identity to close; it takes milliseconds.
const RETIRED_WITHIN: Duration = Duration::from_secs(30);

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::of_process();
    let requests = arguments.count(0, 100_000, 2_000);
    let rotations = arguments.count(1, 50, 4);
    println!("{}", machine());
    println!(
        "| | requests | failed | disagreements | rotations | handshakes | resumed | old identity gone after ms: median, max | per second |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let runtime = tokio::runtime::Runtime::new()?;
    let mut problems = Vec::new();
    for (alpn, name) in [(Alpn::Http11, "HTTP/1.1"), (Alpn::Http2, "HTTP/2")] {
        if arguments.wants(name) {
            let found = runtime.block_on(run(alpn, name, requests, rotations))?;
            problems.extend(found);
        }
    }
    println!("\n{} problems{}", problems.len(), problems.concat());
    Ok(if problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Prints a line of the table and returns the problems.
async fn run(
    alpn: Alpn,
    name: &str,
    requests: usize,
    rotations: usize,
) -> anyhow::Result<Vec<String>> {
    let ca = TestCa::new()?;
    let server = Server::builder(&ca).start()?;
    let mut identity = ca.client()?;
    let settings = ca.trusted()?.identity(&identity).alpn(alpn);
    let client = MtlsClient::new(settings.build()?);
    let uri = server.uri("/echo");
    let ledger = Arc::new(Ledger::default());
    ledger.expect(client.generation(), &identity);

    let start = Instant::now();
    let load = Load::start(&client, &uri, &ledger, requests);
    let mut retired = Vec::new();
    for _ in 0..rotations {
        load.proceed(requests / (rotations + 1)).await?;
        let held = Held::start(&client, &uri).await;
        let old = identity.leaf().sha256().to_string();
        identity = ca.client()?;
        let generation = client.rotate([&identity])?;
        ledger.expect(generation, &identity);
        // A body that is on its way is finished with the identity that it began with.
        let finished = match held {
            Ok(held) => held.finish().await,
            Err(error) => Err(error),
        };
        ledger.note(finished, ..generation);
        let released = Instant::now();
        let gone = server.seen_when(|seen| seen.open_with(&old) == 0);
        match timeout(RETIRED_WITHIN, gone).await {
            Ok(seen) => drop(seen?),
            Err(_) => ledger.disagree(format!("{old} is still in use after {RETIRED_WITHIN:?}")),
        }
        retired.push(released.elapsed());
    }
    load.finish().await?;
    let elapsed = start.elapsed();

    let seen = server.seen();
    let report = ledger.report(&seen);
    retired.sort_unstable();
    let at = |place: usize| {
        retired
            .get(place)
            .map_or(f64::NAN, |it| it.as_secs_f64() * 1e3)
    };
    println!(
        "| {name} | {} | {} | {} | {rotations} | {} | {} | {:.1}, {:.1} | {:.0} |",
        report.requests,
        report.failed,
        report.disagreements,
        seen.connections.len(),
        seen.connections.iter().filter(|it| it.is_resumed).count(),
        at(retired.len() / 2),
        at(retired.len() - 1),
        report.requests as f64 / elapsed.as_secs_f64(),
    );
    let problems = report.problems.into_iter();
    Ok(problems
        .map(|problem| format!("\n{name}: {problem}"))
        .collect())
}
