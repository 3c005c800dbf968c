//! The passphrase of an encrypted key.
//!
//! A passphrase is bytes, not text ([RFC 8018, section 3]). Leaves out prompting.
//!
//! [RFC 8018, section 3]: https://www.rfc-editor.org/rfc/rfc8018#section-3

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

use zeroize::Zeroizing;

use crate::{Error, FileContent, Input, InputFile};

/// A passphrase, wiped from memory when it is dropped; never shown.
///
/// ```
/// use identity::Passphrase;
///
/// let passphrase = Passphrase::new("correct horse battery staple");
/// assert_eq!(format!("{passphrase:?}"), "Passphrase { .. }");
/// ```
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// Takes the bytes as they are; text is taken as UTF-8.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// Takes the value of an environment variable.
    ///
    /// # Errors
    ///
    /// [`Error::PassphraseVariableUnset`] if there is no such variable.
    pub fn from_env(name: impl AsRef<OsStr>) -> Result<Self, Error> {
        let name = name.as_ref();
        match std::env::var_os(name) {
            Some(value) => Ok(Self::new(value.into_encoded_bytes())),
            None => Err(Error::PassphraseVariableUnset {
                name: name.to_string_lossy().into_owned(),
            }),
        }
    }

    /// Takes the content of a regular file of at most 4096 bytes, without one newline at its end.
    ///
    /// # Errors
    ///
    /// Those of [`InputFile::read`].
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, Error> {
        Self::read_file(path.as_ref()).map(Self::from_file_content)
    }

    /// Takes what was read from a file or a pipe, without one newline at its end.
    #[must_use]
    pub fn from_content(content: FileContent) -> Self {
        Self::from_file_content(content.bytes)
    }

    /// Reads a passphrase file, whole.
    pub(crate) fn read_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
        let content = InputFile::new(path, Input::Passphrase).read();
        content.map(|content| content.bytes)
    }

    /// Takes the content of a passphrase file, without one newline at its end.
    pub(crate) fn from_file_content(mut bytes: Zeroizing<Vec<u8>>) -> Self {
        if bytes.last() == Some(&b'\n') {
            bytes.pop();
            if bytes.last() == Some(&b'\r') {
                bytes.pop();
            }
        }
        Self(bytes)
    }

    /// The bytes themselves, for whoever has to hand them on.
    #[must_use]
    pub fn secret_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passphrase").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn from_file(content: &[u8]) -> Vec<u8> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passphrase");
        fs::write(&path, content).unwrap();
        Passphrase::from_file(path).unwrap().secret_bytes().to_vec()
    }

    #[test]
    fn one_newline_at_the_end_of_a_file_is_dropped() {
        assert_eq!(from_file(b"secret"), b"secret");
        assert_eq!(from_file(b"secret\n"), b"secret");
        assert_eq!(from_file(b"secret\r\n"), b"secret");
        assert_eq!(from_file(b"secret\n\n"), b"secret\n");
        assert_eq!(from_file(b" secret \r"), b" secret \r");
        assert_eq!(from_file(b""), b"");
    }

    #[test]
    fn the_environment_is_taken_as_it_is() {
        // Set wherever a test is run, and not to what it was when it was compiled.
        let path = Passphrase::from_env("PATH").unwrap();
        let expected = std::env::var_os("PATH").unwrap();
        assert_eq!(path.secret_bytes(), expected.as_encoded_bytes());
    }
}
