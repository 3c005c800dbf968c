//! The way to a server below TLS: names, addresses, TCP and proxies.

pub(crate) mod proxy;
pub(crate) mod raw_connector;
mod resolver;
pub(crate) mod tcp;
