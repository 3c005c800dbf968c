//! Whose certificates a server may show: the trust anchors of RFC 5280, section 6.1.1.

mod pinned;
mod revocation;
mod verifiers;

use std::path::Path;

use identity::{Input, InputFile};
use rustls_pki_types::CertificateDer;

use crate::{ConfigError, SpkiPin};

use revocation::Revocation;

pub(crate) use verifiers::Verifiers;

/// The certificate authorities that are trusted to vouch for the server.
///
/// # Examples
///
/// ```
/// # use transport::TrustAnchors;
/// let pem = include_str!("../tests/vectors/authority.pem");
/// let only_ours = TrustAnchors::pem(pem)?; // nobody else
/// # #[cfg(feature = "webpki-roots")]
/// let both = TrustAnchors::webpki().and_pem(pem)?; // Mozilla's list, compiled in, and ours
/// # Ok::<(), transport::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct TrustAnchors {
    base: Base,
    extra: Vec<CertificateDer<'static>>,
    revocation: Revocation,
    pins: Vec<SpkiPin>,
}

#[derive(Clone, Copy, Debug)]
enum Base {
    Nothing,
    #[cfg(feature = "platform-verifier")]
    Platform,
    #[cfg(feature = "webpki-roots")]
    WebPki,
}

impl TrustAnchors {
    /// Only the certificates in a PEM text, and no others.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoTrustAnchors`] if the text holds no certificate or is damaged.
    pub fn pem(pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        Self::only(Base::Nothing).and_pem(pem)
    }

    /// Only the certificates in a PEM file of at most 4 MiB, and no others.
    ///
    /// A pipe is refused; read it with [`InputFile`] and give it to [`TrustAnchors::pem`].
    ///
    /// # Errors
    ///
    /// [`ConfigError::ReadTrustAnchors`] if the file cannot be read, otherwise as [`TrustAnchors::pem`].
    pub fn pem_file(path: impl AsRef<Path>) -> Result<Self, ConfigError> {
        let path = path.as_ref();
        let content = InputFile::new(path, Input::TrustAnchors)
            .limit(LONGEST_FILE)
            .read();
        let content = content.map_err(|source| ConfigError::ReadTrustAnchors {
            path: path.to_path_buf(),
            source,
        })?;
        Self::pem(content.secret_bytes())
    }

    /// What the operating system trusts (feature `platform-verifier`, on by default).
    ///
    /// Right where a company adds its own authority to its machines.
    #[cfg(feature = "platform-verifier")]
    #[must_use]
    pub fn platform() -> Self {
        Self::only(Base::Platform)
    }

    /// Mozilla's list as it was when this program was built (feature `webpki-roots`, on by default).
    ///
    /// Right in containers that have no certificates of their own.
    #[cfg(feature = "webpki-roots")]
    #[must_use]
    pub fn webpki() -> Self {
        Self::only(Base::WebPki)
    }

    /// The certificates in a PEM text in addition.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoTrustAnchors`] if the text holds no certificate or is damaged.
    pub fn and_pem(mut self, pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        // The error of the PEM reader is dropped on purpose: it quotes its input, which may be a key by mistake.
        let sections = pem::parse_many(pem).map_err(|_| ConfigError::NoTrustAnchors)?;
        let before = self.extra.len();
        let certificates = sections
            .into_iter()
            .filter(|section| section.tag() == "CERTIFICATE");
        self.extra
            .extend(certificates.map(|section| section.into_contents().into()));
        if self.extra.len() == before {
            return Err(ConfigError::NoTrustAnchors);
        }
        Ok(self)
    }

    /// The certificate revocation lists (RFC 5280, section 5) in a PEM text in addition.
    ///
    /// Once a list is given, the whole chain is checked, and all of these refuse a server:
    ///
    /// - a certificate of the chain is on the list of its issuer;
    /// - a certificate below the trust anchor has an issuer of whom there is no list (see
    ///   [`allow_unknown_revocation_status`](Self::allow_unknown_revocation_status));
    /// - a list that decides is past its `nextUpdate` (see
    ///   [`allow_expired_revocation_lists`](Self::allow_expired_revocation_lists)).
    ///
    /// Lists are not fetched, nor read again: who uses them builds a new connector before they expire. As always, a
    /// session that is resumed is not judged again. Of two lists of one issuer, the one that was given first decides.
    /// They hold for an `https` proxy as well.
    ///
    /// # Errors
    ///
    /// [`ConfigError::NoRevocationLists`] if the text holds none or is damaged. Building the connector fails with
    /// [`ConfigError::RevocationList`] if one cannot be used (delta and indirect lists cannot), and with
    /// [`ConfigError::RevocationListsUnsupported`] together with [`TrustAnchors::platform`].
    pub fn crl_pem(mut self, pem: impl AsRef<[u8]>) -> Result<Self, ConfigError> {
        self.revocation.add_pem(pem.as_ref())?;
        Ok(self)
    }

    /// A certificate revocation list in DER in addition; see [`crl_pem`](Self::crl_pem) for what it does.
    #[must_use]
    pub fn crl_der(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.revocation.add_der(der.into());
        self
    }

    /// Takes a certificate whose issuer none of the revocation lists is of for one that is not revoked.
    ///
    /// For lists of some authorities among several. Without revocation lists it changes nothing.
    #[must_use]
    pub fn allow_unknown_revocation_status(mut self) -> Self {
        self.revocation.allow_unknown_status();
        self
    }

    /// Goes by a revocation list although the time of its `nextUpdate` is past.
    ///
    /// What has been revoked since is not on it. Without revocation lists it changes nothing.
    #[must_use]
    pub fn allow_expired_revocation_lists(mut self) -> Self {
        self.revocation.allow_expired();
        self
    }

    /// Asks for one of the pinned keys, on top of everything else; a server of any other is refused.
    ///
    /// Called again, it adds a pin: have one in reserve, for a key that the server does not have yet, or a change of
    /// its key ends all connections. Only the key of the server's own certificate counts. Those of its issuers could be
    /// pinned by what the server sends beside its certificate, but it may send anything there.
    ///
    /// Pins do not hold for an `https` proxy.
    #[must_use]
    pub fn pin_spki(mut self, pin: SpkiPin) -> Self {
        self.pins.push(pin);
        self
    }

    fn only(base: Base) -> Self {
        Self {
            base,
            extra: Vec::new(),
            revocation: Revocation::default(),
            pins: Vec::new(),
        }
    }
}

/// Several times as many bytes as all that any system trusts.
const LONGEST_FILE: u64 = 4 << 20;

/// Names the base and counts the rest: certificates are public, but nobody wants them in a log.
impl std::fmt::Debug for TrustAnchors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrustAnchors")
            .field("base", &self.base)
            .field("extra", &self.extra.len())
            .field("revocation", &self.revocation)
            .field("pins", &self.pins)
            .finish()
    }
}
