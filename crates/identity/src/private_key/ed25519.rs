//! Ed25519 keys in PKCS#8 ([RFC 8410, section 7]).
//!
//! Leaves out Ed448 and the key agreement algorithms of the same standard.
//!
//! [RFC 8410, section 7]: https://www.rfc-editor.org/rfc/rfc8410#section-7

use der::Decode;
use der::asn1::{BitStringRef, OctetStringRef};
use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

use super::{Checked, KeyAlgorithm};
use crate::Error;

/// Reads a `CurvePrivateKey`; `stated` is the public key of a version 2 `OneAsymmetricKey`.
pub(super) fn read(der: &[u8], stated: Option<BitStringRef<'_>>) -> Result<Checked, Error> {
    let seed = <&OctetStringRef>::from_der(der).map_err(|_| Error::KeyDamaged)?;
    let seed = seed.as_bytes().try_into().map_err(|_| Error::KeyDamaged)?;
    let public_key = SigningKey::from_bytes(seed).verifying_key().to_bytes();
    if stated.is_some_and(|stated| stated.as_bytes() != Some(&public_key)) {
        return Err(Error::KeyDamaged);
    }
    Ok(Checked {
        algorithm: KeyAlgorithm::Ed25519,
        private_key: Zeroizing::new(der.to_vec()),
        public_key: public_key.to_vec(),
    })
}
