//! A certification request made elsewhere: parsed, verified, judged and shown.

#![no_main]

use csr::{InspectedRequest, Policy};
use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate(data, size, max_size, seed)
});

fuzz_target!(|input: &[u8]| {
    if let Ok(request) = InspectedRequest::from_pem_or_der(input) {
        let _ = (request.verify(), request.to_string());
        let _ = (request.lint(Policy::Trulioo), request.lint(Policy::Rfc5280));
    }
});
