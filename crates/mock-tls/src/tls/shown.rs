//! The certificate that a mock shows, and the sessions that came about under it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rcgen::KeyPair;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{ServerSessionMemoryCache, StoresServerSessions};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use time::OffsetDateTime;

use crate::ca::Ca;
use crate::error::Error;
use crate::server_certificate::ServerCertificate;

/// The server's side of trust: its CA, and what it shows of it.
pub(crate) struct Shown {
    pub(crate) ca: Ca,
    /// The key of valid certificates, if it is always the same.
    key: Option<KeyPair>,
    /// The names of the server beside those of loopback.
    names: Vec<String>,
    provider: CryptoProvider,
    /// Made at the start, so that it is in a revocation list that a client has before it connects.
    revoked: Arc<SingleCertAndKey>,
    current: Mutex<Current>,
}

/// The part of it that connections share and no script changes.
#[derive(Clone)]
pub(crate) struct Current {
    pub(crate) certificate: Arc<SingleCertAndKey>,
    pub(crate) sessions: Arc<dyn StoresServerSessions>,
}

impl Shown {
    pub(crate) fn new(
        ca: Ca,
        key: Option<KeyPair>,
        kind: ServerCertificate,
        names: Vec<String>,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        let provider = aws_lc_rs::default_provider();
        let revoked = certify(
            &ca,
            None,
            ServerCertificate::Revoked,
            &names,
            now,
            &provider,
        )?;
        let certificate = match kind {
            ServerCertificate::Revoked => Arc::clone(&revoked),
            _ => certify(&ca, key.as_ref(), kind, &names, now, &provider)?,
        };
        Ok(Self {
            ca,
            key,
            names,
            provider,
            revoked,
            current: Mutex::new(Current::new(certificate)),
        })
    }

    /// Returns a certificate of this kind: the revoked one, or one made for the occasion.
    pub(crate) fn certificate(
        &self,
        kind: ServerCertificate,
        now: OffsetDateTime,
    ) -> Result<Arc<SingleCertAndKey>, Error> {
        match kind {
            ServerCertificate::Revoked => Ok(Arc::clone(&self.revoked)),
            _ => {
                let key = self.key.as_ref();
                certify(&self.ca, key, kind, &self.names, now, &self.provider)
            }
        }
    }

    /// Shows a certificate of this kind from now on. Sessions end with the one before, since who
    /// resumes one sees no certificate.
    pub(crate) fn change(&self, kind: ServerCertificate, now: OffsetDateTime) -> Result<(), Error> {
        let certificate = self.certificate(kind, now)?;
        *self.locked() = Current::new(certificate);
        Ok(())
    }

    pub(crate) fn current(&self) -> Current {
        self.locked().clone()
    }

    fn locked(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Current {
    fn new(certificate: Arc<SingleCertAndKey>) -> Self {
        Self {
            certificate,
            sessions: ServerSessionMemoryCache::new(256),
        }
    }
}

fn certify(
    ca: &Ca,
    key: Option<&KeyPair>,
    kind: ServerCertificate,
    names: &[String],
    now: OffsetDateTime,
    provider: &CryptoProvider,
) -> Result<Arc<SingleCertAndKey>, Error> {
    let identity = ca.server_identity(kind, key, names, now)?;
    let certified =
        CertifiedKey::from_der(identity.chain().to_vec(), identity.secret_key(), provider);
    Ok(Arc::new(SingleCertAndKey::from(
        certified.map_err(Error::tls)?,
    )))
}
