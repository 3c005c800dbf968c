//! Ed25519 keys in PKCS#8 ([RFC 8410, section 7]).
//!
//! Leaves out Ed448 and the key agreement algorithms of the same standard.
//!
//! [RFC 8410, section 7]: https://www.rfc-editor.org/rfc/rfc8410#section-7

use der::Decode;
use der::asn1::OctetStringRef;
use ed25519_dalek::SigningKey;
use zeroize::Zeroizing;

use super::{Checked, KeyAlgorithm};
use crate::Error;

/// Reads a `CurvePrivateKey`.
pub(super) fn read(der: &[u8]) -> Result<Checked, Error> {
    let seed = <&OctetStringRef>::from_der(der).map_err(|_| Error::KeyDamaged)?;
    let seed = seed.as_bytes().try_into().map_err(|_| Error::KeyDamaged)?;
    let public_key = SigningKey::from_bytes(seed).verifying_key().to_bytes();
    Ok(Checked {
        algorithm: KeyAlgorithm::Ed25519,
        private_key: Zeroizing::new(der.to_vec()),
        public_key: public_key.to_vec(),
    })
}
