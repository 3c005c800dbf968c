//! Encrypted keys, and passphrases that do not open them.

use base64ct::{Base64, Encoding};
use identity::{Error, Passphrase};
use proptest::prelude::*;

use crate::support::{load, load_encrypted, loader, passphrase, vector, vector_text};

/// A key of RSA under every scheme with every cipher, at low costs.
const RSA: [&str; 12] = [
    "encrypted-aes-128-cbc-SHA256.pem",
    "encrypted-aes-192-cbc-SHA256.pem",
    "encrypted-aes-256-cbc-SHA256.pem",
    "encrypted-des3-SHA256.pem",
    "encrypted-aes-256-cbc-scrypt.pem",
    "encrypted-des3-scrypt.pem",
    "openssl/rsa-encrypted.pem",
    "openssl/rsa-pbe-sha1-3des.pem",
    "openssl/rsa-traditional-aes-128-cbc.pem",
    "openssl/rsa-traditional-aes-192-cbc.pem",
    "openssl/rsa-traditional-aes-256-cbc.pem",
    "openssl/rsa-traditional-des-ede3-cbc.pem",
];

/// A key of P-256 likewise.
const P256: [&str; 11] = [
    "openssl/p256-pbes2-aes-128-cbc-SHA256.pem",
    "openssl/p256-pbes2-aes-192-cbc-SHA256.pem",
    "openssl/p256-pbes2-aes-256-cbc-SHA256.pem",
    "openssl/p256-pbes2-des3-SHA256.pem",
    "openssl/p256-pbes2-aes-256-cbc-scrypt.pem",
    "openssl/p256-pbes2-des3-scrypt.pem",
    "openssl/p256-pbe-sha1-3des.pem",
    "openssl/p256-traditional-aes-128-cbc.pem",
    "openssl/p256-traditional-aes-192-cbc.pem",
    "openssl/p256-traditional-aes-256-cbc.pem",
    "openssl/p256-traditional-des-ede3-cbc.pem",
];

/// Keys of Ed25519, where any 32 bytes are a key.
const ED25519: [&str; 2] = [
    "openssl/ed25519-encrypted.pem",
    "openssl/ed25519-pbe-sha1-3des.pem",
];

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

// About eight in two thousand get past the padding, so this fails if padding and content differ.
#[test]
fn wrong_passphrases_are_one_error_under_every_scheme() {
    let long = [
        "encrypted-aes-256-cbc-SHA256.pem",
        "encrypted-des3-SHA256.pem",
    ];
    for name in P256.into_iter().chain(ED25519).chain(long) {
        let key = vector(name);
        for attempt in 0..2000_u64 {
            // Spread over all values by an odd multiplier, so that no two are alike.
            let passphrase = attempt.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes();
            let opened = loader()
                .passphrase(Passphrase::new(passphrase))
                .open_key(&key);
            let error = opened.expect_err(name);
            assert!(
                matches!(error, Error::PassphraseOrDamaged),
                "{name}, attempt {attempt}: {error:?}"
            );
        }
    }
}

#[test]
fn the_nearest_passphrases_are_wrong_under_every_scheme() {
    for name in RSA.into_iter().chain(P256).chain(ED25519) {
        let key = vector(name);
        let open = |passphrase: &str| {
            let passphrase = Passphrase::new(passphrase);
            loader().passphrase(passphrase).open_key(&key)
        };
        open("correct horse").expect(name);
        for wrong in [
            "",
            "correct hors",
            "correct horsf",
            "Correct horse",
            "correct horse ",
            "correct horse\n",
            "correct horse\0",
        ] {
            // HMAC fills a short key with zeros, so that PBKDF2 cannot tell them apart.
            let alike =
                wrong.ends_with('\0') && !name.contains("pbe-sha1") && !is_traditional(name);
            match open(wrong) {
                Ok(_) => assert!(alike, "{name}, {wrong:?}"),
                Err(error) => {
                    assert!(!alike, "{name}, {wrong:?}");
                    assert!(
                        matches!(error, Error::PassphraseOrDamaged),
                        "{name}, {wrong:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn a_changed_ciphertext_is_the_same_error_under_every_scheme() {
    for (names, shortest, step) in [(&RSA[..], 1192, 37), (&P256[..], 112, 1)] {
        for name in names {
            let file = EncryptedFile::new(name);
            // The ciphertext is the end of the file.
            let first = file.der.len() - shortest;
            for index in (first..file.der.len()).step_by(step) {
                let changed = file.with_flipped_bit(index, index % 8);
                let error = open(&changed).expect_err(name);
                assert!(
                    matches!(error, Error::PassphraseOrDamaged),
                    "{name}, byte {index}: {error:?}"
                );
            }
        }
    }
}

// Nothing in an Ed25519 key depends on anything else, so only its certificate can tell.
#[test]
fn changed_ed25519_ciphertext_is_noticed_by_certificate_at_latest() {
    let mut seen = [0; 2];
    for name in ED25519 {
        let file = EncryptedFile::new(name);
        for index in file.der.len() - 48..file.der.len() {
            let changed = file.with_flipped_bit(index, index % 8);
            let error = load_encrypted(&vector("ed25519.crt"), &changed).unwrap_err();
            match error {
                Error::PassphraseOrDamaged => seen[0] += 1,
                Error::KeyMismatch { .. } => seen[1] += 1,
                other => panic!("{name}, byte {index}: {other:?}"),
            }
        }
    }
    assert!(seen[0] > 0 && seen[1] > 0, "{seen:?}");
}

#[test]
fn changed_vector_is_same_error_as_wrong_passphrase() {
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
    fn no_other_passphrase_opens_the_key(
        passphrase in prop::collection::vec(any::<u8>(), 0..80),
        name in prop::sample::select(RSA.to_vec()),
    ) {
        prop_assume!(!passphrase.starts_with(b"correct horse"));
        prop_assert!(is_refused(&vector(name), &passphrase), "{name}");
    }
}

/// An encrypted key in PEM, taken apart.
struct EncryptedFile {
    begin: String,
    der: Vec<u8>,
    end: String,
}

impl EncryptedFile {
    fn new(name: &str) -> Self {
        let text = vector_text(name);
        let header = if is_traditional(name) {
            "\n\n"
        } else {
            "-----\n"
        };
        let begin = text.find(header).unwrap() + header.len();
        let end = text.find("-----END").unwrap();
        let base64 = text[begin..end].replace('\n', "");
        Self {
            begin: text[..begin].to_owned(),
            der: Base64::decode_vec(&base64).unwrap(),
            end: text[end..].to_owned(),
        }
    }

    fn with_flipped_bit(&self, byte: usize, bit: usize) -> Vec<u8> {
        let mut der = self.der.clone();
        der[byte] ^= 1 << bit;
        let base64 = Base64::encode_string(&der);
        format!("{}{base64}\n{}", self.begin, self.end).into_bytes()
    }
}

fn is_traditional(name: &str) -> bool {
    name.contains("traditional")
}

fn open(key: &[u8]) -> Result<identity::PrivateKey, Error> {
    loader().passphrase(passphrase()).open_key(key)
}

fn is_refused(key: &[u8], passphrase: &[u8]) -> bool {
    let passphrase = Passphrase::new(passphrase);
    let loaded = loader()
        .passphrase(passphrase)
        .load(&vector("cert.pem"), key);
    matches!(loaded, Err(Error::PassphraseOrDamaged))
}
