//! The passphrase of an encrypted key.
//!
//! A passphrase is bytes, not text ([RFC 8018, section 3]). Leaves out prompting.
//!
//! [RFC 8018, section 3]: https://www.rfc-editor.org/rfc/rfc8018#section-3

mod spelling;

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

use zeroize::Zeroizing;

use spelling::Spelling;

use crate::error::Error;
use crate::input::Input;
use crate::input_file::{FileContent, InputFile};
use crate::report::Finding;
use crate::secret_note::SecretNote;

/// A passphrase or a password, wiped from memory when it is dropped; never shown.
///
/// ```
/// use identity::Passphrase;
///
/// let passphrase = Passphrase::new("correct horse battery staple");
/// assert_eq!(format!("{passphrase:?}"), "Passphrase { .. }");
/// ```
pub struct Passphrase {
    secret: Zeroizing<Vec<u8>>,
    /// Other readings of the same file or variable, by the tool that encrypted the key.
    others: Vec<(SecretNote, Zeroizing<Vec<u8>>)>,
    input: Input,
    findings: Vec<Finding>,
}

impl Passphrase {
    /// Takes the bytes as they are; text is taken as UTF-8.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            secret: Zeroizing::new(bytes.into()),
            others: Vec::new(),
            input: Input::Passphrase,
            findings: Vec::new(),
        }
    }

    /// Takes the value of an environment variable.
    ///
    /// A byte order mark at its start is dropped, which [`findings`](Self::findings) say. Line ends
    /// at its end belong to it; a key that opens only without them is opened, and a finding says
    /// so.
    ///
    /// # Errors
    ///
    /// [`Error::PassphraseVariableUnset`] if there is no such variable.
    pub fn from_env(name: impl AsRef<OsStr>) -> Result<Self, Error> {
        let name = name.as_ref();
        match std::env::var_os(name) {
            Some(value) => {
                // As bytes: a passphrase of an old tool need not be UTF-8.
                let bytes = Zeroizing::new(value.into_encoded_bytes());
                let spelling = Spelling::of_variable(bytes);
                Ok(Self::of(spelling, Input::Passphrase))
            }
            None => Err(Error::PassphraseVariableUnset {
                name: name.to_string_lossy().into_owned(),
            }),
        }
    }

    /// Takes the content of a regular file of at most 4096 bytes, as
    /// [`from_content`](Self::from_content) does.
    ///
    /// # Errors
    ///
    /// Those of [`InputFile::read`] and of [`from_content`](Self::from_content).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        let file = InputFile::new(path.as_ref(), Input::Passphrase);
        Self::from_content(&file.read()?)
    }

    /// Takes what a person means by the content of a file or a pipe: without line ends at its end,
    /// a byte order mark is dropped, and UTF-16, as Windows writes it, becomes UTF-8.
    ///
    /// [`findings`](Self::findings) say what was dropped or converted. Where a key does not open
    /// with that, other readings of the same file are tried: its bytes as they stand, and its first
    /// line alone, as openssl takes it.
    ///
    /// # Errors
    ///
    /// [`Error::UnsupportedFormat`] with [`Format::Utf16`](crate::Format::Utf16) if there is a mark
    /// of UTF-16 and no text in it.
    pub fn from_content(content: &FileContent) -> Result<Self, Error> {
        let spelling = Spelling::of_file(&content.bytes, content.input)?;
        let mut passphrase = Self::of(spelling, content.input);
        passphrase.findings.extend(content.secret_exposed());
        Ok(passphrase)
    }

    fn of(spelling: Spelling, input: Input) -> Self {
        let findings = spelling.notes.into_iter();
        Self {
            secret: spelling.secret,
            others: spelling.others,
            findings: findings
                .map(|note| Finding::SecretSpelling { input, note })
                .collect(),
            input,
        }
    }

    /// Returns the bytes themselves, to be handed on.
    #[must_use]
    pub fn secret_bytes(&self) -> &[u8] {
        &self.secret
    }

    /// Returns the findings about the file that it came from: others that may read it, and how its
    /// text differs from what a person would type. Show it to a person who sets a new passphrase.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns every reading, the one that is meant first, with what is to be said if it is the
    /// right one.
    pub(crate) fn readings(&self) -> impl Iterator<Item = (&[u8], Option<Finding>)> {
        let others = self.others.iter().map(|(note, secret)| {
            let (input, note) = (self.input, *note);
            (
                secret.as_slice(),
                Some(Finding::SecretSpelling { input, note }),
            )
        });
        std::iter::once((self.secret.as_slice(), None)).chain(others)
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passphrase").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_is_taken_as_it_is() {
        // Set wherever a test is run, and not to what it was when it was compiled.
        let path = Passphrase::from_env("PATH").unwrap();
        let expected = std::env::var_os("PATH").unwrap();
        assert_eq!(path.secret_bytes(), expected.as_encoded_bytes());
        assert_eq!(path.findings(), []);
    }
}
