//! The running server and a client: each test asserts at both ends.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "the exemption for tests in clippy.toml does not reach their helper functions"
)]

mod client;
mod clients;
mod fault;
mod limits;
mod proxy;
mod proxy_script;
mod script;
mod service;
mod tls_client;
