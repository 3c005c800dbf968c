//! Keys and stores, opened with a passphrase from a source that is asked at most once.
//!
//! Leaves out which key is meant, and what belongs to it.

use std::cell::OnceCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::document::Document;
use crate::encrypted_key::EncryptedKey;
use crate::encryption::Encryption;
use crate::error::Error;
use crate::format::Format;
use crate::input::Input;
use crate::limits::Limits;
use crate::passphrase::Passphrase;
use crate::passphrase_source::PassphraseSource;
use crate::pkcs12::{Attributes, OpenStore, RefusedKey, Spelling, Store, StoreFile};
use crate::private_key::PrivateKey;
use crate::report::Finding;
use crate::secret_note::SecretNote;

/// Opens what is encrypted, within limits.
pub(crate) struct Opener<'a> {
    limits: &'a Limits,
    source: Option<&'a PassphraseSource>,
    /// Read once for one load, as it may be a prompt or a pipe.
    passphrase: OnceCell<Arc<Passphrase>>,
}

/// A key and how it stood in its file.
pub(crate) struct Opened {
    pub(crate) key: PrivateKey,
    pub(crate) format: Format,
    pub(crate) encryption: Option<Encryption>,
    /// Whether a passphrase that is not empty stands before it.
    pub(crate) is_protected: bool,
    /// Those of its entries in a store; the first are reported.
    pub(crate) attributes: Vec<Attributes>,
}

/// A PKCS#12 store and everything of use in it.
pub(crate) struct OpenedStore {
    pub(crate) certificates: Vec<Document>,
    pub(crate) keys: OpenedKeys,
}

/// Keys of which one is meant.
pub(crate) struct OpenedKeys {
    /// Different ones.
    pub(crate) usable: Vec<Opened>,
    pub(crate) refused: Vec<RefusedKey>,
}

impl Opened {
    /// Returns whether it has that name; the attributes with it become the first.
    pub(crate) fn is_named(&mut self, name: &str) -> bool {
        let has_name = |it: &Attributes| it.friendly_name.as_deref() == Some(name);
        let found = self.attributes.iter().position(has_name);
        found.inspect(|at| self.attributes.swap(0, *at)).is_some()
    }
}

impl From<Opened> for OpenedKeys {
    fn from(key: Opened) -> Self {
        Self {
            usable: vec![key],
            refused: Vec::new(),
        }
    }
}

impl<'a> Opener<'a> {
    pub(crate) const fn new(limits: &'a Limits, source: Option<&'a PassphraseSource>) -> Self {
        Self {
            limits,
            source,
            passphrase: OnceCell::new(),
        }
    }

    /// Opens a key that is a document of its own.
    pub(crate) fn key(
        &self,
        document: &Document,
        findings: &mut Vec<Finding>,
    ) -> Result<Opened, Error> {
        let format = document.format;
        let Some(encrypted) = EncryptedKey::from_document(document)? else {
            findings.extend(self.unused());
            return Ok(Opened {
                key: PrivateKey::from_der(format, &document.der)?,
                format,
                encryption: None,
                is_protected: false,
                attributes: Vec::new(),
            });
        };
        // Before the prompt: no one types a passphrase for a key that will be refused.
        encrypted.check_cost(self.limits)?;
        let passphrase = self.passphrase()?.ok_or(Error::PassphraseRequired)?;
        let (key, is_protected) = try_readings(&passphrase, findings, |secret, _| {
            let decrypted = encrypted.decrypt(secret)?;
            let key = PrivateKey::from_decrypted(&decrypted)?;
            Ok((key, !secret.is_empty()))
        })?;
        Ok(Opened {
            key,
            format,
            encryption: Some(encrypted.encryption),
            is_protected,
            attributes: Vec::new(),
        })
    }

    /// Opens a PKCS#12 store.
    pub(crate) fn store(
        &self,
        document: &Document,
        findings: &mut Vec<Finding>,
    ) -> Result<OpenedStore, Error> {
        let file = StoreFile::read(&document.der)?;
        let store = file.store(self.limits)?;
        self.open_store(&store, findings).map(OpenedStore::from)
    }

    fn open_store(
        &self,
        store: &Store<'_>,
        findings: &mut Vec<Finding>,
    ) -> Result<OpenStore, Error> {
        if !store.needs_passphrase() {
            findings.extend(self.unused());
            return open_spelled(store, &[], &mut Vec::new());
        }
        match self.passphrase()? {
            Some(passphrase) => try_readings(&passphrase, findings, |secret, findings| {
                open_spelled(store, secret, findings)
            }),
            // Many a store was written without one, and then there is none to ask for.
            None => open_spelled(store, &[], findings).map_err(|error| match error {
                Error::PassphraseOrDamaged => Error::PassphraseRequired,
                other => other,
            }),
        }
    }

    fn passphrase(&self) -> Result<Option<Arc<Passphrase>>, Error> {
        let Some(source) = self.source else {
            return Ok(None);
        };
        if self.passphrase.get().is_none() {
            let passphrase = source.read()?;
            return Ok(Some(Arc::clone(self.passphrase.get_or_init(|| passphrase))));
        }
        Ok(self.passphrase.get().map(Arc::clone))
    }

    /// Returns the finding about a passphrase that was given for something that is not encrypted:
    /// the caller believes it protected.
    fn unused(&self) -> Option<Finding> {
        let is_set = self.source.is_some_and(PassphraseSource::is_set);
        is_set.then_some(Finding::PassphraseUnused)
    }
}

impl From<OpenStore> for OpenedStore {
    fn from(store: OpenStore) -> Self {
        let certificates = store.certificates.into_iter().map(|der| Document {
            format: Format::Certificate,
            der,
            dek_info: None,
        });
        // Whoever has the file has what is under no passphrase.
        let is_bare = store.note.is_some_and(SecretNote::is_no_passphrase);
        let usable = store.keys.usable.into_iter().map(|it| Opened {
            key: it.key,
            format: Format::Pkcs12,
            encryption: it.encryption,
            is_protected: it.encryption.is_some() && !is_bare,
            attributes: it.attributes,
        });
        Self {
            certificates: certificates.collect(),
            keys: OpenedKeys {
                usable: usable.collect(),
                refused: store.keys.refused,
            },
        }
    }
}

/// Tries every spelling of one reading of a passphrase.
fn open_spelled(
    store: &Store<'_>,
    secret: &[u8],
    findings: &mut Vec<Finding>,
) -> Result<OpenStore, Error> {
    for spelling in Spelling::all(secret) {
        match store.open(&spelling) {
            Err(Error::PassphraseOrDamaged) => {}
            Err(other) => return Err(other),
            Ok(opened) => {
                findings.extend(opened.note.map(|note| Finding::SecretSpelling {
                    input: Input::Passphrase,
                    note,
                }));
                return Ok(opened);
            }
        }
    }
    Err(Error::PassphraseOrDamaged)
}

/// Tries every reading of a passphrase: keys exist whose passphrase has the line break of its file
/// in it.
fn try_readings<T>(
    passphrase: &Passphrase,
    findings: &mut Vec<Finding>,
    open: impl Fn(&[u8], &mut Vec<Finding>) -> Result<T, Error>,
) -> Result<T, Error> {
    let started = Instant::now();
    for (secret, other_reading) in passphrase.readings() {
        let mut said = Vec::new();
        match open(secret, &mut said) {
            Err(Error::PassphraseOrDamaged) => {}
            Err(other) => return Err(other),
            Ok(opened) => {
                // Said once, where a store and a key were opened with it.
                let new = passphrase.findings().iter();
                let new: Vec<_> = new.filter(|it| !findings.contains(it)).cloned().collect();
                findings.extend(new);
                findings.extend(other_reading);
                findings.append(&mut said);
                findings.extend(slow(started.elapsed(), cfg!(debug_assertions)));
                return Ok(opened);
            }
        }
    }
    Err(Error::PassphraseOrDamaged)
}

/// Returns the finding about a key derivation that took so long, if any.
fn slow(took: Duration, is_debug_build: bool) -> Option<Finding> {
    let is_slow = is_debug_build && took > Duration::from_secs(1);
    is_slow.then_some(Finding::SlowKeyDerivation { took })
}
