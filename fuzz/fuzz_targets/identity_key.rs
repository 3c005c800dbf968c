//! A key as `identity` opens it: what opens is the same key again in the forms that are written.

#![no_main]

use std::num::NonZeroU32;

use identity::{Error, Limits, Loader, Passphrase};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate(data, size, max_size, seed)
});

fuzz_target!(|input: &[u8]| {
    let limits = Limits::default()
        .pbkdf2_iterations(64)
        .scrypt_memory(1 << 16)
        .scrypt_p(2);
    let loader = Loader::new()
        .limits(limits)
        .passphrase(Passphrase::new("correct horse"));
    let key = match loader.open_key(input) {
        Ok(key) => key,
        Err(error) => {
            let _ = format!("{error} {error:?}");
            return;
        }
    };
    let secret = key.secret_pkcs8().secret_pkcs8_der();
    let open = |file: &[u8]| loader.open_key(file).expect("what is written opens");
    let plain = open(secret);
    assert_eq!(plain.algorithm(), key.algorithm());
    assert!(plain.secret_pkcs8().secret_pkcs8_der() == secret);

    let mut randomness = |bytes: &mut [u8]| -> Result<(), Error> {
        bytes.fill(7);
        Ok(())
    };
    let passphrase = Passphrase::new("correct horse");
    let written = key
        .to_encrypted_pkcs8_pem_with(&mut randomness, &passphrase, NonZeroU32::MIN)
        .expect("a key that opens can be written");
    assert!(open(written.as_bytes()).secret_pkcs8().secret_pkcs8_der() == secret);
});
