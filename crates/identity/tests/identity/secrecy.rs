//! No secret is in anything that can be printed.

use std::collections::HashSet;
use std::error;
use std::fmt::Debug;

use base64ct::{Base64, Encoding};
use identity::{Error, Loaded, Loader, Passphrase, PassphraseSource, PrivateKey};

use crate::round_trip::keys::{KEYS, TestKey};
use crate::round_trip::protection::{Cipher, Derivation, File, Prf, PrfSpelling, Protection};
use crate::support::{load, load_encrypted, loader, vector};

/// Every 16 characters in a row of a key, in all forms in which a careless message could show it.
struct Secret {
    windows: HashSet<Vec<u8>>,
    /// Messages that were looked through before.
    seen: HashSet<String>,
}

const WINDOW: usize = 16;

impl Secret {
    fn of(key: &TestKey) -> Self {
        let mut windows = HashSet::new();
        let older = key.older.iter().map(|(_, der)| der);
        for part in older.chain([&key.pkcs8]).chain(&key.secrets) {
            for form in forms(part) {
                windows.extend(form.as_bytes().windows(WINDOW).map(<[u8]>::to_vec));
            }
        }
        Self {
            windows,
            seen: HashSet::new(),
        }
    }

    fn is_in(&self, message: &str) -> bool {
        let mut windows = message.as_bytes().windows(WINDOW);
        windows.any(|window| self.windows.contains(window))
    }

    fn assert_not_in(&mut self, message: String) {
        if !self.seen.contains(&message) {
            assert!(!self.is_in(&message), "{message}");
            self.seen.insert(message);
        }
    }

    fn assert_not_shown_by(&mut self, shown: &impl Debug) {
        self.assert_not_in(format!("{shown:?}"));
        self.assert_not_in(format!("{shown:#?}"));
    }

    fn assert_not_in_error(&mut self, error: &Error) {
        self.assert_not_shown_by(error);
        let mut cause: Option<&dyn error::Error> = Some(error);
        while let Some(error) = cause {
            self.assert_not_in(error.to_string());
            cause = error.source();
        }
    }

    fn assert_not_in_key(&mut self, result: &Result<PrivateKey, Error>) {
        match result {
            Ok(key) => {
                self.assert_not_shown_by(key);
                self.assert_not_in(key.algorithm().to_string());
                self.assert_not_in(key.public_key_sha256().to_string());
            }
            Err(error) => self.assert_not_in_error(error),
        }
    }

    fn assert_not_in_identity(&mut self, result: &Result<Loaded, Error>) {
        match result {
            Ok(loaded) => {
                self.assert_not_shown_by(loaded);
                self.assert_not_shown_by(loaded.identity());
                let report = loaded.report();
                self.assert_not_shown_by(report);
                self.assert_not_in(report.key_format().unwrap().to_string());
                self.assert_not_in(report.key_algorithm().to_string());
                if let Some(encryption) = report.encryption() {
                    self.assert_not_in(encryption.to_string());
                }
                for finding in report.findings() {
                    self.assert_not_in(finding.to_string());
                }
            }
            Err(error) => self.assert_not_in_error(error),
        }
    }
}

/// Returns bytes in base64 from each place at which they may begin, in hexadecimal and in decimal.
fn forms(bytes: &[u8]) -> Vec<String> {
    let join = |byte: fn(&u8) -> String, between: &str| {
        bytes.iter().map(byte).collect::<Vec<_>>().join(between)
    };
    let mut forms: Vec<String> = (0..3)
        .map(|skipped| Base64::encode_string(&bytes[skipped..]))
        .collect();
    for between in ["", ":", " ", ", "] {
        forms.push(join(|byte| format!("{byte:02x}"), between));
        forms.push(join(|byte| format!("{byte:02X}"), between));
    }
    for between in [", ", ",", " ", "."] {
        forms.push(join(u8::to_string, between));
    }
    // As `{:#?}` shows a slice.
    forms.push(join(u8::to_string, ",\n    "));
    forms
}

/// Returns each container of a key with its label.
fn containers(key: &TestKey) -> Vec<(&'static str, &[u8])> {
    let older = key.older.iter().map(|(label, der)| (*label, &der[..]));
    older.chain([("PRIVATE KEY", &key.pkcs8[..])]).collect()
}

/// Returns a key file broken in every way that a PEM reader has an opinion on.
fn broken_files(label: &'static str, der: &[u8]) -> Vec<Vec<u8>> {
    let file = File {
        label,
        headers: String::new(),
        der: der.to_vec(),
    };
    let key = file.pem(64);
    let body = Base64::encode_string(der);
    let hex: String = der.iter().map(|byte| format!("{byte:02X}")).collect();
    let one_line = key.replace('\n', "");
    let begin = format!("-----BEGIN {label}-----");
    let end = format!("-----END {label}-----");
    let mut texts = vec![
        body.clone(),
        hex.clone(),
        format!("{begin}\n{body}"),
        format!("{begin}{body}"),
        format!("{body}\n{end}"),
        format!("-----BEGIN {body}-----\n{body}\n-----END {body}-----"),
        format!("-----BEGIN {}-----\n{body}\n{end}", &body[..40]),
        format!("{begin}\n{body}\n-----END {body}-----"),
        format!("{begin}\n{body}\n\n{body}\n{end}"),
        format!("{begin}\nX: {body}\n\n!{body}\n{end}"),
        format!("{begin}\n{hex}\n{end}"),
        format!("-----BEGIN {body}"),
        key.replace(label, "CERTIFICATE"),
        key.replace(label, "ENCRYPTED PRIVATE KEY"),
        key.replace(label, "RSA PRIVATE KEY").replace("MII", "MIJ"),
        key.replace('A', "*"),
        key.replace('A', "B"),
        key.replace('=', "A"),
        one_line.replace("-----END", "----END"),
        one_line.replace("-----BEGIN", "----BEGIN"),
        key.replace('\n', r"\n").replace("END", "EN"),
        key.replace('\n', r"\x"),
        // Key material where traditional encryption has its headers.
        format!("{begin}\nProc-Type: 4,ENCRYPTED\n\n{body}\n{end}"),
        format!("{begin}\nProc-Type: {body},ENCRYPTED\nDEK-Info: {body}\n\n{body}\n{end}"),
    ];
    let digits = &hex[..hex.len() / 32 * 32];
    for dek in [
        body.clone(),
        format!("{body},{hex}"),
        format!("{},{hex}", &hex[..40]),
        format!("{hex},{body}"),
        format!("AES-256-CBC,{body}"),
        format!("AES-256-CBC,{digits}"),
        format!("AES-256-CBC,{}", &hex[..32]),
        format!("DES-EDE3-CBC,{}", &hex[16..32]),
        format!("DES-CBC,{hex}"),
    ] {
        texts.push(format!(
            "{begin}\nProc-Type: 4,ENCRYPTED\nDEK-Info: {dek}\n\n{body}\n{end}"
        ));
    }
    let cuts = (0..key.len()).step_by(97);
    texts.extend(cuts.map(|length| key[..length].to_owned()));
    let mut files: Vec<Vec<u8>> = texts.into_iter().map(String::into_bytes).collect();
    files.extend(damaged(der));
    files
}

/// Returns a key with bytes missing or changed.
fn damaged(der: &[u8]) -> Vec<Vec<u8>> {
    // About thirty of each, and all of the first bytes, which tell what follows.
    let step = (der.len() / 30).max(1);
    let places = || (0..der.len()).filter(move |at| *at < 40 || at % step == 0);
    let cut = places().map(|length| der[..length].to_vec());
    let changed = places().map(|index| {
        let mut changed = der.to_vec();
        changed[index] ^= 0x55;
        changed
    });
    cut.chain(changed).collect()
}

/// Returns damaged keys inside sound encryption.
fn encrypted_damage(label: &'static str, der: &[u8]) -> Vec<Vec<u8>> {
    let vector = [0x5A; 16];
    let derivation = Derivation::Pbkdf2 {
        prf: Prf::Sha256,
        iterations: 1,
        spelling: PrfSpelling::Library,
    };
    let protections = [
        Protection::Pbes2 {
            cipher: Cipher::Aes256,
            derivation,
            states_key_length: false,
            salt: b"saltsalt".to_vec(),
            vector,
        },
        Protection::Pkcs12 {
            iterations: 1,
            salt: b"saltsalt".to_vec(),
        },
        Protection::Traditional {
            cipher: Cipher::Aes128,
            vector,
        },
    ];
    let mut files = Vec::new();
    for plaintext in damaged(der) {
        for protection in &protections {
            let file = protection.write(label, &plaintext, b"correct horse");
            files.push(file.pem(64).into_bytes());
        }
    }
    files
}

#[test]
fn no_error_shows_a_part_of_the_key() {
    let certificate = vector("cert.pem");
    let mut errors = 0;
    for key in KEYS.iter() {
        let mut secret = Secret::of(key);
        for (label, der) in containers(key) {
            for broken in broken_files(label, der) {
                for result in [
                    load(&certificate, &broken),
                    load(&broken, &vector("key.pem")),
                    load(&broken, &broken),
                    load_encrypted(&certificate, &broken),
                ] {
                    secret.assert_not_in_identity(&result);
                    errors += usize::from(result.is_err());
                }
                let result = loader().open_key(&broken);
                secret.assert_not_in_key(&result);
                errors += usize::from(result.is_err());
            }
        }
    }
    assert!(
        errors > 3000,
        "only {errors} errors: the corpus is not broken enough"
    );
}

#[test]
fn errors_show_no_part_of_damaged_encrypted_key() {
    let certificate = vector("cert.pem");
    let mut errors = 0;
    for key in KEYS.iter() {
        let mut secret = Secret::of(key);
        for (label, der) in containers(key) {
            for broken in encrypted_damage(label, der) {
                let loader = loader().passphrase(Passphrase::new("correct horse"));
                let result = loader.open_key(&broken);
                secret.assert_not_in_key(&result);
                errors += usize::from(result.is_err());
                secret.assert_not_in_identity(&loader.load(&certificate, &broken));
            }
        }
    }
    assert!(
        errors > 1000,
        "only {errors} errors: the corpus is not broken enough"
    );
}

#[test]
fn no_value_shows_the_key_it_holds() {
    for key in KEYS.iter() {
        let mut secret = Secret::of(key);
        let opened = Loader::new().open_key(&key.pkcs8);
        assert!(opened.is_ok());
        secret.assert_not_in_key(&opened);
        // A key that was given as the passphrase is one more secret.
        for (_, der) in containers(key) {
            let source = PassphraseSource::from(Passphrase::new(der));
            secret.assert_not_shown_by(&source);
            secret.assert_not_shown_by(&Passphrase::new(Base64::encode_string(der)));
            secret.assert_not_shown_by(&Loader::new().passphrase(source));
            let held = der.to_vec();
            let prompt = PassphraseSource::prompt(move || Ok(Passphrase::new(held.clone())));
            secret.assert_not_shown_by(&prompt);
            secret.assert_not_shown_by(&Loader::new().passphrase(prompt));
        }
    }
    let mut secret = Secret::of(&KEYS[0]);
    let loaded = load(&vector("chain.pem"), &vector("key.pem"));
    assert!(loaded.is_ok());
    secret.assert_not_in_identity(&loaded);
}

#[test]
fn the_search_finds_a_key_in_every_form() {
    for key in KEYS.iter() {
        let secret = Secret::of(key);
        for (_, der) in containers(key) {
            let middle = der.len() / 2;
            for form in forms(&der[middle..middle + 24]) {
                assert!(secret.is_in(&format!("error: {form}!")), "{form}");
            }
            assert!(secret.is_in(&format!("{:?}", &der[middle..])));
            assert!(secret.is_in(&format!("{:#?}", &der[middle..])));
        }
    }
}

#[test]
fn an_identity_shows_no_names() {
    let loaded = load(&vector("chain.pem"), &vector("key.pem")).unwrap();
    let shown = format!("{loaded:?}");
    assert!(!shown.contains("example"));
    assert!(shown.contains(&loaded.identity().leaf().sha256().to_string()));
}

#[test]
fn neither_passphrase_nor_error_shows_the_passphrase() {
    let secret = "hunter2 hunter2";
    let passphrase = || Passphrase::new(secret);
    assert!(!format!("{:?}", passphrase()).contains("hunter2"));
    let loader = loader().passphrase(passphrase());
    assert!(!format!("{loader:?}").contains("hunter2"));
    let key = vector("encrypted.der");
    let error = loader.load(&vector("cert.pem"), &key).unwrap_err();
    assert!(matches!(error, Error::PassphraseOrDamaged));
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[test]
fn an_error_is_one_clause_on_one_line() {
    for key in KEYS.iter() {
        for (label, der) in containers(key) {
            for broken in broken_files(label, der) {
                if let Err(error) = load(&vector("cert.pem"), &broken) {
                    assert_is_one_clause(&error.to_string());
                }
            }
        }
    }
}

fn assert_is_one_clause(message: &str) {
    assert!(
        !message.contains('\n') && !message.ends_with('.'),
        "{message}"
    );
    assert!(
        message.starts_with(|first: char| first.is_lowercase()),
        "{message}"
    );
}
