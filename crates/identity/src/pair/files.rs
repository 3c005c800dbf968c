//! The files of one pair in a folder, found by their common name.
//!
//! Leaves out what is in them.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::loader::Loader;
use crate::pair::bundle::holds_both;
use crate::pair::observation::{Observation, PairPaths, State};

/// A key in a folder, with what stands beside it under the same name.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PairFiles {
    pub(crate) name: OsString,
    key: PathBuf,
    has_key: bool,
    /// At most one of each ending.
    certificates: Vec<PathBuf>,
    request: Option<PathBuf>,
    passphrase: Option<PathBuf>,
}

impl PairFiles {
    /// Looks for the files of a name, none of which need be there.
    pub(crate) fn find(folder: &Path, name: &OsStr) -> Self {
        let path = |ending: &str| {
            let mut file = name.to_owned();
            file.push(".");
            file.push(ending);
            folder.join(file)
        };
        let existing = |ending: &str| Some(path(ending)).filter(|path| exists(path));
        let mut key = path(KEY);
        let mut certificates: Vec<_> = CERTIFICATE.into_iter().filter_map(existing).collect();
        let mut has_key = exists(&key);
        // One file for both, under the name of either.
        let is_bundle = |path: &PathBuf| holds_both(path);
        if has_key && certificates.is_empty() && is_bundle(&key) {
            certificates.push(key.clone());
        } else if !has_key && let Some(both) = certificates.iter().find(|it| is_bundle(it)) {
            key = both.clone();
            has_key = true;
            certificates = vec![key.clone()];
        }
        Self {
            name: name.to_owned(),
            has_key,
            key,
            certificates,
            request: existing("csr"),
            passphrase: existing("passphrase"),
        }
    }

    /// Returns the name that the files have in common, without an ending.
    ///
    /// Characters that are not Unicode are replaced.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.to_string_lossy().into_owned()
    }

    /// Returns the file of the key, `<name>.key`, or that of key and certificate together.
    #[must_use]
    pub fn key(&self) -> &Path {
        &self.key
    }

    /// Returns the file of the certificate: `<name>.crt`, `<name>.pem` or `<name>.cer`, or that of
    /// the key if it holds both; `None` if the key still waits for it.
    ///
    /// The first if there are several, in which case the pair cannot be used.
    #[must_use]
    pub fn certificate(&self) -> Option<&Path> {
        self.certificates.first().map(PathBuf::as_path)
    }

    /// Returns the file of the certificate signing request, `<name>.csr`.
    #[must_use]
    pub fn request(&self) -> Option<&Path> {
        self.request.as_deref()
    }

    /// Returns the file of the passphrase of this key, `<name>.passphrase`.
    #[must_use]
    pub fn passphrase(&self) -> Option<&Path> {
        self.passphrase.as_deref()
    }

    /// Returns the paths to read, or the state if there is nothing to read.
    pub(crate) fn paths(&self) -> Result<PairPaths, State> {
        match self.certificates.as_slice() {
            [] => {
                let key = self.key.clone();
                Err(match self.has_key {
                    true => State::AwaitsCertificate { key },
                    false => State::Gone { key },
                })
            }
            [certificate] => Ok(PairPaths {
                certificate: certificate.clone(),
                key: self.key.clone(),
                passphrase: self.passphrase.clone(),
            }),
            [first, second, ..] => Err(State::Unreadable(Error::SeveralCertificates {
                first: first.clone(),
                second: second.clone(),
            })),
        }
    }

    /// Looks at the files of a name.
    pub(crate) fn observe(folder: &Path, name: &OsStr, loader: &Loader) -> Observation {
        match Self::find(folder, name).paths() {
            Ok(paths) => Observation::read(&paths, loader),
            Err(state) => Observation::new(state),
        }
    }
}

/// Returns whether a path exists. Also true of a dangling link and of what may not be looked at:
/// reading it says what is wrong.
fn exists(path: &Path) -> bool {
    let found = path.symlink_metadata();
    !found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// The ending under which the crate `csr` writes a key.
pub(crate) const KEY: &str = "key";
/// The endings of a certificate.
pub(crate) const CERTIFICATE: [&str; 3] = ["crt", "pem", "cer"];
