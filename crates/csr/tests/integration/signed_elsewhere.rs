//! Requests that are signed where the key is: the same bytes, and no signature taken on trust.

use csr::{CertificationRequest, Error, InspectedRequest};
use rsa::Pkcs1v15Sign;
use rsa::pkcs8::{AssociatedOid, DecodePrivateKey, EncodePublicKey};
use sha2::{Digest, Sha256, Sha384};

use crate::{KEY, KEY_PEM, acme};

const PUBLIC_KEY: &[u8] = include_bytes!("../vectors/public-key.der");

fn sign_with(
    public_key: &[u8],
    sign: impl FnOnce(&[u8]) -> Result<Vec<u8>, &'static str>,
) -> Result<CertificationRequest, Error> {
    let subject = acme().build().unwrap();
    CertificationRequest::builder(&subject).sign_with(public_key, sign)
}

fn signature<D: Digest + AssociatedOid>(message: &[u8]) -> Vec<u8> {
    let key = rsa::PrivateKey::from_pkcs8_pem(KEY_PEM).unwrap();
    let padding = Pkcs1v15Sign::new::<D>();
    key.sign(padding, &D::digest(message)).unwrap()
}

/// Returns the public half of a stored key.
fn public_half(pem: &str) -> Vec<u8> {
    let key = rsa::PrivateKey::from_pkcs8_pem(pem).unwrap();
    let public = key.as_public_key().to_public_key_der().unwrap();
    public.into_vec()
}

#[test]
fn request_signed_elsewhere_has_the_bytes_of_openssl() {
    let request = sign_with(PUBLIC_KEY, |message| Ok(signature::<Sha256>(message))).unwrap();
    assert_eq!(
        request.to_der(),
        include_bytes!("../vectors/requests/acme.der")
    );
    assert_eq!(request.public_key_sha256(), KEY.public_key_sha256());
    let inspected = InspectedRequest::from_pem_or_der(request.to_pem().as_bytes());
    inspected.unwrap().verify().unwrap();
}

#[test]
fn signature_that_does_not_verify_makes_no_request() {
    let altered = |at: usize| {
        sign_with(PUBLIC_KEY, |message| {
            let mut signature = signature::<Sha256>(message);
            signature[at] ^= 1;
            Ok(signature)
        })
    };
    for at in [0, 128, 255] {
        assert!(matches!(altered(at), Err(Error::SelfCheck)), "{at}");
    }
    let other_hash = sign_with(PUBLIC_KEY, |message| Ok(signature::<Sha384>(message)));
    assert!(matches!(other_hash, Err(Error::SelfCheck)));
    let empty = sign_with(PUBLIC_KEY, |_| Ok(Vec::new()));
    assert!(matches!(empty, Err(Error::SelfCheck)));
}

#[test]
fn failure_of_the_signer_is_the_source() {
    let error = sign_with(PUBLIC_KEY, |_| Err("the token is gone")).unwrap_err();
    assert!(matches!(error, Error::Signer { .. }));
    let source = std::error::Error::source(&error).map(ToString::to_string);
    assert_eq!(source.as_deref(), Some("the token is gone"));
}

/// Returns the error about a public key, for which nothing may be signed.
fn refused(public_key: &[u8]) -> Error {
    sign_with(public_key, |_| panic!("asked to sign for a refused key")).unwrap_err()
}

#[test]
fn key_that_the_portal_refuses_signs_nothing() {
    let size = refused(&public_half(include_str!("../vectors/other-size.pem")));
    assert!(matches!(size, Error::KeySize { bits: 3072 }));
    let exponent = refused(&public_half(include_str!("../vectors/other-exponent.pem")));
    assert!(matches!(exponent, Error::PublicExponent));
    let kind = refused(include_bytes!("../vectors/other-kind-public.der"));
    assert!(matches!(kind, Error::NotRsa));
}

#[test]
fn cut_or_longer_public_key_is_refused() {
    for length in 0..PUBLIC_KEY.len() {
        let error = refused(&PUBLIC_KEY[..length]);
        assert!(matches!(error, Error::PublicKeyDamaged), "{length}");
    }
    let longer = [PUBLIC_KEY, &[0]].concat();
    assert!(matches!(refused(&longer), Error::PublicKeyDamaged));
}
