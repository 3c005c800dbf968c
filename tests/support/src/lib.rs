#![cfg_attr(feature = "mock", doc = include_str!("../../../README.md"))]
#![cfg_attr(
    not(feature = "mock"),
    doc = "A plain TLS server for tests and benchmarks."
)]

/// The code of the page about rotation.
#[cfg(feature = "mock")]
#[doc = include_str!("../../../docs/rotation.md")]
mod rotation {}

#[cfg(feature = "mock")]
mod customer;
#[cfg(feature = "mock")]
mod mock;
#[cfg(feature = "mock")]
mod portal;
pub mod tls_server;

#[cfg(feature = "mock")]
pub use crate::{
    customer::Customer,
    mock::Mock,
    portal::{Portal, Refused},
};
