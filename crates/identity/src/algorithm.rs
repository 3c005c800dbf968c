//! Object identifiers of the algorithms that people's keys name, with their names.
//!
//! From [RFC 8018, appendix C], [RFC 7292, appendix C] and [RFC 5480]; the names are those that
//! `openssl` prints. Leaves out what the algorithms do.
//!
//! [RFC 8018, appendix C]: https://www.rfc-editor.org/rfc/rfc8018#appendix-C
//! [RFC 7292, appendix C]: https://www.rfc-editor.org/rfc/rfc7292#appendix-C
//! [RFC 5480]: https://www.rfc-editor.org/rfc/rfc5480#section-2.1.1

use der::asn1::ObjectIdentifier;

use crate::error::Error;

pub(crate) const PBES2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");
pub(crate) const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");
pub(crate) const PBE_SHA1_3DES: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3");
pub(crate) const PBE_SHA1_RC2_40: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.6");
pub(crate) const PBMAC1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.14");
pub(crate) const SCRYPT: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11591.4.11");
pub(crate) const HMAC_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.7");
pub(crate) const HMAC_SHA224: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.8");
pub(crate) const HMAC_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.2.9");
pub(crate) const HMAC_SHA384: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.2.10");
pub(crate) const HMAC_SHA512: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.2.11");
pub(crate) const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
pub(crate) const SHA224: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.4");
pub(crate) const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
pub(crate) const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
pub(crate) const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
pub(crate) const DES_EDE3_CBC: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.113549.3.7");
pub(crate) const AES_128_CBC: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.2");
pub(crate) const AES_192_CBC: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.22");
pub(crate) const AES_256_CBC: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42");
pub(crate) const DSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10040.4.1");
pub(crate) const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub(crate) const EC_PUBLIC_KEY: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(crate) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
pub(crate) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
pub(crate) const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// Returns the error for an encryption, key derivation or pseudo-random function that is not
/// supported.
pub(crate) fn unsupported_encryption(oid: ObjectIdentifier) -> Error {
    Error::UnsupportedEncryption {
        oid: Some(oid.to_string()),
        name: name(&oid, UNSUPPORTED_ENCRYPTION),
    }
}

/// Returns the error for a cipher of traditional encryption that is not supported.
///
/// The name stands in the file, so it is shown only if it is one of the known ones.
pub(crate) fn unsupported_dek(cipher: &str) -> Error {
    let known = UNSUPPORTED_DEK.iter().find(|name| **name == cipher);
    Error::UnsupportedEncryption {
        oid: None,
        name: known.copied(),
    }
}

/// Returns the error for a key of a kind that is not supported.
pub(crate) fn unsupported_key(oid: ObjectIdentifier) -> Error {
    Error::UnsupportedKeyAlgorithm {
        oid: oid.to_string(),
        name: name(&oid, UNSUPPORTED_KEY),
    }
}

fn name(oid: &ObjectIdentifier, table: &[(&str, &'static str)]) -> Option<&'static str> {
    let dotted = oid.to_string();
    table
        .iter()
        .find(|(known, _)| *known == dotted)
        .map(|(_, name)| *name)
}

/// Ways of encrypting a key that occur in the wild.
const UNSUPPORTED_ENCRYPTION: &[(&str, &str)] = &[
    ("1.2.392.200011.61.1.1.1.2", "CAMELLIA-128-CBC"),
    ("1.2.392.200011.61.1.1.1.3", "CAMELLIA-192-CBC"),
    ("1.2.392.200011.61.1.1.1.4", "CAMELLIA-256-CBC"),
    ("1.2.410.200046.1.1.2", "ARIA-128-CBC"),
    ("1.2.410.200046.1.1.7", "ARIA-192-CBC"),
    ("1.2.410.200046.1.1.12", "ARIA-256-CBC"),
    ("1.2.840.113549.1.5.1", "PBE-MD2-DES"),
    ("1.2.840.113549.1.5.3", "PBE-MD5-DES"),
    ("1.2.840.113549.1.5.4", "PBE-MD2-RC2-64"),
    ("1.2.840.113549.1.5.6", "PBE-MD5-RC2-64"),
    ("1.2.840.113549.1.5.10", "PBE-SHA1-DES"),
    ("1.2.840.113549.1.5.11", "PBE-SHA1-RC2-64"),
    (
        "1.2.840.113549.1.12.1.1",
        "PBE-SHA1-RC4-128 (PKCS#12 style)",
    ),
    ("1.2.840.113549.1.12.1.2", "PBE-SHA1-RC4-40 (PKCS#12 style)"),
    ("1.2.840.113549.1.12.1.4", "PBE-SHA1-2DES (PKCS#12 style)"),
    (
        "1.2.840.113549.1.12.1.5",
        "PBE-SHA1-RC2-128 (PKCS#12 style)",
    ),
    ("1.2.840.113549.1.12.1.6", "PBE-SHA1-RC2-40 (PKCS#12 style)"),
    ("1.2.840.113549.2.6", "hmacWithMD5"),
    ("1.2.840.113549.2.12", "hmacWithSHA512-224"),
    ("1.2.840.113549.2.13", "hmacWithSHA512-256"),
    ("1.2.840.113549.3.2", "RC2-CBC"),
    ("1.3.14.3.2.7", "DES-CBC"),
    ("1.3.6.1.4.1.3029.1.2", "BF-CBC"),
    ("2.16.840.1.101.3.4.1.6", "AES-128-GCM"),
    ("2.16.840.1.101.3.4.1.26", "AES-192-GCM"),
    ("2.16.840.1.101.3.4.1.46", "AES-256-GCM"),
];

/// Returns the name of a hash function or MAC that a store may be protected with and that is not
/// supported.
pub(crate) fn mac_name(oid: ObjectIdentifier) -> Option<&'static str> {
    name(&oid, UNSUPPORTED_MAC)
}

/// Hash functions of MACs that `openssl pkcs12 -macalg` knows.
const UNSUPPORTED_MAC: &[(&str, &str)] = &[
    ("1.2.840.113549.2.2", "MD2"),
    ("1.2.840.113549.2.4", "MD4"),
    ("1.2.840.113549.2.5", "MD5"),
    ("1.3.36.3.2.1", "RIPEMD-160"),
    ("1.2.156.10197.1.401", "SM3"),
    ("2.16.840.1.101.3.4.2.5", "SHA-512/224"),
    ("2.16.840.1.101.3.4.2.6", "SHA-512/256"),
    ("2.16.840.1.101.3.4.2.7", "SHA3-224"),
    ("2.16.840.1.101.3.4.2.8", "SHA3-256"),
    ("2.16.840.1.101.3.4.2.9", "SHA3-384"),
    ("2.16.840.1.101.3.4.2.10", "SHA3-512"),
    ("1.2.643.7.1.1.2.2", "GOST R 34.11-2012 with 256 bits"),
    ("1.2.643.7.1.1.2.3", "GOST R 34.11-2012 with 512 bits"),
];

/// Kinds of key that occur in the wild.
const UNSUPPORTED_KEY: &[(&str, &str)] = &[
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.10045.2.1", "an elliptic curve that is not named"),
    ("1.2.840.10045.3.1.1", "the elliptic curve P-192"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.113549.1.3.1", "Diffie-Hellman"),
    ("1.3.101.110", "X25519"),
    ("1.3.101.111", "X448"),
    ("1.3.101.113", "Ed448"),
    ("1.2.840.10045.3.1.2", "the elliptic curve prime192v2"),
    ("1.2.840.10045.3.1.3", "the elliptic curve prime192v3"),
    ("1.2.840.10045.3.1.4", "the elliptic curve prime239v1"),
    ("1.2.840.10045.3.1.5", "the elliptic curve prime239v2"),
    ("1.2.840.10045.3.1.6", "the elliptic curve prime239v3"),
    ("1.2.156.10197.1.301", "the elliptic curve SM2"),
    ("1.2.643.2.2.19", "GOST R 34.10-2001"),
    ("1.2.643.7.1.1.1.1", "GOST R 34.10-2012 with 256 bits"),
    ("1.2.643.7.1.1.1.2", "GOST R 34.10-2012 with 512 bits"),
    ("1.3.132.0.1", "the elliptic curve sect163k1"),
    ("1.3.132.0.2", "the elliptic curve sect163r1"),
    ("1.3.132.0.3", "the elliptic curve sect239k1"),
    ("1.3.132.0.4", "the elliptic curve sect113r1"),
    ("1.3.132.0.5", "the elliptic curve sect113r2"),
    ("1.3.132.0.6", "the elliptic curve secp112r1"),
    ("1.3.132.0.7", "the elliptic curve secp112r2"),
    ("1.3.132.0.8", "the elliptic curve secp160r1"),
    ("1.3.132.0.9", "the elliptic curve secp160k1"),
    ("1.3.132.0.10", "the elliptic curve secp256k1"),
    ("1.3.132.0.15", "the elliptic curve sect163r2"),
    ("1.3.132.0.16", "the elliptic curve sect283k1"),
    ("1.3.132.0.17", "the elliptic curve sect283r1"),
    ("1.3.132.0.22", "the elliptic curve sect131r1"),
    ("1.3.132.0.23", "the elliptic curve sect131r2"),
    ("1.3.132.0.24", "the elliptic curve sect193r1"),
    ("1.3.132.0.25", "the elliptic curve sect193r2"),
    ("1.3.132.0.26", "the elliptic curve sect233k1"),
    ("1.3.132.0.27", "the elliptic curve sect233r1"),
    ("1.3.132.0.28", "the elliptic curve secp128r1"),
    ("1.3.132.0.29", "the elliptic curve secp128r2"),
    ("1.3.132.0.30", "the elliptic curve secp160r2"),
    ("1.3.132.0.31", "the elliptic curve secp192k1"),
    ("1.3.132.0.32", "the elliptic curve secp224k1"),
    ("1.3.132.0.33", "the elliptic curve P-224"),
    ("1.3.132.0.35", "the elliptic curve P-521"),
    ("1.3.132.0.36", "the elliptic curve sect409k1"),
    ("1.3.132.0.37", "the elliptic curve sect409r1"),
    ("1.3.132.0.38", "the elliptic curve sect571k1"),
    ("1.3.132.0.39", "the elliptic curve sect571r1"),
    ("1.3.36.3.3.2.8.1.1.1", "the elliptic curve brainpoolP160r1"),
    ("1.3.36.3.3.2.8.1.1.3", "the elliptic curve brainpoolP192r1"),
    ("1.3.36.3.3.2.8.1.1.5", "the elliptic curve brainpoolP224r1"),
    ("1.3.36.3.3.2.8.1.1.7", "the elliptic curve brainpoolP256r1"),
    (
        "1.3.36.3.3.2.8.1.1.11",
        "the elliptic curve brainpoolP384r1",
    ),
    (
        "1.3.36.3.3.2.8.1.1.13",
        "the elliptic curve brainpoolP512r1",
    ),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
];

/// Names in `DEK-Info` headers that `openssl` has written.
const UNSUPPORTED_DEK: &[&str] = &[
    "ARIA-128-CBC",
    "ARIA-192-CBC",
    "ARIA-256-CBC",
    "BF-CBC",
    "CAMELLIA-128-CBC",
    "CAMELLIA-192-CBC",
    "CAMELLIA-256-CBC",
    "CAST5-CBC",
    "DES-CBC",
    "DES-EDE-CBC",
    "IDEA-CBC",
    "RC2-40-CBC",
    "RC2-64-CBC",
    "RC2-CBC",
    "SEED-CBC",
    "SM4-CBC",
];
