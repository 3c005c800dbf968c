//! Keys that `csr` makes or opens: few copies of one are left.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::{env, fs};

use csr::{
    CertificationRequest, EncryptionParams, Passphrase, Protection, RequestFiles, RsaKey, Subject,
};
use zeroize::Zeroizing;

use crate::needle::Needle;
use crate::{needle, report};

/// A process with this in its environment does what it names, and measures.
const OPERATION: &str = "CSR_MEMORY_OPERATION";
const FOLDER: &str = "CSR_MEMORY_FOLDER";

/// Each of six numbers in two orders of bytes, and a line of the PEM.
const NEEDLES: usize = 13;

/// The copies of p and q together that `rsa` may leave on the heap by making or reading a key, and
/// how many if it does both: what it allocates later covers some of them.
const PRIMES: usize = 4;
const PRIMES_TWICE: usize = 6;

fn new_key() -> RsaKey {
    let mut randomness =
        |bytes: &mut [u8]| getrandom::fill(bytes).map_err(|_| csr::RandomnessUnavailable);
    RsaKey::generate_with(&mut randomness, NonZeroUsize::new(2).unwrap()).unwrap()
}

fn passphrase() -> Passphrase {
    Passphrase::new("correct horse").unwrap()
}

fn params() -> EncryptionParams {
    EncryptionParams::default().iterations(1000).unwrap()
}

fn request(key: &RsaKey) -> CertificationRequest {
    let subject = Subject::builder()
        .country("CA")
        .state("British Columbia")
        .locality("Vancouver")
        .organization("Acme Identity Inc.")
        .common_name("napi.acme.example")
        .build()
        .unwrap();
    CertificationRequest::builder(&subject).sign(key).unwrap()
}

/// Makes a key or opens one, and does one thing with it.
fn operate(operation: &str, folder: &str) -> RsaKey {
    let read = |name| Zeroizing::new(fs::read_to_string(format!("{folder}/{name}")).unwrap());
    let key = match operation {
        "open" => RsaKey::from_pkcs8_pem(&read("plain.key"), None).unwrap(),
        "open encrypted" => {
            RsaKey::from_pkcs8_pem(&read("encrypted.key"), Some(&passphrase())).unwrap()
        }
        _ => new_key(),
    };
    let passphrase = passphrase();
    match operation {
        "sign" => drop(request(&key)),
        "encrypt" => drop(key.to_encrypted_pkcs8_pem(&passphrase, &params()).unwrap()),
        "files" | "encrypted files" => {
            let protection = match operation {
                "files" => Protection::Plain,
                _ => Protection::Passphrase(&passphrase, params()),
            };
            let files = RequestFiles::new(folder, "new").unwrap();
            files.write(&key, protection, &request(&key)).unwrap();
        }
        _ => {}
    }
    key
}

fn measure(operation: &str) {
    let key = operate(operation, &env::var(FOLDER).unwrap());
    let mut needles = needle::of(&key.to_secret_pkcs8_der());
    let pem = key.to_secret_pkcs8_pem();
    // Of a line in which the primes stand.
    needles.push(Needle::new("PEM", pem.lines().nth(18).unwrap().as_bytes()));
    drop(pem);
    let kept = (operation == "keep").then_some(key);
    report(&needles);
    drop(kept);
}

/// Returns the copies of each part of a key that are left in a process that did one thing with it.
fn copies_left(operation: &str) -> BTreeMap<String, usize> {
    let folder = tempfile::tempdir().unwrap();
    let key = new_key();
    let file = |name| folder.path().join(name);
    fs::write(file("plain.key"), key.to_secret_pkcs8_pem().as_bytes()).unwrap();
    let encrypted = key.to_encrypted_pkcs8_pem(&passphrase(), &params());
    fs::write(file("encrypted.key"), encrypted.unwrap()).unwrap();
    let folder = folder.path().to_str().unwrap();
    let test = "made_keys::few_copies_of_a_key_outlive_it";
    crate::copies_left(test, [(OPERATION, operation), (FOLDER, folder)])
}

#[test]
fn few_copies_of_a_key_outlive_it() {
    if let Ok(operation) = env::var(OPERATION) {
        return measure(&operation);
    }
    // Of a key that is kept everything is found, or nothing below would mean anything.
    let kept = copies_left("keep");
    assert_eq!(kept.len(), NEEDLES, "{kept:?}");
    // qInv is kept in Montgomery form.
    let is_found = |(name, count): (&String, &usize)| name == "qInv in limbs" || *count > 0;
    assert!(kept.iter().all(is_found), "{kept:?}");
    for (operation, allowed) in [
        ("generate", PRIMES),
        ("sign", PRIMES),
        ("encrypt", PRIMES),
        ("files", PRIMES_TWICE),
        ("encrypted files", PRIMES_TWICE),
        ("open", PRIMES),
        ("open encrypted", PRIMES),
    ] {
        let left = copies_left(operation);
        assert_eq!(left.len(), NEEDLES);
        let (primes, others): (Vec<_>, Vec<_>) = left
            .iter()
            .partition(|(name, _)| matches!(name.as_str(), "p in limbs" | "q in limbs"));
        let primes: usize = primes.into_iter().map(|(_, count)| count).sum();
        assert!(primes <= allowed, "{operation}: {left:?}");
        assert!(
            others.iter().all(|(_, count)| **count == 0),
            "{operation}: {left:?}"
        );
    }
}
