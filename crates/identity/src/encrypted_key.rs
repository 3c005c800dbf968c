//! PKCS#8 `EncryptedPrivateKeyInfo` with PBES2.
//!
//! [RFC 5958, section 3], [RFC 8018, section 6.2], [RFC 7914, section 7]. Everything that can be
//! known before the passphrase is used is checked first: what is encrypted how, and what opening it
//! costs. Leaves out PBES1 and PKCS#12 encryption, which are named in the error.
//!
//! [RFC 5958, section 3]: https://www.rfc-editor.org/rfc/rfc5958#section-3
//! [RFC 8018, section 6.2]: https://www.rfc-editor.org/rfc/rfc8018#section-6.2
//! [RFC 7914, section 7]: https://www.rfc-editor.org/rfc/rfc7914#section-7

use der::asn1::{AnyRef, OctetStringRef, UintRef};
use der::{Decode, Sequence, Tag, Tagged};
use pkcs5::pbes2;
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::algorithm::{self, unsupported_encryption};
use crate::{Error, KdfProblem, Limits, Passphrase};

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

/// Decrypts a key. What comes out is a `PrivateKeyInfo` only if the passphrase was right.
pub(crate) fn decrypt(
    der: &[u8],
    passphrase: Option<&Passphrase>,
    limits: &Limits,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let info = EncryptedPrivateKeyInfo::from_der(der).map_err(|_| Error::KeyDamaged)?;
    if info.algorithm.oid != algorithm::PBES2 {
        return Err(unsupported_encryption(info.algorithm.oid));
    }
    let parameters = info.algorithm.parameters.ok_or(Error::KeyDamaged)?;
    let params: Pbes2Params<'_> = parameters.decode_as().map_err(|_| Error::KeyDamaged)?;
    check_cipher(&params.encryption, info.data.as_bytes())?;
    let kdf = check_key_derivation(&params.key_derivation, limits)?;
    let malformed = || Error::Kdf {
        kdf,
        problem: KdfProblem::Malformed,
    };
    let params = pbes2::Parameters::try_from(parameters).map_err(|_| malformed())?;
    let key_size = params.encryption.key_size();
    if params
        .kdf
        .key_length()
        .is_some_and(|length| usize::from(length) != key_size)
    {
        return Err(malformed());
    }
    let passphrase = passphrase.ok_or(Error::PassphraseRequired)?;

    let mut buffer = Zeroizing::new(info.data.as_bytes().to_vec());
    let length = params
        .decrypt_in_place(passphrase.secret_bytes(), &mut buffer)
        .map_err(|error| match error {
            pkcs5::Error::DecryptFailed => Error::PassphraseOrDamaged,
            _ => malformed(),
        })?
        .len();
    buffer.truncate(length);
    Ok(buffer)
}

/// Is the cipher supported, with an initialization vector and whole blocks of data?
fn check_cipher(cipher: &AlgorithmIdentifierRef<'_>, data: &[u8]) -> Result<(), Error> {
    let block = match cipher.oid {
        algorithm::AES_128_CBC | algorithm::AES_192_CBC | algorithm::AES_256_CBC => 16,
        algorithm::DES_EDE3_CBC => 8,
        other => return Err(unsupported_encryption(other)),
    };
    let vector = cipher
        .parameters
        .and_then(|any| any.decode_as::<&OctetStringRef>().ok());
    let complete = vector.is_some_and(|vector| vector.as_bytes().len() == block)
        && !data.is_empty()
        && data.len().is_multiple_of(block);
    if complete {
        Ok(())
    } else {
        Err(Error::KeyDamaged)
    }
}

/// Is the key derivation function supported and within the limits? Returns its name.
fn check_key_derivation(
    kdf: &AlgorithmIdentifierRef<'_>,
    limits: &Limits,
) -> Result<&'static str, Error> {
    match kdf.oid {
        algorithm::PBKDF2 => check_pbkdf2(kdf.parameters, limits).map(|()| "PBKDF2"),
        algorithm::SCRYPT => check_scrypt(kdf.parameters, limits).map(|()| "scrypt"),
        other => Err(unsupported_encryption(other)),
    }
}

fn check_pbkdf2(parameters: Option<AnyRef<'_>>, limits: &Limits) -> Result<(), Error> {
    let fail = |problem| Error::Kdf {
        kdf: "PBKDF2",
        problem,
    };
    let params: Pbkdf2Params<'_> = parameters
        .and_then(|any| any.decode_as().ok())
        .ok_or_else(|| fail(KdfProblem::Malformed))?;
    match params.prf.map(|prf| prf.oid) {
        None
        | Some(
            algorithm::HMAC_SHA1
            | algorithm::HMAC_SHA224
            | algorithm::HMAC_SHA256
            | algorithm::HMAC_SHA384
            | algorithm::HMAC_SHA512,
        ) => {}
        Some(other) => return Err(unsupported_encryption(other)),
    }
    if params.salt.tag() != Tag::OctetString {
        return Err(fail(KdfProblem::Malformed));
    }
    check_salt(params.salt.value()).map_err(fail)?;
    let iterations = saturating(params.iterations);
    if iterations == 0 {
        return Err(fail(KdfProblem::Senseless));
    }
    within(
        "PBKDF2 iterations",
        iterations,
        limits.pbkdf2_iterations.into(),
    )
}

fn check_scrypt(parameters: Option<AnyRef<'_>>, limits: &Limits) -> Result<(), Error> {
    let fail = |problem| Error::Kdf {
        kdf: "scrypt",
        problem,
    };
    let params: ScryptParams<'_> = parameters
        .and_then(|any| any.decode_as().ok())
        .ok_or_else(|| fail(KdfProblem::Malformed))?;
    check_salt(params.salt.as_bytes()).map_err(fail)?;
    let [n, r, p] = [params.cost, params.block_size, params.parallelization].map(saturating);
    if n < 2 || !(n.is_power_of_two() || n == u64::MAX) || r == 0 || p == 0 {
        return Err(fail(KdfProblem::Senseless));
    }
    // RFC 7914, section 6: B has p blocks and V has N, of 128 * r octets each.
    let memory = n.saturating_add(p).saturating_mul(r).saturating_mul(128);
    within("bytes of memory for scrypt", memory, limits.scrypt_memory)?;
    within(
        "runs of scrypt (parallelization)",
        p,
        limits.scrypt_p.into(),
    )
}

fn check_salt(salt: &[u8]) -> Result<(), KdfProblem> {
    let limit = pbes2::Salt::MAX_LEN;
    let bytes = salt.len();
    if bytes > limit {
        Err(KdfProblem::SaltTooLong { bytes, limit })
    } else {
        Ok(())
    }
}

fn within(what: &'static str, asked: u64, limit: u64) -> Result<(), Error> {
    if asked > limit {
        Err(Error::KdfTooExpensive { what, asked, limit })
    } else {
        Ok(())
    }
}

/// The value, or `u64::MAX` if it is larger.
fn saturating(number: UintRef<'_>) -> u64 {
    let bytes = number.as_bytes();
    if bytes.len() > size_of::<u64>() {
        return u64::MAX;
    }
    bytes
        .iter()
        .fold(0, |value, byte| value << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use der::Encode;
    use der::asn1::{Null, ObjectIdentifier};

    use super::*;

    /// What the checks say of PBKDF2 parameters; `PassphraseRequired` means that they passed.
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

    /// The verdict without a passphrase, which is asked for only after all checks.
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
        decrypt(&info.to_der().unwrap(), None, &Limits::default()).unwrap_err()
    }

    /// The verdict for a cipher with this much vector and data.
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
    fn no_iteration_at_all_is_senseless() {
        assert!(matches!(
            iterations(0),
            Error::Kdf {
                problem: KdfProblem::Senseless,
                ..
            }
        ));
        assert!(matches!(iterations(1), Error::PassphraseRequired));
    }

    #[test]
    fn a_salt_of_33_bytes_is_named_and_one_of_32_is_not() {
        assert!(matches!(
            pbkdf2(&[7; 32], &[1], None),
            Error::PassphraseRequired
        ));
        assert!(matches!(
            pbkdf2(&[7; 33], &[1], None),
            Error::Kdf {
                problem: KdfProblem::SaltTooLong {
                    bytes: 33,
                    limit: 32
                },
                ..
            }
        ));
    }

    #[test]
    fn scrypt_is_limited_in_memory() {
        // 2^18 * 8 * 128 bytes are 256 MiB, and the p blocks come on top.
        assert!(matches!(
            scrypt(&[2, 0, 0], &[8], &[1]),
            Error::PassphraseRequired
        ));
        assert!(matches!(
            scrypt(&[4, 0, 0], &[8], &[1]),
            Error::KdfTooExpensive { .. }
        ));
    }

    #[test]
    fn scrypt_is_limited_in_parallelization() {
        assert!(matches!(
            scrypt(&[64], &[8], &[16]),
            Error::PassphraseRequired
        ));
        assert!(matches!(
            scrypt(&[64], &[8], &[17]),
            Error::KdfTooExpensive {
                asked: 17,
                limit: 16,
                ..
            }
        ));
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
                    problem: KdfProblem::Senseless,
                    ..
                }
            ));
        }
    }

    #[test]
    fn a_raised_limit_admits_what_the_default_refuses() {
        let params = Pbkdf2Params {
            salt: OctetStringRef::new(b"saltsalt").unwrap().into(),
            iterations: UintRef::new(&[1, 0, 0, 0]).unwrap(),
            key_length: None,
            prf: None,
        };
        let params = params.to_der().unwrap();
        let params = Some(AnyRef::from_der(&params).unwrap());
        let raised = Limits::default().pbkdf2_iterations(1 << 24);
        assert!(check_pbkdf2(params, &Limits::default()).is_err());
        assert!(check_pbkdf2(params, &raised).is_ok());
    }

    #[test]
    fn a_derived_key_of_another_length_than_the_cipher_takes_is_malformed() {
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
        let is_unknown =
            |error| matches!(error, Error::UnsupportedEncryption { oid, .. } if oid == "1.2.3.4");
        assert!(is_unknown(verdict(unknown, &[5, 0])));
        assert!(is_unknown(framing(unknown, 16, 32)));
        assert!(is_unknown(pbkdf2(b"saltsalt", &[1], Some(unknown))));
    }
}
