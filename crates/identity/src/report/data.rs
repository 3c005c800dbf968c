//! A report as data, with the feature `serde`.
//!
//! The names are part of the public API. [`Report`] documents the shape. Leaves out reading it
//! back.

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use crate::encryption::Encryption;
use crate::format::Format;
use crate::key_algorithm::KeyAlgorithm;
use crate::report::{Finding, Report};
use crate::time::Utc;

/// In the shape that is shown at [`Report`].
impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let key = Key {
            algorithm: self.algorithm,
            format: self.format,
            encryption: self.encryption,
        };
        let mut report = serializer.serialize_struct("Report", 4)?;
        report.serialize_field("key", &key)?;
        report.serialize_field("certificate_chain", &self.chain)?;
        report.serialize_field("severity", &self.severity())?;
        report.serialize_field("findings", &self.findings)?;
        report.end()
    }
}

#[derive(serde::Serialize)]
struct Key {
    algorithm: KeyAlgorithm,
    format: Option<Format>,
    encryption: Option<Encryption>,
}

/// A map of `kind`, `severity`, `message` and the fields of the variant.
impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut finding = serializer.serialize_map(None)?;
        finding.serialize_entry("kind", self.kind())?;
        finding.serialize_entry("severity", &self.severity())?;
        finding.serialize_entry("message", &self.to_string())?;
        match self {
            Self::CertificateExpired { not_after } => {
                finding.serialize_entry("not_after", &Utc(*not_after))?;
            }
            Self::CertificateExpiresSoon {
                not_after,
                threshold,
            } => {
                finding.serialize_entry("not_after", &Utc(*not_after))?;
                finding.serialize_entry("threshold_seconds", &threshold.as_secs())?;
            }
            Self::CertificateNotYetValid { not_before } => {
                finding.serialize_entry("not_before", &Utc(*not_before))?;
            }
            Self::IssuerExpired {
                position,
                not_after,
            } => {
                finding.serialize_entry("position", position)?;
                finding.serialize_entry("not_after", &Utc(*not_after))?;
            }
            Self::IssuerNotYetValid {
                position,
                not_before,
            } => {
                finding.serialize_entry("position", position)?;
                finding.serialize_entry("not_before", &Utc(*not_before))?;
            }
            Self::KeyFileExposed {
                path,
                mode,
                is_changeable,
            } => {
                finding.serialize_entry("path", &path.to_string_lossy())?;
                finding.serialize_entry("mode", &format_args!("{mode:04o}"))?;
                finding.serialize_entry("is_changeable", is_changeable)?;
            }
            Self::KeyRefused {
                friendly_name,
                reason,
            } => {
                finding.serialize_entry("friendly_name", friendly_name)?;
                finding.serialize_entry("reason", reason)?;
            }
            Self::SecretFileExposed {
                input,
                path,
                mode,
                is_changeable,
            } => {
                finding.serialize_entry("input", input)?;
                finding.serialize_entry("path", &path.to_string_lossy())?;
                finding.serialize_entry("mode", &format_args!("{mode:04o}"))?;
                finding.serialize_entry("is_changeable", is_changeable)?;
            }
            Self::SecretSpelling { input, note } => {
                finding.serialize_entry("input", input)?;
                finding.serialize_entry("note", note)?;
            }
            Self::SlowKeyDerivation { took } => {
                finding.serialize_entry("took_seconds", &took.as_secs())?;
            }
            Self::DuplicateCertificate { position }
            | Self::RootDropped { position }
            | Self::UnrelatedCertificate { position } => {
                finding.serialize_entry("position", position)?;
            }
            Self::ChainReordered | Self::KeyUsageLacksDigitalSignature | Self::PassphraseUnused => {
            }
        }
        finding.end()
    }
}
