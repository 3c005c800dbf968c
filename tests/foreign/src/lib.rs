//! What the trials and measurements beside other clients have in common: a server, its certificates, a table.

mod answer;
mod authority;
mod log;
mod server;

pub use authority::Authority;
pub use log::{Connection, Seen};
pub use server::{Server, ServerBuilder};
