//! Keys as each tool writes them: each opens as the base key, and is called what its tool made.
//!
//! `vectors/README.md` says which tool made which folder; what must be refused is in `refusal`.

use std::fs;
use std::path::Path;

use identity::Format::{EncryptedPkcs8, Pkcs1, Pkcs8, Sec1, TraditionalEncrypted};
use identity::{Cipher, Encryption, Error, Finding, Format, KeyAlgorithm, KeyDerivation, Prf};

use crate::refusal;
use crate::support::{load_encrypted, loader, passphrase, vector, vector_path};

pub(crate) const TOOLS: [&str; 6] = [
    "certtool",
    "keytool",
    "node",
    "openssl",
    "python",
    "ssh-keygen",
];

/// The key that a file holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Base {
    Ed25519,
    P256,
    P384,
    Rsa,
}

use Base::{Ed25519, P256, P384, Rsa};

impl Base {
    const ALL: [Self; 4] = [Ed25519, P256, P384, Rsa];
    const CURVES: [Self; 2] = [P256, P384];
    /// Those that are older than PKCS#8, with the form that they had before.
    const TRADITIONAL: [(Self, Format); 3] = [(P256, Sec1), (P384, Sec1), (Rsa, Pkcs1)];

    const fn name(self) -> &'static str {
        match self {
            Ed25519 => "ed25519",
            P256 => "p256",
            P384 => "p384",
            Rsa => "rsa",
        }
    }

    const fn algorithm(self) -> KeyAlgorithm {
        match self {
            Ed25519 => KeyAlgorithm::Ed25519,
            P256 => KeyAlgorithm::EcP256,
            P384 => KeyAlgorithm::EcP384,
            Rsa => KeyAlgorithm::Rsa { bits: 2048 },
        }
    }

    fn certificate(self) -> Vec<u8> {
        match self {
            Rsa => vector("cert.pem"),
            other => vector(&format!("{}.crt", other.name())),
        }
    }

    /// Returns the file that every tool started from.
    fn key(self) -> Vec<u8> {
        match self {
            Rsa => vector("key.pem"),
            other => vector(&format!("{}.key", other.name())),
        }
    }
}

/// A file that opens, and what there is to say about it.
struct Opening {
    file: String,
    key: Base,
    format: Format,
    encryption: Option<Encryption>,
}

/// Returns a file that is not encrypted; its name is that of its key and the rest.
fn plain(key: Base, rest: &str, format: Format) -> Opening {
    let file = format!("{}-{rest}", key.name());
    Opening {
        file,
        key,
        format,
        encryption: None,
    }
}

fn encrypted(key: Base, rest: &str, encryption: Encryption) -> Opening {
    let format = match encryption {
        Encryption::Traditional { .. } => TraditionalEncrypted,
        _ => EncryptedPkcs8,
    };
    Opening {
        encryption: Some(encryption),
        ..plain(key, rest, format)
    }
}

const fn pbes2(cipher: Cipher, prf: Prf, iterations: u64) -> Encryption {
    Encryption::Pbes2 {
        cipher,
        key_derivation: KeyDerivation::Pbkdf2 { prf, iterations },
    }
}

/// The ciphers, as they are called in names of files.
const CIPHERS: [(&str, Cipher); 4] = [
    ("aes-128-cbc", Cipher::Aes128Cbc),
    ("aes-192-cbc", Cipher::Aes192Cbc),
    ("aes-256-cbc", Cipher::Aes256Cbc),
    ("des-ede3-cbc", Cipher::DesEde3Cbc),
];

fn openssl() -> Vec<Opening> {
    let mut files = Vec::new();
    let default = pbes2(Cipher::Aes256Cbc, Prf::HmacSha256, 16);
    let pkcs12 = Encryption::Pkcs12Pbe { iterations: 16 };
    for key in Base::ALL {
        files.push(encrypted(key, "pbe-sha1-3des.pem", pkcs12));
        for end in ["pem", "der"] {
            files.push(plain(key, &format!("pkcs8.{end}"), Pkcs8));
            files.push(encrypted(key, &format!("encrypted.{end}"), default));
        }
    }
    files.push(encrypted(P256, "pbe-sha1-3des.der", pkcs12));
    for (name, cipher) in CIPHERS {
        for (key, _) in Base::TRADITIONAL {
            let rest = format!("traditional-{name}.pem");
            files.push(encrypted(key, &rest, Encryption::Traditional { cipher }));
        }
        let name = name.replace("des-ede3-cbc", "des3");
        for (hash, prf) in [
            ("SHA1", Prf::HmacSha1),
            ("SHA224", Prf::HmacSha224),
            ("SHA256", Prf::HmacSha256),
            ("SHA384", Prf::HmacSha384),
            ("SHA512", Prf::HmacSha512),
        ] {
            let rest = format!("pbes2-{name}-{hash}.pem");
            files.push(encrypted(P256, &rest, pbes2(cipher, prf, 16)));
        }
        let key_derivation = KeyDerivation::Scrypt { n: 16, r: 8, p: 1 };
        let scrypt = Encryption::Pbes2 {
            cipher,
            key_derivation,
        };
        files.push(encrypted(P256, &format!("pbes2-{name}-scrypt.pem"), scrypt));
    }
    for key in Base::CURVES {
        files.push(plain(key, "pkcs8-compressed.pem", Pkcs8));
        for rest in [
            "sec1-compressed.pem",
            "sec1-no-public.pem",
            "sec1-with-parameters.pem",
            "sec1.der",
            "sec1.pem",
        ] {
            files.push(plain(key, rest, Sec1));
        }
    }
    files.extend(["pkcs1.der", "pkcs1.pem"].map(|rest| plain(Rsa, rest, Pkcs1)));
    files
}

fn ssh_keygen() -> Vec<Opening> {
    let cipher = Cipher::Aes128Cbc;
    let mut files = Vec::new();
    for (key, format) in Base::TRADITIONAL {
        let name = if format == Pkcs1 { "pkcs1" } else { "sec1" };
        files.push(plain(key, &format!("{name}.pem"), format));
        files.push(plain(key, "pkcs8.pem", Pkcs8));
        let traditional = Encryption::Traditional { cipher };
        files.push(encrypted(key, "traditional.pem", traditional));
        let default = pbes2(cipher, Prf::HmacSha256, 2048);
        files.push(encrypted(key, "encrypted.pem", default));
    }
    files
}

/// Returns the files that `openssl pkcs12` extracts from stores of keytool.
fn keytool() -> Vec<Opening> {
    let mut files = Vec::new();
    for key in [P256, Rsa] {
        files.push(plain(key, "extracted-plain.pem", Pkcs8));
        let default = pbes2(Cipher::Aes256Cbc, Prf::HmacSha256, 2048);
        files.push(encrypted(key, "extracted.pem", default));
    }
    files
}

fn certtool() -> Vec<Opening> {
    let pbes2 = |cipher| pbes2(cipher, Prf::HmacSha256, 600_000);
    let pkcs12 = Encryption::Pkcs12Pbe {
        iterations: 600_000,
    };
    let mut files = vec![
        encrypted(Ed25519, "aes-256.der", pbes2(Cipher::Aes256Cbc)),
        encrypted(P256, "3des-pkcs12.pem", pkcs12),
        encrypted(P256, "3des.pem", pbes2(Cipher::DesEde3Cbc)),
        encrypted(P256, "aes-128.pem", pbes2(Cipher::Aes128Cbc)),
        encrypted(P256, "aes-192.pem", pbes2(Cipher::Aes192Cbc)),
        encrypted(P256, "aes-256.pem", pbes2(Cipher::Aes256Cbc)),
        encrypted(Rsa, "aes-256.der", pbes2(Cipher::Aes256Cbc)),
        plain(Rsa, "pkcs1-with-text.pem", Pkcs1),
        plain(Rsa, "pkcs1.der", Pkcs1),
    ];
    for key in Base::ALL {
        files.extend(["pkcs8.der", "pkcs8.pem"].map(|rest| plain(key, rest, Pkcs8)));
    }
    files
}

fn node() -> Vec<Opening> {
    let mut files = Vec::new();
    for key in Base::ALL {
        for end in ["pem", "der"] {
            files.push(plain(key, &format!("pkcs8.{end}"), Pkcs8));
            for (name, cipher) in CIPHERS {
                let encryption = pbes2(cipher, Prf::HmacSha256, 2048);
                files.push(encrypted(key, &format!("{name}.{end}"), encryption));
            }
        }
    }
    for (key, format) in Base::TRADITIONAL {
        let name = if format == Pkcs1 { "pkcs1" } else { "sec1" };
        files.extend(["pem", "der"].map(|end| plain(key, &format!("{name}.{end}"), format)));
        for (name, cipher) in CIPHERS {
            let rest = format!("traditional-{name}.pem");
            files.push(encrypted(key, &rest, Encryption::Traditional { cipher }));
        }
    }
    files
}

fn python() -> Vec<Opening> {
    let mut files = Vec::new();
    for key in Base::ALL {
        for end in ["pem", "der"] {
            files.push(plain(key, &format!("pkcs8.{end}"), Pkcs8));
            let default = pbes2(Cipher::Aes256Cbc, Prf::HmacSha256, 2048);
            files.push(encrypted(key, &format!("encrypted.{end}"), default));
        }
    }
    let cipher = Cipher::Aes256Cbc;
    for (key, format) in Base::TRADITIONAL {
        let ends = ["pem", "der"];
        files.extend(ends.map(|end| plain(key, &format!("traditional-plain.{end}"), format)));
        let traditional = Encryption::Traditional { cipher };
        files.push(encrypted(key, "traditional.pem", traditional));
    }
    files
}

/// Keys that `certtool` made itself, so that there is no base key to compare them with.
const GENERATED: [(&str, Base, Format); 2] = [
    ("certtool/generated-ed25519.pem", Ed25519, Pkcs8),
    ("certtool/generated-p256.pem", P256, Sec1),
];

#[test]
fn every_key_of_openssl_opens_as_itself() {
    assert_open("openssl", &openssl());
}

#[test]
fn every_key_of_ssh_keygen_in_pem_opens_as_itself() {
    assert_open("ssh-keygen", &ssh_keygen());
}

#[test]
fn keys_openssl_extracts_from_keytool_stores_open_as_themselves() {
    assert_open("keytool", &keytool());
}

#[test]
fn every_key_of_certtool_opens_as_itself() {
    assert_open("certtool", &certtool());
}

#[test]
fn every_key_of_node_opens_as_itself() {
    assert_open("node", &node());
}

#[test]
fn every_key_of_python_opens_as_itself() {
    assert_open("python", &python());
}

/// Asserts with the certificate of its key that the secret is that of the base key, and the report
/// is exact.
fn assert_open(tool: &str, files: &[Opening]) {
    for base in Base::ALL {
        let secret = loader().open_key(&base.key()).unwrap();
        let (secret, certificate) = (secret.secret_pkcs8(), base.certificate());
        for file in files.iter().filter(|file| file.key == base) {
            let name = format!("{tool}/{}", file.file);
            let loaded = load_encrypted(&certificate, &vector(&name)).expect(&name);
            let (identity, report) = loaded.into_parts();
            let opened = identity.secret_key().unwrap().secret_pkcs8_der();
            assert!(opened == secret.secret_pkcs8_der(), "{name}");
            assert_eq!(report.key_format(), Some(file.format), "{name}");
            assert_eq!(report.encryption(), file.encryption, "{name}");
            assert_eq!(report.key_algorithm(), base.algorithm(), "{name}");
            let unused = report.findings().contains(&Finding::PassphraseUnused);
            assert_eq!(unused, file.encryption.is_none(), "{name}");
        }
    }
}

#[test]
fn a_key_that_certtool_made_itself_opens() {
    for (name, base, format) in GENERATED {
        let file = vector(name);
        let key = loader().open_key(&file).expect(name);
        assert_eq!(key.algorithm(), base.algorithm());
        let parts = loader().inspect(&file).unwrap();
        assert_eq!(parts[0].format(), format);
    }
}

#[test]
fn only_encrypted_keys_ask_for_a_passphrase() {
    for (tool, files) in all() {
        for file in files {
            let name = format!("{tool}/{}", file.file);
            let opened = loader().open_key(&vector(&name));
            match file.encryption {
                Some(_) => assert!(matches!(opened, Err(Error::PassphraseRequired)), "{name}"),
                None => drop(opened.expect(&name)),
            }
        }
    }
}

#[test]
fn no_key_belongs_to_the_certificate_of_another_algorithm() {
    for key in Base::ALL {
        for other in Base::ALL.into_iter().filter(|other| *other != key) {
            let loader = loader().passphrase(passphrase());
            let error = loader.load(&other.certificate(), &key.key()).unwrap_err();
            assert!(matches!(error, Error::KeyMismatch { .. }));
        }
    }
}

#[test]
fn stored_tool_files_and_tables_list_the_same_files() {
    let mut expected: Vec<String> = all()
        .iter()
        .flat_map(|(tool, files)| {
            files
                .iter()
                .map(move |file| format!("{tool}/{}", file.file))
        })
        .collect();
    expected.extend(GENERATED.map(|(name, ..)| name.to_owned()));
    expected.extend(refusal::REFUSED.iter().map(|(name, _)| (*name).to_owned()));
    expected.sort();
    let mut stored = Vec::new();
    for tool in TOOLS {
        let files = files_in(&vector_path(tool)).into_iter();
        // The tests of `pkcs12` go through all of these.
        let files = files.filter(|file| !file.starts_with("stores/"));
        stored.extend(files.map(|file| format!("{tool}/{file}")));
    }
    assert_eq!(stored, expected);
}

fn all() -> [(&'static str, Vec<Opening>); 6] {
    let tables = [certtool, keytool, node, openssl, python, ssh_keygen];
    let mut tables = TOOLS.into_iter().zip(tables);
    std::array::from_fn(|_| tables.next().map(|(tool, table)| (tool, table())).unwrap())
}

/// Returns the files of a folder and of the folders in it, in order, with `/` between the names.
pub(crate) fn files_in(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("folder of vectors") {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            let inner = files_in(&path);
            files.extend(inner.into_iter().map(|inner| format!("{name}/{inner}")));
        } else {
            files.push(name);
        }
    }
    files.sort();
    files
}
