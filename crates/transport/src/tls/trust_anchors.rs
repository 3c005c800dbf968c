//! Trust anchors: RFC 5280, section 6.1.1.

pub(crate) mod expiry;
pub(crate) mod finding;
mod pin_verifier;
mod revocation;
pub(crate) mod verifiers;

use std::path::Path;

use identity::{FileContent, Format, Input, InputFile, PublicFile};
use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;

use crate::error::config_error::ConfigError;
use crate::tls::spki_pin::SpkiPin;
use crate::tls::trust_anchors::finding::TrustAnchorFinding;
use crate::tls::trust_anchors::revocation::Revocation;

/// The CAs that are trusted to issue the server's certificate.
///
/// # Examples
///
/// ```
/// # use transport::TrustAnchors;
/// let pem = include_str!("../../tests/vectors/authority.pem");
/// let only_ours = TrustAnchors::from_pem(pem)?; // no other CA
/// # #[cfg(feature = "webpki-roots")]
/// let both = TrustAnchors::webpki().with_pem(pem)?; // Mozilla's list, compiled in, and ours
/// # Ok::<(), transport::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct TrustAnchors {
    base: Base,
    extra: Vec<CertificateDer<'static>>,
    revocation: Revocation,
    pins: Vec<SpkiPin>,
    findings: Vec<TrustAnchorFinding>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    Nothing,
    #[cfg(feature = "platform-verifier")]
    Platform,
    #[cfg(feature = "webpki-roots")]
    WebPki,
}

impl TrustAnchors {
    /// Creates an empty set: a connector cannot be built until something is added.
    ///
    /// For pins and settings to use with [files](crate::TrustFiles).
    #[must_use]
    pub fn empty() -> Self {
        Self::only(Base::Nothing)
    }

    /// Trusts only the certificates in a text or file: PEM in any spelling that `identity` reads,
    /// or DER.
    ///
    /// Anything that TLS cannot use is left out, reported by [`findings`](Self::findings), and
    /// logged as a warning.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NotTrustAnchors`] if there is no certificate, [`ConfigError::TrustAnchor`] if
    /// none can be used.
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Self::only(Base::Nothing).with_pem(pem)
    }

    /// Trusts only the certificates in a file of at most 4 MiB.
    ///
    /// A pipe is refused; read it with [`InputFile`] and give it to [`TrustAnchors::from_pem`].
    ///
    /// # Errors
    ///
    /// [`ConfigError::ReadTrustAnchors`] if the file cannot be read, otherwise as
    /// [`TrustAnchors::from_pem`].
    pub fn pem_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let content = read_file(path.as_ref(), Input::TrustAnchors, LONGEST_FILE)?;
        Self::from_pem(content.secret_bytes())
    }

    /// Trusts the CAs of the operating system (feature `platform-verifier`, on by default).
    ///
    /// For machines to which a company adds its own CA.
    #[cfg(feature = "platform-verifier")]
    #[must_use]
    pub fn platform() -> Self {
        Self::only(Base::Platform)
    }

    /// Trusts Mozilla's list as of the build of this program (feature `webpki-roots`, on by
    /// default).
    ///
    /// For containers without CA certificates.
    #[cfg(feature = "webpki-roots")]
    #[must_use]
    pub fn webpki() -> Self {
        Self::only(Base::WebPki)
    }

    /// Adds the certificates in a text or file, read as by [`TrustAnchors::from_pem`].
    ///
    /// # Errors
    ///
    /// As [`TrustAnchors::from_pem`].
    pub fn with_pem(mut self, pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        let file = PublicFile::read(pem.as_ref(), Format::Certificate, Input::TrustAnchors)
            .map_err(|source| ConfigError::NotTrustAnchors { source })?;
        let mut findings: Vec<_> = file
            .left_out()
            .iter()
            .map(TrustAnchorFinding::not_a_certificate)
            .collect();
        let before = self.extra.len();
        let mut first = None;
        for (position, der) in file.parts() {
            let certificate = CertificateDer::from(der.to_vec());
            first.get_or_insert(position);
            // Parses it as the verifier will, which has a store of its own.
            match RootCertStore::empty().add(certificate.clone()) {
                Ok(()) => self.extra.push(certificate),
                Err(_) => findings.push(TrustAnchorFinding::unusable(position)),
            }
        }
        if self.extra.len() == before {
            let position = first.unwrap_or(1);
            return Err(ConfigError::TrustAnchor { position });
        }
        // They come from two passes, over the file and over its certificates.
        findings.sort_by_key(|finding| finding.position);
        for finding in &findings {
            tracing::warn!(%finding, "a part of the trust anchors was left out");
        }
        self.findings.extend(findings);
        Ok(self)
    }

    /// Returns the parts of the texts and files that were left out, as TLS cannot use them.
    ///
    /// A program that reads a file on behalf of a person should show them.
    #[must_use]
    pub fn findings(&self) -> &[TrustAnchorFinding] {
        &self.findings
    }

    /// Adds the certificate revocation lists (RFC 5280, section 5) in a text or file, PEM or DER.
    ///
    /// Once a list is given, the whole chain is checked, and a server is refused if
    ///
    /// - a certificate of the chain is on the list of its issuer;
    /// - there is no list of the issuer of a certificate below the trust anchor (see
    ///   [`allow_unknown_revocation_status`](Self::allow_unknown_revocation_status));
    /// - a list that covers a certificate is past its `nextUpdate` (see
    ///   [`allow_expired_revocation_lists`](Self::allow_expired_revocation_lists)).
    ///
    /// Lists are not fetched. [`TrustFiles`](crate::TrustFiles) reads them again while a client
    /// runs, and [`expiring_at`](Self::expiring_at) reports when the next one is due. A resumed
    /// session is not verified again. Of two lists of one issuer, the one that was given first
    /// counts. They apply to an `https` proxy as well.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoRevocationLists`] if there is none, or something damaged among them: a list
    /// that was left out would let pass what it revokes. Building the connector fails with
    /// [`ConfigError::RevocationList`] if one cannot be used (delta and indirect lists cannot), and
    /// with [`ConfigError::RevocationListsUnsupported`] together with [`TrustAnchors::platform`].
    pub fn crl_pem(mut self, pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        self.revocation.add_pem(pem.as_ref())?;
        Ok(self)
    }

    /// Adds the certificate revocation lists in a file of at most 32 MiB; see
    /// [`crl_pem`](Self::crl_pem) for their effect.
    ///
    /// # Errors
    ///
    /// [`ConfigError::ReadTrustAnchors`] if the file cannot be read, otherwise as
    /// [`crl_pem`](Self::crl_pem).
    pub fn crl_file(self, path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let content = read_file(path.as_ref(), Input::File, LONGEST_LIST)?;
        self.crl_pem(content.secret_bytes())
    }

    /// Adds a certificate revocation list in DER; see [`crl_pem`](Self::crl_pem) for its effect.
    #[must_use]
    pub fn crl_der(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.revocation.add_der(der.into());
        self
    }

    /// Accepts a certificate although there is no revocation list of its issuer.
    ///
    /// For lists of some CAs among several. Without revocation lists it changes nothing.
    #[must_use]
    pub fn allow_unknown_revocation_status(mut self) -> Self {
        self.revocation.allow_unknown_status();
        self
    }

    /// Uses a revocation list past its `nextUpdate`.
    ///
    /// Later revocations are not on it. Without revocation lists it changes nothing.
    #[must_use]
    pub fn allow_expired_revocation_lists(mut self) -> Self {
        self.revocation.allow_expired();
        self
    }

    /// Requires one of the pinned keys, on top of all other checks; a server with another key is
    /// refused.
    ///
    /// Called again, it adds a pin: keep one in reserve for the server's next key, or a change of
    /// its key ends all connections. Only the key of the server's own certificate counts, since the
    /// server may send any other certificates beside it.
    ///
    /// Pins do not apply to an `https` proxy.
    #[must_use]
    pub fn pin_spki(mut self, pin: SpkiPin) -> Self {
        self.pins.push(pin);
        self
    }

    /// Checks whether the revocation list of `other` at `position`, counted from 1, is here too.
    pub(crate) fn has_list_of(&self, other: &Self, position: usize) -> bool {
        let place = position.checked_sub(1);
        let list = place.and_then(|place| other.revocation.lists().get(place));
        list.is_some_and(|list| self.revocation.lists().contains(list))
    }

    /// Returns the numbers of certificates and lists that were given, without those of the base.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.extra.len(), self.revocation.lists().len())
    }

    /// Checks whether both verify every server alike: the same content in the same order.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.base == other.base
            && self.extra == other.extra
            && self.revocation == other.revocation
            && self.pins == other.pins
    }

    fn only(base: Base) -> Self {
        Self {
            base,
            extra: Vec::new(),
            revocation: Revocation::default(),
            pins: Vec::new(),
            findings: Vec::new(),
        }
    }
}

/// Reads a regular file within a limit.
pub(crate) fn read_file(path: &Path, input: Input, limit: u64) -> Result<FileContent, ConfigError> {
    let content = InputFile::new(path, input).limit(limit).read();
    content.map_err(|source| ConfigError::ReadTrustAnchors {
        path: path.to_path_buf(),
        source,
    })
}

/// Several times the size of all certificates that any system trusts.
pub(crate) const LONGEST_FILE: u64 = 4 << 20;
/// Several times the size of the longest list of a public CA.
pub(crate) const LONGEST_LIST: u64 = 32 << 20;

/// Names the base and counts the rest: certificates are public, but too long for a log.
impl std::fmt::Debug for TrustAnchors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrustAnchors")
            .field("base", &self.base)
            .field("extra", &self.extra.len())
            .field("revocation", &self.revocation)
            .field("pins", &self.pins)
            .field("findings", &self.findings)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::tls::trust_anchors::finding::TrustAnchorProblem;

    const CA: &str = include_str!("../../tests/vectors/authority.pem");

    fn der() -> Vec<u8> {
        use rustls_pki_types::pem::PemObject;

        CertificateDer::from_pem_slice(CA.as_bytes())
            .unwrap()
            .to_vec()
    }

    #[test]
    fn ca_certificate_is_read_in_every_spelling() {
        let utf_16 = format!("\u{FEFF}{CA}");
        let utf_16: Vec<u8> = utf_16.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut trusted = der();
        trusted.extend([0x30, 0x0C, 0x30, 0x0A, 6, 8, 0x2B, 6, 1, 5, 5, 7, 3, 1]);
        let base64 = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, trusted);
        let frame = |label: &str, body: &str| {
            format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
        };
        let spellings: Vec<Vec<u8>> = vec![
            CA.into(),
            CA.replace('\n', "\n\n").into(),
            CA.replace('\n', "\r").into(),
            CA.replace('\n', "\\n").into(),
            CA.replace("CERTIFICATE", "X509 CERTIFICATE").into(),
            frame("TRUSTED CERTIFICATE", &base64).into(),
            format!(
                "{{\"ca\": \"{}\"}}",
                CA.replace('/', "\\/")
                    .replace('+', "\\u002B")
                    .replace('\n', "\\n")
            )
            .into(),
            format!("\u{FEFF}{CA}").into(),
            utf_16,
            der(),
        ];
        for (number, spelling) in spellings.iter().enumerate() {
            let anchors = TrustAnchors::from_pem(spelling);
            let anchors = anchors.unwrap_or_else(|error| panic!("spelling {number}: {error}"));
            assert_eq!(
                anchors.extra,
                [CertificateDer::from(der())],
                "spelling {number}"
            );
            assert_eq!(anchors.findings(), [], "spelling {number}");
        }
    }

    #[test]
    fn damaged_certificate_among_others_is_left_out_and_reported() {
        let broken = "-----BEGIN CERTIFICATE-----\nMIIB*broken\n-----END CERTIFICATE-----\n";
        let inside = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
        let anchors = TrustAnchors::from_pem([broken, CA, inside].concat()).unwrap();
        assert_eq!(anchors.extra.len(), 1);
        let [first, last] = anchors.findings() else {
            panic!("{:?}", anchors.findings());
        };
        let damaged = TrustAnchorProblem::NotACertificate(Format::Damaged);
        assert_eq!((first.position, first.problem), (1, damaged));
        assert_eq!(
            (last.position, last.problem),
            (3, TrustAnchorProblem::Unusable)
        );
        // Findings of both steps are kept.
        let twice = TrustAnchors::from_pem([CA, broken].concat());
        let twice = twice.unwrap().with_pem([broken, CA].concat());
        assert_eq!(twice.unwrap().findings().len(), 2);
    }

    #[test]
    fn content_without_certificate_is_named() {
        let named = |text: &[u8]| match TrustAnchors::from_pem(text) {
            Err(ConfigError::NotTrustAnchors { source }) => source.to_string(),
            other => panic!("{other:?}"),
        };
        let bundle = "-----BEGIN PKCS7-----\nMAMCAQE=\n-----END PKCS7-----\n";
        assert!(named(bundle.as_bytes()).contains("PKCS#7"));
        assert!(named(b"").contains("empty"));
        assert!(named(b"<html></html>").contains("HTML"));
        assert!(named(&der()[..200]).contains("binary data (DER)"));
        let inside = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
        assert!(matches!(
            TrustAnchors::from_pem(inside),
            Err(ConfigError::TrustAnchor { position: 1 })
        ));
    }

    #[test]
    fn file_is_read_within_a_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("authority.pem");
        fs::write(&path, CA).unwrap();
        assert_eq!(TrustAnchors::pem_file(&path).unwrap().extra.len(), 1);
        let long = CA.to_owned() + &" ".repeat(LONGEST_FILE as usize);
        fs::write(&path, long).unwrap();
        let refused = |path: &Path| match TrustAnchors::pem_file(path) {
            Err(ConfigError::ReadTrustAnchors { source, .. }) => source,
            other => panic!("{other:?}"),
        };
        assert!(matches!(refused(&path), identity::Error::TooLarge { .. }));
        if cfg!(unix) {
            let pipe = folder.path().join("pipe");
            let made = std::process::Command::new("mkfifo").arg(&pipe).status();
            assert!(made.unwrap().success());
            assert!(matches!(refused(&pipe), identity::Error::NotAFile { .. }));
        }
    }
}
