//! One thing that is worth knowing of an identity that did load, and how much it matters.
//!
//! Leaves out what is found where: the loader and the chain do that.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use vocabulary::Escaped;

use crate::input::Input;
use crate::secret_note::SecretNote;
use crate::shown::Shown;
use crate::time::{InWords, Utc};

/// The severity of a [`Finding`]; a higher one is worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum Severity {
    /// Good to know; it was put right in memory, and nothing needs to be done.
    Notice,
    /// The identity works now, or with most servers; it needs attention.
    Warning,
    /// The identity does not work now.
    Error,
}

/// One word in lower case.
impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// One thing worth knowing; its `Display` is a clause for the operator.
///
/// Positions count the certificates of the certificate input from 1.
///
/// | Finding | Severity | What to do |
/// |---|---|---|
/// | `CertificateExpired` | error | request a new certificate |
/// | `CertificateExpiresSoon` | warning | request the next certificate |
/// | `CertificateNotYetValid` | error | wait, or check the clock |
/// | `ChainReordered` | notice | nothing; other programs want the leaf first |
/// | `DuplicateCertificate` | notice | nothing |
/// | `IssuerExpired` | warning | get the issuer's current certificate |
/// | `IssuerNotYetValid` | warning | check the clock, or get the issuer's current certificate |
/// | `KeyFileExposed` | warning; notice if only the group may read it and the mode cannot be changed | take the permission away, or encrypt the key |
/// | `KeyRefused` | warning | nothing if another key is meant; else name it by its friendly name, or export it anew |
/// | `KeyUsageLacksDigitalSignature` | warning | request a certificate with that key usage |
/// | `PassphraseUnused` | warning | find out who believes that the key is encrypted |
/// | `RootDropped` | notice | nothing |
/// | `SecretFileExposed` | as `KeyFileExposed` | take the permission away |
/// | `SecretSpelling` | notice; warning if the key opens only with another reading, or without a passphrase | save the file as plain text, or encrypt the key anew |
/// | `SlowKeyDerivation` | notice | optimise this crate in debug builds, as its README says |
/// | `UnrelatedCertificate` | warning | look whether the right chain is in the file |
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The certificate is no longer valid
    /// (only with [`Loader::allow_outside_validity`](crate::Loader::allow_outside_validity)).
    CertificateExpired {
        /// Its last valid instant.
        not_after: SystemTime,
    },
    /// The certificate expires soon.
    CertificateExpiresSoon {
        /// Its last valid instant.
        not_after: SystemTime,
        /// The shortest of the [thresholds](crate::Loader::expiry_thresholds) that is reached: no
        /// more than this is left.
        threshold: Duration,
    },
    /// The certificate is not valid yet
    /// (only with [`Loader::allow_outside_validity`](crate::Loader::allow_outside_validity)).
    CertificateNotYetValid {
        /// Its first valid instant.
        not_before: SystemTime,
    },
    /// The certificates of the chain stood in another order than that in which they are sent
    /// ([RFC 8446, section 4.4.2](https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2)).
    ChainReordered,
    /// The same certificate stands in the input more than once; the copy was dropped.
    DuplicateCertificate {
        /// Where the copy stands.
        position: usize,
    },
    /// An issuer's certificate in the chain is no longer valid. A server that has another one for
    /// the same issuer accepts the leaf nevertheless.
    IssuerExpired {
        /// Where the issuer stands.
        position: usize,
        /// Its last valid instant.
        not_after: SystemTime,
    },
    /// An issuer's certificate in the chain is not valid yet.
    IssuerNotYetValid {
        /// Where the issuer stands.
        position: usize,
        /// Its first valid instant.
        not_before: SystemTime,
    },
    /// No passphrase protects the key, or an empty one, and others than its owner may read or
    /// change its file (Unix only).
    KeyFileExposed {
        /// The key file.
        path: PathBuf,
        /// Its permission bits, for example `0o644`.
        mode: u32,
        /// Whether this process may change them: not of another user's file, nor on a read-only
        /// volume such as a mounted secret of Kubernetes.
        is_changeable: bool,
    },
    /// Another key of the PKCS#12 store cannot be used; that of the identity can.
    KeyRefused {
        /// Its friendly name, if it has one.
        friendly_name: Option<String>,
        /// The reason, as the [`Error`](crate::Error) says it if the store has no other key.
        reason: String,
    },
    /// The certificate has a key usage and that lacks `digitalSignature`
    /// ([RFC 5280, section 4.2.1.3](https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.3)), which
    /// is what a TLS client does with its key. Some servers refuse it; OpenSSL's do unless it has
    /// `keyAgreement`.
    KeyUsageLacksDigitalSignature,
    /// A passphrase was given for a key that is not encrypted.
    PassphraseUnused,
    /// A self-signed root was dropped from the chain: a server has its own or trusts none.
    RootDropped {
        /// Where the root stands.
        position: usize,
    },
    /// Others than its owner may read or change the file of a passphrase or password (Unix only).
    SecretFileExposed {
        /// The content of the file.
        input: Input,
        /// The file.
        path: PathBuf,
        /// Its permission bits, for example `0o644`.
        mode: u32,
        /// Whether this process may change them, as for `KeyFileExposed`.
        is_changeable: bool,
    },
    /// A passphrase or password is spelled in a way that other programs may read otherwise, or the
    /// key opens only with another reading of it.
    SecretSpelling {
        /// Its format.
        input: Input,
        /// The note.
        note: SecretNote,
    },
    /// Opening the key took longer than a second, in a build with debug assertions: most likely
    /// this crate was not optimised, which its README shows how to change.
    SlowKeyDerivation {
        /// The time that it took.
        took: Duration,
    },
    /// A certificate is not part of the leaf's chain; it was dropped.
    UnrelatedCertificate {
        /// Where the certificate stands.
        position: usize,
    },
}

impl Finding {
    /// Returns its severity, as the table above lists it.
    #[must_use]
    pub const fn severity(&self) -> Severity {
        match self {
            Self::CertificateExpired { .. } | Self::CertificateNotYetValid { .. } => {
                Severity::Error
            }
            Self::CertificateExpiresSoon { .. }
            | Self::IssuerExpired { .. }
            | Self::IssuerNotYetValid { .. }
            | Self::KeyRefused { .. }
            | Self::KeyUsageLacksDigitalSignature
            | Self::PassphraseUnused
            | Self::UnrelatedCertificate { .. } => Severity::Warning,
            Self::KeyFileExposed {
                mode,
                is_changeable,
                ..
            }
            | Self::SecretFileExposed {
                mode,
                is_changeable,
                ..
            } => match (*mode & OF_OTHERS, *is_changeable) {
                (GROUP_READS, false) => Severity::Notice,
                _ => Severity::Warning,
            },
            Self::SecretSpelling { note, .. } => match note {
                SecretNote::Absent
                | SecretNote::BytesAsCharacters
                | SecretNote::Empty
                | SecretNote::FirstLine
                | SecretNote::Verbatim
                | SecretNote::WithoutLineEnd
                | SecretNote::ZeroCharacter => Severity::Warning,
                _ => Severity::Notice,
            },
            Self::ChainReordered
            | Self::DuplicateCertificate { .. }
            | Self::RootDropped { .. }
            | Self::SlowKeyDerivation { .. } => Severity::Notice,
        }
    }

    /// Returns the name of the variant in snake case, for example `certificate_expires_soon`: a
    /// stable label for metrics and logs, and the `kind` of the finding as data.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::CertificateExpired { .. } => "certificate_expired",
            Self::CertificateExpiresSoon { .. } => "certificate_expires_soon",
            Self::CertificateNotYetValid { .. } => "certificate_not_yet_valid",
            Self::ChainReordered => "chain_reordered",
            Self::DuplicateCertificate { .. } => "duplicate_certificate",
            Self::IssuerExpired { .. } => "issuer_expired",
            Self::IssuerNotYetValid { .. } => "issuer_not_yet_valid",
            Self::KeyFileExposed { .. } => "key_file_exposed",
            Self::KeyRefused { .. } => "key_refused",
            Self::KeyUsageLacksDigitalSignature => "key_usage_lacks_digital_signature",
            Self::PassphraseUnused => "passphrase_unused",
            Self::RootDropped { .. } => "root_dropped",
            Self::SecretFileExposed { .. } => "secret_file_exposed",
            Self::SecretSpelling { .. } => "secret_spelling",
            Self::SlowKeyDerivation { .. } => "slow_key_derivation",
            Self::UnrelatedCertificate { .. } => "unrelated_certificate",
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
            Self::CertificateExpiresSoon {
                not_after,
                threshold,
            } => write!(
                f,
                "the certificate expires within {}, on {}: request the next one now",
                InWords(*threshold),
                Utc(*not_after)
            ),
            Self::CertificateNotYetValid { not_before } => {
                let from = Utc(*not_before);
                write!(f, "the certificate is valid only from {from}")
            }
            Self::ChainReordered => f.write_str(
                "the certificates were not in the order in which they are sent and were put into \
                 it: another program may want the file in order, its own certificate first",
            ),
            Self::DuplicateCertificate { position } => write!(
                f,
                "certificate {position} is a copy of an earlier one and was dropped"
            ),
            Self::IssuerExpired {
                position,
                not_after,
            } => write!(
                f,
                "certificate {position}, an issuer in the chain, expired on {}: get its \
                 successor from the CA",
                Utc(*not_after)
            ),
            Self::IssuerNotYetValid {
                position,
                not_before,
            } => write!(
                f,
                "certificate {position}, an issuer in the chain, is valid only from {}: check the \
                 clock of this machine",
                Utc(*not_before)
            ),
            Self::KeyFileExposed {
                path,
                mode,
                is_changeable,
            } => {
                f.write_str("no passphrase protects the key, and ")?;
                exposed(f, path, *mode, *is_changeable)?;
                f.write_str(match is_changeable {
                    true => "",
                    false => ", or encrypt the key",
                })
            }
            Self::KeyRefused {
                friendly_name,
                reason,
            } => {
                f.write_str("another key of the store")?;
                if let Some(name) = friendly_name {
                    write!(f, ", \"{}\",", Escaped::line(name))?;
                }
                write!(f, " cannot be used: {reason}")
            }
            Self::KeyUsageLacksDigitalSignature => f.write_str(
                "the certificate's key usage lacks digitalSignature, which a TLS client needs: \
                 some servers refuse it, ask for a certificate with it",
            ),
            Self::PassphraseUnused => {
                f.write_str("a passphrase was given, but the key is not encrypted")
            }
            Self::RootDropped { position } => write!(
                f,
                "certificate {position} is a self-signed root and was dropped: it is not sent"
            ),
            Self::SecretFileExposed {
                input,
                path,
                mode,
                is_changeable,
            } => {
                write!(f, "of the {input} file, ")?;
                exposed(f, path, *mode, *is_changeable)
            }
            Self::SecretSpelling { input, note } => write!(f, "of the {input}: {note}"),
            Self::SlowKeyDerivation { took } => write!(
                f,
                "opening the key took {} seconds in a debug build: optimise `identity` there too, its \
                 README has the lines for Cargo.toml",
                took.as_secs()
            ),
            Self::UnrelatedCertificate { position } => write!(
                f,
                "certificate {position} is not part of the certificate's chain and was dropped"
            ),
        }
    }
}

/// Says who else may do what with a file, and what to do about it.
fn exposed(f: &mut fmt::Formatter<'_>, path: &Path, mode: u32, is_changeable: bool) -> fmt::Result {
    let who = match mode & OF_WORLD {
        0 => "its group",
        _ => "everybody",
    };
    let what = match mode & OTHERS_WRITE {
        0 => "read",
        _ => "change",
    };
    let path = Shown(path);
    match is_changeable {
        true => write!(f, "{who} may {what} it (mode {mode:04o}): chmod 600 {path}"),
        false => {
            let advice = match mode & OF_WORLD {
                0 => "let no other program have its group",
                _ => "mount it for the user or the group of this program alone",
            };
            write!(
                f,
                "{who} may {what} {path} (mode {mode:04o}), which cannot be changed from here as it is \
                 another user's or on a read-only volume: {advice} (in Kubernetes, `fsGroup` with \
                 `defaultMode: 0400`)"
            )
        }
    }
}

/// Group and world may read or write.
const OF_OTHERS: u32 = 0o066;
const GROUP_READS: u32 = 0o040;
const OF_WORLD: u32 = 0o006;
const OTHERS_WRITE: u32 = 0o022;
