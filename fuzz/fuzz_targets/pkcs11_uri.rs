//! The URI of a key in a token, as a command line or a configuration has it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use pkcs11::Pkcs11Uri;

fuzz_target!(|text: &str| {
    match text.parse::<Pkcs11Uri>() {
        Ok(uri) => assert_eq!(uri.to_string().parse(), Ok(uri)),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
