//! The client identity: a certificate chain and the key of its leaf.
//!
//! What TLS calls a client's credentials ([RFC 8446, section 4.4.2]). Leaves out how it was read.
//!
//! [RFC 8446, section 4.4.2]: https://www.rfc-editor.org/rfc/rfc8446#section-4.4.2

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use zeroize::Zeroizing;

use crate::certificate::Certificate;
use crate::signer::Signer;

/// A certificate chain, leaf first, with the private key of the leaf or a [`Signer`] that has it.
///
/// One exists only if [`Loader`](crate::Loader) found that key and leaf belong together and that
/// the leaf can be used by a TLS client. It is not `Clone`, and a key is wiped when it is dropped.
#[non_exhaustive]
pub struct Identity {
    pub(crate) leaf: Certificate,
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) issuers: Vec<Vec<u8>>,
    pub(crate) key: OwnedKey,
}

pub(crate) enum OwnedKey {
    Secret(Zeroizing<PrivatePkcs8KeyDer<'static>>),
    Signer(Arc<dyn Signer>),
}

/// The private key of an identity: its bytes, or what signs with it.
#[derive(Clone, Copy)]
#[expect(
    clippy::exhaustive_enums,
    reason = "whoever uses a key has to take either"
)]
pub enum IdentityKey<'a> {
    /// The unencrypted key ([RFC 5958](https://www.rfc-editor.org/rfc/rfc5958#section-2)).
    Secret(&'a PrivatePkcs8KeyDer<'static>),
    /// A signer, of whose key there is nothing else.
    Signer(&'a Arc<dyn Signer>),
}

impl Identity {
    /// Returns the chain as a TLS client sends it: leaf first, each next one issuing the one before
    /// it, without the root.
    #[must_use]
    pub fn certificate_chain(&self) -> &[CertificateDer<'static>] {
        &self.chain
    }

    /// Returns the issuer of each certificate of the chain, in its order: DER of the `Name` ([RFC
    /// 5280, section 4.1.2.4]).
    ///
    /// What a server's list of acceptable CAs is compared with ([RFC 8446, section 4.2.4]).
    ///
    /// [RFC 5280, section 4.1.2.4]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.4
    /// [RFC 8446, section 4.2.4]: https://www.rfc-editor.org/rfc/rfc8446#section-4.2.4
    pub fn issuer_names(&self) -> impl Iterator<Item = &[u8]> {
        self.issuers.iter().map(Vec::as_slice)
    }

    /// Returns the private key of the leaf, or the signer that has it.
    #[must_use]
    pub fn key(&self) -> IdentityKey<'_> {
        match &self.key {
            OwnedKey::Secret(key) => IdentityKey::Secret(key),
            OwnedKey::Signer(signer) => IdentityKey::Signer(signer),
        }
    }

    /// Returns the private key of the leaf, unencrypted ([RFC 5958]); `None` if a signer has it.
    ///
    /// A copy made with `clone_key` is not wiped by this crate.
    ///
    /// [RFC 5958]: https://www.rfc-editor.org/rfc/rfc5958#section-2
    #[must_use]
    pub fn secret_key(&self) -> Option<&PrivatePkcs8KeyDer<'static>> {
        match self.key() {
            IdentityKey::Secret(key) => Some(key),
            IdentityKey::Signer(_) => None,
        }
    }

    /// Returns whether the leaf is valid at this instant.
    #[must_use]
    pub fn is_valid_at(&self, instant: SystemTime) -> bool {
        self.leaf.is_valid_at(instant)
    }

    /// Returns the fields of the leaf certificate.
    #[must_use]
    pub const fn leaf(&self) -> &Certificate {
        &self.leaf
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("leaf_sha256", &self.leaf.sha256())
            .field("certificates", &self.chain.len())
            .field("key", &self.key())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for IdentityKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Secret(_) => "Secret",
            Self::Signer(_) => "Signer",
        })
    }
}
