//! Certificate and key as `identity` reads them: one input for both, or two parted by `====`.

#![no_main]

use identity::{Limits, Loader, Passphrase};
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
    let (certificate, key) = match input.windows(4).position(|bytes| bytes == b"====") {
        Some(at) => (&input[..at], &input[at + 4..]),
        None => (input, input),
    };
    for (certificate, key) in [(certificate, KEY), (CERTIFICATE, key), (certificate, key)] {
        let _ = loader
            .load(certificate, key)
            .map_err(|it| it.to_string());
    }
});

const CERTIFICATE: &[u8] = include_bytes!("../../crates/identity/tests/vectors/cert.pem");
const KEY: &[u8] = include_bytes!("../../crates/identity/tests/vectors/key.pem");
