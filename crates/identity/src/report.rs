//! The report of a successful load: as facts, as text, as data.
//!
//! Leaves out errors: what makes an identity unusable is an [`Error`](crate::Error).

#[cfg(feature = "serde")]
mod data;
mod finding;

use std::fmt;

use crate::certificate::Certificate;
use crate::encryption::Encryption;
use crate::format::Format;
use crate::key_algorithm::KeyAlgorithm;

pub use finding::{Finding, Severity};

/// Everything worth knowing about an identity that did load: what the files were, what will be
/// sent, and the findings that need attention.
///
/// It holds nothing secret. The names in the certificates are in `Display` and in the data, and
/// not in `Debug`.
///
/// ```
/// # use std::time::{Duration, SystemTime};
/// use identity::{Finding, Loader, Severity};
///
/// # fn main() -> Result<(), identity::Error> {
/// # let chain = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/chain.pem"));
/// # let key = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/key.pem"));
/// # let january_2030 = SystemTime::UNIX_EPOCH + Duration::from_secs(1_893_456_000);
/// let loaded = Loader::new().validate_at(january_2030).load(chain, key)?;
/// let report = loaded.report();
/// assert_eq!(report.findings(), [Finding::RootDropped { position: 3 }]);
/// // A check that runs every night fails on what needs attention.
/// let failed = report.severity() >= Some(Severity::Warning);
/// assert!(!failed);
/// println!("{report}");
/// # Ok(())
/// # }
/// ```
///
/// # As text
///
/// `Display` is for a person, several lines without a line end at the last:
///
/// ```text
/// key          RSA with 2048 bits
/// key file     an encrypted PKCS#8 key
/// encryption   PBES2, AES-256-CBC, PBKDF2 with HMAC-SHA256, 2048 iterations
/// subject      C=CA, ST=Ontario, O=Example, CN=client.example.com
/// issuer       C=CA, O=Example Trust, CN=Example Issuing CA
/// serial       8BADF00D
/// valid        2026-11-23T18:05:00Z to 2027-11-23T18:05:00Z
/// certificate  SHA-256 5f0c...
/// public key   SHA-256 77ab...
/// chain        2 certificates are sent
///              1. C=CA, ST=Ontario, O=Example, CN=client.example.com
///              2. C=CA, O=Example Trust, CN=Example Issuing CA
/// certificate and key belong together and are usable
/// notice: certificate 3 is a self-signed root and was dropped: it is not sent
/// ```
///
/// # As data
///
/// With the cargo feature `serde` a report can be serialized; in JSON:
///
/// ```json
/// {
///   "key": {
///     "algorithm": { "name": "rsa", "bits": 2048 },
///     "format": "encrypted_pkcs8",
///     "encryption": {
///       "scheme": "pbes2",
///       "cipher": "aes256_cbc",
///       "key_derivation": { "function": "pbkdf2", "prf": "hmac_sha256", "iterations": 2048 }
///     }
///   },
///   "certificate_chain": [
///     {
///       "subject": "C=CA, ST=Ontario, O=Example, CN=client.example.com",
///       "common_name": "client.example.com",
///       "issuer": "C=CA, O=Example Trust, CN=Example Issuing CA",
///       "serial": "8BADF00D",
///       "not_before": "2026-11-23T18:05:00Z",
///       "not_after": "2027-11-23T18:05:00Z",
///       "sha256": "5f0c...",
///       "public_key_sha256": "77ab..."
///     }
///   ],
///   "severity": "warning",
///   "findings": [
///     {
///       "kind": "certificate_expires_soon",
///       "severity": "warning",
///       "message": "the certificate expires within 7 days, on ...",
///       "not_after": "2027-11-23T18:05:00Z",
///       "threshold_seconds": 604800
///     }
///   ]
/// }
/// ```
///
/// The names and kinds are stable, new ones may be added, and a `message` may change. Instants are
/// RFC 3339 in UTC, digests hexadecimal. `format`, `encryption`, `common_name` and the outer
/// `severity` are null if there is none. The other fields of a finding are those of its variant;
/// the `mode` of a file is a string of octal digits, `"0644"`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    pub(crate) format: Option<Format>,
    pub(crate) encryption: Option<Encryption>,
    pub(crate) algorithm: KeyAlgorithm,
    pub(crate) friendly_name: Option<String>,
    pub(crate) local_key_id: Option<Vec<u8>>,
    pub(crate) chain: Vec<Certificate>,
    pub(crate) findings: Vec<Finding>,
}

impl Report {
    /// Returns the format of the key file; `None` if the key is in no file but a signer.
    #[must_use]
    pub const fn key_format(&self) -> Option<Format> {
        self.format
    }

    /// Returns the encryption of the key; `None` if it was not encrypted.
    #[must_use]
    pub const fn encryption(&self) -> Option<Encryption> {
        self.encryption
    }

    /// Returns the algorithm of the key.
    #[must_use]
    pub const fn key_algorithm(&self) -> KeyAlgorithm {
        self.algorithm
    }

    /// Returns the friendly name of the key in its PKCS#12 store, which `keytool` calls an alias
    /// ([RFC 2985, section 5.5.1]); `None` if it has none. Not escaped.
    ///
    /// [RFC 2985, section 5.5.1]: https://www.rfc-editor.org/rfc/rfc2985#section-5.5.1
    #[must_use]
    pub fn friendly_name(&self) -> Option<&str> {
        self.friendly_name.as_deref()
    }

    /// Returns the `localKeyId` of the key in its PKCS#12 store ([RFC 2985, section 5.5.2]); `None`
    /// if it has none. Many tools write the SHA-1 digest of its certificate.
    ///
    /// [RFC 2985, section 5.5.2]: https://www.rfc-editor.org/rfc/rfc2985#section-5.5.2
    #[must_use]
    pub fn local_key_id(&self) -> Option<&[u8]> {
        self.local_key_id.as_deref()
    }

    /// Returns the certificates as they will be sent, the leaf first.
    #[must_use]
    pub fn certificate_chain(&self) -> &[Certificate] {
        &self.chain
    }

    /// Returns the findings in the order in which they were made; empty if all is well.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns the highest severity among the findings; `None` if there are none.
    ///
    /// `None` is less than any severity, so `report.severity() >= Some(Severity::Warning)` asks
    /// whether it needs attention.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(Finding::severity).max()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "key          {}", self.algorithm)?;
        match self.format {
            Some(format) => writeln!(f, "key file     {format}")?,
            None => writeln!(f, "key file     none: the key stays in its device")?,
        }
        match (&self.encryption, self.format) {
            (Some(encryption), _) => writeln!(f, "encryption   {encryption}")?,
            (None, Some(_)) => writeln!(f, "encryption   not encrypted")?,
            (None, None) => {}
        }
        if let Some(leaf) = self.chain.first() {
            writeln!(f, "{leaf}")?;
        }
        match self.chain.len() {
            1 => writeln!(f, "chain        1 certificate is sent")?,
            length => writeln!(f, "chain        {length} certificates are sent")?,
        }
        for (number, certificate) in (1..).zip(&self.chain) {
            writeln!(f, "             {number}. {}", certificate.subject())?;
        }
        f.write_str("certificate and key belong together")?;
        f.write_str(match self.severity() {
            Some(Severity::Error) => ", but are not usable now",
            _ => " and are usable",
        })?;
        self.findings
            .iter()
            .try_for_each(|finding| write!(f, "\n{}: {finding}", finding.severity()))
    }
}
