//! No input makes the loader panic, hang or accept what it should not.

#![expect(
    clippy::panic,
    reason = "helpers of tests fail by panicking, as tests do"
)]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use identity::{Error, Limits, Loaded, Loader, PassphraseSource};
use proptest::prelude::*;

use crate::round_trip::asn1::{NULL, identifier, integer, sequence, unsigned};
use crate::round_trip::protection::{
    Cipher, File, encrypted_private_key_info, pbes2_scheme, pbkdf2_scheme, pkcs12_scheme,
    scrypt_scheme,
};
use crate::support::{load, load_encrypted, load_key, passphrase, vector, vector_path};

/// Every stored file, of whatever kind, with its name.
static VECTORS: LazyLock<Vec<(PathBuf, Vec<u8>)>> = LazyLock::new(|| {
    let mut files = Vec::new();
    collect(&vector_path(""), &mut files);
    files.sort();
    assert!(files.len() > 50, "the folder of vectors was not found");
    files
});

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            let content = fs::read(&path).unwrap();
            files.push((path, content));
        }
    }
}

/// Returns a loader that lets a file cost little.
fn frugal() -> Loader {
    let limits = Limits::default()
        .pbkdf2_iterations(4096)
        .scrypt_memory(1 << 20);
    let loader = crate::support::loader().limits(limits);
    loader.passphrase(passphrase())
}

/// Changes some bytes and cuts or doubles a part.
fn mutate(mut bytes: Vec<u8>, changes: &[(usize, u8)], cut: (usize, usize)) -> Vec<u8> {
    for (index, value) in changes {
        let index = index % bytes.len();
        bytes[index] = *value;
    }
    let (from, to) = (cut.0 % bytes.len(), cut.1 % bytes.len());
    if from < to {
        [&bytes[..from], &bytes[to..]].concat()
    } else {
        [&bytes[..], &bytes[to..from]].concat()
    }
}

fn changes() -> impl Strategy<Value = Vec<(usize, u8)>> {
    prop::collection::vec((any::<usize>(), any::<u8>()), 0..4)
}

// Reading that looks through the rest of the input for every block or value takes minutes here.
#[test]
fn a_mebibyte_of_the_worst_is_refused_in_one_pass() {
    let half = 1 << 19;
    let binary = [&[0x30, 0x81, 0x80][..], &[5; 0x80]].concat();
    let nulls_then_spaces = [
        &binary[..],
        &b"\x05\x00".repeat(half / 2 - 100),
        &vec![b' '; half],
    ];
    // A line feed and a tab are also tag and length of a value of nine bytes.
    let values_of_spaces = [
        &binary[..],
        &b"\n\t\t\t\t\t\t\t\t\t\t".repeat((1 << 20) / 11 - 100),
        b"x",
    ];
    let mut inputs = vec![nulls_then_spaces.concat(), values_of_spaces.concat()];
    for unit in [
        "-",
        "-----BEGIN ",
        "-----BEGIN X-----",
        "-----BEGIN X-----\nAQID\n-----END X-----",
        "-----END X-----",
        r"\",
        r"\n",
        "-----BEGIN X-----\n:\n=\n",
        "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: ",
        "-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: A,00\nAQID\n-----END X-----\n",
    ] {
        inputs.push(unit.repeat((1 << 20) / unit.len()).into_bytes());
    }
    inputs.extend(headers_of_a_mebibyte());
    let start = Instant::now();
    for input in inputs {
        let error = load_key(&input).unwrap_err();
        assert!(!matches!(error, Error::TooLarge { .. }));
    }
    assert!(start.elapsed() < Duration::from_secs(10));
}

/// Returns one encrypted block each, whose headers repeat something as often as there is room.
fn headers_of_a_mebibyte() -> Vec<Vec<u8>> {
    let frame = |before: &str, unit: &str, after: &str| {
        let start = format!("-----BEGIN X-----\nProc-Type: 4,ENCRYPTED\n{before}");
        let end = format!("{after}\n-----END X-----\n");
        let room = (1 << 20) - start.len() - end.len();
        [start, unit.repeat(room / unit.len()), end].concat()
    };
    let texts = [
        frame("", "Proc-Type: 4,ENCRYPTED\n", ""),
        frame("", "Proc-Type:", ""),
        frame("", "ENCRYPTED", ""),
        frame("", "DEK-Info:", ""),
        frame("", "DEK-Info: A,0\n", ""),
        frame("", "DEK-Info: AES-256-CBC,00 ", "AQID"),
        frame("DEK-Info: ", "A", ",00\n\nAQID"),
        frame("DEK-Info: ", " ", "A,00\n\nAQID"),
        frame("DEK-Info: AES-256-CBC,", "00", "\n\nAQID"),
        frame("DEK-Info: AES-256-CBC,", " ", "00\n\nAQID"),
        frame("DEK-Info: DES-EDE3-CBC,0011223344556677\n\n", ":\n", "AQID"),
        frame("DEK-Info: DES-EDE3-CBC,0011223344556677\n\n", "A", ""),
    ];
    texts.into_iter().map(String::into_bytes).collect()
}

/// Returns the verdict on an encrypted key when asking for its passphrase fails the test.
fn verdict_unasked(file: &[u8]) -> Error {
    let asked = PassphraseSource::prompt(|| panic!("the passphrase was asked for"));
    let loader = Loader::new().passphrase(asked);
    loader.open_key(file).unwrap_err()
}

/// Returns whether the passphrase would be asked for.
fn is_worth_a_passphrase(file: &[u8]) -> bool {
    let asked = PassphraseSource::prompt(|| Err(io::ErrorKind::Interrupted.into()));
    let result = Loader::new().passphrase(asked).open_key(file);
    matches!(result, Err(Error::PassphrasePrompt { .. }))
}

/// Returns a file under PBES2 with this key derivation.
fn under(key_derivation: &[u8]) -> Vec<u8> {
    let scheme = pbes2_scheme(key_derivation, Cipher::Aes256.oid(), &[0; 16]);
    encrypted_private_key_info(&scheme, &[0; 64])
}

fn pbkdf2(iterations: &[u8]) -> Vec<u8> {
    let prf = sequence(&[&identifier("1.2.840.113549.2.9"), NULL]);
    under(&pbkdf2_scheme(
        b"saltsalt",
        &unsigned(iterations),
        None,
        &prf,
    ))
}

fn scrypt(n: u64, r: u64, p: u64) -> Vec<u8> {
    let costs = [&integer(n)[..], &integer(r), &integer(p)];
    under(&scrypt_scheme(b"saltsalt", costs, None))
}

fn pkcs12(iterations: &[u8]) -> Vec<u8> {
    let scheme = pkcs12_scheme(b"saltsalt", &unsigned(iterations));
    encrypted_private_key_info(&scheme, &[0; 64])
}

#[test]
fn iterations_over_limit_are_refused_before_passphrase_prompt() {
    let most = 10_000_000_u64.to_be_bytes();
    assert!(is_worth_a_passphrase(&pbkdf2(&most)));
    assert!(is_worth_a_passphrase(&pkcs12(&most)));
    let beyond = [
        (10_000_001_u64).to_be_bytes().to_vec(),
        (1_u64 << 31).to_be_bytes().to_vec(),
        (1_u64 << 32).to_be_bytes().to_vec(),
        (1_u64 << 40).to_be_bytes().to_vec(),
        u64::MAX.to_be_bytes().to_vec(),
        // 2^64 and one, and a number of a thousand bytes that ends in a small one.
        [&[1], &[0; 7][..], &[1]].concat(),
        [&[1], &[0; 1000][..], &[1]].concat(),
    ];
    for iterations in beyond {
        for file in [pbkdf2(&iterations), pkcs12(&iterations)] {
            let error = verdict_unasked(&file);
            assert!(matches!(error, Error::KdfTooExpensive { .. }), "{error:?}");
        }
    }
    for file in [pbkdf2(&[0]), pkcs12(&[0])] {
        let error = verdict_unasked(&file);
        assert!(matches!(error, Error::Kdf { .. }), "{error:?}");
    }
}

#[test]
fn a_number_of_iterations_below_zero_is_damage() {
    let minus_one = [0x02, 0x01, 0xFF];
    let pbkdf2 = under(&pbkdf2_scheme(b"saltsalt", &minus_one, None, &[]));
    assert!(matches!(verdict_unasked(&pbkdf2), Error::Kdf { .. }));
    let pkcs12 = encrypted_private_key_info(&pkcs12_scheme(b"saltsalt", &minus_one), &[0; 64]);
    assert!(matches!(verdict_unasked(&pkcs12), Error::KeyDamaged));
}

#[test]
fn scrypt_over_limits_is_refused_before_passphrase_prompt() {
    assert!(is_worth_a_passphrase(&scrypt(1 << 14, 8, 1)));
    for (n, r, p) in [
        (1 << 30, 8, 1),
        (1 << 30, 1, 1),
        (1 << 63, 1, 1),
        (1 << 63, u64::MAX, u64::MAX),
        (16, 8, 17),
        (2, 1, 1 << 32),
        (2, 1 << 32, 1),
        // The product of r and p is 2^32 and 2^64, which is zero in as many bits.
        (2, 1 << 16, 1 << 16),
        (2, 1 << 32, 1 << 32),
        (2, 1 << 15, 1 << 15),
    ] {
        let error = verdict_unasked(&scrypt(n, r, p));
        assert!(matches!(error, Error::KdfTooExpensive { .. }), "{error:?}");
    }
    for (n, r, p) in [(0, 8, 1), (1, 8, 1), (3, 8, 1), (16, 0, 1), (16, 8, 0)] {
        let error = verdict_unasked(&scrypt(n, r, p));
        assert!(matches!(error, Error::Kdf { .. }), "{error:?}");
    }
}

#[test]
fn an_initialization_vector_of_another_length_is_damage() {
    let kdf = pbkdf2_scheme(b"saltsalt", &integer(1), None, &[]);
    let pbes2 = |cipher: Cipher, length| {
        let scheme = pbes2_scheme(&kdf, cipher.oid(), &vec![0; length]);
        encrypted_private_key_info(&scheme, &[0; 64])
    };
    let traditional = |name, length| {
        let headers = format!(
            "Proc-Type: 4,ENCRYPTED\nDEK-Info: {name},{}\n\n",
            "00".repeat(length)
        );
        let file = File {
            label: "RSA PRIVATE KEY",
            headers,
            der: vec![0xFF; 64],
        };
        file.pem(64).into_bytes()
    };
    for (cipher, name, right) in [
        (Cipher::TripleDes, "DES-EDE3-CBC", 8),
        (Cipher::Aes256, "AES-256-CBC", 16),
    ] {
        for length in (0..=24).filter(|length| *length != right) {
            let error = verdict_unasked(&pbes2(cipher, length));
            assert!(matches!(error, Error::KeyDamaged), "{length}");
        }
        for length in (1..=24).filter(|length| *length != right) {
            let error = verdict_unasked(&traditional(name, length));
            assert!(matches!(error, Error::KeyDamaged), "{length}");
        }
        let error = verdict_unasked(&traditional(name, 0));
        assert!(matches!(error, Error::UnsupportedFormat { .. }));
        assert!(is_worth_a_passphrase(&pbes2(cipher, right)));
        assert!(is_worth_a_passphrase(&traditional(name, right)));
    }
}

#[test]
fn a_salt_of_a_mebibyte_is_too_large() {
    let salt = vec![7; 1 << 20];
    for file in [
        under(&pbkdf2_scheme(&salt, &integer(1), None, &[])),
        under(&scrypt_scheme(
            &salt,
            [&integer(16), &integer(8), &integer(1)],
            None,
        )),
        encrypted_private_key_info(&pkcs12_scheme(&salt, &integer(1)), &[0; 64]),
    ] {
        assert!(matches!(verdict_unasked(&file), Error::TooLarge { .. }));
    }
}

// The cost of a long salt is reading it once, whatever the number of iterations.
#[test]
fn longest_salt_costs_no_more_than_short_one() {
    let salt = vec![7; (1 << 20) - 200];
    let start = Instant::now();
    for file in [
        under(&pbkdf2_scheme(&salt, &integer(1000), None, &[])),
        encrypted_private_key_info(&pkcs12_scheme(&salt, &integer(1000)), &[0; 64]),
    ] {
        let result = Loader::new().passphrase(passphrase()).open_key(&file);
        assert!(matches!(result, Err(Error::PassphraseOrDamaged)));
    }
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn stored_files_cut_near_their_ends_do_not_panic() {
    for (path, content) in VECTORS.iter() {
        let length = content.len();
        let ends = (0..48).chain(length.saturating_sub(48)..length);
        for cut in ends.filter(|cut| *cut <= length) {
            let _ = frugal().open_key(&content[..cut]);
            let _ = frugal().open_key(&content[cut..]);
        }
        assert!(length > 0, "{}", path.display());
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_load(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(load_key(&bytes).is_err());
        prop_assert!(load(&bytes, &vector("key.pem")).is_err());
    }

    #[test]
    fn arbitrary_text_between_markers_never_loads(body in "[ -~\n\r]{0,300}") {
        for label in ["PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "CERTIFICATE"] {
            let text = format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n");
            prop_assert!(load_encrypted(text.as_bytes(), text.as_bytes()).is_err());
        }
    }

    #[test]
    fn mutated_files_load_as_same_key_or_fail(
        changes in changes(),
        cut in any::<(usize, usize)>(),
        original in prop::sample::select(VECTORS.iter().collect::<Vec<_>>()),
    ) {
        let mutated = mutate(original.1.clone(), &changes, cut);
        let loader = frugal();
        let (certificate, key) = (vector("cert.pem"), vector("key.pem"));
        let own = loader.open_key(&original.1).ok();
        let known = [
            vector("key.der"),
            own.map_or(Vec::new(), |it| it.secret_pkcs8().secret_pkcs8_der().to_vec()),
        ];
        let is_ours = |loaded: Result<Loaded, Error>| {
            loaded.map_or(true, |it| {
                known.contains(&it.identity().secret_key().unwrap().secret_pkcs8_der().to_vec())
            })
        };
        prop_assert!(is_ours(loader.load(&mutated, &key)));
        prop_assert!(is_ours(loader.load(&certificate, &mutated)));
        prop_assert!(is_ours(loader.load(&mutated, &mutated)));
    }

    #[test]
    fn a_mutated_key_that_opens_is_whole(
        changes in changes(),
        original in prop::sample::select(VECTORS.iter().collect::<Vec<_>>()),
    ) {
        let mutated = mutate(original.1.clone(), &changes, (0, 0));
        if let Ok(key) = frugal().open_key(&mutated) {
            let secret = key.secret_pkcs8().secret_pkcs8_der();
            let again = Loader::new().open_key(secret).unwrap();
            prop_assert!(again.secret_pkcs8().secret_pkcs8_der() == secret);
        }
    }
}
