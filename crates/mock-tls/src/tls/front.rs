//! The TLS state that all connections share.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};

use crate::clock::Clock;
use crate::error::Error;
use crate::pki::Pki;
use crate::server_certificate::ServerCertificate;
use crate::tls::shown::Shown;
use crate::tls::trust::ClientTrust;

/// The trust in clients, the server's certificate and the sessions.
pub(crate) struct TlsFront {
    pub(crate) clock: Arc<Clock>,
    pub(crate) provider: Arc<CryptoProvider>,
    pub(crate) shown: Shown,
    pub(crate) trust: Arc<ClientTrust>,
}

impl TlsFront {
    pub(crate) fn new(
        pki: Pki,
        clock: Clock,
        certificate: ServerCertificate,
        names: Vec<String>,
        is_known: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let now = clock.now();
        let clock = Arc::new(clock);
        let provider = Arc::new(aws_lc_rs::default_provider());
        let trust = ClientTrust::new(
            pki.client_ca,
            Arc::clone(&clock),
            Box::new(is_known),
            Arc::clone(&provider),
        )?;
        Ok(Self {
            clock,
            provider,
            shown: Shown::new(pki.server_ca, pki.server_key, certificate, names, now)?,
            trust: Arc::new(trust),
        })
    }
}
