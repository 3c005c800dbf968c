//! No secret is in anything that can be printed.

use std::fmt::{Debug, Display};

use identity::{Error, Passphrase};

use crate::support::{load, load_encrypted, loader, vector, vector_text};

/// A key in every form in which a careless message could show it.
fn forms_of_the_key() -> Vec<String> {
    let base64: String = vector_text("key.pem")
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    let der = vector("key.der");
    let render = |byte: fn(&u8) -> String, between: &str| {
        der.iter().map(byte).collect::<Vec<_>>().join(between)
    };
    vec![
        base64,
        render(|byte| format!("{byte:02x}"), ""),
        render(|byte| format!("{byte:02X}"), ""),
        render(|byte| format!("{byte:02x}"), ":"),
        render(|byte| byte.to_string(), ", "),
    ]
}

/// Asserts that no 16 characters in a row of a message stand in the key.
fn assert_silent(shown: &(impl Debug + Display)) {
    let forms = forms_of_the_key();
    for message in [
        format!("{shown}"),
        format!("{shown:?}"),
        format!("{shown:#?}"),
    ] {
        let characters: Vec<char> = message.chars().collect();
        for window in characters.windows(16) {
            let window: String = window.iter().collect();
            assert!(
                !forms.iter().any(|form| form.contains(&window)),
                "{message}"
            );
        }
    }
}

/// The key file broken in every way that a PEM reader has an opinion on.
fn broken_keys() -> Vec<Vec<u8>> {
    let key = vector_text("key.pem");
    let body: String = key.lines().filter(|line| !line.starts_with('-')).collect();
    let one_line = key.replace('\n', "");
    let mut texts = vec![
        body.clone(),
        format!("-----BEGIN PRIVATE KEY-----\n{body}"),
        format!("-----BEGIN PRIVATE KEY-----{body}"),
        format!("{body}\n-----END PRIVATE KEY-----"),
        format!("-----BEGIN {body}-----\n{body}\n-----END {body}-----"),
        format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END {body}-----"),
        format!("-----BEGIN PRIVATE KEY-----\n{body}\n\n{body}\n-----END PRIVATE KEY-----"),
        format!("-----BEGIN PRIVATE KEY-----\nX: {body}\n\n!{body}\n-----END PRIVATE KEY-----"),
        format!("-----BEGIN {body}"),
        key.replace("PRIVATE KEY", "CERTIFICATE"),
        key.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
        key.replace("PRIVATE KEY", "RSA PRIVATE KEY")
            .replace("MII", "MIJ"),
        key.replace('A', "*"),
        key.replace('A', "B"),
        key.replace('=', "A"),
        one_line.replace("-----END", "----END"),
        one_line.replace("-----BEGIN", "----BEGIN"),
        key.replace('\n', r"\n").replace("END", "EN"),
        key.replace('\n', r"\x"),
    ];
    texts.extend(
        (0..key.len())
            .step_by(97)
            .map(|length| key[..length].to_owned()),
    );
    let mut files: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    let der = vector("key.der");
    files.extend(
        (0..der.len())
            .step_by(41)
            .map(|length| der[..length].to_vec()),
    );
    files.extend((0..der.len()).step_by(41).map(|index| {
        let mut changed = der.clone();
        changed[index] ^= 0x55;
        changed
    }));
    files
}

#[test]
fn no_error_shows_a_part_of_the_key() {
    let certificate = vector("cert.pem");
    let mut errors = 0;
    for broken in broken_keys() {
        for loaded in [
            load(&certificate, &broken),
            load(&broken, &vector("key.pem")),
            load(&broken, &broken),
            load_encrypted(&certificate, &broken),
        ] {
            if let Err(error) = loaded {
                assert_silent(&error);
                errors += 1;
            }
        }
    }
    assert!(
        errors > 300,
        "only {errors} errors: the corpus is not broken enough"
    );
}

#[test]
fn an_identity_shows_neither_key_nor_names() {
    let loaded = load(&vector("chain.pem"), &vector("key.pem")).unwrap();
    let shown = format!("{loaded:?}");
    assert!(!shown.contains("example"));
    assert!(shown.contains(&loaded.identity().leaf().sha256().to_string()));
    let characters: Vec<char> = shown.chars().collect();
    let forms = forms_of_the_key();
    for window in characters.windows(16) {
        let window: String = window.iter().collect();
        assert!(!forms.iter().any(|form| form.contains(&window)));
    }
}

#[test]
fn neither_passphrase_nor_error_shows_the_passphrase() {
    let secret = "hunter2 hunter2";
    let passphrase = Passphrase::new(secret);
    assert!(!format!("{passphrase:?}").contains("hunter2"));
    let key = vector("encrypted.der");
    let error = loader()
        .passphrase(passphrase)
        .load(&vector("cert.pem"), &key)
        .unwrap_err();
    assert!(matches!(error, Error::PassphraseOrDamaged));
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[test]
fn an_error_is_one_clause_on_one_line() {
    for broken in broken_keys() {
        if let Err(error) = load(&vector("cert.pem"), &broken) {
            let message = error.to_string();
            assert!(
                !message.contains('\n') && !message.ends_with('.'),
                "{message}"
            );
            assert!(
                message.starts_with(|first: char| first.is_lowercase()),
                "{message}"
            );
        }
    }
}
