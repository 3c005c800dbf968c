//! The gateway between callers and a server on loopback, each case asserted at both ends.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code outside of test functions"
)]

mod cancelled;
#[path = "../../../transport/tests/mutual_tls/child.rs"]
#[allow(dead_code, reason = "some of it serves the tests of that crate alone")]
mod child;
mod context;
mod cut_off;
mod draining;
mod expiry;
mod fairness;
mod faults;
mod floods;
mod forwarding;
mod hostile;
mod hostile_server;
mod limits;
mod listeners;
mod load;
mod markers;
mod observation;
mod once;
mod pages;
mod problems;
mod refusals;
mod streaming;
mod tls;
mod unframed;
