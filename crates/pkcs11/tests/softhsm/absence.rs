//! Tokens that are taken out and put back, and keys that are deleted.

use std::fs;
use std::time::{Duration, Instant};

use identity::{SignatureScheme, Signer, SignerError, SignerProblem};
use pkcs11::TokenKey;

use crate::soft_hsm::{SoftHsm, pin};

fn sign(key: &TokenKey) -> Result<Vec<u8>, SignerError> {
    key.sign(SignatureScheme::RsaPkcs1Sha256, b"message")
}

/// Signs until that works: a module is not started anew at once after the last time.
fn sign_again(key: &TokenKey) -> Vec<u8> {
    let started = Instant::now();
    loop {
        match sign(key) {
            Ok(signature) => return signature,
            Err(error) => assert!(started.elapsed() < Duration::from_secs(30), "{error}"),
        }
        std::thread::yield_now();
    }
}

#[test]
fn token_that_comes_back_signs_again() {
    let Some(hsm) = SoftHsm::in_test("absence::token_that_comes_back_signs_again") else {
        return;
    };
    hsm.token("napi");
    hsm.token("other");
    let key = TokenKey::make(&hsm.uri("token=napi;object=client"), pin()).unwrap();
    let other = TokenKey::make(&hsm.uri("token=other;object=client"), pin()).unwrap();
    let expected = sign(&key).unwrap();
    let (tokens, away) = (hsm.tokens(), hsm.file("away"));
    for _ in 0..3 {
        fs::rename(&tokens, &away).unwrap();
        fs::create_dir(&tokens).unwrap();
        let error = sign(&key).unwrap_err();
        assert_eq!(error.problem(), SignerProblem::DeviceGone, "{error}");
        fs::remove_dir(&tokens).unwrap();
        fs::rename(&away, &tokens).unwrap();
        assert_eq!(sign_again(&key), expected);
        // The start of the module has ended the sessions of the other token as well.
        sign_again(&other);
    }
}

#[test]
fn deleted_key_is_told_as_not_found() {
    let Some(hsm) = SoftHsm::in_test("absence::deleted_key_is_told_as_not_found") else {
        return;
    };
    hsm.token("napi");
    let key = TokenKey::make(&hsm.uri("object=client"), pin()).unwrap();
    sign(&key).unwrap();
    for kind in ["privkey", "pubkey"] {
        let delete = ["--delete-object", "--type", kind, "--label", "client"];
        hsm.pkcs11_tool("napi", &delete);
    }
    let error = sign(&key).unwrap_err();
    assert_eq!(error.problem(), SignerProblem::KeyNotFound, "{error}");
    // Another one of the same name is not the key of the certificate.
    TokenKey::make(&hsm.uri("object=client"), pin()).unwrap();
    let error = sign(&key).unwrap_err();
    assert_eq!(error.problem(), SignerProblem::KeyNotFound, "{error}");
}
