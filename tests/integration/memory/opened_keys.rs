//! Keys that `identity` opens: no number of one is left.

use std::env;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use identity::{Loader, Passphrase, Pkcs12Builder, PrivateKey};

use crate::{copies_left, needle, report};

/// A process with this in its environment opens the key that it names, and measures.
const KEY: &str = "IDENTITY_MEMORY_KEY";
const KEPT: &str = "IDENTITY_MEMORY_KEPT";

fn open(path: &Path) -> PrivateKey {
    let loader = Loader::new().passphrase(Passphrase::new("correct horse"));
    loader.open_key_file(path).unwrap()
}

fn measure(path: &Path) {
    let key = open(path);
    let needles = needle::of(key.secret_pkcs8().secret_pkcs8_der());
    drop(
        key.to_encrypted_pkcs8_pem(&Passphrase::new("battery staple"))
            .unwrap(),
    );
    drop(key.to_secret_pkcs8_pem().unwrap());
    let store = Pkcs12Builder::new(key.secret_pkcs8(), &[]).iterations(NonZeroU32::MIN);
    for builder in [store.clone(), store.legacy()] {
        drop(builder.to_der(&Passphrase::new("battery staple")).unwrap());
    }
    let kept = env::var_os(KEPT).map(|_| key);
    report(&needles);
    drop(kept);
}

#[test]
fn no_number_of_a_key_outlives_it() {
    if let Some(path) = env::var_os(KEY) {
        return measure(Path::new(&path));
    }
    let vectors: PathBuf = [
        env!("CARGO_MANIFEST_DIR"),
        "../../crates/identity/tests/vectors",
    ]
    .iter()
    .collect();
    for (name, numbers) in [
        ("key.pem", 6),
        ("key.der", 6),
        ("encrypted.der", 6),
        ("openssl/rsa-encrypted.pem", 6),
        ("openssl/rsa-pkcs1.pem", 6),
        ("openssl/rsa-traditional-aes-256-cbc.pem", 6),
        ("openssl/rsa-traditional-des-ede3-cbc.pem", 6),
        ("openssl/rsa-pbe-sha1-3des.pem", 6),
        ("people/rsa-ned.pem", 6),
        ("people/rsa-primes.pem", 6),
        ("p256.key", 1),
        ("openssl/p256-traditional-aes-256-cbc.pem", 1),
        ("openssl/p384-sec1-no-public.pem", 1),
        ("openssl/p384-encrypted.pem", 1),
        ("people/ed25519-ring.pem", 1),
        ("python/ed25519-encrypted.pem", 1),
        // Stores: AES, 3DES, not encrypted, in BER, and in base64.
        ("openssl/stores/chain.p12", 6),
        ("keytool/stores/rsa-legacy.p12", 6),
        ("openssl/stores/NONE-NONE.p12", 1),
        ("openssl/stores/no-passphrase.p12", 1),
        ("nss/stores/store.p12", 1),
        ("openssl/stores/store.b64", 1),
    ] {
        let path = vectors.join(name);
        let test = "opened_keys::no_number_of_a_key_outlives_it";
        let opened = (KEY, path.to_str().unwrap());
        // Of a key that is kept everything is found, or the search would mean nothing.
        let kept = copies_left(test, [opened, (KEPT, "1")]);
        assert_eq!(kept.len(), 2 * numbers, "{name}: {kept:?}");
        let is_found = |(name, count): (&String, &usize)| name.ends_with("limbs") || *count > 0;
        assert!(kept.iter().all(is_found), "{name}: {kept:?}");
        let left = copies_left(test, [opened]);
        assert_eq!(left.len(), kept.len());
        assert!(left.values().all(|count| *count == 0), "{name}: {left:?}");
    }
}
