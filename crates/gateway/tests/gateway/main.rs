//! The gateway between callers and a server on loopback, each case asserted at both ends.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "test code outside of test functions"
)]

mod cancelled;
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
mod once;
mod pages;
mod problems;
mod refusals;
mod streaming;
mod tls;
mod unframed;
