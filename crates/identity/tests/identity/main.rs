//! The public API of `identity`, one module per topic; `vectors/make.sh` made the stored files.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking, as tests do"
)]

mod chain;
mod convert;
mod crowded;
mod directory;
mod encryption;
mod files;
mod formats;
mod identity_set;
mod input_file;
mod inspection;
mod key_uri;
mod people;
mod pkcs12;
mod private_keys;
mod refusal;
mod reload;
mod report;
mod robustness;
mod round_trip;
mod secrecy;
mod secrets;
mod signer;
mod spelling;
mod support;
mod tools;
mod usability;
