//! The portal's register of issued certificates: which account each is bound to, and whether it is
//! still live.
//!
//! Reached by the portal, which writes it, and by the TLS side, which asks it about every client.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// One certificate of the register, as `GET /portal/v1/certificates` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct IssuedCertificate {
    /// Serial number, lower-case hexadecimal.
    pub serial: String,
    /// SHA-256 of the certificate's DER, lower-case hexadecimal.
    pub sha256: String,
    /// The subject, as `C=CA, ST=British Columbia, ...`.
    pub subject: String,
    /// Begin of its time, RFC 3339 in UTC.
    pub not_before: String,
    /// End of its time, RFC 3339 in UTC.
    pub not_after: String,
    /// Whether it counts against the account's five.
    pub state: CertificateState,
}

/// Whether a certificate counts against its account's five.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CertificateState {
    /// Its time is over.
    Expired,
    /// Neither expired nor revoked; one whose time has not begun is live too.
    Live,
    /// Revoked, whether its time is over or not.
    Revoked,
}

/// Every certificate that the portal issued, since the start or in the state that was kept.
#[derive(Default)]
pub(crate) struct Register {
    entries: Mutex<Vec<Entry>>,
}

/// A certificate and the account that it is bound to.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) account: String,
    pub(crate) serial: String,
    pub(crate) serial_bytes: [u8; 16],
    pub(crate) sha256: String,
    pub(crate) subject: String,
    pub(crate) not_before: OffsetDateTime,
    pub(crate) not_after: OffsetDateTime,
    pub(crate) revoked_at: Option<OffsetDateTime>,
    /// The certificate, in DER.
    pub(crate) certificate: Arc<[u8]>,
    /// The certificate of the CA that signed it, in DER.
    pub(crate) issuer: Arc<[u8]>,
}

impl Register {
    /// Returns a register of these certificates, oldest first.
    pub(crate) fn new(entries: Vec<Entry>) -> Self {
        Self {
            entries: Mutex::new(entries),
        }
    }

    /// Returns the certificates of all accounts, oldest first.
    pub(crate) fn all(&self) -> Vec<Entry> {
        self.entries().clone()
    }

    /// Adds the entry that `issue` makes, unless the account has five live ones already: then
    /// `None`, and `issue` was not called. Count and addition are one step.
    pub(crate) fn add<E>(
        &self,
        account: &str,
        now: OffsetDateTime,
        issue: impl FnOnce() -> Result<Entry, E>,
    ) -> Result<Option<Entry>, E> {
        let mut entries = self.entries();
        let live = entries
            .iter()
            .filter(|entry| entry.account == account && entry.is_live(now));
        // Counted under the lock that also covers the issue.
        if live.count() >= LIVE_LIMIT {
            return Ok(None);
        }
        // Only now, so that a certificate which is over the limit is never signed.
        let entry = issue()?;
        entries.push(entry.clone());
        Ok(Some(entry))
    }

    /// Takes a certificate back that no one has got.
    pub(crate) fn withdraw(&self, sha256: &str) {
        self.entries().retain(|entry| entry.sha256 != sha256);
    }

    /// Returns the account's certificates, oldest first.
    pub(crate) fn all_of_account(&self, account: &str) -> Vec<Entry> {
        let entries = self.entries();
        let own = entries.iter().filter(|entry| entry.account == account);
        own.cloned().collect()
    }

    /// Returns the account's certificates as JSON has them, oldest first.
    pub(crate) fn list(&self, account: &str, now: OffsetDateTime) -> Vec<IssuedCertificate> {
        let own = self.all_of_account(account);
        own.iter().map(|entry| entry.listed(now)).collect()
    }

    /// Returns the account's certificate with this serial number.
    pub(crate) fn of_account(&self, account: &str, serial: &str) -> Option<Entry> {
        let mut own = self.all_of_account(account).into_iter();
        own.find(|entry| entry.serial.eq_ignore_ascii_case(serial))
    }

    /// Revokes the account's certificate with this serial number; `None` if there is none.
    pub(crate) fn revoke(&self, account: &str, serial: &str, now: OffsetDateTime) -> Option<Entry> {
        let mut entries = self.entries();
        let entry = entries
            .iter_mut()
            .find(|entry| entry.account == account && entry.serial.eq_ignore_ascii_case(serial))?;
        entry.revoked_at.get_or_insert(now);
        Some(entry.clone())
    }

    /// Returns the certificate with this fingerprint.
    pub(crate) fn find(&self, sha256: &str) -> Option<Entry> {
        self.entries()
            .iter()
            .find(|entry| entry.sha256 == sha256)
            .cloned()
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    pub(crate) fn state(&self, now: OffsetDateTime) -> CertificateState {
        if self.revoked_at.is_some() {
            CertificateState::Revoked
        // `notAfter` itself is within the validity (RFC 5280, section 4.1.2.5).
        } else if now > self.not_after {
            CertificateState::Expired
        } else {
            CertificateState::Live
        }
    }

    pub(crate) fn is_live(&self, now: OffsetDateTime) -> bool {
        self.state(now) == CertificateState::Live
    }

    fn listed(&self, now: OffsetDateTime) -> IssuedCertificate {
        IssuedCertificate {
            serial: self.serial.clone(),
            sha256: self.sha256.clone(),
            subject: self.subject.clone(),
            not_before: self.not_before.format(&Rfc3339).unwrap_or_default(),
            not_after: self.not_after.format(&Rfc3339).unwrap_or_default(),
            state: self.state(now),
        }
    }
}

/// "Organizations can have up to five live Trulioo client certificates", says the vendor's guide.
pub(crate) const LIVE_LIMIT: usize = 5;
