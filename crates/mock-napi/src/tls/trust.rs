//! Whom the mutual TLS port trusts: the client authority, less what its revocation list names.

use std::sync::{Arc, Mutex, PoisonError};

use rustls::RootCertStore;
use rustls::crypto::CryptoProvider;
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;

use crate::error::Error;
use crate::vendor::Vendor;

/// The verifier of client chains, made anew when the revocation list has grown.
pub(crate) struct ClientTrust {
    vendor: Arc<Vendor>,
    provider: Arc<CryptoProvider>,
    latest: Mutex<Latest>,
}

struct Latest {
    revoked: usize,
    verifier: Arc<dyn ClientCertVerifier>,
}

impl ClientTrust {
    pub(crate) fn new(vendor: Arc<Vendor>, provider: Arc<CryptoProvider>) -> Result<Self, Error> {
        let latest = Latest::new(&vendor, &provider)?;
        Ok(Self {
            vendor,
            provider,
            latest: Mutex::new(latest),
        })
    }

    /// The verifier as of now.
    pub(crate) fn verifier(&self) -> Result<Arc<dyn ClientCertVerifier>, Error> {
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        if latest.revoked != self.vendor.client_authority.revoked() {
            *latest = Latest::new(&self.vendor, &self.provider)?;
        }
        Ok(Arc::clone(&latest.verifier))
    }
}

impl Latest {
    fn new(vendor: &Vendor, provider: &Arc<CryptoProvider>) -> Result<Self, Error> {
        let mut roots = RootCertStore::empty();
        roots
            .add(vendor.client_authority.certificate())
            .map_err(Error::tls)?;
        // Counted before the list is made: one that comes in between is only listed twice.
        let revoked = vendor.client_authority.revoked();
        let list = vendor
            .client_authority
            .revocation_list(vendor.clock.now())?;
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
                .with_crls([list.der().clone()])
                .build()
                .map_err(Error::tls)?;
        Ok(Self { revoked, verifier })
    }
}
