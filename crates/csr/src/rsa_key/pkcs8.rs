//! Private keys as PKCS#8 in PEM: `PrivateKeyInfo` and `EncryptedPrivateKeyInfo`.
//!
//! [RFC 5208, section 5], [RFC 5958, section 3], PBES2 of [RFC 8018, section 6.2] and PEM of
//! RFC 7468. Leaves out the other formats that keys come in; they are not written here.
//!
//! ```text
//! EncryptedPrivateKeyInfo ::= SEQUENCE {
//!   encryptionAlgorithm  EncryptionAlgorithmIdentifier,
//!   encryptedData        EncryptedData }
//! ```
//!
//! [RFC 5208, section 5]: https://www.rfc-editor.org/rfc/rfc5208#section-5
//! [RFC 5958, section 3]: https://www.rfc-editor.org/rfc/rfc5958#section-3
//! [RFC 8018, section 6.2]: https://www.rfc-editor.org/rfc/rfc8018#section-6.2

use der::asn1::{OctetStringRef, UintRef};
use der::pem::{self, LineEnding};
use der::{Decode, Encode, Sequence};
use pkcs8::pkcs5::pbes2;
use pkcs8::{AlgorithmIdentifierRef, EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use rsa::BoxedUint;
use rsa::pkcs1::RsaPrivateKeyRef;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::passphrase::Passphrase;
use crate::public_key::bit_length;
use crate::randomness::Randomness;
use crate::rsa_key::EncryptionParams;

/// Returns DER of `PrivateKeyInfo`; secret.
///
/// The bytes that `rsa` writes too, but it computes dP, dQ and qInv anew and frees them unwiped.
pub(super) fn to_der(key: &rsa::PrivateKey) -> Result<Zeroizing<Vec<u8>>, Error> {
    // Each number is copied to be encoded, so each copy is wiped.
    let secret = |number: &BoxedUint| Zeroizing::new(number.to_be_bytes());
    let [p, q] = key.primes() else {
        return Err(Error::Encoding);
    };
    let (Some(dp), Some(dq), Some(inverse)) = (key.dp(), key.dq(), key.qinv()) else {
        return Err(Error::Encoding);
    };
    let inverse = Zeroizing::new(inverse.retrieve());
    let [n, e] = [key.n().to_be_bytes(), key.e().to_be_bytes()];
    let numbers = [key.d(), p, q, dp, dq, &inverse].map(secret);
    let [d, p, q, dp, dq, inverse] = &numbers;
    let uint = |bytes| UintRef::new(bytes).map_err(|_| Error::Encoding);
    let pkcs1 = RsaPrivateKeyRef {
        modulus: uint(&n)?,
        public_exponent: uint(&e)?,
        private_exponent: uint(d)?,
        prime1: uint(p)?,
        prime2: uint(q)?,
        exponent1: uint(dp)?,
        exponent2: uint(dq)?,
        coefficient: uint(inverse)?,
        other_prime_infos: None,
    };
    let pkcs1 = Zeroizing::new(pkcs1.to_der().map_err(|_| Error::Encoding)?);
    let private_key = OctetStringRef::new(&pkcs1).map_err(|_| Error::Encoding)?;
    let info = PrivateKeyInfoRef::new(rsa::pkcs1::ALGORITHM_ID, private_key);
    let der = info.to_der().map_err(|_| Error::Encoding)?;
    Ok(Zeroizing::new(der))
}

/// Returns PEM of a plain `PrivateKeyInfo`; secret.
pub(super) fn encode(der: &[u8]) -> Result<String, Error> {
    pem::encode_string(PLAIN, LineEnding::LF, der).map_err(|_| Error::Encoding)
}

/// Encrypts a `PrivateKeyInfo` and returns the PEM.
pub(super) fn encrypt(
    der: &[u8],
    randomness: &mut Randomness<'_>,
    passphrase: &Passphrase,
    params: &EncryptionParams,
) -> Result<String, Error> {
    // In the order that the documentation promises, so that a key file can be reproduced.
    let (mut salt, mut iv) = ([0; 16], [0; 16]);
    randomness(&mut salt)?;
    randomness(&mut iv)?;
    let params = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(params.iterations, &salt, iv)
        .map_err(|_| Error::Encoding)?;
    let encrypted = params
        .encrypt(passphrase.expose_secret(), der)
        .map_err(|_| Error::Encoding)?;
    let info = EncryptedPrivateKeyInfoRef {
        encryption_algorithm: params.into(),
        encrypted_data: OctetStringRef::new(&encrypted).map_err(|_| Error::Encoding)?,
    };
    let der = info.to_der().map_err(|_| Error::Encoding)?;
    pem::encode_string(ENCRYPTED, LineEnding::LF, &der).map_err(|_| Error::Encoding)
}

/// Reads what [`encode`] and [`encrypt`] write.
///
/// The errors of the parsers are dropped on purpose: some quote what they read.
pub(super) fn decode(pem: &str, passphrase: Option<&Passphrase>) -> Result<rsa::PrivateKey, Error> {
    let (label, der) = pem::decode_vec(pem.as_bytes()).map_err(|_| Error::KeyDamaged)?;
    let der = Zeroizing::new(der);
    match (label, passphrase) {
        (PLAIN, None) => decode_plain(&der),
        // An error, since the caller believes the file protected.
        (PLAIN, Some(_)) => Err(Error::PassphraseUnused),
        (ENCRYPTED, None) => Err(Error::PassphraseRequired),
        (ENCRYPTED, Some(passphrase)) => decode_encrypted(&der, passphrase),
        _ => Err(Error::KeyDamaged),
    }
}

fn decode_encrypted(der: &[u8], passphrase: &Passphrase) -> Result<rsa::PrivateKey, Error> {
    let envelope = Envelope::from_der(der).map_err(|_| Error::KeyDamaged)?;
    let params = pbes2_parameters(&envelope.algorithm)?;
    // Decrypted in place, so that one buffer holds the key and is wiped.
    let mut buffer = Zeroizing::new(envelope.encrypted.as_bytes().to_vec());
    let plain = params
        .decrypt_in_place(passphrase.expose_secret(), &mut buffer)
        .map_err(|_| Error::PassphraseOrDamaged)?;
    // About one wrong passphrase in 256 passes the padding, so garbage here may be its doing.
    decode_plain(plain).map_err(|error| match error {
        Error::KeyDamaged => Error::PassphraseOrDamaged,
        intact => intact,
    })
}

/// `EncryptedPrivateKeyInfo` before its algorithm is looked at, so that an unknown one is named as
/// such: the reader in `pkcs8` calls it malformed.
#[derive(Sequence)]
struct Envelope<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    encrypted: &'a OctetStringRef,
}

/// `PBES2-params` ([RFC 8018, appendix A.4]).
///
/// [RFC 8018, appendix A.4]: https://www.rfc-editor.org/rfc/rfc8018#appendix-A.4
#[derive(Sequence)]
struct Pbes2Params<'a> {
    kdf: AlgorithmIdentifierRef<'a>,
    encryption: AlgorithmIdentifierRef<'a>,
}

/// Returns the parameters, if they are PBKDF2 and a cipher that is known here, and cheap enough to
/// use.
fn pbes2_parameters(algorithm: &AlgorithmIdentifierRef<'_>) -> Result<pbes2::Parameters, Error> {
    if algorithm.oid != pbes2::PBES2_OID {
        return Err(Error::UnsupportedEncryption);
    }
    let unsupported = |_| Error::UnsupportedEncryption;
    let params = algorithm.parameters.ok_or(Error::UnsupportedEncryption)?;
    let params = params.decode_as::<Pbes2Params<'_>>().map_err(unsupported)?;
    let kdf = pbes2::Kdf::try_from(params.kdf).map_err(unsupported)?;
    // Both before anything is computed: the file says how expensive it is.
    check_cost(&kdf)?;
    check_iv(&params.encryption)?;
    let encryption = pbes2::EncryptionScheme::try_from(params.encryption).map_err(unsupported)?;
    Ok(pbes2::Parameters { kdf, encryption })
}

/// Refuses work that a stranger's file may ask for without bound, before any of it is done.
fn check_cost(kdf: &pbes2::Kdf) -> Result<(), Error> {
    let limit = EncryptionParams::MAX_ITERATIONS;
    match kdf.pbkdf2().map(|pbkdf2| pbkdf2.iteration_count) {
        None | Some(0) => Err(Error::UnsupportedEncryption),
        Some(iterations) if iterations > limit => {
            Err(Error::TooManyIterations { iterations, limit })
        }
        Some(_) => Ok(()),
    }
}

/// Checks the length of an initialization vector: `pkcs5` 0.8.1 takes the first eight bytes of one
/// for triple DES without looking whether they are there, and panics. Eight is the least of any
/// cipher it knows.
fn check_iv(cipher: &AlgorithmIdentifierRef<'_>) -> Result<(), Error> {
    let iv = cipher
        .parameters
        .and_then(|iv| iv.decode_as::<&OctetStringRef>().ok());
    match iv {
        Some(iv) if iv.as_bytes().len() >= 8 => Ok(()),
        _ => Err(Error::UnsupportedEncryption),
    }
}

/// Looks at the size before anything is computed with the numbers.
fn decode_plain(der: &[u8]) -> Result<rsa::PrivateKey, Error> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| Error::KeyDamaged)?;
    if info.algorithm.oid != rsa::pkcs1::ALGORITHM_OID {
        return Err(Error::NotRsa);
    }
    let key =
        RsaPrivateKeyRef::from_der(info.private_key.as_bytes()).map_err(|_| Error::KeyDamaged)?;
    let bits = bit_length(key.modulus.as_bytes());
    if bits != MODULUS_BITS {
        return Err(Error::KeySize { bits });
    }
    // `rsa` computes with these as they are; the others follow from them.
    let numbers = [key.private_exponent, key.prime1, key.prime2];
    if numbers
        .iter()
        .any(|number| bit_length(number.as_bytes()) > MODULUS_BITS)
    {
        return Err(Error::KeyDamaged);
    }
    if key.public_exponent.as_bytes() != EXPONENT_BYTES {
        return Err(Error::PublicExponent);
    }
    rsa::PrivateKey::try_from(info).map_err(|_| Error::KeyDamaged)
}

const PLAIN: &str = "PRIVATE KEY";
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";
const MODULUS_BITS: usize = 2048;
const EXPONENT_BYTES: [u8; 3] = [1, 0, 1];

#[cfg(test)]
mod tests {
    use der::asn1::AnyRef;

    use super::*;

    /// Reads PBES2 parameters with triple DES and the given vector and iterations.
    fn read_parameters(iv: &[u8], iterations: u32) -> Result<pbes2::Parameters, Error> {
        let kdf = pbes2::Pbkdf2Params::hmac_sha256(iterations, &[1; 8])
            .unwrap()
            .to_der()
            .unwrap();
        let iv = OctetStringRef::new(iv).unwrap();
        let params = Pbes2Params {
            kdf: AlgorithmIdentifierRef {
                oid: pbes2::PBKDF2_OID,
                parameters: Some(AnyRef::from_der(&kdf).unwrap()),
            },
            encryption: AlgorithmIdentifierRef {
                oid: pbes2::DES_EDE3_CBC_OID,
                parameters: Some(iv.into()),
            },
        };
        let params = params.to_der().unwrap();
        pbes2_parameters(&AlgorithmIdentifierRef {
            oid: pbes2::PBES2_OID,
            parameters: Some(AnyRef::from_der(&params).unwrap()),
        })
    }

    #[test]
    fn vector_too_short_for_cipher_is_refused_without_panic() {
        assert!(read_parameters(&[2; 8], 1000).is_ok());
        for length in 0..8 {
            let refused = read_parameters(&[2; 8][..length], 1000);
            assert!(
                matches!(refused, Err(Error::UnsupportedEncryption)),
                "{length}"
            );
        }
    }

    #[test]
    fn iterations_are_bounded_before_they_are_computed() {
        let limit = EncryptionParams::MAX_ITERATIONS;
        assert!(read_parameters(&[2; 8], limit).is_ok());
        assert!(matches!(
            read_parameters(&[2; 8], limit + 1),
            Err(Error::TooManyIterations { .. })
        ));
        assert!(matches!(
            read_parameters(&[2; 8], 0),
            Err(Error::UnsupportedEncryption)
        ));
    }
}
