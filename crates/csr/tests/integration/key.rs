//! Keys are made, written and read back; whatever else is read is refused by name.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};

use csr::{EncryptionParams, Error, Passphrase, RandomnessUnavailable, RsaKey};
use proptest::prelude::*;

use crate::{KEY, KEY_PEM, openssl, sesame};

const AES256: &str = include_str!("../vectors/key-aes256.pem");
const OURS: &str = include_str!("../vectors/key-ours.pem");

fn quick() -> EncryptionParams {
    EncryptionParams::default()
        .iterations(EncryptionParams::MIN_ITERATIONS)
        .unwrap()
}

fn read(pem: &str) -> Result<RsaKey, Error> {
    RsaKey::from_pkcs8_pem(pem, None)
}

fn read_encrypted(pem: &str) -> Result<RsaKey, Error> {
    RsaKey::from_pkcs8_pem(pem, Some(&sesame()))
}

#[test]
fn a_new_key_survives_writing_and_reading() {
    let key = RsaKey::generate().unwrap();
    let again = read(&key.to_secret_pkcs8_pem()).unwrap();
    assert_eq!(again.to_secret_pkcs8_der(), key.to_secret_pkcs8_der());
    assert_ne!(again.public_key_sha256(), KEY.public_key_sha256());

    let encrypted = key.to_encrypted_pkcs8_pem(&sesame(), &quick()).unwrap();
    let again = read_encrypted(&encrypted).unwrap();
    assert_eq!(again.to_secret_pkcs8_der(), key.to_secret_pkcs8_der());
}

#[test]
fn one_worker_and_the_same_randomness_make_the_same_key() {
    let drawn = Cell::new(0);
    let make = || {
        let mut randomness = |bytes: &mut [u8]| {
            drawn.set(drawn.get() + bytes.len());
            bytes.fill(7);
            Ok(())
        };
        RsaKey::generate_with(&mut randomness, NonZeroUsize::MIN).unwrap()
    };
    assert_eq!(make().public_key_sha256(), make().public_key_sha256());
    assert_eq!(drawn.get(), 2 * 32);
}

#[test]
fn a_cancelled_generation_ends_without_a_key() {
    for workers in [1, 2] {
        let cancelled = AtomicBool::new(false);
        let mut randomness = |bytes: &mut [u8]| {
            cancelled.store(true, Ordering::Relaxed);
            bytes.fill(7);
            Ok(())
        };
        let workers = NonZeroUsize::new(workers).unwrap();
        let made = RsaKey::generate_cancellable(&mut randomness, workers, &cancelled);
        assert!(matches!(made, Err(Error::Cancelled)));
    }
}

#[test]
fn without_randomness_there_is_no_key_and_no_encryption() {
    let mut none = |_: &mut [u8]| Err(RandomnessUnavailable);
    let made = RsaKey::generate_with(&mut none, NonZeroUsize::MIN);
    assert!(matches!(made, Err(Error::Randomness(_))));
    let encrypted = KEY.to_encrypted_pkcs8_pem_with(&mut none, &sesame(), &quick());
    assert!(matches!(encrypted, Err(Error::Randomness(_))));
}

#[test]
fn a_plain_key_is_written_as_openssl_writes_it() {
    assert_eq!(*KEY.to_secret_pkcs8_pem(), KEY_PEM);
}

#[test]
fn encrypted_key_has_stored_bytes_that_openssl_opened() {
    let mut fill = 0;
    let mut randomness = |bytes: &mut [u8]| {
        fill += 1;
        bytes.fill(fill);
        Ok(())
    };
    let written = KEY
        .to_encrypted_pkcs8_pem_with(&mut randomness, &sesame(), &quick())
        .unwrap();
    assert_eq!(written, OURS);
}

// Where there is no OpenSSL 3 the stored key above proves the same.
#[test]
fn the_installed_openssl_opens_an_encrypted_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("acme.key");
    let params = EncryptionParams::default();
    std::fs::write(
        &path,
        KEY.to_encrypted_pkcs8_pem(&sesame(), &params).unwrap(),
    )
    .unwrap();
    let args = [
        "pkey",
        "-in",
        path.to_str().unwrap(),
        "-passin",
        "pass:sesame",
    ];
    let Some(opened) = openssl::run(&args) else {
        return;
    };
    assert_eq!(String::from_utf8(opened).unwrap(), KEY_PEM);
}

#[test]
fn keys_that_openssl_encrypted_open() {
    for pem in [AES256, include_str!("../vectors/key-3des.pem")] {
        let key = read_encrypted(pem).unwrap();
        assert_eq!(key.to_secret_pkcs8_der(), KEY.to_secret_pkcs8_der());
    }
}

#[test]
fn unsupported_encryption_is_named_and_not_called_damage() {
    for pem in [
        include_str!("../vectors/key-scrypt.pem"),
        include_str!("../vectors/key-pkcs12.pem"),
    ] {
        assert!(matches!(
            read_encrypted(pem),
            Err(Error::UnsupportedEncryption)
        ));
    }
}

#[test]
fn more_iterations_than_the_limit_are_refused() {
    assert!(matches!(
        read_encrypted(include_str!("../vectors/key-too-many-iterations.pem")),
        Err(Error::TooManyIterations {
            iterations: 10_000_001,
            limit: 10_000_000
        })
    ));
}

#[test]
fn other_kinds_of_key_are_refused_by_name() {
    let size = read(include_str!("../vectors/other-size.pem"));
    assert!(matches!(size, Err(Error::KeySize { bits: 3072 })));
    let exponent = read(include_str!("../vectors/other-exponent.pem"));
    assert!(matches!(exponent, Err(Error::PublicExponent)));
    let kind = read(include_str!("../vectors/other-kind.pem"));
    assert!(matches!(kind, Err(Error::NotRsa)));
    let request = KEY_PEM.replace("PRIVATE KEY", "CERTIFICATE REQUEST");
    assert!(matches!(read(&request), Err(Error::KeyDamaged)));
}

#[test]
fn passphrase_must_be_given_exactly_when_needed() {
    assert!(matches!(read(OURS), Err(Error::PassphraseRequired)));
    assert!(matches!(
        read_encrypted(KEY_PEM),
        Err(Error::PassphraseUnused)
    ));
}

#[test]
fn a_wrong_passphrase_is_never_taken_for_damage_or_success() {
    // About one in 256 passes the padding, so that some hundreds meet the other way to fail too.
    for number in 0..600 {
        let wrong = Passphrase::new(format!("sesame{number}")).unwrap();
        let result = RsaKey::from_pkcs8_pem(OURS, Some(&wrong));
        assert!(
            matches!(result, Err(Error::PassphraseOrDamaged)),
            "{number}"
        );
    }
}

#[test]
fn iterations_have_bounds() {
    let set = |iterations| EncryptionParams::default().iterations(iterations);
    for iterations in [
        EncryptionParams::MIN_ITERATIONS,
        EncryptionParams::MAX_ITERATIONS,
    ] {
        assert!(set(iterations).is_ok());
    }
    for iterations in [0, 999, 10_000_001, u32::MAX] {
        assert!(matches!(
            set(iterations),
            Err(Error::IterationsOutOfRange { .. })
        ));
    }
}

#[test]
fn debug_shows_nothing_secret() {
    let shown = format!("{:?}", *KEY);
    assert!(shown.contains("2048") && shown.ends_with(".. }"));
    assert!(shown.len() < 130, "a fingerprint and little else: {shown}");
}

#[test]
fn no_error_shows_the_key() {
    let body: String = KEY_PEM.lines().skip(1).take(25).collect();
    let on_one_line = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    for broken in [
        on_one_line.as_str(),
        &KEY_PEM.replace('\n', "\\n"),
        &KEY_PEM.replace('M', "!"),
        KEY_PEM.get(..900).unwrap(),
    ] {
        let error = read(broken).unwrap_err();
        let shown = format!("{error:?} {error}");
        let leaks = |window: &[u8]| shown.contains(str::from_utf8(window).unwrap());
        assert!(
            !KEY_PEM
                .as_bytes()
                .windows(16)
                .filter(|w| !w.contains(&b'-'))
                .any(leaks)
        );
    }
}

proptest! {
    #[test]
    fn any_text_is_refused_without_panic(text in any::<String>()) {
        prop_assert!(read(&text).is_err());
        prop_assert!(read_encrypted(&text).is_err());
    }

    #[test]
    fn any_content_in_the_right_frame_is_refused_without_panic(
        content in proptest::collection::vec(any::<u8>(), 0..200),
        encrypted in any::<bool>(),
    ) {
        let label = if encrypted { "ENCRYPTED PRIVATE KEY" } else { "PRIVATE KEY" };
        prop_assert!(read(&frame(label, &content)).is_err());
        prop_assert!(read_encrypted(&frame(label, &content)).is_err());
    }

    #[test]
    fn key_with_changed_byte_never_panics(
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        for (label, pem) in [("PRIVATE KEY", KEY_PEM), ("ENCRYPTED PRIVATE KEY", OURS)] {
            let mut content = unframe(pem);
            *at.get_mut(&mut content) = byte;
            let text = frame(label, &content);
            let _ = read(&text);
            let _ = read_encrypted(&text);
        }
    }

    #[test]
    fn any_bytes_but_none_are_a_passphrase(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        prop_assert_eq!(Passphrase::new(bytes.clone()).is_err(), bytes.is_empty());
    }
}

fn frame(label: &str, content: &[u8]) -> String {
    let config = pem::EncodeConfig::new().set_line_ending(pem::LineEnding::LF);
    pem::encode_config(&pem::Pem::new(label, content), config)
}

fn unframe(text: &str) -> Vec<u8> {
    pem::parse(text).unwrap().into_contents()
}
