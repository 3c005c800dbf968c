//! Whether a store protects its key from those who may read the file.
#![cfg(unix)]

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use identity::{Cipher, Encryption, Finding, Passphrase};

use crate::pkcs12::made::{
    certificate, certificate_bag, encrypted_safe, key_bag, pkcs8, plain_safe, store,
};
use crate::support::{loader, vector};

/// Returns whether it is reported that everyone may read the key, and the encryption of the key.
fn is_exposed(store: &[u8], passphrase: &str) -> (bool, Option<Encryption>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.p12");
    fs::write(&path, store).unwrap();
    let loader = loader().passphrase(Passphrase::new(passphrase));
    let load = |mode| {
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        loader.load_files(&path, &path).unwrap()
    };
    let is_said = |finding: &Finding| matches!(finding, Finding::KeyFileExposed { .. });
    let own = load(0o600);
    assert!(!own.report().findings().iter().any(is_said));
    let all = load(0o644);
    let encryption = all.report().encryption();
    (all.report().findings().iter().any(is_said), encryption)
}

#[test]
fn store_under_empty_passphrase_is_exposed() {
    for name in ["empty.p12", "empty-legacy.p12", "empty-no-mac.p12"] {
        let (is_exposed, encryption) = is_exposed(&vector(&format!("openssl/stores/{name}")), "");
        assert!(is_exposed && encryption.is_some(), "{name}");
    }
    let (is_exposed, encryption) = is_exposed(&vector("openssl/stores/no-passphrase.p12"), "");
    assert!(is_exposed && encryption.is_none());
    let (is_exposed, _) = self::is_exposed(&vector("openssl/stores/store.p12"), "correct horse");
    assert!(!is_exposed);
}

#[test]
fn key_is_protected_by_encryption_of_its_safe() {
    let bags = [
        key_bag(&pkcs8("p256.key"), None),
        certificate_bag(&certificate("p256.crt")),
    ]
    .concat();
    let inside = store(&encrypted_safe(&bags, "x"), "x");
    let (is_exposed, encryption) = is_exposed(&inside, "x");
    let cipher = encryption.map(|it| it.cipher());
    assert_eq!((is_exposed, cipher), (false, Some(Cipher::Aes256Cbc)));
    // A MAC alone hides nothing.
    let (is_exposed, encryption) = self::is_exposed(&store(&plain_safe(&bags), "x"), "x");
    assert_eq!((is_exposed, encryption), (true, None));
}
