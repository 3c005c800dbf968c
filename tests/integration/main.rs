//! Tests that need two crates or a socket: the product against the mock, each case asserted at both
//! ends.
//!
//! The mock runs in this process, or as a process of its own where `MOCK_NAPI_PROGRAM` names its
//! program.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "test code outside of test functions"
)]

mod accepted;
mod batch;
mod cli;
mod faults;
mod key_files;
mod napi;
mod pkcs11;
mod plain;
mod portal;
mod refused_by_server;
mod refused_by_us;
mod rejection_pages;
mod renewal;
mod retries;
mod table;

use mock_napi::{Event, EventKind};

/// Selects verdicts, handshakes and requests among the server's events.
fn kinds(events: &[Event]) -> Vec<&EventKind> {
    events.iter().map(|event| &event.kind).collect()
}
