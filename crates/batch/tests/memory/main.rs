//! A list of any length takes constant memory: it is checked and run while it is made, and the most
//! that this process had resident is far less than the list.
//!
//! `LINES` is the number of records, 8,000 by default, and `BYTES` the least length of each,
//! 16,384.
//! Alone in its process, as the system counts for the process as a whole.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test whose figures are of use"
)]

use std::future::{Ready, pending, ready};
use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

use batch::{Batch, RecordState, SqliteJournal};
use bytes::Bytes;
use http::{Request, Response};
use napi::verifications::RecordStatus;
use napi::{BaseUrl, Client, Credentials, RequestBody, testing};
use tokio::io::{AsyncRead, AsyncSeek, BufReader, ReadBuf};
use tower_service::Service;

/// The most that may be resident: the program, the digests that are kept in memory (64 MiB), and a
/// part of the list.
const MOST_MIB: u64 = 112;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let count = |name: &str, default| {
        std::env::var(name).map_or(default, |it: String| it.parse::<u64>().unwrap())
    };
    let (lines, bytes) = (count("LINES", 8_000), count("BYTES", 16_384));
    let list_mib = (lines * bytes) >> 20;
    if !cfg!(target_os = "linux") {
        println!("the memory of a process is not told here");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let journal = SqliteJournal::open(folder.path().join("journal")).await;
    let client = Client::new(
        Matching,
        BaseUrl::MTLS,
        Credentials::basic("user", "password").unwrap(),
    );
    let mut batch = Batch::new(client, journal.unwrap());
    let list = || BufReader::new(Made::new(lines, bytes));
    let before = most_resident();
    let report = batch.check(list()).await.unwrap();
    assert_eq!((report.records, report.unsendable), (lines, 0));
    let checked = most_resident();
    let summary = batch.run(list(), pending()).await.unwrap();
    assert_eq!(summary.counts.of(RecordState::Done), lines);
    // Once more, beside the journal that has all of it.
    let again = batch.run(list(), pending()).await.unwrap();
    assert_eq!(again.sent, 0);
    let run = most_resident();
    println!(
        "{lines} records, {list_mib} MiB: at most {before} MiB resident before, {checked} after the check, {run} after two runs"
    );
    assert!(run < MOST_MIB, "{run} MiB");
    let is_telling = list_mib > MOST_MIB || std::env::var_os("LINES").is_some();
    assert!(is_telling, "the list is shorter than the limit");
}

/// Returns the most memory that this process had, in MiB.
fn most_resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let mut lines = status.lines();
    let line = lines.find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kib: u64 = line.split_whitespace().next().unwrap().parse().unwrap();
    kib >> 10
}

/// A list that is made while it is read.
struct Made {
    next: u64,
    lines: u64,
    bytes: u64,
    rest: Vec<u8>,
}

impl Made {
    fn new(lines: u64, bytes: u64) -> Self {
        Self {
            next: 0,
            lines,
            bytes,
            rest: Vec::new(),
        }
    }

    fn line(&self) -> Vec<u8> {
        let image = "A".repeat(usize::try_from(self.bytes).unwrap());
        let line = format!(
            r#"{{"CountryCode":"IT","DataFields":{{"PersonInfo":{{"FirstSurName":"{}"}},"Document":{{"DocumentFrontImage":"{image}"}}}}}}"#,
            self.next
        );
        (line + "\n").into_bytes()
    }
}

impl AsyncRead for Made {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.rest.is_empty() && self.next < self.lines {
            self.rest = self.line();
            self.next += 1;
        }
        let length = self.rest.len().min(buffer.remaining());
        let rest = self.rest.split_off(length);
        buffer.put_slice(&self.rest);
        self.rest = rest;
        Poll::Ready(Ok(()))
    }
}

/// It begins anew, which is all that a run asks of it.
impl AsyncSeek for Made {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        if position == SeekFrom::Start(0) {
            self.next = 0;
            self.rest.clear();
        }
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Poll::Ready(Ok(0))
    }
}

/// A service that verifies everyone, and keeps nothing.
#[derive(Clone)]
struct Matching;

impl Service<Request<RequestBody>> for Matching {
    type Response = Response<RequestBody>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<RequestBody>) -> Self::Future {
        let body = serde_json::to_vec(&testing::verify_result(RecordStatus::MATCH));
        let body = RequestBody::from(Bytes::from(body.unwrap()));
        ready(Ok(Response::new(body)))
    }
}
