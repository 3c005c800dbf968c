//! A batch beside the calls that it makes: records in a second, and the memory of a long list.
//!
//! `cargo bench -p benches --features batch --bench batch -- 2000 1000000` verifies 2,000 records
//! through the mock, 16 at once: by `napi` alone, and by a batch with each journal, in turns. Then
//! a list of a million records is checked and run with a service that does nothing, and the
//! resident memory printed. PostgreSQL is measured if `BENCH_POSTGRES` has the URL of a database
//! for it; each round makes a schema there, `napi_batch_bench_` and numbers, which is left.
//! `--quick` makes few.

#![expect(clippy::print_stdout, reason = "the tables are the result")]

mod lists;

use std::future::{pending, ready};
use std::io::{self, Cursor};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use batch::{Batch, Journal, PostgresAddress, PostgresJournal, RecordState, SqliteJournal};
use benches::{Arguments, machine, spread};
use bytes::Bytes;
use http::{Request, Response};
use mock_napi::Account;
use napi::verifications::{RecordStatus, VerifyRequest};
use napi::{BaseUrl, Client, Credentials, HttpService, RequestBody};
use test_support::{Customer, Mock};
use tokio::io::BufReader;
use tokio::task::JoinSet;

use lists::Endless;

/// The requests under way at once.
const CONCURRENCY: usize = 16;

/// The environment variable with the URL of a database.
const POSTGRES: &str = "BENCH_POSTGRES";

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::of_process();
    let records = arguments.count(0, 2_000, 40);
    let lines = arguments.count(1, 1_000_000, 2_000);
    let rounds = arguments.count(2, 10, 1);
    println!("{}", machine());
    let runtime = tokio::runtime::Runtime::new()?;
    if arguments.wants("records") {
        runtime.block_on(measure(records, rounds))?;
    }
    if arguments.wants("memory") {
        runtime.block_on(memory(lines))?;
    }
    Ok(())
}

/// Prints the records in a second of each contestant, those with a journal times those without.
async fn measure(records: usize, rounds: usize) -> anyhow::Result<()> {
    let mock = Mock::start().await?;
    let customer = Customer::enrolled(Account::ACME, &mock.portal()).await?;
    let client = customer.client(&mock)?;
    let list = lists::list(records);
    alone(&client, &list).await?; // connections are there from then on
    let postgres = std::env::var(POSTGRES).ok();
    let mut ratios = [Vec::new(), Vec::new()];
    let mut rates = Vec::new();
    for round in 0..rounds {
        let base = records as f64 / alone(&client, &list).await?.as_secs_f64();
        rates.push(base);
        let folder = tempfile::tempdir()?;
        let journal = SqliteJournal::open(folder.path().join("journal")).await?;
        let sqlite = with(&client, journal, &list).await?;
        let [of_sqlite, of_postgres] = &mut ratios;
        of_sqlite.push(records as f64 / sqlite.as_secs_f64() / base);
        if let Some(url) = &postgres {
            let address: PostgresAddress = url.parse()?;
            let name = format!("bench_{}_{round}", std::process::id());
            let journal = PostgresJournal::open(&address.batch(&name)?).await?;
            let elapsed = with(&client, journal, &list).await?;
            of_postgres.push(records as f64 / elapsed.as_secs_f64() / base);
        }
    }
    println!(
        "| {records} records, {CONCURRENCY} at once | records a second, or times those of `napi` alone |"
    );
    println!("|---|---|");
    println!("| `napi` alone | {} |", spread(rates.iter().copied(), 0));
    for (name, ratios) in ["batch, SQLite", "batch, PostgreSQL"].iter().zip(&ratios) {
        if !ratios.is_empty() {
            println!("| {name} | {} |", spread(ratios.iter().copied(), 2));
        }
    }
    Ok(())
}

/// Returns the time that the list takes without a batch.
async fn alone<S: HttpService + Sync>(client: &Client<S>, list: &str) -> anyhow::Result<Duration>
where
    S::Body: Sync,
{
    let requests: Result<Vec<VerifyRequest>, _> = list.lines().map(serde_json::from_str).collect();
    let requests = Arc::new(requests?);
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for first in 0..CONCURRENCY {
        let (client, requests) = (client.clone(), Arc::clone(&requests));
        tasks.spawn(async move {
            for request in requests.iter().skip(first).step_by(CONCURRENCY) {
                client.verify(request).await?;
            }
            Ok::<_, napi::Error>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(begin.elapsed())
}

/// Returns the time that the list takes with a journal.
async fn with<S: HttpService + Sync, J: Journal>(
    client: &Client<S>,
    journal: J,
    list: &str,
) -> anyhow::Result<Duration>
where
    S::Body: Sync,
{
    let mut batch = Batch::new(client.clone(), journal).concurrency(CONCURRENCY);
    let begin = Instant::now();
    let summary = batch.run(Cursor::new(list), pending()).await?;
    let elapsed = begin.elapsed();
    let done = summary.counts.of(RecordState::Done);
    anyhow::ensure!(done == list.lines().count() as u64, "{summary:?}");
    Ok(elapsed)
}

/// Prints the resident memory after the check of a long list, and after its run with a service in
/// this process that does nothing.
async fn memory(lines: usize) -> anyhow::Result<()> {
    println!("| records | step | a second | MiB resident, at most, before and after |");
    println!("|---|---|---|---|");
    for count in [lines / 10, lines] {
        let folder = tempfile::tempdir()?;
        let journal = SqliteJournal::open(folder.path().join("journal")).await?;
        let mut batch = Batch::new(matching()?, journal).concurrency(CONCURRENCY);
        let list = || BufReader::with_capacity(64 << 10, Endless::new(count));
        let (begin, before) = (Instant::now(), most_resident()?);
        let report = batch.check(list()).await?;
        let is_whole = report.unsendable == 0 && report.records == count as u64;
        anyhow::ensure!(is_whole, "{report:?}");
        row(count, "check", begin, before)?;
        let (begin, before) = (Instant::now(), most_resident()?);
        let summary = batch.run(list(), pending()).await?;
        anyhow::ensure!(summary.sent == count as u64, "{summary:?}");
        row(count, "run, SQLite", begin, before)?;
        let (begin, before) = (Instant::now(), most_resident()?);
        let summary = batch.run(list(), pending()).await?;
        anyhow::ensure!(summary.sent == 0, "{summary:?}");
        row(count, "run again, nothing to send", begin, before)?;
    }
    Ok(())
}

fn row(count: usize, step: &str, begin: Instant, before: usize) -> anyhow::Result<()> {
    let rate = count as f64 / begin.elapsed().as_secs_f64();
    println!(
        "| {count} | {step} | {rate:.0} | {before}, {} |",
        most_resident()?
    );
    Ok(())
}

/// Returns a client of a service that verifies everyone, and keeps nothing.
fn matching() -> anyhow::Result<Client<impl HttpService<Body: Sync> + Sync>> {
    let body = serde_json::to_vec(&napi::testing::verify_result(RecordStatus::MATCH))?;
    let body = Bytes::from(body);
    let service = tower::service_fn(move |_: Request<RequestBody>| {
        ready(Ok::<_, io::Error>(Response::new(RequestBody::from(
            body.clone(),
        ))))
    });
    let credentials = Credentials::basic("user", "password")?;
    Ok(Client::new(service, BaseUrl::MTLS, credentials))
}

/// Returns the most memory that this process had, in MiB, where the system tells.
fn most_resident() -> anyhow::Result<usize> {
    if cfg!(not(target_os = "linux")) {
        return Ok(0);
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    Ok(kib.context("no VmHWM")?.parse::<usize>()? >> 10)
}
