//! One process after the other with a journal in SQLite.

use std::ffi::OsStr;
use std::fs;
use std::future::pending;
use std::io::Cursor;
use std::path::Path;

use batch::{Batch, Journal, JournalError, Position, SqliteJournal};

use crate::RECORDS;
use crate::judge::{CONCURRENCY, judge, list};
use crate::process::{Steps, blocking, step};
use crate::service::LoggedService;

/// Kills so many processes, each batch until one is done, and judges each batch.
pub(crate) fn kill(kills: u64) {
    let folder = tempfile::tempdir().unwrap();
    let (mut killed, mut batches) = (0, 0);
    while killed < kills {
        batches += 1;
        let before = killed;
        let folder = folder.path().join(batches.to_string());
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("list"), list()).unwrap();
        // Each process is killed after another count of requests.
        for seed in 0_u64.. {
            let process = Steps::start(&[OsStr::new("run-sqlite"), folder.as_os_str()]);
            if !process.kill_after(1 + (killed * 37 + seed * 11) % 60) {
                break;
            }
            killed += 1;
        }
        let records = blocking(async {
            let journal = SqliteJournal::open(folder.join("journal")).await.unwrap();
            journal
                .records_after(Position::START, None, usize::MAX)
                .await
                .unwrap()
        });
        judge(&folder.join("log"), &records, killed - before);
    }
    println!(
        "SQLite: {killed} processes killed, {batches} batches of {RECORDS} records: none sent twice, none lost"
    );
}

/// Checks that a second process is refused the journal while the first lives, and no longer.
pub(crate) fn lock_is_held_across_processes() {
    let folder = tempfile::tempdir().unwrap();
    let open = || blocking(SqliteJournal::open(folder.path().join("journal")));
    let mut holder = Steps::start(&[OsStr::new("hold-sqlite"), folder.path().as_os_str()]);
    assert!(holder.wait(1), "it holds the journal");
    assert!(matches!(open(), Err(JournalError::InUse)));
    assert!(holder.kill_after(0));
    open().unwrap();
    println!("SQLite: a killed process leaves no lock behind");
}

/// Opens the journal and keeps it until this process is killed.
pub(crate) fn hold(folder: &Path) {
    blocking(async {
        let _held = SqliteJournal::open(folder.join("journal")).await.unwrap();
        step();
        pending::<()>().await;
    });
}

/// Runs the batch to its end, unless this process is killed.
pub(crate) fn run(folder: &Path) {
    blocking(async {
        let client = LoggedService::client(&folder.join("log"));
        let journal = SqliteJournal::open(folder.join("journal")).await.unwrap();
        let mut batch = Batch::new(client, journal).concurrency(CONCURRENCY as usize);
        let list = fs::read(folder.join("list")).unwrap();
        let summary = batch.run(Cursor::new(list), pending()).await.unwrap();
        assert_eq!(summary.stopped, None);
    });
}
