//! One key of each algorithm, in PKCS#8 and in the container that is older than it.

use std::fmt;
use std::sync::LazyLock;

use rcgen::{KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PublicKeyData};

use super::asn1::{bits, components, content, explicit, identifier, integer, octets, sequence};
use crate::support::{CLIENT_KEY, vector};

pub(crate) struct TestKey {
    pub(crate) name: &'static str,
    /// `PrivateKeyInfo`.
    pub(crate) pkcs8: Vec<u8>,
    /// `RSAPrivateKey` or `ECPrivateKey` with its label; Ed25519 has none.
    pub(crate) older: Option<(&'static str, Vec<u8>)>,
    /// `SubjectPublicKeyInfo`.
    pub(crate) public: Vec<u8>,
    /// The numbers without any ASN.1 around them, which are secret.
    pub(crate) secrets: Vec<Vec<u8>>,
}

impl fmt::Debug for TestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

pub(crate) static KEYS: LazyLock<[TestKey; 4]> = LazyLock::new(|| {
    let pair = |algorithm| KeyPair::generate_for(algorithm).unwrap();
    [
        rsa(),
        ec("P-256", P256, &pair(&PKCS_ECDSA_P256_SHA256)),
        ec("P-384", P384, &pair(&PKCS_ECDSA_P384_SHA384)),
        ed25519(&pair(&PKCS_ED25519)),
    ]
});

/// Returns the stored key, since making one is slow.
fn rsa() -> TestKey {
    let pkcs8 = vector("key.der");
    let key = inner(&pkcs8);
    let numbers = components(&key);
    TestKey {
        name: "RSA",
        secrets: numbers[3..]
            .iter()
            .map(|number| content(number).to_vec())
            .collect(),
        pkcs8,
        older: Some(("RSA PRIVATE KEY", key)),
        public: CLIENT_KEY.subject_public_key_info(),
    }
}

fn ec(name: &'static str, curve: &str, pair: &KeyPair) -> TestKey {
    let pkcs8 = pair.serialize_der();
    let scalar = content(&components(&inner(&pkcs8))[1]).to_vec();
    let sec1 = ec_private_key(
        &scalar,
        Some(&identifier(curve)),
        Some(pair.public_key_raw()),
    );
    TestKey {
        name,
        pkcs8,
        older: Some(("EC PRIVATE KEY", sec1)),
        public: pair.subject_public_key_info(),
        secrets: vec![scalar],
    }
}

fn ed25519(pair: &KeyPair) -> TestKey {
    let stored = pair.serialize_der();
    let seed = content(&inner(&stored)).to_vec();
    TestKey {
        name: "Ed25519",
        pkcs8: private_key_info(0, &sequence(&[&identifier(ED25519)]), &octets(&seed), &[]),
        older: None,
        public: pair.subject_public_key_info(),
        secrets: vec![seed],
    }
}

/// Returns the content of the `privateKey` of a `PrivateKeyInfo`.
pub(crate) fn inner(pkcs8: &[u8]) -> Vec<u8> {
    content(&components(pkcs8)[2]).to_vec()
}

/// Returns `PrivateKeyInfo` with anything after the key (RFC 5958, section 2).
pub(crate) fn private_key_info(
    version: u64,
    algorithm: &[u8],
    key: &[u8],
    more: &[&[u8]],
) -> Vec<u8> {
    let version = integer(version);
    let key = octets(key);
    sequence(&[&[&version[..], algorithm, &key], more].concat())
}

/// Returns `ECPrivateKey` (RFC 5915, section 3).
pub(crate) fn ec_private_key(
    scalar: &[u8],
    parameters: Option<&[u8]>,
    point: Option<&[u8]>,
) -> Vec<u8> {
    let parameters = parameters.map_or(Vec::new(), |it| explicit(0, it));
    let point = point.map_or(Vec::new(), |it| explicit(1, &bits(it)));
    sequence(&[&integer(1), &octets(scalar), &parameters, &point])
}

/// Returns the `AlgorithmIdentifier` of a key on a named curve.
pub(crate) fn ec_algorithm(curve: &str) -> Vec<u8> {
    sequence(&[&identifier(EC_PUBLIC_KEY), &identifier(curve)])
}

pub(crate) const ED25519: &str = "1.3.101.112";
pub(crate) const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
pub(crate) const P256: &str = "1.2.840.10045.3.1.7";
pub(crate) const P384: &str = "1.3.132.0.34";
