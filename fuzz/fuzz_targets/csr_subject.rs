//! The five fields of a subject, one to a line, as people type them.

#![no_main]

use csr::{Policy, Subject};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|fields: &str| {
    let mut fields = fields.splitn(5, '\n').chain(std::iter::repeat(""));
    let builder = Subject::builder()
        .country(fields.next().unwrap())
        .state(fields.next().unwrap())
        .locality(fields.next().unwrap())
        .organization(fields.next().unwrap())
        .common_name(fields.next().unwrap());
    let strict = builder.clone().build();
    let lenient = builder.policy(Policy::Rfc5280).build();
    assert!(lenient.is_ok() || strict.is_err());
    let _ = (
        strict.map_err(|error| error.to_string()),
        lenient.map(|it| it.warnings()),
    );
});
