//! A process that is killed at any instant has sent no record twice and lost no response.
//!
//! The process is this program itself, run with an argument. Its service writes each request to a
//! file before it responds, and each response before it is handed on: a log that the kill does not
//! touch. `KILLS` is how many processes are killed, 20 by default.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test"
)]

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::future::pending;
use std::io::{Read, Write};
use std::path::Path;
use std::pin::Pin;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::task::{Context, Poll};

use batch::{Batch, Journal, RecordState, SqliteJournal};
use bytes::Bytes;
use http::{Request, Response};
use napi::testing;
use napi::verifications::RecordStatus;
use napi::{BaseUrl, Client, Credentials, RequestBody};
use tower_service::Service;

const RECORDS: u64 = 400;

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    if arguments.get(1).is_some_and(|it| it == "process") {
        return process(Path::new(&arguments[2]));
    }
    let kills = std::env::var("KILLS").map_or(20, |it| it.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let mut killed = 0;
    let mut batches = 0;
    while killed < kills {
        batches += 1;
        let folder = folder.path().join(batches.to_string());
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("list"), list()).unwrap();
        // Each process is killed after another count of requests.
        for seed in 0_u64.. {
            let count = 1 + (killed * 37 + seed * 11) % 60;
            if is_finished(&folder, count) {
                break;
            }
            killed += 1;
        }
        judge(&folder);
    }
    println!(
        "{killed} processes killed, {batches} batches of {RECORDS} records: none sent twice, none lost"
    );
}

fn list() -> String {
    let line = |number| {
        format!(
            r#"{{"CountryCode":"IT","DataFields":{{"PersonInfo":{{"FirstSurName":"{number}"}}}}}}"#
        ) + "\n"
    };
    (1..=RECORDS).map(line).collect()
}

/// Runs the process, and kills it once it has sent so many requests; `true` if it was done before.
fn is_finished(folder: &Path, count: u64) -> bool {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg("process")
        .arg(folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut sent = child.stdout.take().unwrap();
    let mut byte = [0];
    for _ in 0..count {
        if sent.read(&mut byte).unwrap() == 0 {
            assert!(child.wait().unwrap().success());
            return true;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

/// Compares what the service saw with what the journal says.
fn judge(folder: &Path) {
    let log = fs::read_to_string(folder.join("log")).unwrap();
    let mut seen: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for event in log.lines() {
        let (kind, reference) = event.split_once(' ').unwrap();
        let (requests, responses) = seen.entry(reference).or_default();
        match kind {
            "request" => *requests += 1,
            _ => *responses += 1,
        }
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let records = runtime.block_on(async {
        let journal = SqliteJournal::open(folder.join("journal")).await.unwrap();
        journal.records_after(0, None, usize::MAX).await.unwrap()
    });
    assert_eq!(records.len() as u64, RECORDS);
    for record in records {
        let (requests, responses) = seen
            .get(record.reference.as_str())
            .copied()
            .unwrap_or_default();
        assert!(requests <= 1, "sent {requests} times: {record:?}");
        match record.state {
            RecordState::Done => assert_eq!((requests, responses), (1, 1), "{record:?}"),
            // The kill came between the intent and the outcome.
            RecordState::Unknown => {}
            state => panic!("a batch that was run to its end has left {state}: {record:?}"),
        }
    }
}

/// Runs the batch to its end, unless it is killed.
fn process(folder: &Path) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let service = LoggedService::new(&folder.join("log"));
        let credentials = Credentials::basic("user", "password").unwrap();
        let client = Client::new(service, BaseUrl::MTLS, credentials);
        let journal = SqliteJournal::open(folder.join("journal")).await.unwrap();
        let mut batch = Batch::new(client, journal).concurrency(8);
        let list = tokio::fs::File::open(folder.join("list")).await.unwrap();
        let list = tokio::io::BufReader::new(list);
        let summary = batch.run(list, pending()).await.unwrap();
        assert_eq!(summary.stopped, None);
    });
}

/// A service that writes down what it sees.
#[derive(Clone)]
struct LoggedService {
    file: Arc<File>,
}

impl LoggedService {
    fn new(path: &Path) -> Self {
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .unwrap();
        Self {
            file: Arc::new(file),
        }
    }

    /// Writes a line at once: a kill leaves none half-written.
    fn note(&self, event: &str, reference: &str) {
        let line = format!("{event} {reference}\n");
        (&*self.file).write_all(line.as_bytes()).unwrap();
    }
}

impl Service<Request<RequestBody>> for LoggedService {
    type Response = Response<RequestBody>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move {
            let body: Bytes = request.into_body().into_bytes();
            let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
            let reference = json["CustomerReferenceID"].as_str().unwrap();
            service.note("request", reference);
            std::io::stdout().write_all(b".").unwrap();
            std::io::stdout().flush().unwrap();
            tokio::task::yield_now().await;
            let result = testing::verify_result(RecordStatus::MATCH);
            let body = serde_json::to_vec(&result).unwrap();
            service.note("response", reference);
            Ok(Response::new(RequestBody::from(Bytes::from(body))))
        })
    }
}
