//! The running server and a client: each test asserts at both ends.

mod client;
mod clients;
mod faults;
mod proxy;
mod service;
