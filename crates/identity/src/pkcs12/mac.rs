//! The MAC over the content of a store.
//!
//! `MacData` of [RFC 7292, section 4] with HMAC under SHA-1 and SHA-2, and PBMAC1 of [RFC 9579].
//! Leaves out what it costs.
//!
//! [RFC 7292, section 4]: https://www.rfc-editor.org/rfc/rfc7292#section-4
//! [RFC 9579]: https://www.rfc-editor.org/rfc/rfc9579#section-4

use std::fmt;

use der::Tag;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef, UintRef};
use hmac::{KeyInit, Mac as _, SimpleHmac};
use sha1::Sha1;
use sha2::digest::Digest;
use sha2::digest::block_api::BlockSizeUser;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use crate::algorithm;
use crate::asn1::Sequence;
use crate::encrypted_key::{derive, derive_mac_key, pbkdf2_params, saturating};
use crate::encryption::{KeyDerivation, Prf};
use crate::error::Error;
use crate::kdf_problem::KdfProblem;
use crate::pkcs12::encoding::{element, identifier, integer, sequence};
use crate::pkcs12::spelling::Spelling;
use crate::stack;
use crate::store_problem::StoreProblem;

/// ```text
/// MacData ::= SEQUENCE {
///   mac        DigestInfo,
///   macSalt    OCTET STRING,
///   iterations INTEGER DEFAULT 1 }
///
/// DigestInfo ::= SEQUENCE {
///   digestAlgorithm AlgorithmIdentifier,
///   digest          OCTET STRING }
/// ```
pub(super) struct Mac<'a> {
    content: &'a [u8],
    pub(super) scheme: MacScheme,
    salt: &'a [u8],
    expected: &'a [u8],
}

/// A MAC with its cost; its `Display` is for a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MacScheme {
    hash: Prf,
    derivation: Derivation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Derivation {
    /// That of PKCS#12 with the hash function of the MAC.
    Pkcs12 { iterations: u64 },
    /// PBKDF2, in PBMAC1.
    Pbkdf2 {
        prf: Prf,
        iterations: u64,
        key_length: usize,
    },
}

impl<'a> Mac<'a> {
    /// Reads everything that is known without the passphrase.
    pub(super) fn read(data: AnyRef<'a>, content: &'a [u8]) -> Result<Self, Error> {
        let parts = MacParts::read(data).ok_or(Error::Store(StoreProblem::Damaged))?;
        let oid = parts.algorithm.oid;
        if oid == algorithm::PBMAC1 {
            let (scheme, salt) = pbmac1(parts.algorithm)?;
            return Ok(Self {
                content,
                scheme,
                salt,
                expected: parts.expected,
            });
        }
        let hash = match oid {
            algorithm::SHA1 => Prf::HmacSha1,
            algorithm::SHA224 => Prf::HmacSha224,
            algorithm::SHA256 => Prf::HmacSha256,
            algorithm::SHA384 => Prf::HmacSha384,
            algorithm::SHA512 => Prf::HmacSha512,
            other => return Err(unsupported(other)),
        };
        if parts.iterations == 0 {
            return Err(Error::Kdf {
                kdf: "the MAC of the PKCS#12 store",
                problem: KdfProblem::InvalidCost,
            });
        }
        let iterations = parts.iterations;
        Ok(Self {
            content,
            scheme: MacScheme {
                hash,
                derivation: Derivation::Pkcs12 { iterations },
            },
            salt: parts.salt,
            expected: parts.expected,
        })
    }

    /// Returns whether the MAC is right under this passphrase, in time that does not depend on it.
    pub(super) fn is_right(&self, spelling: &Spelling) -> Result<bool, Error> {
        stack::wiped(|| {
            let mut key = Zeroizing::new([0; LONGEST_KEY]);
            let length = self.scheme.key_length();
            let key = key.get_mut(..length).ok_or(Error::KeyDamaged)?;
            self.scheme.derive(spelling, self.salt, key)?;
            let verify = match self.scheme.hash {
                Prf::HmacSha1 => verify::<Sha1>,
                Prf::HmacSha224 => verify::<Sha224>,
                Prf::HmacSha256 => verify::<Sha256>,
                Prf::HmacSha384 => verify::<Sha384>,
                Prf::HmacSha512 => verify::<Sha512>,
            };
            Ok(verify(key, self.content, self.expected))
        })
    }
}

impl MacScheme {
    /// Returns the iterations that its key costs: PBKDF2 makes a long one of several blocks.
    pub(super) const fn cost(&self) -> u64 {
        match self.derivation {
            Derivation::Pkcs12 { iterations } => iterations,
            Derivation::Pbkdf2 {
                prf,
                iterations,
                key_length,
            } => {
                let blocks = key_length.div_ceil(digest_length(prf));
                iterations.saturating_mul(blocks as u64)
            }
        }
    }

    const fn key_length(&self) -> usize {
        match self.derivation {
            Derivation::Pkcs12 { .. } => digest_length(self.hash),
            Derivation::Pbkdf2 { key_length, .. } => key_length,
        }
    }

    fn derive(&self, spelling: &Spelling, salt: &[u8], key: &mut [u8]) -> Result<(), Error> {
        match self.derivation {
            Derivation::Pkcs12 { iterations } => {
                derive_mac_key(self.hash, &spelling.bmp, salt, iterations, key);
                Ok(())
            }
            Derivation::Pbkdf2 {
                prf, iterations, ..
            } => {
                let pbkdf2 = KeyDerivation::Pbkdf2 { prf, iterations };
                derive(pbkdf2, &spelling.bytes, salt, key)
            }
        }
    }
}

impl fmt::Display for MacScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = self.hash;
        match self.derivation {
            Derivation::Pkcs12 { iterations } => write!(f, "{hash}, {iterations} iterations"),
            Derivation::Pbkdf2 {
                prf, iterations, ..
            } => write!(
                f,
                "PBMAC1, {hash}, PBKDF2 with {prf}, {iterations} iterations"
            ),
        }
    }
}

fn verify<H: Digest + BlockSizeUser>(key: &[u8], content: &[u8], expected: &[u8]) -> bool {
    SimpleHmac::<H>::new_from_slice(key)
        .is_ok_and(|mac| mac.chain_update(content).verify_slice(expected).is_ok())
}

/// Returns a `MacData` over this content; `None` if no key fits, which cannot be.
pub(super) fn written(
    hash: Prf,
    content: &[u8],
    password: &[u8],
    salt: &[u8],
    iterations: u32,
) -> Option<Vec<u8>> {
    let mut key = Zeroizing::new([0; LONGEST_KEY]);
    let key = key.get_mut(..digest_length(hash))?;
    derive_mac_key(hash, password, salt, iterations.into(), key);
    let (oid, digest) = match hash {
        Prf::HmacSha1 => (algorithm::SHA1, authenticate::<Sha1>(key, content)?),
        Prf::HmacSha224 => (algorithm::SHA224, authenticate::<Sha224>(key, content)?),
        Prf::HmacSha256 => (algorithm::SHA256, authenticate::<Sha256>(key, content)?),
        Prf::HmacSha384 => (algorithm::SHA384, authenticate::<Sha384>(key, content)?),
        Prf::HmacSha512 => (algorithm::SHA512, authenticate::<Sha512>(key, content)?),
    };
    // Old readers want the parameters of the hash function to be there.
    let algorithm = sequence(&[&identifier(oid), NULL]);
    let info = sequence(&[&algorithm, &element(OCTET_STRING, &digest)]);
    Some(sequence(&[
        &info,
        &element(OCTET_STRING, salt),
        &integer(iterations),
    ]))
}

fn authenticate<H: Digest + BlockSizeUser>(key: &[u8], content: &[u8]) -> Option<Vec<u8>> {
    let mac = SimpleHmac::<H>::new_from_slice(key).ok()?;
    Some(mac.chain_update(content).finalize().into_bytes().to_vec())
}

/// The components of `MacData`.
struct MacParts<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    expected: &'a [u8],
    salt: &'a [u8],
    iterations: u64,
}

impl<'a> MacParts<'a> {
    fn read(data: AnyRef<'a>) -> Option<Self> {
        let mut data = Sequence::of(data, Tag::Sequence)?;
        let mut info = Sequence::of(data.read()?, Tag::Sequence)?;
        let algorithm = info.read()?;
        let expected = info.read::<&OctetStringRef>()?.as_bytes();
        let salt = data.read::<&OctetStringRef>()?.as_bytes();
        let iterations = match data.is_finished() {
            true => 1,
            false => saturating(data.read::<UintRef<'_>>()?),
        };
        (info.is_finished() && data.is_finished()).then_some(Self {
            algorithm,
            expected,
            salt,
            iterations,
        })
    }
}

/// Reads the parameters of PBMAC1: the scheme, and the salt.
///
/// ```text
/// PBMAC1-params ::= SEQUENCE {
///   keyDerivationFunc AlgorithmIdentifier {{PBMAC1-KDFs}},
///   messageAuthScheme AlgorithmIdentifier {{PBMAC1-MACs}} }
/// ```
fn pbmac1(algorithm: AlgorithmIdentifierRef<'_>) -> Result<(MacScheme, &[u8]), Error> {
    let params = algorithm.parameters.and_then(|params| {
        let mut params = Sequence::of(params, Tag::Sequence)?;
        let both: (AlgorithmIdentifierRef<'_>, AlgorithmIdentifierRef<'_>) =
            (params.read()?, params.read()?);
        params.is_finished().then_some(both)
    });
    let (kdf, mac) = params.ok_or(Error::Store(StoreProblem::Damaged))?;
    if kdf.oid != algorithm::PBKDF2 {
        return Err(unsupported(kdf.oid));
    }
    let hash = match mac.oid {
        algorithm::HMAC_SHA1 => Prf::HmacSha1,
        algorithm::HMAC_SHA224 => Prf::HmacSha224,
        algorithm::HMAC_SHA256 => Prf::HmacSha256,
        algorithm::HMAC_SHA384 => Prf::HmacSha384,
        algorithm::HMAC_SHA512 => Prf::HmacSha512,
        other => return Err(unsupported(other)),
    };
    let (derivation, salt, length) = pbkdf2_params(kdf.parameters)?;
    // RFC 9579, section 4: it has to be stated, as a key of HMAC has no length of its own.
    let length = length.and_then(|length| usize::try_from(length).ok());
    let length = length.filter(|length| (1..=LONGEST_KEY).contains(length));
    let (KeyDerivation::Pbkdf2 { prf, iterations }, Some(key_length)) = (derivation, length) else {
        return Err(Error::Kdf {
            kdf: "PBMAC1",
            problem: KdfProblem::Malformed,
        });
    };
    let derivation = Derivation::Pbkdf2 {
        prf,
        iterations,
        key_length,
    };
    Ok((MacScheme { hash, derivation }, salt))
}

fn unsupported(oid: ObjectIdentifier) -> Error {
    Error::Store(StoreProblem::UnsupportedMac {
        oid: oid.to_string(),
        name: algorithm::mac_name(oid),
    })
}

const fn digest_length(hash: Prf) -> usize {
    match hash {
        Prf::HmacSha1 => 20,
        Prf::HmacSha224 => 28,
        Prf::HmacSha256 => 32,
        Prf::HmacSha384 => 48,
        Prf::HmacSha512 => 64,
    }
}

/// The block of SHA-512 in bytes, beyond which HMAC only hashes its key.
const LONGEST_KEY: usize = 128;
const OCTET_STRING: u8 = 0x04;
const NULL: &[u8] = &[0x05, 0];
