//! Trust anchors for servers, and revocation lists, from a file, and when they expire.

#![no_main]

use std::time::SystemTime;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use transport::{MtlsConnector, TrustAnchors};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    fuzz::mutate(data, size, max_size, seed)
});

fuzz_target!(|pem: &[u8]| {
    if let Ok(lists) = TrustAnchors::empty().crl_pem(pem) {
        let _ = lists.expiring_at(SystemTime::UNIX_EPOCH);
    }
    if let Ok(anchors) = TrustAnchors::from_pem(pem) {
        let _ = anchors.expiring_at(SystemTime::UNIX_EPOCH);
        let _ = MtlsConnector::builder(anchors).build_with_connector(());
    }
});
