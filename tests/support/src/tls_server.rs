//! A plain mutual TLS server, and a CA for both ends, for tests and benchmarks of clients.

mod log;
mod response;
mod server;
mod test_ca;

pub use log::{Connection, Seen};
pub use response::{CLIENT_CERTIFICATE, CLIENT_PORT};
pub use server::{Server, ServerBuilder};
pub use test_ca::TestCa;
