//! Four processes at once with a journal in PostgreSQL: some are killed, and so is the database.

use std::ffi::OsStr;
use std::fs;
use std::future::pending;
use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use batch::{Batch, Journal, Position, PostgresAddress, PostgresJournal, RecordState};

use crate::RECORDS;
use crate::judge::{CONCURRENCY, judge, list};
use crate::process::{Steps, blocking};
use crate::server::PostgresServer;
use crate::service::LoggedService;

/// The number of processes at once.
const WORKERS: u64 = 4;

/// The time after which a killed process is taken for dead.
const LEASE: Duration = Duration::from_millis(500);

/// Kills so many processes, each batch in rounds of four until one is done, restarts the database
/// once in each, and judges each batch.
pub(crate) fn kill(kills: u64) {
    let folder = tempfile::tempdir().unwrap();
    let mut server = PostgresServer::start();
    let (mut killed, mut batches, mut restarts) = (0, 0, 0);
    while killed < kills {
        batches += 1;
        let before = killed;
        let name = format!("kill_{batches}");
        let folder = folder.path().join(&name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("list"), list()).unwrap();
        fs::write(folder.join("url"), server.url()).unwrap();
        for round in 0_u64.. {
            // Every second round is killed, so that one comes to its end.
            let is_killed = round % 2 == 0;
            let mut workers = Vec::new();
            for worker in 0..WORKERS {
                let words = [
                    "run-postgres".as_ref(),
                    folder.as_os_str(),
                    OsStr::new(&name),
                ];
                workers.push((worker, Steps::start(&words)));
            }
            if round == 0 {
                // Once the first is at work.
                let (_, first) = &mut workers[0];
                first.wait(3);
                server.restart();
                restarts += 1;
            }
            for (worker, process) in workers {
                let count = match is_killed {
                    true => 1 + (killed * 37 + worker * 11) % 40,
                    false => u64::MAX,
                };
                killed += u64::from(process.kill_after(count));
            }
            if blocking(is_finished(&server.url(), &name)) {
                break;
            }
        }
        let records = blocking(async {
            let journal = open(&server.url(), &name).await;
            journal
                .records_after(Position::START, None, usize::MAX)
                .await
                .unwrap()
        });
        // The restart of the database interrupts each worker too.
        judge(&folder.join("log"), &records, killed - before + WORKERS);
    }
    println!(
        "PostgreSQL: {killed} processes killed, {WORKERS} at once, the database restarted {restarts} times, \
         {batches} batches of {RECORDS} records: none sent twice, none lost"
    );
}

/// Runs the batch to its end, unless this process is killed.
pub(crate) fn run(folder: &Path, name: &str) {
    blocking(async {
        let client = LoggedService::client(&folder.join("log"));
        let url = fs::read_to_string(folder.join("url")).unwrap();
        let journal = open(&url, name).await;
        let mut batch = Batch::new(client, journal).concurrency(CONCURRENCY as usize);
        let list = fs::read(folder.join("list")).unwrap();
        let summary = batch.run(Cursor::new(list), pending()).await.unwrap();
        assert_eq!(summary.stopped, None);
        batch.into_journal().unwrap().close().await.unwrap();
    });
}

async fn open(url: &str, name: &str) -> PostgresJournal {
    let address: PostgresAddress = url.parse().unwrap();
    let address = address.batch(name).unwrap();
    PostgresJournal::open_with(&address, LEASE, None)
        .await
        .unwrap()
}

/// Returns whether all records are settled, once the leases of the dead are over.
async fn is_finished(url: &str, name: &str) -> bool {
    let journal = open(url, name).await;
    loop {
        // What a dead one was sending becomes unknown.
        journal.abandon().await.unwrap();
        let counts = journal.counts().await.unwrap();
        if counts.of(RecordState::Sending) == 0 {
            journal.close().await.unwrap();
            return counts.total() == RECORDS && counts.of(RecordState::Waiting) == 0;
        }
    }
}
