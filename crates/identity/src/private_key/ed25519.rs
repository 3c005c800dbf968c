//! Ed25519 keys in PKCS#8 ([RFC 8410, section 7]).
//!
//! Leaves out Ed448 and the key agreement algorithms of the same standard.
//!
//! [RFC 8410, section 7]: https://www.rfc-editor.org/rfc/rfc8410#section-7

use der::asn1::OctetStringRef;
use der::{Decode, Encode};
use ed25519_dalek::{SECRET_KEY_LENGTH, SigningKey};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::key_algorithm::KeyAlgorithm;
use crate::private_key::checked::Checked;

/// Reads a `CurvePrivateKey`, or the bare number in its place, as some programs write it; a public
/// key may follow the number.
pub(super) fn read(der: &[u8]) -> Result<Checked, Error> {
    let number = match <&OctetStringRef>::from_der(der) {
        Ok(number) => number.as_bytes(),
        Err(_) => der,
    };
    let (seed, stated) = number
        .split_first_chunk::<SECRET_KEY_LENGTH>()
        .ok_or(Error::KeyDamaged)?;
    let public_key = SigningKey::from_bytes(seed).verifying_key().to_bytes();
    if !stated.is_empty() && stated != public_key {
        return Err(Error::KeyDamaged);
    }
    let encoded = OctetStringRef::new(seed).and_then(|seed| seed.to_der());
    Ok(Checked {
        algorithm: KeyAlgorithm::Ed25519,
        private_key: Zeroizing::new(encoded.map_err(|_| Error::KeyDamaged)?),
        public_key: public_key.to_vec(),
    })
}
