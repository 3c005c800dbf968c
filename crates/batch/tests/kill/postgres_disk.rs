//! A database whose disk is full in the middle of a batch: its tables are on a small file system in
//! memory, mounted for one process and the server that it starts.

use std::fs;
use std::future::pending;
use std::io::Cursor;
use std::path::Path;
use std::process::Command;

use batch::{
    Batch, BatchError, Journal, JournalError, Position, PostgresAddress, PostgresJournal, Record,
    RecordState, StorageError,
};

use crate::RECORDS;
use crate::judge::{CONCURRENCY, judge, list};
use crate::process::blocking;
use crate::server::{PostgresServer, own};
use crate::service::LoggedService;

/// Mounts the file system, and runs this program with it.
const MOUNTED: &str = r#"
    mount -t tmpfs -o size=32m,mode=700 none "$1/small" || exit 77
    exec "$2" fill-postgres "$1"
"#;

/// The room that is left once the tables are there: less than the records need.
const ROOM: u64 = 128 << 10;

/// Runs a batch that finds the disk of its database full, goes on with it once there is room, and
/// compares what the service saw with what the journal says.
pub(crate) fn fill() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("small")).unwrap();
    let mut command = Command::new("unshare");
    command.env("LC_ALL", "C"); // for the words of an error
    command.args(["--mount", "bash", "-c", MOUNTED, "bash"]);
    command.arg(folder).arg(std::env::current_exe().unwrap());
    let output = command.output().unwrap();
    match output.status.code() {
        Some(0) => println!(
            "PostgreSQL: full disk: {} responses handed back, {RECORDS} records, none sent twice, none lost",
            fs::read_to_string(folder.join("unsaved")).unwrap()
        ),
        // The server runs as no one who could mount, so there is no other way to a small disk.
        Some(1 | 77) if is_forbidden(&output.stderr) => println!(
            "PostgreSQL: full disk: not tried, since nothing may be mounted here: {}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        ),
        _ => panic!("{output:?}"),
    }
}

/// Returns whether this process lacks the right to mount, as one without `CAP_SYS_ADMIN` does,
/// whoever its user is: any other failure is one of the test.
fn is_forbidden(errors: &[u8]) -> bool {
    let errors = String::from_utf8_lossy(errors).to_lowercase();
    let first = errors.lines().next().unwrap_or_default();
    let programs = ["unshare: ", "mount: "];
    let reasons = ["not permitted", "permission denied", "superuser"];
    programs.iter().any(|it| first.starts_with(it)) && reasons.iter().any(|it| first.contains(it))
}

/// Runs such a batch with the file system that is mounted.
pub(crate) fn run(folder: &Path) {
    let small = folder.join("small");
    // The server's user has to reach it.
    let reach = Command::new("chmod").arg("711").arg(folder).status();
    assert!(reach.unwrap().success());
    own(&small);
    let server = PostgresServer::start();
    let (records, unsaved) = blocking(async {
        let (client, connection) = tokio_postgres::connect(&server.url(), tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        let place = format!("CREATE TABLESPACE small LOCATION '{}'", small.display());
        client.execute(&place, &[]).await.unwrap();
        let set = "ALTER ROLE test SET default_tablespace = 'small'";
        client.execute(set, &[]).await.unwrap();
        let journal = open(&server).await;
        // On the disk, so that what follows takes no more of it.
        client.execute("CHECKPOINT", &[]).await.unwrap();
        take_room(&small);
        let (end, journal) = run_batch(folder, journal).await;
        let Err(BatchError::Journal { error, unsaved }) = end else {
            panic!("{end:?}");
        };
        let is_full = matches!(error, JournalError::Storage(StorageError::Full));
        assert!(is_full, "{error:?}");
        let log = fs::read_to_string(folder.join("log")).unwrap();
        let responses = log.lines().filter(|line| line.starts_with("response"));
        let responses = responses.count() as u64;
        assert!(responses > 0 && responses < RECORDS, "{responses}");
        // Each response is in the journal or in the error.
        let done = journal.counts().await.unwrap().of(RecordState::Done);
        assert_eq!(responses, done + unsaved.len() as u64);
        fs::remove_file(small.join("ballast")).unwrap();
        // Ends the lease, so that the next run need not wait for its end.
        journal.close().await.unwrap();
        let (end, journal) = run_batch(folder, open(&server).await).await;
        assert_eq!(end.unwrap().stopped, None);
        (records(&journal).await, unsaved)
    });
    judge(&folder.join("log"), &records, 1);
    let unknown = records.iter().filter(|it| it.state == RecordState::Unknown);
    assert_eq!(unknown.count(), unsaved.len());
    fs::write(folder.join("unsaved"), unsaved.len().to_string()).unwrap();
}

async fn open(server: &PostgresServer) -> PostgresJournal {
    let address: PostgresAddress = server.url().parse().unwrap();
    PostgresJournal::open(&address).await.unwrap()
}

/// Leaves as much room as the records do not fit into.
fn take_room(small: &Path) {
    let mut free = Command::new("df");
    let free = free.args(["--output=avail", "-B1"]).arg(small).output();
    let free = String::from_utf8(free.unwrap().stdout).unwrap();
    let free: u64 = free.lines().last().unwrap().trim().parse().unwrap();
    let ballast = vec![0; usize::try_from(free - ROOM).unwrap()];
    fs::write(small.join("ballast"), ballast).unwrap();
}

async fn run_batch(
    folder: &Path,
    journal: PostgresJournal,
) -> (Result<batch::Summary, BatchError>, PostgresJournal) {
    let client = LoggedService::client(&folder.join("log"));
    let mut batch = Batch::new(client, journal).concurrency(CONCURRENCY as usize);
    let end = batch.run(Cursor::new(list()), pending()).await;
    (end, batch.into_journal().unwrap())
}

async fn records(journal: &PostgresJournal) -> Vec<Record> {
    let records = journal.records_after(Position::START, None, usize::MAX);
    records.await.unwrap()
}
