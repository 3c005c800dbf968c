//! A request that is signed where the key is: in a token, an HSM, a key management service.
//!
//! Leaves out every such device.

use std::error::Error as StdError;

use rsa::Pkcs1v15Sign;
use rsa::pkcs8::DecodePublicKey;
use sha2::{Digest, Sha256};

use crate::certification_request::{CertificationRequest, CertificationRequestBuilder};
use crate::error::Error;
use crate::public_key::PublicKeyKind;
use crate::rsa_key::PUBLIC_EXPONENT;

impl CertificationRequestBuilder<'_> {
    /// Takes the signature, sha256WithRSAEncryption, from `sign`, and verifies it.
    ///
    /// The public key is `SubjectPublicKeyInfo` in DER, of RSA with 2048 bits and the exponent
    /// 65537. `sign` is called once, with the message, which is not hashed yet. The request has the
    /// same bytes as one that [`sign`](Self::sign) makes with the key itself.
    ///
    /// ```
    /// # use csr::{CertificationRequest, Subject};
    /// # let subject = Subject::builder().country("CA").state("British Columbia")
    /// #     .locality("Vancouver").organization("Acme Identity Inc.")
    /// #     .common_name("napi.acme.example").build()?;
    /// # let public_key = include_bytes!("../../tests/vectors/public-key.der");
    /// let request = CertificationRequest::builder(&subject);
    /// let signed = request.sign_with(public_key, |_message| Err("the token is not there"));
    /// assert!(matches!(signed, Err(csr::Error::Signer { .. })));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::PublicKeyDamaged`], [`Error::NotRsa`], [`Error::KeySize`] and
    /// [`Error::PublicExponent`] for the key, before `sign` is called; [`Error::Signer`] if `sign`
    /// fails; [`Error::SelfCheck`] if its signature does not verify.
    pub fn sign_with<E>(
        self,
        public_key: &[u8],
        sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, E>,
    ) -> Result<CertificationRequest, Error>
    where
        E: Into<Box<dyn StdError + Send + Sync>>,
    {
        let verifying = verifying_key(public_key)?;
        self.signed(public_key, |message| {
            let signature = sign(message).map_err(|error| Error::Signer {
                source: error.into(),
            })?;
            let (padding, digest) = (Pkcs1v15Sign::new::<Sha256>(), Sha256::digest(message));
            let verified = verifying.verify(padding, &digest, &signature);
            verified.map(|()| signature).map_err(|_| Error::SelfCheck)
        })
    }
}

/// Reads a public key of the kind that the portal takes.
fn verifying_key(der: &[u8]) -> Result<rsa::PublicKey, Error> {
    match PublicKeyKind::from_der(der).map_err(|_| Error::PublicKeyDamaged)? {
        PublicKeyKind::Rsa { bits, exponent } => match exponent {
            _ if bits != BITS => Err(Error::KeySize { bits }),
            Some(PUBLIC_EXPONENT) => {
                rsa::PublicKey::from_public_key_der(der).map_err(|_| Error::PublicKeyDamaged)
            }
            _ => Err(Error::PublicExponent),
        },
        _ => Err(Error::NotRsa),
    }
}

const BITS: usize = 2048;
