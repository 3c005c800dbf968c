#![cfg_attr(feature = "platform-verifier", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "platform-verifier"),
    doc = "A mutual TLS connector and client for hyper."
)]

mod attempt;
mod client;
mod client_auth;
mod client_config;
mod config_error;
mod connection_info;
mod connector;
mod crypto_provider;
mod deadlines;
mod error;
mod follow;
mod generation;
mod key_log;
mod proxy;
mod raw_connector;
mod resolver;
mod response_body;
mod spki_pin;
mod stream;
mod tcp;
mod trust_anchors;

pub use client::{MtlsClient, Successor};
pub use client_auth::ClientAuth;
pub use client_config::Alpn;
pub use config_error::ConfigError;
pub use connection_info::{ConnectionInfo, Handshake, TlsInfo};
pub use connector::{MtlsConnector, MtlsConnectorBuilder};
pub use crypto_provider::CryptoProvider;
pub use deadlines::Deadlines;
pub use error::{ClientCertificateProblem, Error, ErrorKind, Phase, ServerCertificateProblem};
pub use follow::{FollowEvent, Follower};
pub use generation::Generation;
pub use proxy::{InvalidProxy, Proxy, ProxyConnector, ProxyInfo, ProxyProblem, ProxyStream};
pub use raw_connector::RawConnector;
pub use response_body::ResponseBody;
pub use spki_pin::{InvalidSpkiPin, SpkiPin};
pub use stream::MtlsStream;
pub use tcp::TcpConnector;
pub use trust_anchors::TrustAnchors;
