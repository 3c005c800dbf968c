//! Host names for a certificate, as people type them.

#![no_main]

use csr::{Fqdn, Policy};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|name: &str| {
    let strict = Fqdn::parse(name, Policy::Trulioo);
    let lenient = Fqdn::parse(name, Policy::Rfc5280);
    assert!(lenient.is_ok() || strict.is_err());
    assert!(lenient.is_err() || name.is_ascii());
});
