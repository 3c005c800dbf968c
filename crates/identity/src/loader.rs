//! From two inputs and a passphrase to a checked identity.
//!
//! Leaves out trust: no signature is checked here, a server does that.

mod match_up;
mod signed;
mod validity;

use std::path::Path;
use std::time::{Duration, SystemTime};

use validity::OutsideValidity;
use zeroize::Zeroizing;

use crate::chain::{Link, Purpose};
use crate::document::{self, Document};
use crate::error::Error;
use crate::format::Format;
use crate::input::Input;
use crate::input_file::{FileContent, InputFile};
use crate::inspection::Inspected;
use crate::key_choice::{self, Chosen};
use crate::limits::Limits;
use crate::loaded::Loaded;
use crate::opener::{OpenedKeys, Opener};
use crate::passphrase::Passphrase;
use crate::passphrase_source::PassphraseSource;
use crate::pkcs7;
use crate::pkcs12::RefusedKey;
use crate::private_key::PrivateKey;
use crate::report::Finding;
use crate::selection::{self, Selected};
use crate::signer_source::SignerSource;

/// Reads a certificate chain and a key, checks that they fit, and explains what does not.
#[derive(Clone, Debug)]
pub struct Loader {
    limits: Limits,
    clock: Option<SystemTime>,
    passphrase: Option<PassphraseSource>,
    expiry_thresholds: Vec<Duration>,
    outside_validity: OutsideValidity,
    purpose: Purpose,
    allows_pipes: bool,
    friendly_name: Option<String>,
    signers: Option<SignerSource>,
    /// The content of the passphrase file of the pair that is loaded, if it has one.
    pin: Option<PassphraseSource>,
}

/// Certificates, with every store among them opened.
#[derive(Default)]
struct Certificates {
    documents: Vec<Document>,
    /// The content of each store, and its keys.
    stores: Vec<(Zeroizing<Vec<u8>>, OpenedKeys)>,
}

impl Certificates {
    /// Takes the keys of a store, if it is among these: each is opened once.
    fn keys_of(self, store: &[u8]) -> Option<OpenedKeys> {
        let mut stores = self.stores.into_iter();
        stores.find_map(|(der, keys)| (**der == *store).then_some(keys))
    }
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

    /// Loads the identity of a TLS server: an extended key usage of the certificate has to have
    /// `serverAuth`, and need not have `clientAuth`.
    #[must_use]
    pub const fn for_server(mut self) -> Self {
        self.purpose = Purpose::Server;
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
    /// certificate can be used now; [`Finding::KeyRefused`] says which others cannot be used. Of no
    /// effect on other files.
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
        // Under a passphrase, or where it is only named, others gain little by reading the file.
        if !loaded.is_key_protected {
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

    /// Sets the passphrase that is only for the pair to be loaded: of its key, wherever that is.
    pub(crate) fn passphrase_of_pair(mut self, passphrase: Passphrase) -> Self {
        let source = PassphraseSource::from(passphrase);
        self.pin = Some(source.clone());
        self.passphrase(source)
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
        self.load_parts(&[certificate], key)
    }

    /// Loads as [`load`](Self::load) does, with the certificates in several inputs, such as a leaf
    /// in one and its issuers in another.
    ///
    /// # Errors
    ///
    /// Those of [`load`](Self::load); the limits hold for each input, that of the chain for all.
    pub fn load_parts(&self, certificates: &[&[u8]], key: &[u8]) -> Result<Loaded, Error> {
        let certificates = certificates.iter();
        let certificates = certificates.map(|input| self.recognise(input, Input::Certificate));
        let certificates = certificates.collect::<Result<Vec<_>, _>>()?;
        let certificates = certificates.into_iter().flatten().collect();
        let key = self.recognise(key, Input::Key)?;
        if let Some(signer) = self.named_signer(&key)? {
            return self.load_signed(certificates, signer);
        }
        let Selected { certificates, key } = Selected::new(certificates, key)?;
        let (opener, mut findings) = (self.opener(), Vec::new());
        let certificates = self.certificates(certificates, &opener, &mut findings)?;
        let links = self.decode(&certificates.documents)?;
        let keys = match certificates.keys_of(&key.der) {
            Some(keys) => keys,
            None if key.format == Format::Pkcs12 => opener.store(&key, &mut findings)?.keys,
            None => opener.key(&key, &mut findings)?.into(),
        };
        let chosen = self.choose(keys, &links)?;
        let refused = chosen.refused.iter();
        findings.extend(refused.map(RefusedKey::finding));
        self.match_up(links, chosen.into(), findings)
    }

    /// Opens the stores among what may hold certificates.
    fn certificates(
        &self,
        documents: Vec<Document>,
        opener: &Opener<'_>,
        findings: &mut Vec<Finding>,
    ) -> Result<Certificates, Error> {
        let is_store = |document: &Document| document.format == Format::Pkcs12;
        // Before the prompt: no one types a passphrase for certificates that will be refused.
        if !documents.iter().any(is_store) {
            self.decode(&documents)?;
        }
        let mut certificates = Certificates::default();
        for document in documents {
            if !is_store(&document) {
                certificates.documents.push(document);
                continue;
            }
            let store = opener.store(&document, findings)?;
            certificates.documents.extend(store.certificates);
            certificates.stores.push((document.der, store.keys));
        }
        match certificates.documents.is_empty() {
            true => Err(Error::NoCertificate {
                found: vec![Format::Pkcs12],
            }),
            false => Ok(certificates),
        }
    }

    const fn opener(&self) -> Opener<'_> {
        Opener::new(&self.limits, self.passphrase.as_ref())
    }

    fn choose(&self, keys: OpenedKeys, links: &[Link]) -> Result<Chosen, Error> {
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
            Err(error) if store.keys.usable.len() > 1 => return Err(error),
            links => links.unwrap_or_default(),
        };
        key_choice::check_told(&store.keys.usable, &links, self.friendly_name.as_deref())?;
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
            .map(|(position, found)| {
                let link = Link::new(position, &found.der)?;
                Ok(link.with_purpose(self.purpose))
            })
            .collect()
    }
}

impl Default for Loader {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            clock: None,
            passphrase: None,
            expiry_thresholds: validity::SOON.to_vec(),
            outside_validity: OutsideValidity::Refused,
            purpose: Purpose::Client,
            allows_pipes: false,
            friendly_name: None,
            signers: None,
            pin: None,
        }
    }
}
