//! No input makes the loader panic, hang or accept what it should not.

use std::time::{Duration, Instant};

use identity::{Error, Loaded};
use proptest::prelude::*;

use crate::support::{load, load_encrypted, load_key, vector};

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

/// Reading that looks through the rest of the input for every block or value takes minutes here.
#[test]
fn a_mebibyte_of_the_worst_is_refused_in_one_pass() {
    let half = 1 << 19;
    let binary = [&[0x30, 0x81, 0x80][..], &[5; 0x80]].concat();
    let nulls_then_spaces = [
        &binary[..],
        &b"\x05\x00".repeat(half / 2 - 100),
        &vec![b' '; half],
    ];
    let mut inputs = vec![nulls_then_spaces.concat()];
    for unit in [
        "-",
        "-----BEGIN ",
        "-----BEGIN X-----",
        "-----BEGIN X-----\nAQID\n-----END X-----",
        "-----END X-----",
        r"\",
        r"\n",
        "-----BEGIN X-----\n:\n=\n",
    ] {
        inputs.push(unit.repeat((1 << 20) / unit.len()).into_bytes());
    }
    let start = Instant::now();
    for input in inputs {
        let error = load_key(&input).unwrap_err();
        assert!(!matches!(error, Error::TooLarge { .. }));
    }
    assert!(start.elapsed() < Duration::from_secs(10));
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
    fn mutated_files_load_as_the_same_key_or_fail_in_order(
        changes in changes(),
        cut in any::<(usize, usize)>(),
        name in prop::sample::select(vec![
            "cert.der", "cert.pem", "chain.pem", "encrypted.der", "guide.key", "key.der", "key.pem",
            "encrypted-des3-scrypt.pem", "refused/traditional.pem", "refused/store.p12",
            "refused/bundle-der.p7b", "refused/three-primes.pem", "request.pem",
        ]),
    ) {
        let mutated = mutate(vector(name), &changes, cut);
        let limits = identity::Limits::default().pbkdf2_iterations(4096).scrypt_memory(1 << 20);
        let loader = crate::support::loader().limits(limits).passphrase(crate::support::passphrase());
        let (certificate, key) = (vector("cert.pem"), vector("key.pem"));
        let secret = vector("key.der");
        let is_ours = |loaded: Result<Loaded, Error>| {
            loaded.map_or(true, |it| it.identity().secret_key().secret_pkcs8_der() == secret)
        };
        prop_assert!(is_ours(loader.load(&mutated, &key)));
        prop_assert!(is_ours(loader.load(&certificate, &mutated)));
        prop_assert!(is_ours(loader.load(&mutated, &mutated)));
    }
}
