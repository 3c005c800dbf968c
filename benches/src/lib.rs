#![doc = include_str!("../README.md")]

mod arguments;
mod counted;
mod machine;
mod peer;
mod sample;
mod table;

pub use arguments::Arguments;
pub use counted::{Work, count};
pub use machine::{connections, machine};
pub use peer::Peer;
pub use sample::{Sample, Stopwatch};
pub use table::{Row, Table, spread};
