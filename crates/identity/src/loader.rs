//! From two inputs and a passphrase to a checked identity.
//!
//! Leaves out trust: no signature is checked here, a server does that.

use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::chain::{self, Link};
use crate::document::{self, Document};
use crate::error::Error;
use crate::format::Format;
use crate::identity::Identity;
use crate::input::Input;
use crate::input_file::{FileContent, InputFile};
use crate::inspection::Inspected;
use crate::key_choice::{self, Chosen};
use crate::limits::Limits;
use crate::loaded::Loaded;
use crate::opener::{Opened, Opener};
use crate::passphrase_source::PassphraseSource;
use crate::pkcs7;
use crate::private_key::PrivateKey;
use crate::report::{Finding, Report};
use crate::selection::{self, Selected};

/// Reads a certificate chain and a key, checks that they fit, and explains what does not.
#[derive(Clone, Debug)]
pub struct Loader {
    limits: Limits,
    clock: Option<SystemTime>,
    passphrase: Option<PassphraseSource>,
    expiry_thresholds: Vec<Duration>,
    outside_validity: OutsideValidity,
    allows_pipes: bool,
    friendly_name: Option<String>,
}

/// The treatment of a certificate that is not valid at the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OutsideValidity {
    Refused,
    Reported,
}

impl Loader {
    /// Makes a loader with the default limits and no passphrase that takes the time when it
    /// loads.
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
    pub const fn validate_at(mut self, now: SystemTime) -> Self {
        self.clock = Some(now);
        self
    }

    /// Sets where the passphrase of an encrypted key comes from: a
    /// [`Passphrase`](crate::Passphrase), or any other source.
    #[must_use]
    pub fn passphrase(mut self, source: impl Into<PassphraseSource>) -> Self {
        self.passphrase = Some(source.into());
        self
    }

    /// Sets how long before its end a certificate is reported, in place of 30, 14, 7, 3 and 1 days.
    ///
    /// [`Finding::CertificateExpiresSoon`] names the shortest that has been reached. None at all
    /// switches the finding off.
    #[must_use]
    pub fn expiry_thresholds(mut self, thresholds: impl IntoIterator<Item = Duration>) -> Self {
        self.expiry_thresholds = thresholds.into_iter().collect();
        self
    }

    /// Allows a certificate that has expired or is not valid yet.
    ///
    /// A finding of severity [`Error`](crate::Severity::Error) says so. For an
    /// [`IdentitySet`](crate::IdentitySet), in which one certificate may have to wait for its day.
    #[must_use]
    pub const fn allow_outside_validity(mut self) -> Self {
        self.outside_validity = OutsideValidity::Reported;
        self
    }

    /// Takes pipes where a path is given, as [`InputFile::allow_pipe`] says; for paths that a
    /// person gives to a program.
    ///
    /// Not with a [`FileSource`](crate::FileSource), which reads again.
    #[must_use]
    pub const fn allow_pipes(mut self) -> Self {
        self.allows_pipes = true;
        self
    }

    /// Names the key that is meant in a PKCS#12 store with several, by the friendly name that it or
    /// its certificate has there; what `keytool` calls an alias.
    ///
    /// Without it the key is taken that has a certificate, of several the only one whose
    /// certificate can be used now. Of no effect on other files.
    #[must_use]
    pub fn friendly_name(mut self, name: impl Into<String>) -> Self {
        self.friendly_name = Some(name.into());
        self
    }

    /// Loads from two files, which may be the same one. Each is read once.
    ///
    /// # Errors
    ///
    /// Those of [`InputFile::read`] if a file cannot be read, else the errors of
    /// [`load`](Self::load).
    pub fn load_files(&self, certificate: &Path, key: &Path) -> Result<Loaded, Error> {
        // Once, where both are in one file: it may be a pipe.
        let content = self.read_file(key, Input::Key)?;
        if certificate == key {
            return self.load_contents(&content.bytes, &content);
        }
        let certificate = self.read_file(certificate, Input::Certificate)?;
        self.load_contents(&certificate.bytes, &content)
    }

    /// Loads what was read from files.
    pub(crate) fn load_contents(
        &self,
        certificate: &[u8],
        key: &FileContent,
    ) -> Result<Loaded, Error> {
        let mut loaded = self.load(certificate, &key.bytes)?;
        // Under a passphrase, others gain little by reading the file.
        if loaded.report.encryption().is_none() {
            loaded.report.findings.extend(key.key_exposed());
        }
        Ok(loaded)
    }

    /// Reads a file within the limits.
    pub(crate) fn read_file(&self, path: &Path, input: Input) -> Result<FileContent, Error> {
        let file = InputFile::new(path, input).limit(self.limits.file_bytes);
        match self.allows_pipes {
            true => file.allow_pipe().read(),
            false => file.read(),
        }
    }

    /// Returns the file from which the passphrase is read, if it is one.
    pub(crate) fn passphrase_file(&self) -> Option<&Path> {
        self.passphrase.as_ref()?.path()
    }

    /// Removes a passphrase source that would prompt.
    pub(crate) fn without_prompt(mut self) -> Self {
        self.passphrase = self.passphrase.filter(PassphraseSource::is_set);
        self
    }

    /// Returns the instant at which a certificate must be valid.
    pub(crate) fn now(&self) -> SystemTime {
        self.clock.unwrap_or_else(SystemTime::now)
    }

    /// Loads from memory: a certificate chain and a key, each PEM or DER. The same bytes may be
    /// given for both.
    ///
    /// # Errors
    ///
    /// Every variant of [`Error`] but those of files; in this order: what the inputs are, whether
    /// the key can be opened, whether it belongs to a certificate, whether that certificate can be
    /// used. The passphrase is asked for only when the key is known to be worth it.
    pub fn load(&self, certificate: &[u8], key: &[u8]) -> Result<Loaded, Error> {
        let selected = Selected::new(
            self.recognise(certificate, Input::Certificate)?,
            self.recognise(key, Input::Key)?,
        )?;
        let (opener, mut findings) = (self.opener(), Vec::new());
        let is_store = |document: &Document| document.format == Format::Pkcs12;
        // Before the prompt: no one types a passphrase for certificates that will be refused.
        if !selected.certificates.iter().any(is_store) {
            self.decode(&selected.certificates)?;
        }
        let mut certificates = Vec::new();
        let mut keys = None;
        for document in selected.certificates {
            if !is_store(&document) {
                certificates.push(document);
                continue;
            }
            let store = opener.store(&document, &mut findings)?;
            certificates.extend(store.certificates);
            // Opened once, where it is given as both.
            if document.der == selected.key.der {
                keys = Some(store.keys);
            }
        }
        if certificates.is_empty() {
            return Err(Error::NoCertificate {
                found: vec![Format::Pkcs12],
            });
        }
        let links = self.decode(&certificates)?;
        let keys = match keys {
            Some(keys) => keys,
            None if is_store(&selected.key) => opener.store(&selected.key, &mut findings)?.keys,
            None => vec![opener.key(&selected.key, &mut findings)?],
        };
        let chosen = self.choose(keys, &links)?;
        self.match_up(links, chosen, findings)
    }

    const fn opener(&self) -> Opener<'_> {
        Opener::new(&self.limits, self.passphrase.as_ref())
    }

    fn choose(&self, keys: Vec<Opened>, links: &[Link]) -> Result<Chosen, Error> {
        key_choice::choose(keys, links, self.friendly_name.as_deref(), self.now())
    }

    /// Opens a key file without a certificate, in order to write it anew.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load), where they are about the key.
    pub fn open_key(&self, key: &[u8]) -> Result<PrivateKey, Error> {
        let document = selection::single_key(self.recognise(key, Input::Key)?)?;
        let (opener, mut findings) = (self.opener(), Vec::new());
        if document.format != Format::Pkcs12 {
            return opener.key(&document, &mut findings).map(|it| it.key);
        }
        let store = opener.store(&document, &mut findings)?;
        // Of several keys, a certificate tells which one is meant; one alone needs none.
        let links = match self.decode(&store.certificates) {
            Err(error) if store.keys.len() > 1 => return Err(error),
            links => links.unwrap_or_default(),
        };
        key_choice::check_told(&store.keys, &links, self.friendly_name.as_deref())?;
        self.choose(store.keys, &links).map(|it| it.opened.key)
    }

    /// Opens a key file without a certificate.
    ///
    /// # Errors
    ///
    /// Those of [`InputFile::read`] if the file cannot be read, else the errors of
    /// [`open_key`](Self::open_key).
    pub fn open_key_file(&self, key: &Path) -> Result<PrivateKey, Error> {
        self.open_key(&self.read_file(key, Input::Key)?.bytes)
    }

    /// Says what a file holds, in its order, without a passphrase; never empty. The certificates of
    /// a PKCS#7 bundle follow it.
    ///
    /// Damaged and unsupported parts are in the result, and no error.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`].
    pub fn inspect(&self, input: &[u8]) -> Result<Vec<Inspected>, Error> {
        let mut certificates = 0;
        let documents = pkcs7::listed(self.recognise(input, Input::File)?);
        let parts = documents.iter().map(|document| {
            certificates += usize::from(document.format == Format::Certificate);
            Inspected::new(certificates, document)
        });
        Ok(parts.collect())
    }

    /// Finds the chain of the key and checks that its leaf can be used.
    fn match_up(
        &self,
        links: Vec<Link>,
        chosen: Chosen,
        mut findings: Vec<Finding>,
    ) -> Result<Loaded, Error> {
        let now = self.now();
        let Opened {
            key,
            format,
            encryption,
            attributes,
        } = chosen.opened;
        // Before the chain takes the links: the error about a mismatch names it.
        let first = links.first().map(Link::public_key_sha256).transpose()?;
        let Some(chain) = chain::order(links, &key, now, &mut findings) else {
            return Err(Error::KeyMismatch {
                certificate: first.ok_or(Error::NoCertificate { found: Vec::new() })?,
                key: key.public_key_sha256(),
            });
        };
        findings.extend(chain.leaf.check_purpose()?);
        findings.extend(self.check_validity(&chain.leaf, now)?);
        let facts = chain.links().map(Link::facts);
        let facts = facts.collect::<Result<Vec<_>, _>>()?;
        let leaf = facts.first().cloned();
        let report = Report {
            format,
            encryption,
            algorithm: key.algorithm(),
            friendly_name: attributes.friendly_name,
            local_key_id: attributes.local_key_id,
            chain: facts,
            findings,
        };
        let identity = Identity {
            leaf: leaf.ok_or(Error::NoCertificate { found: Vec::new() })?,
            chain: chain.links().map(|link| link.der.clone()).collect(),
            issuers: chain
                .links()
                .map(Link::issuer_name)
                .collect::<Result<_, _>>()?,
            key: key.into_secret_pkcs8(),
        };
        Ok(Loaded {
            identity,
            report,
            rival_from: chain.rival_from.into_iter().chain(chosen.rival_from).min(),
        })
    }

    fn check_validity(&self, leaf: &Link, now: SystemTime) -> Result<Option<Finding>, Error> {
        let refused = match leaf.check_validity(now) {
            Ok(()) => return Ok(self.expires_soon(leaf.not_after(), now)),
            Err(refused) => refused,
        };
        match (self.outside_validity, refused) {
            (OutsideValidity::Reported, Error::Expired { not_after }) => {
                Ok(Some(Finding::CertificateExpired { not_after }))
            }
            (OutsideValidity::Reported, Error::NotYetValid { not_before }) => {
                Ok(Some(Finding::CertificateNotYetValid { not_before }))
            }
            (_, refused) => Err(refused),
        }
    }

    fn expires_soon(&self, not_after: SystemTime, now: SystemTime) -> Option<Finding> {
        // Nothing is left in the last second, which is part of the validity.
        let left = not_after.duration_since(now).unwrap_or_default();
        let reached = self.expiry_thresholds.iter().filter(|it| left <= **it);
        reached
            .min()
            .map(|threshold| Finding::CertificateExpiresSoon {
                not_after,
                threshold: *threshold,
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
}

impl Default for Loader {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            clock: None,
            passphrase: None,
            expiry_thresholds: SOON.to_vec(),
            outside_validity: OutsideValidity::Refused,
            allows_pipes: false,
            friendly_name: None,
        }
    }
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Thresholds before its end at which a certificate is reported.
const SOON: [Duration; 5] = [
    DAY.saturating_mul(30),
    DAY.saturating_mul(14),
    DAY.saturating_mul(7),
    DAY.saturating_mul(3),
    DAY,
];
