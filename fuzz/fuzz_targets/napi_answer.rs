//! The body of a successful answer.

#![no_main]

use libfuzzer_sys::fuzz_target;
use napi::{Endpoint, SayHello, TestAuthentication};

fuzz_target!(|body: &[u8]| {
    let tested = TestAuthentication::new()
        .response(body)
        .map_err(|it| it.to_string());
    let said = SayHello::new("Joe")
        .unwrap()
        .response(body)
        .map_err(|it| it.to_string());
    assert_eq!(tested, said);
});
