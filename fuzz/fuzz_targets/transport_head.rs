//! The head of an HTTP/1.1 response, whole and in pieces, as it is made ready for hyper.

#![no_main]

use libfuzzer_sys::fuzz_target;
use transport::passed_on;

fuzz_target!(|response: &[u8]| {
    let whole = passed_on(response, usize::MAX);
    // How a response comes in is chance, and must not decide whether it is read.
    let byte_by_byte = passed_on(response, 1);
    let in_pieces = passed_on(response, 7);
    assert_eq!(byte_by_byte, in_pieces);
    assert_eq!(whole.is_some(), in_pieces.is_some());
    // The output can be read again.
    if let Some(normal) = in_pieces {
        assert!(passed_on(&normal, 1).is_some());
    }
});
