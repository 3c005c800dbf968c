//! Requests that are signed in a token.

use std::process::Command;

use csr::{CertificationRequest, Subject};
use identity::{SignatureScheme, Signer};
use pkcs11::TokenKey;

use super::soft_hsm::{SoftHsm, pin, run};

/// Makes a request for the subject of the vectors of `csr`.
pub(crate) fn request(key: &TokenKey) -> CertificationRequest {
    let subject = Subject::builder()
        .country("CA")
        .state("British Columbia")
        .locality("Vancouver")
        .organization("Acme Identity Inc.")
        .common_name("napi.acme.example")
        .build()
        .unwrap();
    CertificationRequest::builder(&subject)
        .sign_with(&key.public_key(), |message| {
            key.sign(SignatureScheme::RsaPkcs1Sha256, message)
        })
        .unwrap()
}

#[test]
fn request_of_a_token_has_the_bytes_of_openssl() {
    let Some(hsm) =
        SoftHsm::in_test("pkcs11::requests::request_of_a_token_has_the_bytes_of_openssl")
    else {
        return;
    };
    hsm.token("napi");
    // The one key that openssl has signed a request with is taken in, as it is made outside.
    let vectors = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../crates/csr/tests/vectors"
    );
    hsm.import(&format!("{vectors}/key.pem"), "napi", "client");
    let key = TokenKey::open(&hsm.uri("object=client"), pin()).unwrap();
    let expected = std::fs::read(format!("{vectors}/requests/acme.der")).unwrap();
    assert_eq!(request(&key).to_der(), expected);
}

#[test]
fn request_of_a_made_key_is_verified_by_openssl() {
    let Some(hsm) =
        SoftHsm::in_test("pkcs11::requests::request_of_a_made_key_is_verified_by_openssl")
    else {
        return;
    };
    hsm.token("napi");
    let key = TokenKey::make(&hsm.uri("object=client"), pin()).unwrap();
    let file = hsm.file("client.csr");
    std::fs::write(&file, request(&key).to_pem()).unwrap();
    let mut command = Command::new("openssl");
    command.args(["req", "-verify", "-noout", "-in"]).arg(file);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(
        said.contains("verify OK") && output.status.success(),
        "{said}"
    );
    // And not of another key: openssl would say so.
    let other = TokenKey::make(&hsm.uri("object=other"), pin()).unwrap();
    assert_ne!(other.public_key(), key.public_key());
    run(Command::new("openssl").arg("version"));
}
