#![cfg_attr(feature = "platform-verifier", doc = include_str!("../README.md"))]
#![cfg_attr(
    not(feature = "platform-verifier"),
    doc = "A mutual TLS connector and client for hyper."
)]
#![allow(unexpected_cfgs, reason = "cargo-fuzz sets `fuzzing`")]

mod acceptor;
mod client;
mod connection;
mod connector;
mod error;
mod identities;
mod jitter;
mod net;
mod reload;
mod stream;
mod telemetry;
mod timeouts;
mod tls;

pub use acceptor::handshake_failure::HandshakeFailure;
pub use acceptor::stream::TlsServerStream;
pub use acceptor::{TlsAcceptor, TlsAcceptorBuilder};
pub use client::MtlsClient;
pub use client::builder::MtlsClientBuilder;
pub use client::pool::limits::WhenStreamsAreUsedUp;
pub use client::propagation::Propagation;
pub use client::response_body::ResponseBody;
pub use client::retry::RetryPolicy;
pub use client::rotation::PreparedGeneration;
pub use connection::client_auth::ClientAuth;
pub use connection::generation::Generation;
pub use connection::info::{ConnectionInfo, Handshake, TlsInfo};
pub use connection::phase::Phase;
pub use connection::timings::ConnectTimings;
pub use connector::MtlsConnector;
pub use connector::builder::MtlsConnectorBuilder;
pub use connector::builder::dangerous::DangerousMtlsConnectorBuilder;
pub use error::client_certificate::ClientCertificateProblem;
pub use error::config_error::ConfigError;
pub use error::crypto_provider_problem::CryptoProviderProblem;
pub use error::head_problem::HeadProblem;
pub use error::http_refusal::{HttpRefusal, HttpServer};
pub use error::local_problem::LocalProblem;
pub use error::proxy_problem::ProxyProblem;
pub use error::retry_advice::RetryAdvice;
pub use error::server_certificate::ServerCertificateProblem;
pub use error::tls_library_error::TlsLibraryError;
pub use error::{Error, ErrorKind};
pub use net::proxy::Proxy;
pub use net::proxy::connector::ProxyConnector;
pub use net::proxy::invalid::InvalidProxy;
pub use net::proxy::stream::{ProxyInfo, ProxyStream};
pub use net::raw_connector::RawConnector;
pub use net::tcp::TcpConnector;
pub use net::tcp::keepalive::TcpKeepalive;
pub use reload::IdentityReloader;
pub use reload::acceptor_reloader::AcceptorReloader;
pub use reload::event::{ReloadEvent, Renewal, TrustEvent};
pub use reload::source::{IdentitySource, SourceUpdate};
pub use reload::trust_files::TrustFiles;
pub use stream::MtlsStream;
#[cfg(fuzzing)]
#[doc(hidden)]
pub use stream::head_reader::pieces::passed_on;
pub use timeouts::Timeouts;
pub use tls::client_config::Alpn;
pub use tls::crypto_provider::CryptoProvider;
pub use tls::spki_pin::{InvalidSpkiPin, SpkiPin};
pub use tls::trust_anchors::TrustAnchors;
pub use tls::trust_anchors::expiry::{TrustExpiry, TrustPart};
pub use tls::trust_anchors::finding::{TrustAnchorFinding, TrustAnchorProblem};
pub use vocabulary::Operation;
