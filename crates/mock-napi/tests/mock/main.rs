//! The mock seen from outside, with clients that are none of this workspace's own.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "the exemption for tests in clippy.toml does not reach their helper functions"
)]

mod addresses;
mod client;
mod control;
mod events;
mod forge;
mod handshake;
mod limits;
mod napi;
mod openapi;
mod pages;
mod plain;
mod portal;
mod program;
mod proxy;
mod ready_made;
mod request;
mod script;
mod service;
mod standards;
mod state;
mod trust;
