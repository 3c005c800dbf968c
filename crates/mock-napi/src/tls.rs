//! The mutual TLS side of a connection: configuration, handshake, and what the log says of both.
//!
//! TLS 1.2 and 1.3, post-quantum key exchange preferred, sessions resumed as rustls does by
//! default. The provider is given explicitly, never the process's default.

mod describe;
mod verifier;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ServerSessionMemoryCache, StoresServerSessions, WebPkiClientVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::authority::ServerIdentity;
use crate::error::Error;
use crate::log::ConnectionLog;
use crate::tls::describe::{handshake_completed, handshake_failed, handshake_timed_out};
use crate::tls::verifier::Verifier;
use crate::vendor::Vendor;

pub(crate) use crate::tls::verifier::fingerprint;

/// What all connections share: the server's certificate, the sessions, the trust in clients.
pub(crate) struct TlsFront {
    provider: Arc<CryptoProvider>,
    certificate: Arc<SingleCertAndKey>,
    sessions: Arc<dyn StoresServerSessions>,
    chain_verifier: Arc<dyn ClientCertVerifier>,
    vendor: Arc<Vendor>,
}

impl TlsFront {
    pub(crate) fn new(vendor: Arc<Vendor>, server: ServerIdentity) -> Result<Self, Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let chain = vec![server.certificate];
        let certificate =
            CertifiedKey::from_der(chain, server.secret_key, &provider).map_err(Error::tls)?;
        let mut roots = RootCertStore::empty();
        roots
            .add(vendor.client_authority.certificate())
            .map_err(Error::tls)?;
        let chain_verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .map_err(Error::tls)?;
        Ok(Self {
            provider,
            certificate: Arc::new(SingleCertAndKey::from(certificate)),
            sessions: ServerSessionMemoryCache::new(256),
            chain_verifier,
            vendor,
        })
    }

    /// Does the handshake and records how it went. `None` after a failure, which the client has
    /// been told by then.
    pub(crate) async fn accept(
        &self,
        stream: TcpStream,
        log: &ConnectionLog,
    ) -> Option<TlsStream<TcpStream>> {
        let config = self
            .config(log)
            .inspect_err(|error| log.record(handshake_failed(&io::Error::other(error.clone()))))
            .ok()?;
        let handshake = TlsAcceptor::from(Arc::new(config))
            .accept(stream)
            .into_fallible();
        match tokio::time::timeout(HANDSHAKE_LIMIT, handshake).await {
            Ok(Ok(stream)) => {
                log.record(handshake_completed(stream.get_ref().1));
                Some(stream)
            }
            Ok(Err((error, stream))) => {
                log.record(handshake_failed(&error));
                drain(stream).await;
                None
            }
            Err(_) => {
                log.record(handshake_timed_out(HANDSHAKE_LIMIT));
                None
            }
        }
    }

    /// A configuration for one connection, so that the verifier knows in whose name to write to
    /// the log. It is cheap: everything of weight is shared.
    fn config(&self, log: &ConnectionLog) -> Result<ServerConfig, rustls::Error> {
        let verifier = Verifier::new(
            Arc::clone(&self.chain_verifier),
            Arc::clone(&self.vendor),
            log.clone(),
        );
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(Arc::new(verifier))
            .with_cert_resolver(Arc::clone(&self.certificate) as _);
        config.session_storage = Arc::clone(&self.sessions);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

/// Reads and drops what the client still sends, so that closing does not reset the connection
/// and take the alert with it before the client has read it.
async fn drain(mut stream: TcpStream) {
    let _shut = stream.shutdown().await;
    let mut sink = [0; 4096];
    let read_on = async { while matches!(stream.read(&mut sink).await, Ok(1..)) {} };
    let _drained = tokio::time::timeout(DRAIN_LIMIT, read_on).await;
}

const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
const DRAIN_LIMIT: Duration = Duration::from_secs(2);
