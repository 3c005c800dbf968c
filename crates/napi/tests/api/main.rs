//! Both versions through the client: what each operation sends, and what it makes of published
//! responses.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "test code outside of test functions"
)]

mod calls;
mod endpoints;
mod error_responses;
mod limits;
mod memory;
mod odd_values;
mod personal_data;
mod samples;
mod service;
mod spans;
mod testing;
mod tokens;
mod version3;
mod waiting;
