#![doc = include_str!("../../../README.md")]

/// The code of the page about rotation.
#[doc = include_str!("../../../docs/rotation.md")]
mod rotation {}

mod customer;
mod mock;
mod portal;
mod ready_mock;
pub mod tls_server;

pub use customer::Customer;
pub use mock::Mock;
pub use portal::{Portal, Refused};
pub use ready_mock::{MockArguments, ReadyMock};
