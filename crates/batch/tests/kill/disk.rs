//! A disk that is full in the middle of a batch, and one that is read-only: a small file system in
//! memory, mounted for one process alone. Where that is forbidden, a limit on the size of files.

use std::fs;
use std::future::pending;
use std::io::Cursor;
use std::path::Path;
use std::process::{Command, Output};

use batch::{
    Batch, BatchError, Journal, JournalError, Position, RecordState, SqliteJournal, StorageError,
};

use crate::RECORDS;
use crate::judge::{CONCURRENCY, judge, list};
use crate::process::blocking;
use crate::service::LoggedService;

/// Mounts a file system of less than the journal needs, makes room in it, and takes the right to
/// write away.
const MOUNTED: &str = r#"
    mount -t tmpfs -o size=256k,mode=700 none "$1/small" || exit 77
    "$2" run-full "$1" || exit 1
    mount -o remount,size=64m "$1/small" && "$2" run-disk "$1" || exit 1
    mount -o remount,ro "$1/small" && "$2" run-read-only "$1" || exit 1
    cp "$1"/small/* "$1"
"#;

/// The signal that comes with the limit would end the process.
const LIMITED: &str = r#"
    (trap '' XFSZ; ulimit -f 128; exec "$2" run-full "$1") || exit 1
    "$2" run-disk "$1" || exit 1
    cp "$1"/small/* "$1"
"#;

/// Runs a batch that finds its disk full, goes on with it once there is room, and compares what the
/// service saw with what the journal says.
pub(crate) fn fill() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("small")).unwrap();
    fs::write(folder.join("list"), list()).unwrap();
    let is_root = Command::new("id").arg("-u").output().unwrap().stdout;
    let own_mounts = match is_root.trim_ascii() {
        b"0" => ["unshare", "--mount"].as_slice(),
        _ => &["unshare", "--map-root-user", "--mount"],
    };
    let mounted = script(own_mounts, MOUNTED, folder);
    let way = match mounted.status.code() {
        Some(0) => "a file system of 256 KiB, and a read-only one",
        // Nothing was mounted: a container without the right to.
        _ if !folder.join("log").exists() => {
            let limited = script(&[], LIMITED, folder);
            assert!(limited.status.success(), "{limited:?}");
            "files of at most 128 KiB, since nothing may be mounted here"
        }
        _ => panic!("{mounted:?}"),
    };
    let records = blocking(async {
        let journal = SqliteJournal::open_existing(folder.join("journal"));
        let records = journal.await.unwrap();
        let records = records.records_after(Position::START, None, usize::MAX);
        records.await.unwrap()
    });
    judge(&folder.join("log"), &records, 1);
    let unsaved = number(&folder.join("unsaved"));
    let unknown = records.iter().filter(|it| it.state == RecordState::Unknown);
    assert_eq!(unknown.count() as u64, unsaved);
    println!(
        "SQLite: full disk ({way}): {unsaved} responses handed back, {RECORDS} records, none sent twice, none lost"
    );
}

fn script(before: &[&str], script: &str, folder: &Path) -> Output {
    let words = before.iter().copied().chain(["bash", "-c", script, "bash"]);
    let words: Vec<_> = words.collect();
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg(folder);
    command.arg(std::env::current_exe().unwrap());
    command.output().unwrap()
}

fn number(path: &Path) -> u64 {
    fs::read_to_string(path).unwrap().parse().unwrap()
}

async fn open(folder: &Path) -> Result<SqliteJournal, JournalError> {
    SqliteJournal::open(folder.join("small/journal")).await
}

async fn run_batch(folder: &Path) -> (Result<batch::Summary, BatchError>, u64) {
    let client = LoggedService::client(&folder.join("log"));
    let journal = open(folder).await.unwrap();
    let mut batch = Batch::new(client, journal).concurrency(CONCURRENCY as usize);
    let list = fs::read(folder.join("list")).unwrap();
    let end = batch.run(Cursor::new(list), pending()).await;
    let journal = batch.into_journal().unwrap();
    let counts = journal.counts().await;
    journal.close().await;
    (end, counts.map_or(0, |it| it.of(RecordState::Done)))
}

/// Runs the batch until the disk is full, and writes down what the journal does not have.
pub(crate) fn run_until_full(folder: &Path) {
    let (end, done) = blocking(run_batch(folder));
    let Err(BatchError::Journal { error, unsaved }) = end else {
        panic!("{end:?}");
    };
    let is_limited = matches!(error, JournalError::Storage(StorageError::Other(_)));
    let is_full = matches!(error, JournalError::Storage(StorageError::Full));
    assert!(is_full || is_limited, "{error:?}");
    assert!(error.to_string().contains("disk"), "{error}");
    let log = fs::read_to_string(folder.join("log")).unwrap();
    let responses = log.lines().filter(|line| line.starts_with("response"));
    let responses = responses.count() as u64;
    assert!(responses > 0 && responses < RECORDS, "{responses}");
    // Each response is in the journal or in the error.
    assert_eq!(responses, done + unsaved.len() as u64);
    fs::write(folder.join("unsaved"), unsaved.len().to_string()).unwrap();
}

/// Runs the batch to its end.
pub(crate) fn run(folder: &Path) {
    let (end, _) = blocking(run_batch(folder));
    assert_eq!(end.unwrap().stopped, None);
}

/// Opens a journal that cannot be written.
pub(crate) fn run_read_only(folder: &Path) {
    let error = blocking(open(folder)).unwrap_err();
    let is_read_only = matches!(error, JournalError::Storage(StorageError::ReadOnly));
    assert!(is_read_only, "{error:?}");
}
