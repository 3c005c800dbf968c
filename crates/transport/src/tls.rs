//! The settings of a TLS handshake: trust anchors, client certificate, versions, key log.

pub(crate) mod blocking_threads;
pub(crate) mod client_auth;
pub(crate) mod client_auth_record;
pub(crate) mod client_config;
pub(crate) mod client_key;
pub(crate) mod crypto_provider;
pub(crate) mod key_log;
mod proof_recorder;
pub(crate) mod server_config;
pub(crate) mod spki_pin;
pub(crate) mod trust_anchors;
