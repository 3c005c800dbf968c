//! The settings of a TLS handshake: trust anchors, client certificate, versions, key log.

pub(crate) mod client_auth;
pub(crate) mod client_config;
pub(crate) mod crypto_provider;
pub(crate) mod key_log;
mod proof_recorder;
pub(crate) mod spki_pin;
pub(crate) mod trust_anchors;
