//! A key that stays where it is: in a token, an HSM, a key management service.
//!
//! Leaves out every such device.

use rustls_pki_types::SubjectPublicKeyInfoDer;

use crate::signature_scheme::SignatureScheme;
use crate::signer_error::SignerError;

/// A private key of which nothing can be had but signatures.
///
/// [`Loader::load_with_signer`](crate::Loader::load_with_signer) makes it an identity, with the
/// checks that a key in a file has.
pub trait Signer: Send + Sync {
    /// Returns the public key ([RFC 5280, section 4.1.2.7]), the same each time.
    ///
    /// [RFC 5280, section 4.1.2.7]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.7
    fn public_key(&self) -> SubjectPublicKeyInfoDer<'_>;

    /// Returns the schemes that it can sign by, the preferred one first, the same each time.
    ///
    /// TLS 1.3 takes no RSASSA-PKCS1-v1_5, and a certification request of RSA nothing else.
    fn schemes(&self) -> &[SignatureScheme];

    /// Signs a message, which is not hashed yet. It may block, for as long as the device takes, and
    /// be called on several threads at once.
    ///
    /// # Errors
    ///
    /// A [`SignerError`] with the reason. A device that locks after wrong PINs must not be given
    /// one twice.
    fn sign(&self, scheme: SignatureScheme, message: &[u8]) -> Result<Vec<u8>, SignerError>;
}
