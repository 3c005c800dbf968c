//! One identity after the other under load: no request may fail, and both ends must agree on whose connection it was.
//!
//! `cargo bench -p benches --bench rotation -- 100000 50` keeps 64 requests on their way, rotates 50 times while
//! they are, and stops after 100,000 or when the last rotation is done, whichever is later. At each rotation one more
//! body is half sent and half received. A word, such as `HTTP/2`, leaves the other version out; `--quick` makes few.
//!
//! The server says with each answer which certificate and which port it sees. The status is not zero if a request
//! fails, if that is not what `ConnectionInfo` says, if the server has seen another number of requests, or if a
//! connection goes on carrying an old identity.

#![expect(clippy::print_stdout, reason = "the tables are the result")]

mod exchange;
mod load;
mod witness;

use std::{
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use benches::{Arguments, machine};
use test_support::tls_server::{Authority, Server};
use tokio::time::timeout;
use transport::{Alpn, MtlsClient};

use exchange::Held;
use load::Load;
use witness::Witness;

/// How long an old identity may live on; it takes milliseconds.
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

/// Prints a line of the table and returns what went wrong.
async fn run(
    alpn: Alpn,
    name: &str,
    requests: usize,
    rotations: usize,
) -> anyhow::Result<Vec<String>> {
    let authority = Authority::new()?;
    let server = Server::builder(&authority).start()?;
    let mut identity = authority.client()?;
    let settings = authority.trusted()?.identity(&identity).alpn(alpn);
    let client = MtlsClient::new(settings.build()?);
    let uri = server.uri("/echo");
    let witness = Arc::new(Witness::default());
    witness.expect(client.generation(), &identity);

    let start = Instant::now();
    let load = Load::start(&client, &uri, &witness, requests);
    let mut retired = Vec::new();
    for _ in 0..rotations {
        load.proceed(requests / (rotations + 1)).await?;
        let held = Held::start(&client, &uri).await;
        let old = identity.leaf().sha256().to_string();
        identity = authority.client()?;
        let generation = client.rotate([&identity])?;
        witness.expect(generation, &identity);
        // The body that was on its way is finished with the identity that it began with.
        let finished = match held {
            Ok(held) => held.finish().await,
            Err(error) => Err(error),
        };
        witness.note(finished, ..generation);
        let released = Instant::now();
        let gone = server.seen_when(|seen| seen.open_with(&old) == 0);
        match timeout(RETIRED_WITHIN, gone).await {
            Ok(seen) => drop(seen?),
            Err(_) => witness.disagree(format!("{old} is still in use after {RETIRED_WITHIN:?}")),
        }
        retired.push(released.elapsed());
    }
    load.finish().await?;
    let elapsed = start.elapsed();

    let seen = server.seen();
    let report = witness.report(&seen);
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
