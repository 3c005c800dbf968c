//! Keys under PBES2, and passphrases that do not open them.

use identity::{Error, Passphrase};
use proptest::prelude::*;

use crate::support::{load, load_encrypted, loader, vector};

#[test]
fn every_cipher_opens_with_every_pseudo_random_function() {
    let certificate = vector("cert.pem");
    let plain = load(&certificate, &vector("key.pem")).unwrap();
    for cipher in ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des3"] {
        for function in ["SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "scrypt"] {
            let name = format!("encrypted-{cipher}-{function}.pem");
            let loaded = load_encrypted(&certificate, &vector(&name)).expect(&name);
            assert_eq!(
                loaded.identity().secret_key(),
                plain.identity().secret_key(),
                "{name}"
            );
        }
    }
}

#[test]
fn the_key_that_openssl_req_writes_with_a_passphrase_opens() {
    load_encrypted(&vector("guide.pem"), &vector("guide.key")).unwrap();
}

#[test]
fn the_costs_that_openssl_gives_scrypt_are_within_the_limits() {
    load_encrypted(&vector("cert.pem"), &vector("encrypted-scrypt-default.pem")).unwrap();
}

#[test]
fn an_encrypted_der_key_opens() {
    load_encrypted(&vector("cert.der"), &vector("encrypted.der")).unwrap();
}

#[test]
fn an_encrypted_key_without_passphrase_asks_for_one() {
    let error = load(&vector("cert.pem"), &vector("encrypted.der")).unwrap_err();
    assert!(matches!(error, Error::PassphraseRequired));
}

#[test]
fn an_empty_passphrase_is_a_wrong_one() {
    assert!(is_refused(&vector("encrypted.der"), b""));
}

/// About eight in two thousand get past the padding, so this fails if padding and content differ.
#[test]
fn two_thousand_wrong_passphrases_are_all_the_same_error() {
    for name in [
        "encrypted-aes-256-cbc-SHA256.pem",
        "encrypted-des3-SHA256.pem",
    ] {
        let key = vector(name);
        for attempt in 0..2000_u32 {
            assert!(
                is_refused(&key, &attempt.to_be_bytes()),
                "{name}, attempt {attempt}"
            );
        }
    }
}

#[test]
fn a_changed_ciphertext_is_the_same_error_as_a_wrong_passphrase() {
    let key = vector("encrypted.der");
    // The ciphertext is the end of the file; 1200 bytes are less than all of it.
    for index in key.len() - 1200..key.len() {
        let mut changed = key.clone();
        changed[index] ^= 0x10;
        let error = load_encrypted(&vector("cert.pem"), &changed).unwrap_err();
        assert!(
            matches!(error, Error::PassphraseOrDamaged),
            "byte {index}: {error:?}"
        );
    }
}

#[test]
fn a_changed_initialization_vector_is_the_same_error_as_a_wrong_passphrase() {
    let key = vector("encrypted.der");
    let octets_16 = key
        .windows(2)
        .take(150)
        .rposition(|window| window == [0x04, 0x10])
        .unwrap();
    for bit in 0..128 {
        let mut changed = key.clone();
        changed[octets_16 + 2 + bit / 8] ^= 1 << (bit % 8);
        let error = load_encrypted(&vector("cert.pem"), &changed).unwrap_err();
        assert!(
            matches!(error, Error::PassphraseOrDamaged),
            "bit {bit}: {error:?}"
        );
    }
}

#[test]
fn no_flipped_bit_of_an_encrypted_key_goes_unnoticed() {
    let key = vector("encrypted.der");
    for index in 0..key.len() - 1200 {
        for bit in 0..8 {
            let mut changed = key.clone();
            changed[index] ^= 1 << bit;
            let loaded = load_encrypted(&vector("cert.pem"), &changed);
            assert!(loaded.is_err(), "byte {index}, bit {bit}");
        }
    }
}

proptest! {
    #[test]
    fn no_other_passphrase_opens_the_key(passphrase in prop::collection::vec(any::<u8>(), 0..80)) {
        prop_assume!(passphrase != b"correct horse");
        prop_assert!(is_refused(&vector("encrypted-aes-128-cbc-SHA1.pem"), &passphrase));
    }
}

fn is_refused(key: &[u8], passphrase: &[u8]) -> bool {
    let passphrase = Passphrase::new(passphrase);
    let loaded = loader()
        .passphrase(passphrase)
        .load(&vector("cert.pem"), key);
    matches!(loaded, Err(Error::PassphraseOrDamaged))
}
