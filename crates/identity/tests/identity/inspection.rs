//! The report on a file without a passphrase.

use identity::{Cipher, Encryption, Error, Format, Inspected, KeyAlgorithm, KeyDerivation, Prf};

use crate::support::{loader, vector};

fn inspect(name: &str) -> Vec<Inspected> {
    loader().inspect(&vector(name)).unwrap()
}

fn only(name: &str) -> Inspected {
    let mut parts = inspect(name);
    assert_eq!(parts.len(), 1, "{name}");
    parts.remove(0)
}

#[test]
fn an_encrypted_key_tells_its_encryption_and_its_cost() {
    let part = only("guide.key");
    assert_eq!(part.format(), Format::EncryptedPkcs8);
    let expected = Encryption::Pbes2 {
        cipher: Cipher::DesEde3Cbc,
        key_derivation: KeyDerivation::Pbkdf2 {
            prf: Prf::HmacSha256,
            iterations: 2048,
        },
    };
    assert_eq!(part.encryption(), Some(expected));
    let shown = "an encrypted PKCS#8 key: PBES2, DES-EDE3-CBC, PBKDF2 with HMAC-SHA256, \
                 2048 iterations";
    assert_eq!(part.to_string(), shown);
}

#[test]
fn a_traditional_key_tells_its_cipher() {
    let part = only("refused/traditional.pem");
    let cipher = Cipher::Aes256Cbc;
    assert_eq!(part.encryption(), Some(Encryption::Traditional { cipher }));
}

#[test]
fn a_plain_key_tells_what_it_is_for() {
    let part = only("key.pem");
    assert_eq!(part.key_algorithm(), Some(KeyAlgorithm::Rsa { bits: 2048 }));
    assert_eq!(
        part.to_string(),
        "a PKCS#8 key: RSA with 2048 bits, not encrypted"
    );
}

#[test]
fn a_key_that_cannot_be_used_tells_why() {
    let part = only("refused/small.pem");
    assert!(matches!(
        part.problem(),
        Some(Error::KeyTooSmall { bits: 1024 })
    ));
    let part = only("refused/camellia.pem");
    assert!(matches!(
        part.problem(),
        Some(Error::UnsupportedEncryption { .. })
    ));
    assert_eq!(part.encryption(), None);
}

#[test]
fn every_part_of_a_bundle_is_listed_in_its_order() {
    let parts = inspect("bag-attributes.pem");
    let formats: Vec<Format> = parts.iter().map(Inspected::format).collect();
    assert_eq!(formats, [Format::Certificate, Format::Pkcs8]);
    let certificate = parts[0].certificate().unwrap();
    assert_eq!(certificate.common_name(), Some("client.example.com"));
    assert!(parts[1].certificate().is_none());
}

#[test]
fn anything_else_comes_with_advice() {
    for (name, format) in [
        ("request.pem", Format::CertificationRequest),
        ("refused/openssh", Format::OpenSshKey),
    ] {
        let part = only(name);
        assert_eq!(part.format(), format);
        assert!(part.to_string().contains(format.advice()), "{part}");
    }
}

#[test]
fn parts_of_a_store_are_listed_without_its_passphrase() {
    let part = only("openssl/stores/umlaut.p12");
    assert_eq!(part.format(), Format::Pkcs12);
    let aes = "PBES2, AES-256-CBC, PBKDF2 with HMAC-SHA256, 16 iterations";
    let shown = format!(
        "{}:\nintegrity    HMAC-SHA256, 16 iterations\nencrypted    {aes}\nkey          \
         \"Grün\", {aes}",
        Format::Pkcs12
    );
    assert_eq!(part.to_string(), shown);
    let open = only("openssl/stores/no-passphrase.p12").to_string();
    for line in [
        "integrity    none, a MAC is missing",
        "certificate  without a friendly name",
        "key          without a friendly name, not encrypted",
    ] {
        assert!(open.contains(line), "{open}");
    }
    assert!(only("openssl/refused/mac-md5.p12").problem().is_some());
    assert!(only("people/cut.p12").problem().is_some());
}

#[test]
fn certificates_of_a_bundle_are_listed_behind_it() {
    let parts = inspect("refused/bundle.p7b");
    let formats: Vec<Format> = parts.iter().map(Inspected::format).collect();
    let certificate = Format::Certificate;
    assert_eq!(
        formats,
        [Format::Pkcs7, certificate, certificate, certificate]
    );
    assert!(parts[0].to_string().ends_with(" with 3 certificates"));
}

#[test]
fn a_file_that_is_too_large_is_not_looked_at() {
    let limits = identity::Limits::default().file_bytes(10);
    let error = loader().limits(limits).inspect(&[0; 11]).unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: 10, .. }));
}
