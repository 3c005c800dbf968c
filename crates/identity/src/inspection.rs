//! The content of a file, as far as it shows without a passphrase.
//!
//! For a file of unknown content. Leaves out whether its parts belong together.

use std::fmt;

use crate::certificate::Certificate;
use crate::chain::Link;
use crate::document::Document;
use crate::encrypted_key::EncryptedKey;
use crate::encryption::Encryption;
use crate::error::Error;
use crate::format::Format;
use crate::key_algorithm::KeyAlgorithm;
use crate::pkcs7;
use crate::pkcs12::StoreSummary;
use crate::private_key::PrivateKey;

/// One thing in a file: what it is, and what it says of itself.
///
/// From [`Loader::inspect`](crate::Loader::inspect). Its `Display` is for a person and shows
/// nothing secret; of a certificate it shows the names.
///
/// ```
/// use identity::{Format, Loader};
///
/// # let file = include_bytes!("../tests/vectors/guide.key");
/// for part in Loader::new().inspect(file)? {
///     assert_eq!(part.format(), Format::EncryptedPkcs8);
///     // an encrypted PKCS#8 key: PBES2, DES-EDE3-CBC, PBKDF2 with HMAC-SHA256, 2048 iterations
///     println!("{part}");
/// }
/// # Ok::<(), identity::Error>(())
/// ```
#[derive(Debug)]
pub struct Inspected {
    format: Format,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// The number of certificates in a bundle; they follow as parts of their own.
    Bundle(usize),
    Certificate(Certificate),
    EncryptedKey(Encryption),
    Key(KeyAlgorithm),
    /// It should be one of these, but cannot be read or used.
    Problem(Error),
    Store(StoreSummary),
    /// There is no more to say than the format.
    Unread,
}

impl Inspected {
    /// Looks at a document; if it is a certificate, the one at `position` of its file, from 1.
    pub(crate) fn new(position: usize, document: &Document) -> Self {
        let content = match document.format {
            Format::Certificate => Link::new(position, &document.der)
                .and_then(|link| link.facts())
                .map(Content::Certificate),
            Format::EncryptedPkcs8 | Format::TraditionalEncrypted => {
                EncryptedKey::from_document(document).map(|key| match key {
                    Some(key) => Content::EncryptedKey(key.encryption),
                    None => Content::Unread,
                })
            }
            Format::Pkcs1 | Format::Pkcs8 | Format::Sec1 => {
                PrivateKey::from_der(document.format, &document.der)
                    .map(|key| Content::Key(key.algorithm()))
            }
            Format::Pkcs12 => StoreSummary::read(&document.der).map(Content::Store),
            Format::Pkcs7 => match pkcs7::certificates(&document.der).len() {
                0 => Ok(Content::Unread),
                count => Ok(Content::Bundle(count)),
            },
            _ => Ok(Content::Unread),
        };
        Self {
            format: document.format,
            content: content.unwrap_or_else(Content::Problem),
        }
    }

    /// Returns its format.
    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// Returns the fields of a certificate; `None` of anything else and of a damaged one.
    #[must_use]
    pub const fn certificate(&self) -> Option<&Certificate> {
        match &self.content {
            Content::Certificate(certificate) => Some(certificate),
            _ => None,
        }
    }

    /// Returns the encryption of an encrypted key; `None` of anything else, and if it cannot be
    /// opened.
    #[must_use]
    pub const fn encryption(&self) -> Option<Encryption> {
        match self.content {
            Content::EncryptedKey(encryption) => Some(encryption),
            _ => None,
        }
    }

    /// Returns the algorithm of a key that is not encrypted; `None` of anything else, and if it
    /// cannot be used.
    #[must_use]
    pub const fn key_algorithm(&self) -> Option<KeyAlgorithm> {
        match self.content {
            Content::Key(algorithm) => Some(algorithm),
            _ => None,
        }
    }

    /// Returns the reason for which a key or a certificate cannot be read or used.
    #[must_use]
    pub const fn problem(&self) -> Option<&Error> {
        match &self.content {
            Content::Problem(problem) => Some(problem),
            _ => None,
        }
    }
}

impl fmt::Display for Inspected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.format)?;
        match &self.content {
            Content::Bundle(1) => f.write_str(" with one certificate"),
            Content::Bundle(count) => write!(f, " with {count} certificates"),
            Content::Certificate(certificate) => write!(f, ":\n{certificate}"),
            Content::EncryptedKey(encryption) => write!(f, ": {encryption}"),
            Content::Key(algorithm) => write!(f, ": {algorithm}, not encrypted"),
            Content::Problem(problem) => write!(f, ": {problem}"),
            Content::Store(summary) => write!(f, ":\n{summary}"),
            Content::Unread => match self.format.advice() {
                "" => Ok(()),
                advice => write!(f, ": {advice}"),
            },
        }
    }
}
