//! Pins of public keys: RFC 7469, section 2.4.
//!
//! Leaves out its HTTP header, which browsers have dropped: these pins are the caller's.

use std::{fmt, str::FromStr};

use base64::{Engine, engine::general_purpose::STANDARD};
use identity::Fingerprint;
use rustls::server::ParsedCertificate;
use rustls_pki_types::CertificateDer;

/// The SHA-256 of a certificate's `SubjectPublicKeyInfo`, thus of its key alone.
///
/// A certificate that is renewed with the same key keeps its pin. It is written as `sha256/` and
/// the digest in base64, as most tools write it, and also read from 64 hexadecimal digits. It holds
/// nothing secret.
///
/// The pin of a certificate in a file:
///
/// ```text
/// openssl x509 -in server.pem -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256
/// ```
///
/// # Examples
///
/// ```
/// # use transport::SpkiPin;
/// let pin: SpkiPin = "sha256/ywNBrt08xpNbd8Sg9c7+1fBAYmulz9u2uBgtgRFcI4Q=".parse()?;
/// let same: SpkiPin = "cb0341aedd3cc6935b77c4a0f5cefed5f040626ba5cfdbb6b8182d81115c2384".parse()?;
/// assert_eq!(pin, same);
/// # Ok::<(), transport::InvalidSpkiPin>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpkiPin([u8; 32]);

impl SpkiPin {
    /// Creates a pin from a digest.
    #[must_use]
    pub const fn from_sha256(digest: [u8; 32]) -> Self {
        Self(digest)
    }

    /// Returns the pin of a certificate, for example the first of
    /// [`TlsInfo::peer_certificates`](crate::TlsInfo).
    ///
    /// # Errors
    ///
    /// [`InvalidSpkiPin::Certificate`] if it is not a certificate of X.509 version 3 in DER.
    pub fn of_certificate(certificate: &CertificateDer<'_>) -> Result<Self, InvalidSpkiPin> {
        let parsed =
            ParsedCertificate::try_from(certificate).map_err(|_| InvalidSpkiPin::Certificate)?;
        Ok(Self(
            Fingerprint::of(&parsed.subject_public_key_info()).into(),
        ))
    }
}

impl FromStr for SpkiPin {
    type Err = InvalidSpkiPin;

    fn from_str(text: &str) -> Result<Self, InvalidSpkiPin> {
        match text.strip_prefix("sha256/") {
            Some(base64) => from_base64(base64),
            None => from_hex(text.as_bytes()),
        }
        .map(Self)
        .ok_or(InvalidSpkiPin::Text)
    }
}

fn from_base64(text: &str) -> Option<[u8; 32]> {
    // curl writes `sha256//`. A slash is also a digit of base64, so the length decides.
    let digits = match text.strip_prefix('/') {
        Some(rest) if text.len() == 45 => rest,
        _ => text,
    };
    STANDARD.decode(digits).ok()?.try_into().ok()
}

fn from_hex(text: &[u8]) -> Option<[u8; 32]> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let bytes = pairs
        .iter()
        .map(|[high, low]| u8::try_from(digit(high)? << 4 | digit(low)?).ok());
    bytes.collect::<Option<Vec<_>>>()?.try_into().ok()
}

impl fmt::Display for SpkiPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256/{}", STANDARD.encode(self.0))
    }
}

impl fmt::Debug for SpkiPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpkiPin({self})")
    }
}

/// The reason why there is no pin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSpkiPin {
    /// The input is not a certificate.
    #[error("not a certificate: there is no public key to pin")]
    Certificate,
    /// The text is neither of the two forms, or not of 32 bytes.
    #[error(
        "not a pin: write `sha256/` and 44 digits of base64, or 64 hexadecimal digits, of a SHA-256"
    )]
    Text,
}

#[cfg(test)]
mod tests {
    use rustls_pki_types::pem::PemObject;

    use super::*;

    #[test]
    fn pin_is_read_in_each_form_and_written_in_one() {
        let digest = [0xFF; 32]; // its base64 begins with a slash
        let pin = SpkiPin::from_sha256(digest);
        let written = pin.to_string();
        assert_eq!(written, format!("sha256/{}8=", "/".repeat(42)));
        let curls = written.replace("sha256/", "sha256//");
        for text in [&written, &curls, &"ff".repeat(32), &"FF".repeat(32)] {
            assert_eq!(text.parse(), Ok(pin), "{text}");
        }
        assert_eq!(format!("{pin:?}"), format!("SpkiPin({written})"));
    }

    #[test]
    fn malformed_pin_is_refused() {
        let pin = SpkiPin::from_sha256([7; 32]).to_string();
        for text in [
            "",
            "sha256/",
            &pin.replace("sha256/", "sha1/"),
            &pin.replace("sha256/", "SHA256/"),
            &pin.replace("sha256/", "sha256///"),
            &pin.replace('=', ""),
            &pin.replace("c=", "d="), // trailing bits that are not zero
            &format!("{pin} "),
            &pin.replacen("BwcH", "", 1),
            &"ff".repeat(31),
            &"ff".repeat(33),
            &"f".repeat(63),
            &"fg".repeat(32),
            &"+f".repeat(32),
            &"é".repeat(32),
        ] {
            assert_eq!(
                text.parse::<SpkiPin>(),
                Err(InvalidSpkiPin::Text),
                "{text:?}"
            );
        }
    }

    #[test]
    fn other_file_has_no_pin() {
        let pem = include_bytes!("../../tests/vectors/authority.pem");
        let text = CertificateDer::from(pem.as_slice());
        assert_eq!(
            SpkiPin::of_certificate(&text),
            Err(InvalidSpkiPin::Certificate)
        );
    }

    /// Compares with openssl's, by the command in the documentation of [`SpkiPin`].
    #[test]
    fn pin_of_a_certificate_equals_that_of_openssl() {
        let pem = include_bytes!("../../tests/vectors/authority.pem");
        let certificate = CertificateDer::from_pem_slice(pem).unwrap();
        let pin = SpkiPin::of_certificate(&certificate).unwrap();
        assert_eq!(
            pin.to_string(),
            "sha256/ywNBrt08xpNbd8Sg9c7+1fBAYmulz9u2uBgtgRFcI4Q="
        );
    }
}
