//! `napi-mtls convert --pkcs12`, and the key that is meant in a store with several.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use identity::{Cipher, Encryption, Loaded, Loader, Passphrase};

use crate::{Folder, run, stderr, stdout, vector};

const TWO_KEYS: &str = "keytool/stores/two-keys.p12";

/// Converts into `out.p12` under the passphrase `battery staple`.
fn convert(folder: &Folder, arguments: &[&str]) -> Output {
    let new = folder.file("new", b"battery staple");
    let old = folder.file("old", b"correct horse");
    let out = folder.path("out.p12");
    let files = [
        "--passphrase-file",
        &old,
        "--new-passphrase-file",
        &new,
        "--out",
        &out,
    ];
    run(&[&["convert", "--pkcs12"], arguments, &files].concat())
}

fn open(folder: &Folder) -> Loaded {
    let loader = Loader::new()
        .allow_outside_validity()
        .passphrase(Passphrase::new("battery staple"));
    let path = folder.path("out.p12");
    loader.load_files(path.as_ref(), path.as_ref()).unwrap()
}

fn mode(folder: &Folder) -> u32 {
    let metadata = fs::metadata(folder.path("out.p12")).unwrap();
    metadata.permissions().mode() & 0o7777
}

fn assert_refused(folder: &Folder, output: &Output, words: &str) {
    assert!(matches!(output.status.code(), Some(2 | 5)), "{output:?}");
    assert!(stderr(output).contains(words), "{output:?}");
    assert!(!folder.names().contains(&"out.p12".to_owned()));
}

#[test]
fn store_has_key_chain_and_name_for_its_owner_alone() {
    let folder = Folder::new();
    let (key, certificate, chain) = (vector("key.pem"), vector("cert.pem"), vector("chain.pem"));
    let output = convert(
        &folder,
        &[
            "--key",
            &key,
            "--certificate",
            &certificate,
            "--certificate",
            &chain,
            "--friendly-name",
            "Grün",
        ],
    );
    assert!(output.status.success(), "{output:?}");
    let text = stdout(&output);
    assert!(text.starts_with("store    "), "{text}");
    assert!(text.contains("RSA with 2048 bits"), "{text}");
    assert!(
        text.contains("with its certificate and 1 of issuers"),
        "{text}"
    );
    assert!(text.contains("self-signed root and was dropped"), "{text}");
    assert_eq!(mode(&folder), 0o600);

    let loaded = open(&folder);
    let source = Loader::new()
        .allow_outside_validity()
        .load_files(chain.as_ref(), key.as_ref())
        .unwrap();
    let (identity, expected) = (loaded.identity(), source.identity());
    assert_eq!(identity.secret_key(), expected.secret_key());
    assert_eq!(identity.certificate_chain(), expected.certificate_chain());
    assert_eq!(loaded.report().friendly_name(), Some("Grün"));
}

#[test]
fn store_is_under_aes_and_a_legacy_one_under_3des() {
    let folder = Folder::new();
    let (key, certificate) = (vector("p256.key"), vector("p256.crt"));
    let files = ["--key", &key, "--certificate", &certificate];
    for (legacy, cipher) in [
        (&[][..], Cipher::Aes256Cbc),
        (&["--legacy"], Cipher::DesEde3Cbc),
    ] {
        let output = convert(&folder, &[&files, legacy].concat());
        assert!(output.status.success(), "{output:?}");
        let encryption = open(&folder).report().encryption();
        assert_eq!(encryption.as_ref().map(Encryption::cipher), Some(cipher));
        fs::remove_file(folder.path("out.p12")).unwrap();
    }
}

#[test]
fn store_is_converted_with_its_own_certificates_and_name() {
    let folder = Folder::new();
    let store = vector("openssl/stores/umlaut.p12");
    let passphrase = folder.file("umlaut", "grün".as_bytes());
    let (new, out) = (
        folder.file("new", b"battery staple"),
        folder.path("out.p12"),
    );
    let output = run(&[
        "convert",
        "--pkcs12",
        "--key",
        &store,
        "--passphrase-file",
        &passphrase,
        "--new-passphrase-file",
        &new,
        "--out",
        &out,
    ]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(open(&folder).report().friendly_name(), Some("Grün"));
}

#[test]
fn key_and_certificate_of_different_pairs_are_refused() {
    let folder = Folder::new();
    let (key, certificate) = (vector("key.pem"), vector("p256.crt"));
    let output = convert(&folder, &["--key", &key, "--certificate", &certificate]);
    assert_refused(&folder, &output, "does not belong to the certificate");
}

#[test]
fn key_without_certificate_is_told_the_option() {
    let folder = Folder::new();
    let output = convert(&folder, &["--key", &vector("key.pem")]);
    assert_refused(&folder, &output, "name its file by --certificate");
}

#[test]
fn alias_names_the_key_that_is_converted() {
    let folder = Folder::new();
    let store = vector(TWO_KEYS);
    let unnamed = convert(&folder, &["--key", &store]);
    assert_refused(&folder, &unnamed, "name the key by --alias");
    assert!(stderr(&unnamed).contains("holds 2 keys"), "{unnamed:?}");
    let unknown = convert(&folder, &["--key", &store, "--alias", "CURRENT"]);
    assert_refused(&folder, &unknown, "no key of that friendly name");
    for (alias, common_name) in [
        ("current", "client.example.com"),
        ("next", "p256.example.com"),
    ] {
        let output = convert(&folder, &["--key", &store, "--alias", alias]);
        assert!(output.status.success(), "{output:?}");
        let loaded = open(&folder);
        assert_eq!(loaded.identity().leaf().common_name(), Some(common_name));
        assert_eq!(loaded.report().friendly_name(), Some(alias));
        fs::remove_file(folder.path("out.p12")).unwrap();
    }
}

#[test]
fn alias_names_the_key_of_a_key_file() {
    let folder = Folder::new();
    let (store, old) = (vector(TWO_KEYS), folder.file("old", b"correct horse"));
    let out = folder.path("out.key");
    let convert = |alias: &[&str]| {
        let files = ["convert", "--key", &store, "--passphrase-file", &old];
        run(&[&files, alias, &["--remove-passphrase", "--out", &out]].concat())
    };
    let output = convert(&[]);
    assert!(stderr(&output).contains("--alias"), "{output:?}");
    assert!(convert(&["--alias", "next"]).status.success());
    let key = Loader::new().open_key_file(out.as_ref()).unwrap();
    let expected = Loader::new().open_key_file(vector("p256.key").as_ref());
    assert_eq!(key.secret_pkcs8(), expected.unwrap().secret_pkcs8());
}

#[test]
fn alias_names_the_key_that_is_checked() {
    let folder = Folder::new();
    let (store, old) = (vector(TWO_KEYS), folder.file("old", b"correct horse"));
    let files = [
        "check",
        "--certificate",
        &store,
        "--key",
        &store,
        "--passphrase-file",
        &old,
    ];
    let output = run(&files);
    assert!(stderr(&output).contains("--alias"), "{output:?}");
    let output = run(&[&files[..], &["--alias", "current"]].concat());
    assert!(output.status.success(), "{output:?}");
    assert!(stdout(&output).contains("client.example.com"), "{output:?}");
    assert!(!stdout(&output).contains("p256.example.com"), "{output:?}");
}

#[test]
fn store_is_whole_or_not_there() {
    let folder = Folder::new();
    let (key, certificate) = (vector("p256.key"), vector("p256.crt"));
    let files = ["--key", &key, "--certificate", &certificate];
    let mine = folder.file("out.p12", b"mine");
    let output = convert(&folder, &files);
    assert!(stderr(&output).contains("exists already"), "{output:?}");
    assert_eq!(fs::read(&mine).unwrap(), b"mine");
    fs::remove_file(mine).unwrap();

    folder.file("new", b"\n");
    let empty = folder.path("new");
    let out = folder.path("out.p12");
    let new = ["--new-passphrase-file", &empty, "--out", &out];
    let output = run(&[&["convert", "--pkcs12"], &files[..], &new].concat());
    assert_refused(&folder, &output, "is empty");
    assert_eq!(folder.names(), ["new", "old"]);
}

#[test]
fn options_of_a_store_are_refused_without_it() {
    let folder = Folder::new();
    let (key, out) = (vector("key.pem"), folder.path("out"));
    let files = ["convert", "--key", &key, "--out", &out];
    for options in [
        &["--legacy", "--remove-passphrase"][..],
        &["--certificate", &key, "--remove-passphrase"],
        &["--friendly-name", "x", "--remove-passphrase"],
        &["--legacy", "--new-passphrase-env", "X"],
        &["--certificate", &key, "--new-passphrase-env", "X"],
        &["--friendly-name", "x", "--new-passphrase-env", "X"],
        // Tools differ in what a store without a passphrase is.
        &["--pkcs12", "--remove-passphrase"],
    ] {
        let output = run(&[&files, options].concat());
        assert_eq!(output.status.code(), Some(2), "{options:?}: {output:?}");
    }
    assert!(folder.names().is_empty());
}

#[test]
fn help_says_which_programs_need_a_legacy_store() {
    let help = stdout(&run(&["convert", "--help"]));
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for words in ["--legacy", "OpenSSL 3", "Java 8u301", "Windows 10 (1709)"] {
        assert!(help.contains(words), "{help}");
    }
}

#[test]
fn passphrase_that_java_does_not_take_is_a_warning() {
    let folder = Folder::new();
    let (key, certificate) = (vector("p256.key"), vector("p256.crt"));
    let out = folder.path("out.p12");
    for (passphrase, is_warned) in [("grün", true), ("gruen", false)] {
        let new = folder.file("new", passphrase.as_bytes());
        let output = run(&[
            "convert",
            "--pkcs12",
            "--key",
            &key,
            "--certificate",
            &certificate,
            "--new-passphrase-file",
            &new,
            "--out",
            &out,
        ]);
        assert!(output.status.success(), "{output:?}");
        assert_eq!(stderr(&output).contains("Java"), is_warned, "{output:?}");
        fs::remove_file(&out).unwrap();
    }
}

#[test]
fn certificate_from_standard_input_is_read_once() {
    let folder = Folder::new();
    let key = vector("p256.key");
    let output = convert(
        &folder,
        &["--key", &key, "--certificate", "-", "--certificate", "-"],
    );
    assert_refused(&folder, &output, "can be read once");
}
