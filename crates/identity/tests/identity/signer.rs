//! Identities whose key is a signer: the checks of one in a file, and nothing of the key itself.

use std::sync::Arc;

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, UintRef};
use der::{Decode, Encode};
use identity::{Error, IdentityKey, Loaded, SignatureScheme, Signer, SignerError, SignerProblem};
use pkcs1::RsaPublicKeyRef;
use rcgen::PublicKeyData;
use rustls_pki_types::SubjectPublicKeyInfoDer;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::support::{CLIENT_KEY, TestCa, client, load, loader, passphrase, vector, vector_text};

/// A signer that is never asked to sign.
struct Silent {
    info: Vec<u8>,
    schemes: Vec<SignatureScheme>,
}

impl Signer for Silent {
    fn public_key(&self) -> SubjectPublicKeyInfoDer<'_> {
        SubjectPublicKeyInfoDer::from(&self.info[..])
    }

    fn schemes(&self) -> &[SignatureScheme] {
        &self.schemes
    }

    fn sign(&self, _: SignatureScheme, _: &[u8]) -> Result<Vec<u8>, SignerError> {
        Err(SignerProblem::DeviceGone.into())
    }
}

fn client_key_info() -> Vec<u8> {
    CLIENT_KEY.subject_public_key_info()
}

fn load_signed(info: &[u8], schemes: &[SignatureScheme]) -> Result<Loaded, Error> {
    let signer = Silent {
        info: info.to_vec(),
        schemes: schemes.to_vec(),
    };
    loader().load_with_signer(&vector("chain.pem"), Arc::new(signer))
}

const RSA: [SignatureScheme; 2] = [
    SignatureScheme::RsaPssSha256,
    SignatureScheme::RsaPkcs1Sha256,
];

#[test]
fn signer_makes_the_identity_that_its_key_would() {
    let signed = load_signed(&client_key_info(), &RSA).unwrap();
    let plain = load(&vector("chain.pem"), &vector("key.pem")).unwrap();
    let (identity, expected) = (signed.identity(), plain.identity());
    assert_eq!(identity.certificate_chain(), expected.certificate_chain());
    assert_eq!(identity.leaf(), expected.leaf());
    assert_eq!(signed.report().findings(), plain.report().findings());
    assert!(matches!(identity.key(), IdentityKey::Signer(_)));
    assert!(matches!(expected.key(), IdentityKey::Secret(_)));
    assert!(identity.secret_key().is_none() && expected.secret_key().is_some());
    assert_eq!(signed.report().key_format(), None);
    let shown = signed.report().to_string();
    assert!(shown.contains("key file     none: the key stays in its device"));
    assert!(!shown.contains("encryption"));
}

#[test]
fn store_gives_its_certificates_to_a_signer() {
    let signer = || Silent {
        info: client_key_info(),
        schemes: RSA.to_vec(),
    };
    let plain = load(&vector("chain.pem"), &vector("key.pem")).unwrap();
    let key = plain.identity().secret_key().unwrap();
    let store = identity::Pkcs12Builder::new(key, plain.identity().certificate_chain())
        .iterations(std::num::NonZeroU32::MIN)
        .to_der(&passphrase())
        .unwrap();
    let loader = loader().passphrase(passphrase());
    let loaded = loader.load_with_signer(&store, Arc::new(signer())).unwrap();
    assert_eq!(loaded.identity().leaf(), plain.identity().leaf());
    assert!(loaded.identity().secret_key().is_none());
}

#[test]
fn signer_of_another_key_is_refused() {
    let other = rcgen::KeyPair::from_pem(&vector_text("p256.key")).unwrap();
    let refused = load_signed(
        &other.subject_public_key_info(),
        &[SignatureScheme::EcdsaP256Sha256],
    );
    assert!(matches!(refused, Err(Error::KeyMismatch { .. })));
}

#[test]
fn certificate_of_a_signer_must_be_valid() {
    let ca = TestCa::root("root");
    let load = |end| {
        let mut params = client();
        params.not_after = end;
        let signer = Silent {
            info: client_key_info(),
            schemes: RSA.to_vec(),
        };
        loader().load_with_signer(ca.issue(&params).as_bytes(), Arc::new(signer))
    };
    let the_day_before = rcgen::date_time_ymd(2029, 12, 31);
    let expired = load(the_day_before);
    assert!(matches!(expired, Err(Error::Expired { .. })));
    load(rcgen::date_time_ymd(2030, 1, 2)).unwrap();
}

#[test]
fn signer_names_only_schemes_of_its_key() {
    let info = client_key_info();
    for refused in [
        &[][..],
        &[SignatureScheme::EcdsaP256Sha256],
        &[SignatureScheme::RsaPssSha256, SignatureScheme::Ed25519],
    ] {
        let loaded = load_signed(&info, refused);
        assert!(matches!(loaded, Err(Error::SignerSchemes)), "{refused:?}");
    }
    load_signed(&info, &[SignatureScheme::RsaPkcs1Sha512]).unwrap();
}

/// Returns an RSA key with a modulus of so many bits.
fn rsa(bits: usize, exponent: &[u8]) -> Vec<u8> {
    let mut modulus = vec![0xff; bits.div_ceil(8)];
    modulus[0] >>= modulus.len() * 8 - bits;
    let key = RsaPublicKeyRef {
        modulus: UintRef::new(&modulus).unwrap(),
        public_exponent: UintRef::new(exponent).unwrap(),
    };
    let key = key.to_der().unwrap();
    SubjectPublicKeyInfoRef {
        algorithm: AlgorithmIdentifierRef {
            oid: pkcs1::ALGORITHM_OID,
            parameters: Some(AnyRef::NULL),
        },
        subject_public_key: BitStringRef::from_bytes(&key).unwrap(),
    }
    .to_der()
    .unwrap()
}

#[test]
fn rsa_key_of_a_signer_has_the_lengths_of_files() {
    let load = |bits| load_signed(&rsa(bits, &[1, 0, 1]), &RSA).unwrap_err();
    for bits in [1024, 2047] {
        assert!(matches!(load(bits), Error::KeyTooSmall { bits: found } if found == bits));
    }
    for bits in [8193, 16384] {
        assert!(matches!(load(bits), Error::KeyTooLarge { bits: found } if found == bits));
    }
    for bits in [2048, 8192] {
        assert!(matches!(load(bits), Error::KeyMismatch { .. }), "{bits}");
    }
    for exponent in [&[1][..], &[2], &[1, 0, 0]] {
        let error = load_signed(&rsa(2048, exponent), &RSA).unwrap_err();
        assert!(matches!(error, Error::SignerPublicKey), "{exponent:?}");
    }
    let error = load_signed(&rsa(2048, &[3]), &RSA).unwrap_err();
    assert!(matches!(error, Error::KeyMismatch { .. }));
}

#[test]
fn point_beside_the_curve_is_refused() {
    let key = rcgen::KeyPair::from_pem(&vector_text("p256.key")).unwrap();
    let mut info = key.subject_public_key_info();
    *info.last_mut().unwrap() ^= 1;
    let error = load_signed(&info, &[SignatureScheme::EcdsaP256Sha256]).unwrap_err();
    assert!(matches!(error, Error::SignerPublicKey));
}

#[test]
fn kinds_of_keys_that_tls_lacks_are_named() {
    let info = client_key_info();
    let info = SubjectPublicKeyInfoRef::from_der(&info).unwrap();
    let p521 = ObjectIdentifier::new_unwrap("1.3.132.0.35");
    for (oid, parameters, name) in [
        ("1.2.840.10045.2.1", Some(AnyRef::from(&p521)), "P-521"),
        ("1.2.840.10040.4.1", None, "DSA"),
    ] {
        let oid = ObjectIdentifier::new_unwrap(oid);
        let algorithm = AlgorithmIdentifierRef { oid, parameters };
        let info = SubjectPublicKeyInfoRef { algorithm, ..info };
        let error = load_signed(&info.to_der().unwrap(), &RSA).unwrap_err();
        assert!(matches!(error, Error::UnsupportedKeyAlgorithm { .. }));
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn cut_public_key_is_refused() {
    let info = client_key_info();
    for length in 0..info.len() {
        let error = load_signed(&info[..length], &RSA).unwrap_err();
        assert!(matches!(error, Error::SignerPublicKey), "{length}");
    }
}

#[test]
fn identity_of_a_signer_says_so_and_no_more() {
    let shown = format!("{:?}", load_signed(&client_key_info(), &RSA).unwrap());
    assert!(shown.contains("key: Signer") && !shown.contains("example"));
}
