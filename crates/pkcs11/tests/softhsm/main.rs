//! Keys in tokens of SoftHSM 2 (Debian's `softhsm2`), with `pkcs11-tool` and `openssl` as peer
//! tools.
//!
//! A module reads its configuration from the environment once in a process, so each test runs in
//! one of its own. Without SoftHSM a test passes over, unless `REQUIRE_TOOLS` is set.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    dead_code,
    reason = "helpers of tests fail by panicking, as tests do; some serve tests of connections alone"
)]

mod absence;
mod keys;
mod pins;
mod soft_hsm;
