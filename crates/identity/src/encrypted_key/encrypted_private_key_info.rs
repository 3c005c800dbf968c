//! PKCS#8 `EncryptedPrivateKeyInfo`, read and written.
//!
//! [RFC 5958, section 3] with the schemes of [RFC 8018, section 6.2] and [RFC 7292, appendix C].
//! What is written is the one form that every tool reads. Leaves out PBES1 and the other ciphers of
//! PKCS#12, which are named in the error.
//!
//! [RFC 5958, section 3]: https://www.rfc-editor.org/rfc/rfc5958#section-3
//! [RFC 8018, section 6.2]: https://www.rfc-editor.org/rfc/rfc8018#section-6.2
//! [RFC 7292, appendix C]: https://www.rfc-editor.org/rfc/rfc7292#appendix-C

use der::asn1::{AnyRef, Null, OctetStringRef, UintRef};
use der::{Decode, Encode, Sequence, Tag, Tagged};
use spki::AlgorithmIdentifierRef;

use crate::algorithm::{self, unsupported_encryption};
use crate::encrypted_key::cipher;
use crate::encrypted_key::envelope::EncryptedKey;
use crate::encrypted_key::key_derivation::{derive, invalid_cost};
use crate::encrypted_key::pkcs12_pbe;
use crate::encryption::{Cipher, Encryption, KeyDerivation, Prf};
use crate::error::Error;
use crate::kdf_problem::KdfProblem;
use crate::passphrase::Passphrase;

/// ```text
/// EncryptedPrivateKeyInfo ::= SEQUENCE {
///   encryptionAlgorithm  EncryptionAlgorithmIdentifier,
///   encryptedData        EncryptedData }
/// ```
#[derive(Sequence)]
struct EncryptedPrivateKeyInfo<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    data: &'a OctetStringRef,
}

/// ```text
/// PBES2-params ::= SEQUENCE {
///   keyDerivationFunc AlgorithmIdentifier {{PBES2-KDFs}},
///   encryptionScheme  AlgorithmIdentifier {{PBES2-Encs}} }
/// ```
#[derive(Sequence)]
struct Pbes2Params<'a> {
    key_derivation: AlgorithmIdentifierRef<'a>,
    encryption: AlgorithmIdentifierRef<'a>,
}

/// ```text
/// PBKDF2-params ::= SEQUENCE {
///   salt           CHOICE { specified OCTET STRING, otherSource AlgorithmIdentifier },
///   iterationCount INTEGER (1..MAX),
///   keyLength      INTEGER (1..MAX) OPTIONAL,
///   prf            AlgorithmIdentifier {{PBKDF2-PRFs}} DEFAULT algid-hmacWithSHA1 }
/// ```
#[derive(Sequence)]
struct Pbkdf2Params<'a> {
    salt: AnyRef<'a>,
    iterations: UintRef<'a>,
    key_length: Option<UintRef<'a>>,
    prf: Option<AlgorithmIdentifierRef<'a>>,
}

/// ```text
/// scrypt-params ::= SEQUENCE {
///   salt                     OCTET STRING,
///   costParameter            INTEGER (1..MAX),
///   blockSize                INTEGER (1..MAX),
///   parallelizationParameter INTEGER (1..MAX),
///   keyLength                INTEGER (1..MAX) OPTIONAL }
/// ```
#[derive(Sequence)]
struct ScryptParams<'a> {
    salt: &'a OctetStringRef,
    cost: UintRef<'a>,
    block_size: UintRef<'a>,
    parallelization: UintRef<'a>,
    key_length: Option<UintRef<'a>>,
}

/// ```text
/// pkcs-12PbeParams ::= SEQUENCE {
///   salt       OCTET STRING,
///   iterations INTEGER }
/// ```
#[derive(Sequence)]
struct Pkcs12PbeParams<'a> {
    salt: &'a OctetStringRef,
    iterations: UintRef<'a>,
}

/// Reads everything that is known without the passphrase.
pub(super) fn read(der: &[u8]) -> Result<EncryptedKey<'_>, Error> {
    let info = EncryptedPrivateKeyInfo::from_der(der).map_err(|_| Error::KeyDamaged)?;
    scheme(info.algorithm, info.data.as_bytes())
}

/// Takes encrypted certificates: what is public anyway may be under RC2 with 40 bits.
pub(super) fn of_certificates<'a>(
    algorithm: AlgorithmIdentifierRef<'a>,
    data: &'a [u8],
) -> Result<EncryptedKey<'a>, Error> {
    match algorithm.oid {
        algorithm::PBE_SHA1_RC2_40 => pkcs12_pbe(algorithm.parameters, data, |iterations| {
            Encryption::Pkcs12Rc2 { iterations }
        }),
        _ => scheme(algorithm, data),
    }
}

fn scheme<'a>(
    algorithm: AlgorithmIdentifierRef<'a>,
    data: &'a [u8],
) -> Result<EncryptedKey<'a>, Error> {
    match algorithm.oid {
        algorithm::PBES2 => pbes2(algorithm.parameters, data),
        algorithm::PBE_SHA1_3DES => pkcs12_pbe(algorithm.parameters, data, |iterations| {
            Encryption::Pkcs12Pbe { iterations }
        }),
        other => Err(unsupported_encryption(other)),
    }
}

fn pbes2<'a>(parameters: Option<AnyRef<'a>>, data: &'a [u8]) -> Result<EncryptedKey<'a>, Error> {
    let params: Pbes2Params<'_> = decode(parameters).ok_or(Error::KeyDamaged)?;
    let cipher = match params.encryption.oid {
        algorithm::AES_128_CBC => Cipher::Aes128Cbc,
        algorithm::AES_192_CBC => Cipher::Aes192Cbc,
        algorithm::AES_256_CBC => Cipher::Aes256Cbc,
        algorithm::DES_EDE3_CBC => Cipher::DesEde3Cbc,
        other => return Err(unsupported_encryption(other)),
    };
    let vector: &OctetStringRef = decode(params.encryption.parameters).ok_or(Error::KeyDamaged)?;
    let (key_derivation, salt) = match params.key_derivation.oid {
        algorithm::PBKDF2 => pbkdf2(params.key_derivation.parameters, cipher)?,
        algorithm::SCRYPT => scrypt(params.key_derivation.parameters, cipher)?,
        other => return Err(unsupported_encryption(other)),
    };
    let encryption = Encryption::Pbes2 {
        cipher,
        key_derivation,
    };
    EncryptedKey::new(encryption, salt, vector.as_bytes(), data)
}

fn pbkdf2(parameters: Option<AnyRef<'_>>, cipher: Cipher) -> Result<(KeyDerivation, &[u8]), Error> {
    let (key_derivation, salt, length) = pbkdf2_params(parameters)?;
    match length.is_none_or(|length| length == cipher.key_length() as u64) {
        true => Ok((key_derivation, salt)),
        false => Err(malformed_pbkdf2()),
    }
}

const fn malformed_pbkdf2() -> Error {
    Error::Kdf {
        kdf: "PBKDF2",
        problem: KdfProblem::Malformed,
    }
}

/// Reads parameters of PBKDF2: the function with its cost, the salt, and the length of the key if
/// it is stated.
pub(crate) fn pbkdf2_params(
    parameters: Option<AnyRef<'_>>,
) -> Result<(KeyDerivation, &[u8], Option<u64>), Error> {
    let params: Pbkdf2Params<'_> = decode(parameters).ok_or_else(malformed_pbkdf2)?;
    let prf = match params.prf {
        None => Prf::HmacSha1,
        Some(prf) => match prf.oid {
            algorithm::HMAC_SHA1 => Prf::HmacSha1,
            algorithm::HMAC_SHA224 => Prf::HmacSha224,
            algorithm::HMAC_SHA256 => Prf::HmacSha256,
            algorithm::HMAC_SHA384 => Prf::HmacSha384,
            algorithm::HMAC_SHA512 => Prf::HmacSha512,
            other => return Err(unsupported_encryption(other)),
        },
    };
    let prf_parameters = params.prf.and_then(|prf| prf.parameters);
    if params.salt.tag() != Tag::OctetString
        || prf_parameters.is_some_and(|parameters| !parameters.is_null())
    {
        return Err(malformed_pbkdf2());
    }
    let iterations = saturating(params.iterations);
    if iterations == 0 {
        return Err(invalid_cost("PBKDF2"));
    }
    let key_derivation = KeyDerivation::Pbkdf2 { prf, iterations };
    let length = params.key_length.map(saturating);
    Ok((key_derivation, params.salt.value(), length))
}

fn scrypt(parameters: Option<AnyRef<'_>>, cipher: Cipher) -> Result<(KeyDerivation, &[u8]), Error> {
    let malformed = || Error::Kdf {
        kdf: "scrypt",
        problem: KdfProblem::Malformed,
    };
    let params: ScryptParams<'_> = decode(parameters).ok_or_else(malformed)?;
    if !fits(params.key_length, cipher) {
        return Err(malformed());
    }
    let [n, r, p] = [params.cost, params.block_size, params.parallelization].map(saturating);
    if n < 2 || !(n.is_power_of_two() || n == u64::MAX) || r == 0 || p == 0 {
        return Err(invalid_cost("scrypt"));
    }
    let key_derivation = KeyDerivation::Scrypt { n, r, p };
    Ok((key_derivation, params.salt.as_bytes()))
}

fn pkcs12_pbe<'a>(
    parameters: Option<AnyRef<'a>>,
    data: &'a [u8],
    encryption: impl FnOnce(u64) -> Encryption,
) -> Result<EncryptedKey<'a>, Error> {
    let params: Pkcs12PbeParams<'_> = decode(parameters).ok_or(Error::KeyDamaged)?;
    let iterations = saturating(params.iterations);
    if iterations == 0 {
        return Err(invalid_cost("PKCS#12's key derivation"));
    }
    let salt = params.salt.as_bytes();
    EncryptedKey::new(encryption(iterations), salt, &[], data)
}

/// Encrypts a `PrivateKeyInfo`, or another part of a PKCS#12 store, with AES-256-CBC under a key
/// from PBKDF2 with HMAC-SHA256.
///
/// The parameters name the pseudo-random function with its NULL and leave out the length of the
/// key: BoringSSL, which Postman is built on, asks for the one and older tools for the other.
pub(crate) fn encrypt(
    private_key_info: &[u8],
    passphrase: &Passphrase,
    iterations: u32,
    salt: &[u8; SALT],
    vector: &[u8; BLOCK],
) -> Result<Vec<u8>, Error> {
    let key_derivation = KeyDerivation::Pbkdf2 {
        prf: Prf::HmacSha256,
        iterations: iterations.into(),
    };
    let mut key = zeroize::Zeroizing::new([0; KEY]);
    derive(key_derivation, passphrase.secret_bytes(), salt, &mut *key)?;
    let data = cipher::encrypt(&*key, vector, private_key_info).ok_or(Error::KeyDamaged)?;
    written(iterations, salt, vector, &data).map_err(|_| Error::KeyDamaged)
}

/// Encrypts as [`encrypt`] does with 3DES-CBC under a key from the derivation of PKCS#12 with
/// SHA-1, for PKCS#12 stores that old programs have to open.
pub(crate) fn encrypt_legacy(
    plaintext: &[u8],
    passphrase: &Passphrase,
    iterations: u32,
    salt: &[u8; SALT],
) -> Result<Vec<u8>, Error> {
    let password = pkcs12_pbe::bmp_string(passphrase.secret_bytes());
    let cipher = Cipher::DesEde3Cbc;
    let mut key = zeroize::Zeroizing::new(vec![0; cipher.key_length()]);
    let mut vector = zeroize::Zeroizing::new(vec![0; cipher.block_length()]);
    pkcs12_pbe::derive_key(&password, salt, iterations.into(), &mut key);
    pkcs12_pbe::derive_vector(&password, salt, iterations.into(), &mut vector);
    let data = cipher::encrypt_legacy(&key, &vector, plaintext).ok_or(Error::KeyDamaged)?;
    written_legacy(iterations, salt, &data).map_err(|_| Error::KeyDamaged)
}

fn written_legacy(iterations: u32, salt: &[u8], data: &[u8]) -> der::Result<Vec<u8>> {
    let params = Pkcs12PbeParams {
        salt: OctetStringRef::new(salt)?,
        iterations: UintRef::new(&iterations.to_be_bytes())?,
    }
    .to_der()?;
    EncryptedPrivateKeyInfo {
        algorithm: AlgorithmIdentifierRef {
            oid: algorithm::PBE_SHA1_3DES,
            parameters: Some(AnyRef::from_der(&params)?),
        },
        data: OctetStringRef::new(data)?,
    }
    .to_der()
}

/// Returns the `AlgorithmIdentifier` in DER and the ciphertext of what was encrypted here.
pub(crate) fn parts(info: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let info = EncryptedPrivateKeyInfo::from_der(info).ok()?;
    Some((info.algorithm.to_der().ok()?, info.data.as_bytes()))
}

fn written(iterations: u32, salt: &[u8], vector: &[u8], data: &[u8]) -> der::Result<Vec<u8>> {
    let identifier = |oid, parameters| AlgorithmIdentifierRef {
        oid,
        parameters: Some(parameters),
    };
    let pbkdf2 = Pbkdf2Params {
        salt: OctetStringRef::new(salt)?.into(),
        iterations: UintRef::new(&iterations.to_be_bytes())?,
        key_length: None,
        prf: Some(identifier(algorithm::HMAC_SHA256, Null.into())),
    }
    .to_der()?;
    let pbes2 = Pbes2Params {
        key_derivation: identifier(algorithm::PBKDF2, AnyRef::from_der(&pbkdf2)?),
        encryption: identifier(algorithm::AES_256_CBC, OctetStringRef::new(vector)?.into()),
    }
    .to_der()?;
    EncryptedPrivateKeyInfo {
        algorithm: identifier(algorithm::PBES2, AnyRef::from_der(&pbes2)?),
        data: OctetStringRef::new(data)?,
    }
    .to_der()
}

fn decode<'a, T>(parameters: Option<AnyRef<'a>>) -> Option<T>
where
    T: der::Choice<'a> + der::DecodeValue<'a>,
{
    parameters?.decode_as().ok()
}

/// Returns whether the stated length of the derived key, if any, is that of the cipher.
fn fits(key_length: Option<UintRef<'_>>, cipher: Cipher) -> bool {
    key_length.is_none_or(|length| saturating(length) == cipher.key_length() as u64)
}

/// Returns the value, or `u64::MAX` if it is larger.
pub(crate) fn saturating(number: UintRef<'_>) -> u64 {
    let bytes = number.as_bytes();
    if bytes.len() > size_of::<u64>() {
        return u64::MAX;
    }
    bytes
        .iter()
        .fold(0, |value, byte| value << 8 | u64::from(*byte))
}

/// Bytes of salt that are written.
pub(crate) const SALT: usize = 16;
/// Bytes of the initialization vector of AES.
pub(crate) const BLOCK: usize = 16;
/// Bytes of the key of AES-256.
const KEY: usize = 32;

#[cfg(test)]
mod tests {
    use der::asn1::ObjectIdentifier;

    use super::*;
    use crate::limits::Limits;

    /// Checks PBKDF2 parameters; `PassphraseRequired` means that they passed.
    fn pbkdf2(salt: &[u8], iterations: &[u8], prf: Option<ObjectIdentifier>) -> Error {
        let params = Pbkdf2Params {
            salt: OctetStringRef::new(salt).unwrap().into(),
            iterations: UintRef::new(iterations).unwrap(),
            key_length: None,
            prf: prf.map(|oid| AlgorithmIdentifierRef {
                oid,
                parameters: Some(Null.into()),
            }),
        };
        verdict(algorithm::PBKDF2, &params.to_der().unwrap())
    }

    fn scrypt(cost: &[u8], block_size: &[u8], parallelization: &[u8]) -> Error {
        let params = ScryptParams {
            salt: OctetStringRef::new(b"saltsalt").unwrap(),
            cost: UintRef::new(cost).unwrap(),
            block_size: UintRef::new(block_size).unwrap(),
            parallelization: UintRef::new(parallelization).unwrap(),
            key_length: None,
        };
        verdict(algorithm::SCRYPT, &params.to_der().unwrap())
    }

    fn verdict(kdf: ObjectIdentifier, params: &[u8]) -> Error {
        encrypted(kdf, params, algorithm::AES_256_CBC, &[0; 16], &[0; 32])
    }

    /// Returns the verdict without a passphrase, which is asked for only after all checks.
    fn encrypted(
        kdf: ObjectIdentifier,
        params: &[u8],
        cipher: ObjectIdentifier,
        vector: &[u8],
        data: &[u8],
    ) -> Error {
        let params = Pbes2Params {
            key_derivation: AlgorithmIdentifierRef {
                oid: kdf,
                parameters: Some(AnyRef::from_der(params).unwrap()),
            },
            encryption: AlgorithmIdentifierRef {
                oid: cipher,
                parameters: Some(OctetStringRef::new(vector).unwrap().into()),
            },
        };
        let params = params.to_der().unwrap();
        let info = EncryptedPrivateKeyInfo {
            algorithm: AlgorithmIdentifierRef {
                oid: algorithm::PBES2,
                parameters: Some(AnyRef::from_der(&params).unwrap()),
            },
            data: OctetStringRef::new(data).unwrap(),
        };
        let der = info.to_der().unwrap();
        let checked = read(&der).and_then(|key| key.check_cost(&Limits::default()));
        checked.err().unwrap_or(Error::PassphraseRequired)
    }

    /// Returns the verdict for a cipher with this much vector and data.
    fn framing(cipher: ObjectIdentifier, vector: usize, data: usize) -> Error {
        let params = Pbkdf2Params {
            salt: OctetStringRef::new(b"saltsalt").unwrap().into(),
            iterations: UintRef::new(&[1]).unwrap(),
            key_length: None,
            prf: None,
        };
        let params = params.to_der().unwrap();
        encrypted(
            algorithm::PBKDF2,
            &params,
            cipher,
            &vec![0; vector],
            &vec![0; data],
        )
    }

    fn iterations(count: u64) -> Error {
        pbkdf2(
            b"saltsalt",
            &count.to_be_bytes(),
            Some(algorithm::HMAC_SHA256),
        )
    }

    #[test]
    fn iterations_are_counted_before_any_work() {
        assert!(matches!(iterations(10_000_000), Error::PassphraseRequired));
        assert!(matches!(
            iterations(10_000_001),
            Error::KdfTooExpensive {
                asked: 10_000_001,
                limit: 10_000_000,
                ..
            }
        ));
        let huge = pbkdf2(b"saltsalt", &[0xFF; 40], None);
        assert!(matches!(
            huge,
            Error::KdfTooExpensive {
                asked: u64::MAX,
                ..
            }
        ));
    }

    #[test]
    fn zero_iterations_are_an_invalid_cost() {
        assert!(matches!(
            iterations(0),
            Error::Kdf {
                problem: KdfProblem::InvalidCost,
                ..
            }
        ));
        assert!(matches!(iterations(1), Error::PassphraseRequired));
    }

    #[test]
    fn a_salt_may_have_any_length() {
        for length in [0, 8, 32, 33, 64, 1000] {
            assert!(matches!(
                pbkdf2(&vec![7; length], &[1], None),
                Error::PassphraseRequired
            ));
        }
    }

    #[test]
    fn scrypt_costs_that_overflow_are_too_expensive() {
        let top = [0x80, 0, 0, 0, 0, 0, 0, 0];
        for (cost, block_size, parallelization) in [
            (&top[..], &top[..], &top[..]),
            (&top, &[1], &[1]),
            (&[2], &top, &[1]),
            (&[2], &[1], &top),
            (&[0xFF; 40], &[0xFF; 40], &[0xFF; 40]),
        ] {
            let error = scrypt(cost, block_size, parallelization);
            assert!(matches!(error, Error::KdfTooExpensive { .. }), "{error:?}");
        }
    }

    #[test]
    fn scrypt_costs_that_make_no_sense_are_named() {
        for (cost, block_size, parallelization) in
            [(0, 8, 1), (1, 8, 1), (3, 8, 1), (16, 0, 1), (16, 8, 0)]
        {
            let error = scrypt(&[cost], &[block_size], &[parallelization]);
            assert!(matches!(
                error,
                Error::Kdf {
                    problem: KdfProblem::InvalidCost,
                    ..
                }
            ));
        }
    }

    #[test]
    fn derived_key_of_wrong_length_is_malformed() {
        let params = Pbkdf2Params {
            salt: OctetStringRef::new(b"saltsalt").unwrap().into(),
            iterations: UintRef::new(&[1]).unwrap(),
            key_length: Some(UintRef::new(&[16]).unwrap()),
            prf: None,
        };
        let params = params.to_der().unwrap();
        let with = |cipher| encrypted(algorithm::PBKDF2, &params, cipher, &[0; 16], &[0; 32]);
        assert!(matches!(
            with(algorithm::AES_128_CBC),
            Error::PassphraseRequired
        ));
        assert!(matches!(
            with(algorithm::AES_256_CBC),
            Error::Kdf {
                problem: KdfProblem::Malformed,
                ..
            }
        ));
    }

    #[test]
    fn data_in_broken_blocks_is_damage_for_certain() {
        for (cipher, block) in [(algorithm::AES_128_CBC, 16), (algorithm::DES_EDE3_CBC, 8)] {
            assert!(matches!(
                framing(cipher, block, 4 * block),
                Error::PassphraseRequired
            ));
            assert!(matches!(
                framing(cipher, block, 4 * block + 1),
                Error::KeyDamaged
            ));
            assert!(matches!(framing(cipher, block, 0), Error::KeyDamaged));
            assert!(matches!(
                framing(cipher, block - 1, 4 * block),
                Error::KeyDamaged
            ));
        }
    }

    #[test]
    fn every_part_that_is_not_supported_is_named() {
        let unknown = ObjectIdentifier::new_unwrap("1.2.3.4");
        let is_unknown = |error| matches!(error, Error::UnsupportedEncryption { oid, .. } if oid.as_deref() == Some("1.2.3.4"));
        assert!(is_unknown(verdict(unknown, &[5, 0])));
        assert!(is_unknown(framing(unknown, 16, 32)));
        assert!(is_unknown(pbkdf2(b"saltsalt", &[1], Some(unknown))));
    }
}
