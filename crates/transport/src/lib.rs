#![cfg_attr(feature = "platform-verifier", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "platform-verifier"),
    doc = "A mutual TLS connector and client for hyper."
)]

mod candidates;
mod client;
mod client_auth;
mod client_config;
mod config_error;
mod connect_timings;
mod connection_info;
mod connection_state;
mod connector;
mod crypto_provider;
mod deadlines;
mod error;
mod follow;
mod generation;
mod head_limits;
mod head_reader;
mod host_memory;
mod http_refusal;
mod identity_scope;
mod jitter;
mod key_log;
mod proxy;
mod raw_connector;
mod resolver;
mod response_body;
mod retry_after;
mod server_proof;
mod spki_pin;
mod stream;
mod tcp;
mod telemetry;
mod trust_anchors;

pub use client::{MtlsClient, MtlsClientBuilder, Retries, Successor, WhenStreamsAreUsedUp};
pub use client_auth::ClientAuth;
pub use client_config::Alpn;
pub use config_error::ConfigError;
pub use connect_timings::ConnectTimings;
pub use connection_info::{ConnectionInfo, Handshake, TlsInfo};
pub use connector::{MtlsConnector, MtlsConnectorBuilder};
pub use crypto_provider::CryptoProvider;
pub use deadlines::Deadlines;
pub use error::{
    ClientCertificateProblem, Error, ErrorKind, HeadProblem, LocalProblem, Phase, RetryAdvice,
    ServerCertificateProblem,
};
pub use follow::{FollowEvent, Follower, IdentitySource, Polled};
pub use generation::Generation;
pub use http_refusal::{HttpRefusal, HttpServer};
pub use proxy::{InvalidProxy, Proxy, ProxyConnector, ProxyInfo, ProxyProblem, ProxyStream};
pub use raw_connector::RawConnector;
pub use response_body::ResponseBody;
pub use spki_pin::{InvalidSpkiPin, SpkiPin};
pub use stream::MtlsStream;
pub use tcp::{TcpConnector, TcpKeepalive};
pub use trust_anchors::{TrustAnchorFinding, TrustAnchorProblem, TrustAnchors};
