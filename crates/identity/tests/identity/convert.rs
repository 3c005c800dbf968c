//! A key that was opened is written again in the form that every tool reads.

use std::num::NonZeroU32;
use std::process::{Command, Stdio};
use std::{env, fs};

use base64ct::{Base64, Encoding};
use identity::{Error, Loader, Passphrase, PrivateKey};

use crate::round_trip::asn1::{NULL, components, content, identifier, integer, octets, sequence};
use crate::round_trip::keys::{KEYS, TestKey};
use crate::round_trip::protection::{Cipher, Derivation, Prf, PrfSpelling, Protection};

fn open(file: &[u8], passphrase: &[u8]) -> Result<PrivateKey, Error> {
    let loader = Loader::new().passphrase(Passphrase::new(passphrase));
    loader.open_key(file)
}

fn secret(key: &PrivateKey) -> &[u8] {
    key.secret_pkcs8().secret_pkcs8_der()
}

/// Returns randomness that counts up from zero.
fn counting() -> impl FnMut(&mut [u8]) -> Result<(), Error> {
    let mut next = 0;
    move |bytes| {
        for byte in bytes {
            *byte = next;
            next += 1;
        }
        Ok(())
    }
}

fn encrypted(key: &PrivateKey, passphrase: &str, iterations: u32) -> String {
    let iterations = NonZeroU32::new(iterations).unwrap();
    key.to_encrypted_pkcs8_pem_with(&mut counting(), &Passphrase::new(passphrase), iterations)
        .unwrap()
}

/// Returns the DER between the lines of one PEM block, which must have exactly this label.
fn body(pem: &str, label: &str) -> Vec<u8> {
    let text = pem
        .strip_prefix(&format!("-----BEGIN {label}-----\n"))
        .and_then(|rest| rest.strip_suffix(&format!("\n-----END {label}-----\n")))
        .unwrap();
    assert!(text.lines().all(|line| line.len() <= 64));
    Base64::decode_vec(&text.replace('\n', "")).unwrap()
}

#[test]
fn any_key_goes_out_portable_under_new_passphrase_only() {
    let vector = [0x5A; 16];
    let salt = || b"saltsalt".to_vec();
    let cipher = Cipher::TripleDes;
    let derivation = Derivation::Pbkdf2 {
        prf: Prf::Sha1,
        iterations: 2,
        spelling: PrfSpelling::Absent,
    };
    let pbes2 = Protection::Pbes2 {
        cipher,
        derivation,
        states_key_length: true,
        salt: salt(),
        vector,
    };
    let pkcs12 = Protection::Pkcs12 {
        iterations: 2,
        salt: salt(),
    };
    for key in KEYS.iter() {
        let mut files = vec![
            Protection::None.write("PRIVATE KEY", &key.pkcs8, b""),
            pbes2.write("PRIVATE KEY", &key.pkcs8, b"old"),
            pkcs12.write("PRIVATE KEY", &key.pkcs8, b"old"),
        ];
        if let Some((label, der)) = &key.older {
            files.push(Protection::None.write(label, der, b""));
            for cipher in [Cipher::Aes256, Cipher::TripleDes] {
                files.push(Protection::Traditional { cipher, vector }.write(label, der, b"old"));
            }
        }
        let plain = open(&key.pkcs8, b"").unwrap();
        for file in files {
            let opened = open(file.pem(64).as_bytes(), b"old").unwrap();
            let out = encrypted(&opened, "new", 2);
            let again = open(out.as_bytes(), b"new").unwrap();
            assert!(secret(&again) == secret(&plain), "{key:?}");
            assert_eq!(again.algorithm(), plain.algorithm());
            let old = open(out.as_bytes(), b"old");
            assert!(matches!(old, Err(Error::PassphraseOrDamaged)), "{key:?}");
        }
    }
}

#[test]
fn same_randomness_writes_same_file_and_other_another() {
    for key in KEYS.iter() {
        let opened = open(&key.pkcs8, b"").unwrap();
        assert_eq!(encrypted(&opened, "new", 2), encrypted(&opened, "new", 2));
        let new = || Passphrase::new("new");
        let [first, second] = [(); 2].map(|()| opened.to_encrypted_pkcs8_pem(&new()).unwrap());
        assert_ne!(first, second);
    }
}

#[test]
fn the_file_says_what_every_tool_understands() {
    for key in KEYS.iter() {
        let opened = open(&key.pkcs8, b"").unwrap();
        let der = body(&encrypted(&opened, "new", 2048), "ENCRYPTED PRIVATE KEY");
        let parts = components(&der);
        assert_eq!(parts.len(), 2);
        let salt: Vec<u8> = (0..16).collect();
        let vector: Vec<u8> = (16..32).collect();
        // No length of the key, and a NULL behind the pseudo-random function.
        let prf = sequence(&[&identifier("1.2.840.113549.2.9"), NULL]);
        let pbkdf2 = sequence(&[&octets(&salt), &integer(2048), &prf]);
        let derivation = sequence(&[&identifier("1.2.840.113549.1.5.12"), &pbkdf2]);
        let cipher = sequence(&[&identifier("2.16.840.1.101.3.4.1.42"), &octets(&vector)]);
        let pbes2 = sequence(&[&derivation, &cipher]);
        let algorithm = sequence(&[&identifier("1.2.840.113549.1.5.13"), &pbes2]);
        assert_eq!(parts[0], algorithm);
        assert_eq!(
            content(&parts[1]).len(),
            secret(&opened).len() / 16 * 16 + 16
        );
    }
}

#[test]
fn the_file_is_the_one_that_another_writer_makes() {
    for key in KEYS.iter() {
        let opened = open(&key.pkcs8, b"").unwrap();
        let protection = Protection::Pbes2 {
            cipher: Cipher::Aes256,
            derivation: Derivation::Pbkdf2 {
                prf: Prf::Sha256,
                iterations: 7,
                spelling: PrfSpelling::Library,
            },
            states_key_length: false,
            salt: (0..16).collect(),
            vector: std::array::from_fn(|index| 16 + u8::try_from(index).unwrap()),
        };
        let expected = protection.write("PRIVATE KEY", secret(&opened), b"new");
        assert_eq!(encrypted(&opened, "new", 7), expected.pem(64));
    }
}

#[test]
fn default_is_600_000_iterations_and_within_limits() {
    let opened = open(&KEYS[3].pkcs8, b"").unwrap();
    let pem = opened
        .to_encrypted_pkcs8_pem(&Passphrase::new("new"))
        .unwrap();
    let der = body(&pem, "ENCRYPTED PRIVATE KEY");
    let count = integer(600_000);
    assert!(der.windows(count.len()).any(|window| window == count));
    assert!(secret(&open(pem.as_bytes(), b"new").unwrap()) == secret(&opened));
}

#[test]
fn unprotected_means_pkcs8_in_plain_pem() {
    for key in KEYS.iter() {
        let opened = open(&key.pkcs8, b"").unwrap();
        let pem = opened.to_secret_pkcs8_pem().unwrap();
        assert!(body(&pem, "PRIVATE KEY") == secret(&opened));
        let again = Loader::new().open_key(pem.as_bytes()).unwrap();
        assert!(secret(&again) == secret(&opened), "{key:?}");
    }
}

#[test]
fn an_empty_passphrase_is_refused_before_anything_is_drawn() {
    let opened = open(&KEYS[3].pkcs8, b"").unwrap();
    let mut unused = |_: &mut [u8]| panic!("randomness was drawn");
    let empty = Passphrase::new("");
    let result = opened.to_encrypted_pkcs8_pem_with(&mut unused, &empty, NonZeroU32::MIN);
    assert!(matches!(result, Err(Error::PassphraseEmpty)));
    let result = opened.to_encrypted_pkcs8_pem(&empty);
    assert!(matches!(result, Err(Error::PassphraseEmpty)));
    assert!(opened.to_encrypted_pkcs8_pem(&Passphrase::new(" ")).is_ok());
}

#[test]
fn without_randomness_nothing_is_written() {
    let opened = open(&KEYS[3].pkcs8, b"").unwrap();
    for fails_at in [1, 2] {
        let mut calls = 0;
        let mut failing = |_: &mut [u8]| {
            calls += 1;
            if calls == fails_at {
                Err(Error::RandomnessUnavailable)
            } else {
                Ok(())
            }
        };
        let new = Passphrase::new("new");
        let result = opened.to_encrypted_pkcs8_pem_with(&mut failing, &new, NonZeroU32::MIN);
        assert!(matches!(result, Err(Error::RandomnessUnavailable)));
        assert_eq!(calls, fails_at);
    }
}

// Skipped where there is no `openssl`, unless `REQUIRE_TOOLS` is set.
#[test]
fn openssl_opens_what_is_written() {
    let version = Command::new("openssl").arg("version").output();
    if !version.is_ok_and(|output| output.status.success()) {
        assert!(env::var_os("REQUIRE_TOOLS").is_none(), "no openssl");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for key in KEYS.iter() {
        let opened = open(&key.pkcs8, b"").unwrap();
        let path = folder.path().join(key.name);
        for (pem, passphrase) in [
            (
                opened
                    .to_encrypted_pkcs8_pem(&Passphrase::new("new"))
                    .unwrap(),
                "new",
            ),
            (encrypted(&opened, "pässword ", 1), "pässword "),
            (opened.to_secret_pkcs8_pem().unwrap().to_string(), ""),
        ] {
            fs::write(&path, pem).unwrap();
            assert!(
                public_key_of_openssl(&path, passphrase) == Some(key.public.clone()),
                "{key:?}"
            );
        }
        fs::write(&path, encrypted(&opened, "new", 1)).unwrap();
        assert!(public_key_of_openssl(&path, "old").is_none(), "{key:?}");
        fs::write(&path, opened.to_secret_pkcs8_pem().unwrap()).unwrap();
        assert!(openssl_finds_no_fault(&path, key), "{key:?}");
    }
}

/// Returns the `SubjectPublicKeyInfo` that `openssl pkey` reads from the key, if it opens it.
fn public_key_of_openssl(path: &std::path::Path, passphrase: &str) -> Option<Vec<u8>> {
    let output = Command::new("openssl")
        .args([
            "pkey",
            "-pubout",
            "-outform",
            "DER",
            "-passin",
            "env:PASSPHRASE",
            "-in",
        ])
        .arg(path)
        .env("PASSPHRASE", passphrase)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    output.status.success().then_some(output.stdout)
}

/// Checks the unprotected key by `openssl pkey -check`.
fn openssl_finds_no_fault(path: &std::path::Path, key: &TestKey) -> bool {
    let check = Command::new("openssl")
        .args(["pkey", "-check", "-noout", "-in"])
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    // It has no check for Ed25519.
    key.name == "Ed25519" || check.status.success()
}
