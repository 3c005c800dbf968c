#![doc = include_str!("../README.md")]

mod account;
mod authority;
mod basic;
mod builder;
mod control;
mod error;
mod event;
mod http;
mod listener;
mod log;
mod mock;
mod napi;
mod portal;
mod tls;
mod vendor;

pub use account::{Account, Credentials};
pub use authority::ServerCertificate;
pub use builder::Builder;
pub use error::Error;
pub use event::{Denial, Event, EventKind, Refusal, Verdict};
pub use mock::MockNapi;
pub use portal::problem::{Field, Problem, ProblemCode};
pub use portal::register::{CertificateState, IssuedCertificate};
