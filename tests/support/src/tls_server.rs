//! A plain mutual TLS server, and a CA for both ends, for tests and benchmarks of clients.

mod answer;
mod authority;
mod log;
mod server;

pub use answer::{CLIENT_CERTIFICATE, CLIENT_PORT};
pub use authority::Authority;
pub use log::{Connection, Seen};
pub use server::{Server, ServerBuilder};
