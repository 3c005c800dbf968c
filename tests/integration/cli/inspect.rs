//! `napi-mtls inspect`.

use std::fs;

use super::{folder, napi, path, request};

#[tokio::test]
async fn problems_of_an_inspected_request_fail_the_program() {
    let vectors = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../crates/csr/tests/vectors/"
    );
    let inspect = async |file: &str| napi("inspect", &[&format!("{vectors}{file}")]).await;

    let good = inspect("foreign/new-label.pem").await.unwrap();
    assert!(good.text.contains("CN=napi.acme.example"), "{}", good.text);
    assert!(
        good.text.ends_with("\nportal           would take it"),
        "{}",
        good.text
    );
    assert!(
        good.problems.is_empty() && good.warnings.is_empty(),
        "{good:?}"
    );

    let refused = inspect("foreign/refused.pem").await.unwrap();
    assert_eq!(refused.problems.len(), 5, "{refused:?}");
    assert!(refused.text.ends_with("would refuse it"), "{refused:?}");
    let unverified = inspect("foreign/rsa-pss.pem").await.unwrap();
    assert_eq!(unverified.problems.len(), 1, "{unverified:?}");
    let extras = inspect("foreign/extras.pem").await.unwrap();
    assert!(
        extras.problems.is_empty() && !extras.warnings.is_empty(),
        "{extras:?}"
    );
    assert!(
        extras
            .text
            .ends_with("would take it, with the warnings below"),
        "{extras:?}"
    );
    assert!(!format!("{extras:?}").contains("sesame"));

    assert!(inspect("absent.pem").await.is_err());
}

#[tokio::test]
async fn inspection_needs_no_passphrase_and_shows_no_key() {
    let folder = folder();
    request(&folder, &[]).await.unwrap();
    let key = path(&folder, "napi.key");
    let inspected = napi("inspect", &[&key]).await.unwrap();
    assert_eq!(
        inspected.text,
        "an encrypted PKCS#8 key: PBES2, AES-256-CBC, PBKDF2 with HMAC-SHA256, 600000 iterations"
    );
    assert!(inspected.problems.is_empty());

    let page = path(&folder, "page.pem");
    fs::write(&page, "<!DOCTYPE html><html>Please log in</html>").unwrap();
    let inspected = napi("inspect", &[&page]).await.unwrap();
    assert_eq!((inspected.text.as_str(), inspected.problems.len()), ("", 1));
}

#[tokio::test]
async fn zip_from_the_portal_is_named() {
    let folder = folder();
    let zip = path(&folder, "certificate.zip");
    fs::write(&zip, b"PK\x03\x04\x14\0\0\0\x08\0").unwrap();
    let inspected = napi("inspect", &[&zip]).await.unwrap();
    assert_eq!(inspected.problems.len(), 1, "{inspected:?}");
    assert!(
        inspected.problems[0].contains("a ZIP archive (.zip): unpack it"),
        "{inspected:?}"
    );

    let identity = ["--certificate", &zip, "--key", &zip];
    let refused = napi("check", &identity).await.unwrap_err().to_string();
    assert!(refused.contains("ZIP archive"), "{refused}");
}
