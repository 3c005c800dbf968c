//! The kinds of files, told apart by their PEM label ([RFC 7468]).
//!
//! Leaves out what is in them.
//!
//! [RFC 7468]: https://www.rfc-editor.org/rfc/rfc7468#section-4

use std::fmt;

/// The content of a file, as far as its PEM label tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// A certificate.
    Certificate,
    /// A certification request.
    CertificationRequest,
    /// A private key, encrypted or not.
    PrivateKey,
    /// Something else, or nothing that can be recognised.
    Unknown,
}

impl FileKind {
    pub(crate) fn of_label(label: &str) -> Self {
        match label {
            "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE" => Self::Certificate,
            // RFC 7468, section 7: the second is what older and Microsoft's programs write.
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Self::CertificationRequest,
            _ if label.ends_with("PRIVATE KEY") => Self::PrivateKey,
            _ => Self::Unknown,
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "a certificate",
            Self::CertificationRequest => "a certification request",
            Self::PrivateKey => "a private key",
            Self::Unknown => "nothing that is recognised",
        })
    }
}
