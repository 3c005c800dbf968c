//! An X.509 certificate and the facts that are read from it.
//!
//! [RFC 5280, section 4.1]. Leaves out signatures: nothing here is a decision to trust.
//!
//! [RFC 5280, section 4.1]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1

use std::fmt;
use std::time::SystemTime;

use der::asn1::{Any, ObjectIdentifier};
use der::{Encode, Tag, Tagged};
use rustls_pki_types::CertificateDer;
use vocabulary::{Fingerprint, is_invisible};
use x509_cert::TbsCertificate;
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::Name;

use crate::directory_string;
use crate::time::{Utc, end_of};

/// The facts of one certificate.
///
/// Its `Debug` shows the digest only, its `Display` and its data also the names.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Certificate {
    pub(crate) subject: String,
    pub(crate) common_name: Option<String>,
    pub(crate) issuer: String,
    pub(crate) serial: String,
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_utc"))]
    pub(crate) not_before: SystemTime,
    #[cfg_attr(feature = "serde", serde(serialize_with = "as_utc"))]
    pub(crate) not_after: SystemTime,
    pub(crate) sha256: Fingerprint,
    pub(crate) public_key_sha256: Fingerprint,
}

impl Certificate {
    /// Collects the facts; `None` only if the decoded certificate cannot be encoded again.
    pub(crate) fn new(der: &CertificateDer<'_>, content: &TbsCertificate) -> Option<Self> {
        let public_key = content.subject_public_key_info().to_der().ok()?;
        Some(Self {
            subject: written_out(content.subject()),
            common_name: common_name(content.subject()),
            issuer: written_out(content.issuer()),
            serial: hexadecimal(content.serial_number().as_bytes()),
            not_before: content.validity().not_before.to_system_time(),
            not_after: content.validity().not_after.to_system_time(),
            sha256: Fingerprint::of(der),
            public_key_sha256: Fingerprint::of(&public_key),
        })
    }

    /// Returns the subject in the order of the certificate: `C=CA, ST=Ontario, O=Example,
    /// CN=example.com`.
    ///
    /// Values are escaped as in [RFC 4514, section 2.4]; the order is not reversed as it is there.
    ///
    /// [RFC 4514, section 2.4]: https://www.rfc-editor.org/rfc/rfc4514#section-2.4
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Returns the last common name of the subject, unescaped.
    #[must_use]
    pub fn common_name(&self) -> Option<&str> {
        self.common_name.as_deref()
    }

    /// Returns the issuer, written like [`subject`](Self::subject).
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the serial number in upper-case hexadecimal, as `openssl x509 -serial` prints it.
    #[must_use]
    pub fn serial(&self) -> &str {
        &self.serial
    }

    /// Returns the first instant of validity.
    #[must_use]
    pub const fn not_before(&self) -> SystemTime {
        self.not_before
    }

    /// Returns the last instant of validity.
    #[must_use]
    pub const fn not_after(&self) -> SystemTime {
        self.not_after
    }

    /// Returns whether this instant is in the validity. Its last second counts to its end.
    #[must_use]
    pub fn is_valid_at(&self, instant: SystemTime) -> bool {
        self.not_before <= instant && instant < end_of(self.not_after)
    }

    /// Returns the digest of the whole certificate, as `openssl x509 -fingerprint -sha256` prints
    /// it.
    #[must_use]
    pub const fn sha256(&self) -> Fingerprint {
        self.sha256
    }

    /// Returns the digest of the `SubjectPublicKeyInfo`, the same for every certificate of one key.
    #[must_use]
    pub const fn public_key_sha256(&self) -> Fingerprint {
        self.public_key_sha256
    }
}

/// The facts in lines of a label and a value, for a person.
///
/// ```text
/// subject      C=CA, ST=Ontario, O=Example, CN=example.com
/// issuer       CN=Example Authority
/// serial       0A1B
/// valid        2026-11-23T18:05:00Z to 2027-11-23T18:05:00Z
/// certificate  SHA-256 5f0c...
/// public key   SHA-256 77ab...
/// ```
impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "subject      {}", self.subject)?;
        writeln!(f, "issuer       {}", self.issuer)?;
        writeln!(f, "serial       {}", self.serial)?;
        writeln!(
            f,
            "valid        {} to {}",
            Utc(self.not_before),
            Utc(self.not_after)
        )?;
        writeln!(f, "certificate  SHA-256 {}", self.sha256)?;
        write!(f, "public key   SHA-256 {}", self.public_key_sha256)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}

/// Returns a name in the order of its encoding, several values of one part joined by `+`.
pub(crate) fn written_out(name: &Name) -> String {
    let parts = name.iter_rdn().map(|part| {
        let values: Vec<String> = part.as_ref().iter().map(shown).collect();
        values.join("+")
    });
    escaped(&parts.collect::<Vec<_>>().join(", "))
}

/// Returns an attribute with its label; of a string of an old type the text too.
fn shown(attribute: &AttributeTypeAndValue) -> String {
    let old = [
        Tag::BmpString,
        Tag::NumericString,
        Tag::OctetString,
        Tag::TeletexString,
        Tag::VisibleString,
    ];
    let tag = attribute.value.tag();
    let text = match old.contains(&tag) {
        true => directory_string::text(&attribute.value),
        false => None,
    };
    let modern = text.and_then(|text| Any::new(Tag::Utf8String, text.into_bytes()).ok());
    match modern {
        Some(value) => AttributeTypeAndValue {
            oid: attribute.oid,
            value,
        }
        .to_string(),
        None => attribute.to_string(),
    }
}

/// Escapes invisible characters beyond ASCII; those of ASCII are escaped already. The form is a
/// backslash and two digits for each byte ([RFC 4514, section 2.4]).
///
/// [RFC 4514, section 2.4]: https://www.rfc-editor.org/rfc/rfc4514#section-2.4
fn escaped(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for character in name.chars() {
        if !character.is_ascii() && is_invisible(character) {
            let mut room = [0; 4];
            let bytes = character.encode_utf8(&mut room).bytes();
            shown.extend(bytes.map(|byte| format!("\\{byte:02x}")));
        } else {
            shown.push(character);
        }
    }
    shown
}

fn common_name(name: &Name) -> Option<String> {
    let values = name.iter().filter(|attribute| attribute.oid == COMMON_NAME);
    values
        .last()
        .and_then(|attribute| directory_string::text(&attribute.value))
}

fn hexadecimal(bytes: &[u8]) -> String {
    // An INTEGER whose first bit is set starts with a zero byte, which is not part of the number.
    let digits = match bytes {
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    };
    digits.iter().map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(feature = "serde")]
fn as_utc<S: serde::Serializer>(instant: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serde::Serialize::serialize(&Utc(*instant), serializer)
}

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
