//! What is known of one connection, as data: where it goes, how it was opened, what it speaks.

pub(crate) mod client_auth;
pub(crate) mod generation;
pub(crate) mod info;
pub(crate) mod phase;
pub(crate) mod server_proof;
pub(crate) mod steps;
pub(crate) mod timings;
