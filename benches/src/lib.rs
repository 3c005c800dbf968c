#![doc = include_str!("../README.md")]

mod answer;
mod arguments;
mod authority;
mod counted;
mod log;
mod machine;
mod peer;
mod sample;
mod server;
mod table;

pub use answer::{CLIENT_CERTIFICATE, CLIENT_PORT};
pub use arguments::Arguments;
pub use authority::Authority;
pub use counted::{Work, count};
pub use log::{Connection, Seen};
pub use machine::{connections, machine};
pub use peer::Peer;
pub use sample::{Sample, Stopwatch};
pub use server::{Server, ServerBuilder};
pub use table::{Row, Table, spread};
