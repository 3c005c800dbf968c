//! PKCS#8 keys in PEM as `csr` reads them, with and without passphrase.

#![no_main]

use csr::{Passphrase, RsaKey};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate(data, size, max_size, seed)
});

fuzz_target!(|pem: &str| {
    let passphrase = Passphrase::new("correct horse").unwrap();
    for passphrase in [None, Some(&passphrase)] {
        let Ok(key) = RsaKey::from_pkcs8_pem(pem, passphrase) else {
            continue;
        };
        let again = RsaKey::from_pkcs8_pem(&key.to_secret_pkcs8_pem(), None).unwrap();
        assert_eq!(again.public_key_sha256(), key.public_key_sha256());
    }
});
