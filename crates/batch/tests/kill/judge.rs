//! The log of the service beside the journal.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use batch::{Record, RecordState};

use crate::RECORDS;

/// The requests that a process has under way at most.
pub(crate) const CONCURRENCY: u64 = 8;

/// Compares what the service saw with what the journal says of a batch that was run to its end,
/// after so many interruptions.
pub(crate) fn judge(log: &Path, records: &[Record], interruptions: u64) {
    let log = fs::read_to_string(log).unwrap();
    let mut seen: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for event in log.lines() {
        let (kind, reference) = event.split_once(' ').unwrap();
        let (requests, responses) = seen.entry(reference).or_default();
        match kind {
            "request" => *requests += 1,
            _ => *responses += 1,
        }
    }
    assert_eq!(records.len() as u64, RECORDS);
    // No more than what was under way.
    let unknown = records.iter().filter(|it| it.state == RecordState::Unknown);
    let unknown = unknown.count() as u64;
    assert!(unknown <= interruptions * CONCURRENCY, "{unknown} unknown");
    assert!(unknown < RECORDS);
    for record in records {
        let seen = seen.get(record.reference.as_str());
        let (requests, responses) = seen.copied().unwrap_or_default();
        assert!(requests <= 1, "sent {requests} times: {record:?}");
        match record.state {
            RecordState::Done => assert_eq!((requests, responses), (1, 1), "{record:?}"),
            // The kill came between the intent and the outcome.
            RecordState::Unknown => {}
            state => panic!("a batch that was run to its end has left {state}: {record:?}"),
        }
    }
}

/// Returns a list of records that differ.
pub(crate) fn list() -> String {
    let line = |number| {
        format!(
            r#"{{"CountryCode":"IT","DataFields":{{"PersonInfo":{{"FirstSurName":"{number}"}}}}}}"#
        ) + "\n"
    };
    (1..=RECORDS).map(line).collect()
}
