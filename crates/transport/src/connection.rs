//! The facts of one connection, as data: its destination, phases, timings and protocol.

pub(crate) mod client_auth;
pub(crate) mod generation;
pub(crate) mod info;
pub(crate) mod phase;
pub(crate) mod server_proof;
pub(crate) mod steps;
pub(crate) mod timings;
