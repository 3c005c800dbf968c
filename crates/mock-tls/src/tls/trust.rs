//! The clients that a mock trusts: those of its client CA, less what the revocation list names.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;

use crate::ca::Ca;
use crate::clock::Clock;
use crate::error::Error;

/// Decides by a certificate's SHA-256 whether a server knows the client, when CA and time are
/// right.
type IsKnown = dyn Fn(&str) -> bool + Send + Sync;

/// Keeps the verifier of client chains, made anew when the revocation list has grown.
pub(crate) struct ClientTrust {
    pub(crate) ca: Ca,
    clock: Arc<Clock>,
    is_known: Box<IsKnown>,
    provider: Arc<CryptoProvider>,
    latest: Mutex<Latest>,
}

struct Latest {
    revoked: usize,
    verifier: Arc<dyn ClientCertVerifier>,
}

impl ClientTrust {
    pub(crate) fn new(
        ca: Ca,
        clock: Arc<Clock>,
        is_known: Box<IsKnown>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, Error> {
        let latest = Latest::new(&ca, &clock, &provider)?;
        Ok(Self {
            ca,
            clock,
            is_known,
            provider,
            latest: Mutex::new(latest),
        })
    }

    /// Returns the verifier as of now.
    pub(crate) fn verifier(&self) -> Result<Arc<dyn ClientCertVerifier>, Error> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.revoked != self.ca.revoked() {
            *latest = Latest::new(&self.ca, &self.clock, &self.provider)?;
        }
        Ok(Arc::clone(&latest.verifier))
    }

    /// Returns whether the server knows the client whose certificate has this SHA-256.
    pub(crate) fn is_known(&self, sha256: &str) -> bool {
        (self.is_known)(sha256)
    }
}

impl Latest {
    fn new(ca: &Ca, clock: &Clock, provider: &Arc<CryptoProvider>) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        roots.add(ca.certificate()).map_err(Error::tls)?;
        // Counted before the list is made: one that comes in between is only listed twice.
        let revoked = ca.revoked();
        let list = ca.revocation_list(clock.now())?;
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
                .with_crls([list.der().clone()])
                .build()
                .map_err(Error::tls)?;
        Ok(Self { revoked, verifier })
    }
}
