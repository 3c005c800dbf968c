//! What a successful load has to say beside the identity.
//!
//! Leaves out errors: what makes an identity unusable is an [`Error`](crate::Error).

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::time::Utc;
use crate::{Certificate, Encryption, Format, KeyAlgorithm};

/// Everything worth knowing about an identity that did load: what the files were, what will be
/// sent, and what somebody should look at.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    pub(crate) format: Format,
    pub(crate) encryption: Option<Encryption>,
    pub(crate) algorithm: KeyAlgorithm,
    pub(crate) chain: Vec<Certificate>,
    pub(crate) findings: Vec<Finding>,
}

impl Report {
    /// What the key file was.
    #[must_use]
    pub const fn key_format(&self) -> Format {
        self.format
    }

    /// How the key was encrypted; `None` if it was not.
    #[must_use]
    pub const fn encryption(&self) -> Option<Encryption> {
        self.encryption
    }

    /// What the key is for.
    #[must_use]
    pub const fn key_algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// The certificates as they will be sent, the leaf first.
    #[must_use]
    pub fn certificate_chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// The findings in the order in which they were made; empty if all is well.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    pub(crate) fn add(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

/// How much a [`Finding`] matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Good to know; nothing needs to be done.
    Notice,
    /// The identity works now; somebody should look at it.
    Warning,
    /// The identity does not work now.
    Error,
}

/// One thing worth knowing; its `Display` is a sentence for the operator.
///
/// Positions count the certificates of the certificate input from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The certificate is no longer valid
    /// (only with [`Loader::outside_validity`](crate::Loader::outside_validity)).
    CertificateExpired {
        /// Its last valid instant.
        not_after: SystemTime,
    },
    /// The certificate expires soon.
    CertificateExpiresSoon {
        /// Its last valid instant.
        not_after: SystemTime,
        /// The shortest of the [thresholds](crate::Loader::expiry_thresholds) that is reached.
        threshold: Duration,
    },
    /// The certificate is not valid yet
    /// (only with [`Loader::outside_validity`](crate::Loader::outside_validity)).
    CertificateNotYetValid {
        /// Its first valid instant.
        not_before: SystemTime,
    },
    /// The same certificate stands in the input more than once; the copy was dropped.
    DuplicateCertificate {
        /// Where the copy stands.
        position: usize,
    },
    /// The key is not encrypted and others than its owner may read the file (Unix only).
    KeyFileExposed {
        /// The key file.
        path: PathBuf,
        /// Its permission bits, for example `0o644`.
        mode: u32,
    },
    /// A passphrase was given for a key that is not encrypted.
    PassphraseUnused,
    /// A self-signed root was dropped from the chain: a server has its own or trusts none.
    RootDropped {
        /// Where the root stands.
        position: usize,
    },
    /// A certificate belongs neither to the key nor to the chain; it was dropped.
    UnrelatedCertificate {
        /// Where the certificate stands.
        position: usize,
    },
}

impl Finding {
    /// How much it matters.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::CertificateExpired { .. } | Self::CertificateNotYetValid { .. } => {
                Severity::Error
            }
            Self::RootDropped { .. } => Severity::Notice,
            _ => Severity::Warning,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CertificateExpired { not_after } => write!(
                f,
                "the certificate expired on {}: request a new one",
                Utc(*not_after)
            ),
            Self::CertificateNotYetValid { not_before } => {
                write!(f, "the certificate is valid only from {}", Utc(*not_before))
            }
            Self::CertificateExpiresSoon { not_after, .. } => write!(
                f,
                "the certificate expires on {}: request the next one now",
                Utc(*not_after)
            ),
            Self::DuplicateCertificate { position } => {
                write!(
                    f,
                    "certificate {position} is a copy of an earlier one and was dropped"
                )
            }
            Self::KeyFileExposed { path, mode } => write!(
                f,
                "the key is not encrypted and others may read it (mode {mode:04o}): chmod 600 {}",
                path.display()
            ),
            Self::PassphraseUnused => {
                f.write_str("a passphrase was given, but the key is not encrypted")
            }
            Self::RootDropped { position } => write!(
                f,
                "certificate {position} is a self-signed root and was dropped: it is not sent"
            ),
            Self::UnrelatedCertificate { position } => write!(
                f,
                "certificate {position} does not belong to the chain of the key and was dropped"
            ),
        }
    }
}
