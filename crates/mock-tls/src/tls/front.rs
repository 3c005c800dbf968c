//! The TLS state that all connections share.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, aws_lc_rs};

use crate::ca::Ca;
use crate::clock::Clock;
use crate::error::Error;
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
        owner: &str,
        clock: Clock,
        certificate: ServerCertificate,
        is_known: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let now = clock.now();
        let clock = Arc::new(clock);
        let provider = Arc::new(aws_lc_rs::default_provider());
        let trust = ClientTrust::new(
            Ca::new(owner, "client CA", now)?,
            Arc::clone(&clock),
            Box::new(is_known),
            Arc::clone(&provider),
        )?;
        let server_ca = Ca::new(owner, "server CA", now)?;
        Ok(Self {
            clock,
            provider,
            shown: Shown::new(server_ca, certificate, now)?,
            trust: Arc::new(trust),
        })
    }
}
