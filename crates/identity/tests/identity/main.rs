//! The public API of `identity`, one module per topic; `vectors/make.sh` made the stored files.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod chain;
mod encryption;
mod files;
mod refusal;
mod robustness;
mod secrecy;
mod spelling;
mod support;
mod usability;
