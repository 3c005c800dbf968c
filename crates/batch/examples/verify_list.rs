//! Verifies the people of a list, and goes on where the last run ended.
//!
//! ```sh
//! cargo run --example verify_list -- people.ndjson people.journal
//! ```
//!
//! Here a service in memory responds; a program gives `Batch::new` a client over mutual TLS.

#![expect(
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a program talks to a person"
)]

use std::error::Error;

use batch::{Batch, RecordState, SqliteJournal};
use napi::testing::{self, FakeService};
use napi::verifications::RecordStatus;
use tokio::fs::File;
use tokio::io::BufReader;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(list), Some(journal)) = (arguments.next(), arguments.next()) else {
        return Err("usage: verify_list LIST JOURNAL".into());
    };
    let service = FakeService::new();
    let journal = SqliteJournal::open(journal).await?;
    let mut batch = Batch::new(service.client(), journal);

    let report = batch
        .check(BufReader::new(File::open(&list).await?))
        .await?;
    for problem in &report.problems {
        eprintln!("{problem}");
    }
    for _ in 0..report.records {
        service.respond(&testing::verify_result(RecordStatus::MATCH));
    }
    let stop = async {
        let _without_a_signal_it_runs_to_its_end = tokio::signal::ctrl_c().await;
    };
    let list = BufReader::new(File::open(&list).await?);
    let summary = batch.run(list, stop).await?;
    for state in RecordState::ALL {
        println!("{state}: {}", summary.counts.of(state));
    }
    match summary.stopped {
        None => Ok(()),
        Some(reason) => Err(reason.into()),
    }
}
