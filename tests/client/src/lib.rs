//! A client over rustls and hyper, whose TLS settings a test chooses, for the tests of the mocks.
//!
//! Its functions panic where a test would unwrap; an error is returned where a test may expect one.

#![allow(
    clippy::missing_panics_doc,
    clippy::panic,
    clippy::unwrap_used,
    reason = "code of tests"
)]

mod client;
mod exchange;
mod identity;
mod text;

pub use client::{Client, ClientResponse};
pub use exchange::{ask, heard, tls_error};
pub use identity::Identity;
pub use text::{basic, header};
