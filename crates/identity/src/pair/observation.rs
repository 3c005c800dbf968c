//! The content of the files of one pair at one look.
//!
//! Leaves out what the bytes mean until it is asked to load them.

use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::error_text::error_text;
use crate::input::Input;
use crate::input_file::{FileContent, InputFile};
use crate::loaded::Loaded;
use crate::loader::Loader;
use crate::pair::digest::Digest;
use crate::passphrase::Passphrase;

/// The files of one pair.
#[derive(Clone, Debug)]
pub(crate) struct PairPaths {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
    /// In place of the loader's source.
    pub(crate) passphrase: Option<PathBuf>,
}

/// One look at a pair.
pub(crate) struct Observation {
    pub(crate) digest: Digest,
    pub(crate) state: State,
}

/// The result of the look.
pub(crate) enum State {
    /// There is a key, and no certificate yet.
    AwaitsCertificate { key: PathBuf },
    /// There is neither key nor certificate.
    Gone { key: PathBuf },
    /// Everything could be read.
    Read(Box<Contents>),
    /// Something stands in the way.
    Unreadable(Error),
}

/// The bytes that were read, wiped on drop.
pub(crate) struct Contents {
    /// `None` if it is the file of the key.
    certificate: Option<FileContent>,
    key: FileContent,
    passphrase: Option<FileContent>,
    /// Whether that is a file of this pair alone.
    is_passphrase_own: bool,
}

impl Observation {
    pub(crate) fn new(state: State) -> Self {
        let digest = match &state {
            State::AwaitsCertificate { .. } => Digest::of(&[b"awaits certificate"]),
            State::Gone { .. } => Digest::of(&[b"gone"]),
            State::Read(files) => files.digest(),
            State::Unreadable(error) => Digest::of(&[b"unreadable", error_text(error).as_bytes()]),
        };
        Self { digest, state }
    }

    /// Reads the files of a pair, each once and within the limits of the loader.
    pub(crate) fn read(paths: &PairPaths, loader: &Loader) -> Self {
        let files = Contents::read(paths, loader);
        Self::new(files.map_or_else(State::Unreadable, |files| State::Read(Box::new(files))))
    }

    /// Looks until two looks in a row show the same, so that files that are exchanged between two
    /// reads are not taken for a pair.
    ///
    /// # Errors
    ///
    /// [`Error::FilesChanging`] after some attempts.
    pub(crate) fn settled(mut self, look: impl Fn() -> Self) -> Result<Self, Error> {
        for _ in 0..MOST_LOOKS {
            let again = look();
            if again.digest == self.digest {
                return Ok(again);
            }
            self = again;
        }
        Err(Error::FilesChanging)
    }
}

impl Contents {
    fn read(paths: &PairPaths, loader: &Loader) -> Result<Self, Error> {
        let is_one_file = paths.certificate == paths.key;
        let certificate = match is_one_file {
            true => None,
            false => Some(loader.read_file(&paths.certificate, Input::Certificate)?),
        };
        let key = loader.read_file(&paths.key, Input::Key)?;
        let passphrase = match (&paths.passphrase, loader.passphrase_file()) {
            (Some(path), _) => Some(read_passphrase(path)?),
            // If it cannot be read, whether it is needed shows only when the key is opened.
            (None, Some(path)) => read_passphrase(path).ok(),
            (None, None) => None,
        };
        Ok(Self {
            certificate,
            key,
            passphrase,
            is_passphrase_own: paths.passphrase.is_some(),
        })
    }

    fn digest(&self) -> Digest {
        let certificate = self.certificate.as_ref().map(|content| &content.bytes[..]);
        let [is_apart, certificate] = optional(certificate);
        let passphrase = self.passphrase.as_ref().map(|content| &content.bytes[..]);
        let [has_passphrase, passphrase] = optional(passphrase);
        Digest::of(&[
            b"read",
            &self.key.bytes,
            is_apart,
            certificate,
            has_passphrase,
            passphrase,
        ])
    }

    /// Loads what was read, and no other bytes.
    pub(crate) fn load(self, loader: &Loader) -> Result<Loaded, Error> {
        let passphrase = self.passphrase.as_ref().map(Passphrase::from_content);
        let certificate = self.certificate.as_ref().unwrap_or(&self.key);
        let load = |loader: &Loader| loader.load_contents(&certificate.bytes, &self.key);
        match passphrase.transpose()? {
            Some(passphrase) if self.is_passphrase_own => {
                load(&loader.clone().passphrase_of_pair(passphrase))
            }
            Some(passphrase) => load(&loader.clone().passphrase(passphrase)),
            None => load(loader),
        }
    }
}

fn read_passphrase(path: &Path) -> Result<FileContent, Error> {
    InputFile::new(path, Input::Passphrase).read()
}

/// Tells what is not there from what is empty.
fn optional(bytes: Option<&[u8]>) -> [&[u8]; 2] {
    bytes.map_or([b"absent", b""], |bytes| [b"present", bytes])
}

/// Looks at files that keep changing.
const MOST_LOOKS: usize = 4;

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// Looks that show these, one after the other, the last one without end.
    fn settled(shown: &[u64]) -> Result<Observation, Error> {
        let position = Cell::new(0);
        let look = || {
            let at = position.replace(position.get() + 1);
            let limit = shown[at.min(shown.len() - 1)];
            let input = Input::Key;
            Observation::new(State::Unreadable(Error::TooLarge { input, limit }))
        };
        look().settled(look)
    }

    #[test]
    fn files_exchanged_between_two_looks_are_read_again() {
        let State::Unreadable(error) = settled(&[1, 2]).unwrap().state else {
            panic!("it shows what was looked at");
        };
        assert!(matches!(error, Error::TooLarge { limit: 2, .. }));
    }

    #[test]
    fn files_that_never_stay_the_same_are_given_up() {
        assert!(settled(&[1, 2, 3, 4, 4]).is_ok());
        let changing = settled(&[1, 2, 3, 4, 5, 6]);
        assert!(matches!(changing, Err(Error::FilesChanging)));
    }

    #[test]
    fn an_empty_passphrase_is_not_a_missing_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        for name in ["key", "certificate", "passphrase"] {
            std::fs::write(path(name), "").unwrap();
        }
        let digest = |certificate, passphrase| {
            let paths = PairPaths {
                certificate: path(certificate),
                key: path("key"),
                passphrase,
            };
            Observation::read(&paths, &Loader::new()).digest
        };
        let plain = digest("certificate", None);
        assert!(plain == digest("certificate", None));
        assert!(plain != digest("certificate", Some(path("passphrase"))));
        assert!(plain != digest("key", None));
    }
}
