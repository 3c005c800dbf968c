//! The inputs by their names, as errors call them.
//!
//! Leaves out what is in them.

use std::fmt;

/// Which of the inputs an error is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Input {
    /// The certificate chain.
    Certificate,
    /// A file that is looked at, whatever it is.
    File,
    /// The private key.
    Key,
    /// The passphrase.
    Passphrase,
    /// A password for a service.
    Password,
    /// A certificate signing request.
    Request,
    /// Certificates that are trusted to vouch for others.
    TrustAnchors,
}

impl Input {
    /// Returns the most bytes of such a file, unless another limit is set.
    pub(crate) const fn longest_file(self) -> u64 {
        match self {
            Self::Passphrase | Self::Password => 4096,
            Self::Certificate | Self::File | Self::Key | Self::Request | Self::TrustAnchors => {
                1 << 20
            }
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "certificate",
            Self::File => "file",
            Self::Key => "key",
            Self::Passphrase => "passphrase",
            Self::Password => "password",
            Self::Request => "request",
            Self::TrustAnchors => "trust anchor",
        })
    }
}
