//! A folder of key pairs, laid out so that a certificate is renewed beside the one in use.
//!
//! The layout is that of the files which the crate `csr` writes. Leaves out watching the folder.

mod certificate_search;
mod inventory;
mod misnamed_certificate;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::error::Error;
use crate::loader::Loader;
use crate::pair::{self, PairFiles, State};

pub use inventory::{Inventory, PairEntry, PairState};
pub(crate) use inventory::{has_expired, live_set};
pub use misnamed_certificate::MisnamedCertificate;

/// A folder with key pairs side by side.
///
/// ```text
/// sandbox-2026.key          the key
/// sandbox-2026.crt          its certificate, with the chain; .pem and .cer are as good
/// sandbox-2027.key          a key whose certificate has not come yet: no failure
/// sandbox-2027.csr          its request; not needed any more
/// sandbox-2027.passphrase   in place of the loader's passphrase, for this key only; the PIN, if
///                           the key is a URI
/// production.pem            key and certificate in one file; .key, .crt and .cer are as good
/// ```
///
/// Each `<name>.key` is a pair to be, and so is a `.pem`, `.crt` or `.cer` without it that holds a
/// key and a certificate; other files are ignored if they do not share its name, a certificate
/// without a key among them, but [`load`](Self::load) looks among them for the certificate of a key
/// that has none. So are names that start with a dot, which leaves out what Kubernetes puts into a
/// mounted secret (`..data`). Files may be symbolic links. Endings are in lower case.
///
/// ```
/// use identity::{IdentityDirectory, IdentitySet, Loader, PairState};
///
/// # let folder = tempfile::tempdir()?;
/// # let vectors = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
/// # std::fs::copy(vectors.join("key.pem"), folder.path().join("sandbox-2026.key"))?;
/// # std::fs::copy(vectors.join("cert.pem"), folder.path().join("sandbox-2026.crt"))?;
/// let inventory = IdentityDirectory::new(folder.path()).load(&Loader::new())?;
/// for entry in inventory.entries() {
///     match &entry.state {
///         PairState::Loaded { identity, .. } => println!("{}", identity.leaf()),
///         PairState::Failed(error) => println!("{}: {error}", entry.files.name()),
///         _ => println!("{}: waits for its certificate", entry.files.name()),
///     }
/// }
/// let set = inventory.set(IdentitySet::TRULIOO)?;
/// assert_eq!(set.members().len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct IdentityDirectory {
    folder: PathBuf,
}

impl IdentityDirectory {
    /// Names the folder, without looking at it.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    /// Returns the folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Finds the keys with the files beside them, sorted by name. Opened are only files that
    /// may hold key and certificate together.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] if the folder cannot be listed, [`Error::TooManyKeys`] if it holds more than
    /// fifty.
    pub fn pairs(&self) -> Result<Vec<PairFiles>, Error> {
        let names = self.names(BTreeSet::new())?;
        Ok(names
            .iter()
            .map(|name| PairFiles::find(&self.folder, name))
            .collect())
    }

    /// Loads every pair on its own, so that a broken one does not hide the others, and whether
    /// valid or not ([`Loader::allow_outside_validity`]).
    ///
    /// # Errors
    ///
    /// Those of [`pairs`](Self::pairs); the problems of a pair are part of the result.
    pub fn load(&self, loader: &Loader) -> Result<Inventory, Error> {
        let loader = loader.clone().allow_outside_validity();
        let entries = self.pairs()?.into_iter().map(|files| PairEntry {
            state: self.load_pair(&files, &loader),
            files,
            misnamed_certificate: None,
        });
        let mut entries: Vec<PairEntry> = entries.collect();
        certificate_search::find(&self.folder, &mut entries, &loader);
        Ok(Inventory {
            entries,
            now: loader.now(),
        })
    }

    fn load_pair(&self, files: &PairFiles, loader: &Loader) -> PairState {
        let look = || PairFiles::observe(&self.folder, &files.name, loader);
        let loaded = match look().settled(look).map(|settled| settled.state) {
            Ok(State::AwaitsCertificate { .. }) => return PairState::AwaitsCertificate,
            Ok(State::Gone { key }) => Err(Error::Read {
                path: key,
                source: io::ErrorKind::NotFound.into(),
            }),
            Ok(State::Read(contents)) => contents.load(loader),
            Ok(State::Unreadable(error)) | Err(error) => Err(error),
        };
        match loaded {
            Ok(loaded) => {
                let (identity, report) = loaded.into_parts();
                PairState::Loaded {
                    identity: Arc::new(identity),
                    report: Box::new(report),
                }
            }
            Err(error) => PairState::Failed(error),
        }
    }

    /// Returns the names of all keys together with those known from before.
    pub(crate) fn names(&self, known: BTreeSet<OsString>) -> Result<BTreeSet<OsString>, Error> {
        let unreadable = |source: io::Error| Error::Read {
            path: self.folder.clone(),
            source,
        };
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(&self.folder).map_err(unreadable)? {
            let file = PathBuf::from(entry.map_err(unreadable)?.file_name());
            let is_hidden = file.as_os_str().as_encoded_bytes().starts_with(b".");
            let (Some(name), Some(ending), false) = (file.file_stem(), file.extension(), is_hidden)
            else {
                continue;
            };
            let is_bundle = || {
                pair::CERTIFICATE
                    .iter()
                    .any(|certificate| ending == *certificate)
                    && pair::holds_both(&self.folder.join(&file))
            };
            if ending == pair::KEY || (!names.contains(name) && is_bundle()) {
                names.insert(name.to_owned());
            }
            if names.len() > MOST_KEYS {
                return Err(Error::TooManyKeys {
                    folder: self.folder.clone(),
                    limit: MOST_KEYS,
                });
            }
        }
        names.extend(known); // Not counted: those that are gone are among them.
        Ok(names)
    }
}

/// Ten times what an account may have live.
const MOST_KEYS: usize = 50;
