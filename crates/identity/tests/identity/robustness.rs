//! No input makes the loader panic, hang or accept what it should not.

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
    fn mutated_files_load_or_fail_in_order(
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
        let loader = crate::support::loader().limits(limits);
        let passphrase = crate::support::passphrase();
        let (certificate, key) = (vector("cert.pem"), vector("key.pem"));
        let _ = loader.load(&mutated, &key, Some(&passphrase));
        let _ = loader.load(&certificate, &mutated, Some(&passphrase));
        let _ = loader.load(&mutated, &mutated, None);
    }
}
