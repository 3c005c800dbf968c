//! The settings of a TLS handshake: trust in the server, our certificate, versions, keys for a log.

pub(crate) mod client_auth;
pub(crate) mod client_config;
pub(crate) mod crypto_provider;
pub(crate) mod key_log;
mod proof_noting;
pub(crate) mod spki_pin;
pub(crate) mod trust_anchors;
