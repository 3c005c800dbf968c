//! PKCS#12 stores of tools: each opens to the base key with its certificate, and is told for what
//! it is. Those that are refused are in `refusal`.

mod exposed;
mod hostile;
mod made;
mod pbmac1;
mod several;
mod written;

use identity::{
    Cipher, Encryption, Error, Finding, Format, Input, KeyDerivation, Limits, Loaded, Passphrase,
    Prf, SecretNote, StoreProblem,
};

use crate::formats::files_in;
use crate::support::{load, loader, passphrase, vector, vector_path, vector_text};

/// The folders of stores.
pub(crate) const FOLDERS: [&str; 5] = ["certtool", "keytool", "nss", "openssl", "python"];

/// Loads a store as certificate and as key.
fn open(name: &str, passphrase: Passphrase) -> Result<Loaded, Error> {
    let store = vector(name);
    loader().passphrase(passphrase).load(&store, &store)
}

/// Returns the files of all tools that are stores, by their paths.
fn stores() -> Vec<String> {
    let mut stores = Vec::new();
    for folder in FOLDERS {
        let files = files_in(&vector_path(&format!("{folder}/stores")));
        stores.extend(
            files
                .into_iter()
                .map(|file| format!("{folder}/stores/{file}")),
        );
    }
    stores.retain(|name| !name.ends_with(".p7b"));
    stores
}

/// Returns the passphrase of a stored file.
fn passphrase_of(name: &str) -> Passphrase {
    match name.rsplit('/').next().unwrap() {
        "umlaut.p12" => Passphrase::new("grün"),
        "horse.p12" => Passphrase::new("🐴"),
        name if name.contains("empty") || name.contains("null") => Passphrase::new(""),
        _ => passphrase(),
    }
}

/// Returns the certificate file and key file that a store was made of.
fn source_of(name: &str) -> [Vec<u8>; 2] {
    match name.rsplit('/').next().unwrap() {
        "chain.p12" | "rsa.p12" | "rsa-legacy.p12" => ["chain.pem", "key.pem"].map(vector),
        _ => ["p256.crt", "p256.key"].map(vector),
    }
}

#[test]
fn every_store_opens_to_the_identity_inside() {
    let stores = stores();
    assert!(stores.len() > 50, "{stores:?}");
    for name in stores {
        if name.contains("no-key") || name.contains("no-certificate") || name.contains("two-keys") {
            continue;
        }
        let loaded = open(&name, passphrase_of(&name));
        let loaded = loaded.unwrap_or_else(|error| panic!("{name}: {error}"));
        let [certificate, key] = source_of(&name);
        let source = load(&certificate, &key).unwrap();
        let (identity, expected) = (loaded.identity(), source.identity());
        assert_eq!(identity.secret_key(), expected.secret_key(), "{name}");
        assert_eq!(identity.leaf(), expected.leaf(), "{name}");
        if name.ends_with("chain.p12") {
            let chain = identity.certificate_chain();
            assert_eq!(chain, expected.certificate_chain(), "{name}");
        }
        assert_eq!(loaded.report().key_format(), Some(Format::Pkcs12), "{name}");
    }
}

#[test]
fn wrong_passphrase_and_none_are_one_error_each() {
    for name in stores() {
        let store = vector(&name);
        let bare = name.contains("no-passphrase") || name.contains("plain");
        if bare || name.contains("NONE-NONE") || name.contains("no-key") {
            continue;
        }
        // Those of certtool and NSS cost 600,000 iterations each time, old ones of keytool 100,000.
        let is_slow = ["certtool", "nss", "keytool"]
            .iter()
            .any(|it| name.starts_with(it));
        let most = if is_slow { 1 } else { 4 };
        for wrong in ["wrong", "correct horsf", "correct horse\n", "\0"]
            .into_iter()
            .take(most)
        {
            // Repeated to the block of the hash function, zeros are zeros, however many they were.
            if wrong == "\0" && name.contains("empty") {
                continue;
            }
            let error = open(&name, Passphrase::new(wrong)).unwrap_err();
            assert!(
                matches!(error, Error::PassphraseOrDamaged),
                "{name}: {error:?}"
            );
        }
        if name.contains("empty") || name.contains("null") {
            continue;
        }
        let error = open(&name, Passphrase::new("")).unwrap_err();
        assert!(
            matches!(error, Error::PassphraseOrDamaged),
            "{name}: {error:?}"
        );
        let error = load(&store, &store).unwrap_err();
        assert!(
            matches!(error, Error::PassphraseRequired),
            "{name}: {error:?}"
        );
    }
}

#[test]
fn encryption_of_the_key_is_reported() {
    let pkcs12 = |iterations| Some(Encryption::Pkcs12Pbe { iterations });
    let pbes2 = |cipher| {
        Some(Encryption::Pbes2 {
            cipher,
            key_derivation: KeyDerivation::Pbkdf2 {
                prf: Prf::HmacSha256,
                iterations: 16,
            },
        })
    };
    for (name, encryption) in [
        ("legacy.p12", pkcs12(2048)),
        ("PBE-SHA1-3DES-NONE.p12", pkcs12(16)),
        ("NONE-PBE-SHA1-RC2-40.p12", None),
        ("AES-128-CBC-NONE.p12", pbes2(Cipher::Aes128Cbc)),
        ("AES-192-CBC-NONE.p12", pbes2(Cipher::Aes192Cbc)),
        ("AES-256-CBC-PBE-SHA1-RC2-40.p12", pbes2(Cipher::Aes256Cbc)),
        ("DES-EDE3-CBC-NONE.p12", pbes2(Cipher::DesEde3Cbc)),
    ] {
        let loaded = open(&format!("openssl/stores/{name}"), passphrase()).unwrap();
        assert_eq!(loaded.report().encryption(), encryption, "{name}");
    }
}

#[test]
fn friendly_name_and_local_key_id_are_reported() {
    let loaded = open("openssl/stores/umlaut.p12", Passphrase::new("grün")).unwrap();
    assert_eq!(loaded.report().friendly_name(), Some("Grün"));
    let id = loaded.report().local_key_id().unwrap();
    assert_eq!(id.len(), 20, "the SHA-1 of the certificate");
    let unnamed = open("openssl/stores/store.p12", passphrase()).unwrap();
    assert_eq!(unnamed.report().friendly_name(), None);
    assert_eq!(unnamed.report().local_key_id(), Some(id));
    let plain = load(&vector("p256.crt"), &vector("p256.key")).unwrap();
    assert_eq!(plain.report().friendly_name(), None);
    assert_eq!(plain.report().local_key_id(), None);
}

fn notes(loaded: &Loaded) -> Vec<SecretNote> {
    let findings = loaded.report().findings().iter();
    let note = |finding: &Finding| match finding {
        Finding::SecretSpelling { note, input } => {
            assert_eq!(*input, Input::Passphrase);
            Some(*note)
        }
        _ => None,
    };
    findings.filter_map(note).collect()
}

#[test]
fn store_without_passphrase_tells_which_kind_it_has() {
    for name in ["empty.p12", "empty-legacy.p12", "empty-no-mac.p12"] {
        let name = format!("openssl/stores/{name}");
        let store = vector(&name);
        // Whether the caller knows that it is empty or gives none.
        for loaded in [open(&name, Passphrase::new("")), load(&store, &store)] {
            let loaded = loaded.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(notes(&loaded), [SecretNote::Empty], "{name}");
        }
    }
    let bare = vector("openssl/stores/no-passphrase.p12");
    assert_eq!(load(&bare, &bare).unwrap().report().findings(), []);
    let loaded = open("openssl/stores/no-passphrase.p12", passphrase()).unwrap();
    assert_eq!(loaded.report().findings(), [Finding::PassphraseUnused]);
}

#[test]
fn passphrase_of_two_unit_characters_opens_and_others_do_not() {
    assert!(notes(&open("openssl/stores/horse.p12", Passphrase::new("🐴")).unwrap()).is_empty());
    for wrong in ["\u{f434}", "🐵", "?"] {
        let error = open("openssl/stores/horse.p12", Passphrase::new(wrong)).unwrap_err();
        assert!(matches!(error, Error::PassphraseOrDamaged));
    }
}

#[test]
fn store_opens_beside_a_file_of_its_other_half() {
    let store = vector("openssl/stores/store.p12");
    let [certificate, key] = ["p256.crt", "p256.key"].map(vector);
    let loader = loader().passphrase(passphrase());
    loader.load(&certificate, &store).unwrap();
    loader.load(&store, &key).unwrap();
    let error = loader.load(&vector("p384.crt"), &store).unwrap_err();
    assert!(matches!(error, Error::KeyMismatch { .. }));
    let error = loader.load(&store, &vector("p384.key")).unwrap_err();
    assert!(matches!(error, Error::KeyMismatch { .. }));
}

#[test]
fn store_without_key_or_certificate_is_named() {
    let error = open("openssl/stores/no-key.p12", passphrase()).unwrap_err();
    let Error::NoKey { found } = error else {
        panic!("{error:?}")
    };
    assert_eq!(found, [Format::Pkcs12]);
    let error = open("openssl/stores/no-certificate.p12", passphrase()).unwrap_err();
    let Error::NoCertificate { found } = error else {
        panic!("{error:?}")
    };
    assert_eq!(found, [Format::Pkcs12]);
    // Each is what the other one lacks.
    let loader = loader().passphrase(passphrase());
    let key = vector("openssl/stores/no-certificate.p12");
    loader.load(&vector("p256.crt"), &key).unwrap();
    let chain = vector("openssl/stores/no-key.p12");
    let loaded = loader.load(&chain, &vector("key.pem")).unwrap();
    assert_eq!(loaded.identity().certificate_chain().len(), 2);
}

#[test]
fn key_of_a_store_is_opened_alone() {
    let loader = loader().passphrase(passphrase());
    let key = loader
        .open_key(&vector("openssl/stores/chain.p12"))
        .unwrap();
    let plain = loader.open_key(&vector("key.pem")).unwrap();
    assert_eq!(key.secret_pkcs8(), plain.secret_pkcs8());
    loader
        .open_key(&vector("openssl/stores/no-certificate.p12"))
        .unwrap();
}

#[test]
fn certificates_of_a_bundle_are_a_chain() {
    for name in ["refused/bundle.p7b", "refused/bundle-der.p7b"] {
        let loaded = load(&vector(name), &vector("key.pem")).unwrap();
        let expected = load(&vector("chain.pem"), &vector("key.pem")).unwrap();
        let chain = loaded.identity().certificate_chain();
        assert_eq!(chain, expected.identity().certificate_chain(), "{name}");
    }
    let body: String = vector_text("refused/bundle.p7b")
        .lines()
        .filter(|line| !line.starts_with('-'))
        .collect();
    load(body.as_bytes(), &vector("key.pem")).unwrap();
    // In BER, signed, and streamed.
    load(&vector("people/indefinite.p7b"), &vector("p256.key")).unwrap();
    let error = load(&vector("people/indefinite.p7b"), &vector("key.pem")).unwrap_err();
    assert!(matches!(error, Error::KeyMismatch { .. }));
}

#[test]
fn store_in_ber_opens_as_that_in_der() {
    for name in ["people/indefinite.p12", "people/indefinite-inside.p12"] {
        let loaded = open(name, passphrase()).unwrap();
        let plain = load(&vector("p256.crt"), &vector("p256.key")).unwrap();
        assert_eq!(
            loaded.identity().secret_key(),
            plain.identity().secret_key()
        );
    }
    let error = open("people/cut.p12", passphrase()).unwrap_err();
    assert!(
        matches!(error, Error::Store(StoreProblem::Damaged)),
        "{error:?}"
    );
}

#[test]
fn costs_of_all_parts_together_are_within_the_limit() {
    // MAC, certificates and key, 16 iterations each.
    let name = "openssl/stores/AES-256-CBC-AES-256-CBC.p12";
    let store = vector(name);
    let with = |iterations| {
        let limits = Limits::default().pbkdf2_iterations(iterations);
        let loader = loader().passphrase(passphrase()).limits(limits);
        loader.load(&store, &store)
    };
    with(48).unwrap();
    let Err(Error::KdfTooExpensive { asked, limit, .. }) = with(47) else {
        panic!("not refused")
    };
    assert_eq!((asked, limit), (48, 47));
}
