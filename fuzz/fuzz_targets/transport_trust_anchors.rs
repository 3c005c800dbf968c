//! The authorities that are trusted with a server, from a file.

#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use transport::{MtlsConnector, TrustAnchors};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate(data, size, max_size, seed)
});

fuzz_target!(|pem: &[u8]| {
    if let Ok(anchors) = TrustAnchors::from_pem(pem) {
        let _ = MtlsConnector::builder(anchors).build_with_connector(());
    }
});
