//! A certificate whose file does not have the name of its key.
//!
//! Leaves out finding and renaming it.

use std::fmt;
use std::path::PathBuf;

use crate::format::Format;
use crate::shown::Shown;

/// A file that holds the certificate of a key and does not have its name; its `Display` is a clause
/// that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MisnamedCertificate {
    /// The file.
    pub path: PathBuf,
    /// Its format: [`Format::Certificate`], or [`Format::Pkcs7`] with certificates in it.
    pub format: Format,
    /// The name that it should have.
    pub should_be: PathBuf,
}

impl fmt::Display for MisnamedCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, should_be) = (Shown(&self.path), Shown(&self.should_be));
        match self.format {
            Format::Pkcs7 => write!(
                f,
                "{path} holds the certificate of this key: unpack it with `openssl pkcs7 \
                 -print_certs -in \"{path}\" -out \"{should_be}\"` (`-inform DER` if it is binary)"
            ),
            _ => write!(
                f,
                "{path} is the certificate of this key: rename it to {should_be}"
            ),
        }
    }
}
