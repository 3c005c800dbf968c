//! The passphrase that protects a private key file.
//!
//! Bytes as PBES2 takes them (RFC 8018, section 6.2). Leaves out asking for it and judging its
//! strength: both belong to the program that talks to a person.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::Error;

/// A passphrase: at least one byte, wiped when dropped, absent from `Debug`.
///
/// Any bytes will do, UTF-8 or not; they are used exactly as given. A line end left over from
/// reading a file is part of the passphrase, so remove it first.
///
/// ```
/// let passphrase = csr::Passphrase::new("correct horse battery staple")?;
/// assert_eq!(format!("{passphrase:?}"), "Passphrase { .. }");
/// # Ok::<(), csr::Error>(())
/// ```
pub struct Passphrase(Zeroizing<Vec<u8>>);

impl Passphrase {
    /// Takes the bytes over; hand over an owned `String` or `Vec` so that no copy stays behind.
    ///
    /// # Errors
    ///
    /// [`Error::EmptyPassphrase`] for no bytes at all: such a key would look protected and would
    /// not be.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let bytes = Zeroizing::new(bytes.into());
        if bytes.is_empty() {
            Err(Error::EmptyPassphrase)
        } else {
            Ok(Self(bytes))
        }
    }

    /// Returns the bytes, for the one line that derives a key from them.
    pub(crate) fn expose_secret(&self) -> &[u8] {
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
    use super::*;

    #[test]
    fn any_byte_is_a_passphrase_but_none_is_not() {
        assert_eq!(Passphrase::new([0xff]).unwrap().expose_secret(), [0xff]);
        assert!(matches!(Passphrase::new(""), Err(Error::EmptyPassphrase)));
    }

    #[test]
    fn debug_does_not_show_the_passphrase() {
        let shown = format!("{:?}", Passphrase::new("sesame").unwrap());
        assert!(!shown.contains("sesame") && !shown.contains("115"));
    }
}
