//! From two inputs and a passphrase to a checked identity.
//!
//! Leaves out trust: no signature is checked here, a server does that.

use std::iter;
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::chain::{self, Chain, Link};
use crate::document::{self, Document};
use crate::rsa_key::RsaKey;
use crate::selection::Selected;
use crate::{
    Error, Finding, Format, Identity, Input, Limits, Passphrase, Report, encrypted_key, file,
};

/// Reads a certificate chain and a key, checks that they fit, and explains what does not.
#[derive(Clone, Debug, Default)]
pub struct Loader {
    limits: Limits,
    clock: Option<SystemTime>,
}

impl Loader {
    /// A loader with the default limits that takes the time when it loads.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how much work the files may cause.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Sets the instant at which the certificate must be valid, in place of now.
    #[must_use]
    pub const fn clock(mut self, now: SystemTime) -> Self {
        self.clock = Some(now);
        self
    }

    /// Loads from two files, which may be the same one. Each is read once.
    ///
    /// # Errors
    ///
    /// [`Error::Read`], [`Error::NotAFile`] or [`Error::TooLarge`] if a file cannot be read, else
    /// the errors of [`load`](Self::load).
    pub fn load_files(
        &self,
        certificate: &Path,
        key: &Path,
        passphrase: Option<&Passphrase>,
    ) -> Result<Loaded, Error> {
        let limit = self.limits.file_bytes;
        let certificate = file::read(certificate, Input::Certificate, limit)?;
        let content = file::read(key, Input::Key, limit)?;
        let (mut loaded, protection) =
            self.assemble(&certificate.bytes, &content.bytes, passphrase)?;
        if protection == Protection::None
            && let Some(mode) = content.exposed_mode()
        {
            loaded.report.add(Finding::KeyFileExposed {
                path: key.to_path_buf(),
                mode,
            });
        }
        Ok(loaded)
    }

    /// Loads from memory: a certificate chain and a key, each PEM or DER. The same bytes may be
    /// given for both.
    ///
    /// # Errors
    ///
    /// Every variant of [`Error`] but those of files and of [`Passphrase`]; in this order: what the
    /// inputs are, whether the key can be opened, whether it belongs to a certificate, whether that
    /// certificate can be used.
    pub fn load(
        &self,
        certificate: &[u8],
        key: &[u8],
        passphrase: Option<&Passphrase>,
    ) -> Result<Loaded, Error> {
        self.assemble(certificate, key, passphrase)
            .map(|(loaded, _)| loaded)
    }

    fn assemble(
        &self,
        certificate: &[u8],
        key: &[u8],
        passphrase: Option<&Passphrase>,
    ) -> Result<(Loaded, Protection), Error> {
        let selected = Selected::new(
            self.recognise(certificate, Input::Certificate)?,
            self.recognise(key, Input::Key)?,
        )?;
        let links = self.decode(&selected.certificates)?;
        let (key, protection) = self.open(&selected.key, passphrase)?;

        let mut report = Report::default();
        if protection == Protection::None && passphrase.is_some() {
            report.add(Finding::PassphraseUnused);
        }
        let identity = self.match_up(links, key, &mut report)?;
        Ok((Loaded { identity, report }, protection))
    }

    /// Finds the chain of the key and checks that its leaf can be used.
    fn match_up(
        &self,
        links: Vec<Link>,
        key: RsaKey,
        report: &mut Report,
    ) -> Result<Identity, Error> {
        let now = self.clock.unwrap_or_else(SystemTime::now);
        let first = links.first().map(Link::facts).transpose()?;
        let Some(Chain { leaf, issuers }) = chain::order(links, &key.public_key, now, report)
        else {
            let first = first.ok_or(Error::NoCertificate { found: Vec::new() })?;
            return Err(Error::KeyMismatch {
                certificate: first.public_key_sha256(),
                key: key.public_key_sha256()?,
            });
        };
        leaf.check_usable(now)?;
        let facts = leaf.facts()?;
        let not_after = facts.not_after();
        if not_after.duration_since(now).is_ok_and(|left| left < SOON) {
            report.add(Finding::CertificateExpiresSoon { not_after });
        }
        let chain = iter::once(leaf)
            .chain(issuers)
            .map(|link| link.der)
            .collect();
        Ok(Identity {
            leaf: facts,
            chain,
            key: key.pkcs8,
        })
    }

    fn recognise(&self, bytes: &[u8], input: Input) -> Result<Vec<Document>, Error> {
        let limit = self.limits.file_bytes;
        if bytes.len() as u64 > limit {
            return Err(Error::TooLarge { input, limit });
        }
        Ok(document::recognise(bytes))
    }

    fn decode(&self, certificates: &[Document]) -> Result<Vec<Link>, Error> {
        let (found, limit) = (certificates.len(), self.limits.chain_length);
        if found > limit {
            return Err(Error::ChainTooLong { found, limit });
        }
        (1..)
            .zip(certificates)
            .map(|(position, found)| Link::new(position, &found.der))
            .collect()
    }

    fn open(
        &self,
        key: &Document,
        passphrase: Option<&Passphrase>,
    ) -> Result<(RsaKey, Protection), Error> {
        if key.format != Format::EncryptedPkcs8 {
            return RsaKey::from_pkcs8(&key.der).map(|key| (key, Protection::None));
        }
        let decrypted = encrypted_key::decrypt(&key.der, passphrase, &self.limits)?;
        match RsaKey::from_pkcs8(&decrypted) {
            Ok(key) => Ok((key, Protection::Encrypted)),
            // One wrong passphrase in 256 passes the padding and ends here.
            Err(Error::KeyDamaged | Error::UnsupportedKeyAlgorithm { name: None, .. }) => {
                Err(Error::PassphraseOrDamaged)
            }
            Err(other) => Err(other),
        }
    }
}

/// Was the key encrypted?
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protection {
    Encrypted,
    None,
}

/// An identity together with what there is to say about it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loaded {
    identity: Identity,
    report: Report,
}

impl Loaded {
    /// The identity.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// What there is to say about it.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// Both, owned.
    #[must_use]
    pub fn into_parts(self) -> (Identity, Report) {
        (self.identity, self.report)
    }
}

/// How long before its end a certificate is reported.
const SOON: Duration = Duration::from_secs(30 * 24 * 60 * 60);
