//! The subject of a certificate that is to be renewed.

#![no_main]

use csr::{Policy, Subject};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate(data, size, max_size, seed)
});

fuzz_target!(|certificate: &[u8]| {
    let strict = Subject::from_certificate(certificate, Policy::Trulioo);
    let lenient = Subject::from_certificate(certificate, Policy::Rfc5280);
    assert!(lenient.is_ok() || strict.is_err());
});
