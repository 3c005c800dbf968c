//! The head of an HTTP/1.1 response, whole and in pieces, as it is made ready for hyper.

#![no_main]

use libfuzzer_sys::fuzz_target;
use transport::handed_on;

fuzz_target!(|response: &[u8]| {
    let whole = handed_on(response, usize::MAX);
    // How a response comes in is chance, and must not decide whether it is read.
    let byte_by_byte = handed_on(response, 1);
    let in_pieces = handed_on(response, 7);
    assert_eq!(byte_by_byte, in_pieces);
    assert_eq!(whole.is_some(), in_pieces.is_some());
    // What is handed on can be read again.
    if let Some(tidied) = in_pieces {
        assert!(handed_on(&tidied, 1).is_some());
    }
});
