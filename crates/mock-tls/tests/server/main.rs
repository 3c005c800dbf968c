//! The running server and a client: each test asserts at both ends.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "the exemption for tests in clippy.toml does not reach their helper functions"
)]

mod client;
mod clients;
mod faults;
mod proxy;
mod service;
