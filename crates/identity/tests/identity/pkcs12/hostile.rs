//! Stores that no tool writes: refused before there is a prompt, within memory in proportion.

use allocation_counter::{AllocationInfo, measure};
use identity::{Error, Limits, Loader, Passphrase, PassphraseSource, PrivateKey, StoreProblem};

use crate::pkcs12::made::{
    certificate, certificate_bag, costly_bag, encrypted_safe, key_bag, nested_bag, pkcs8,
    plain_safe, store, with_costly_macs, without_mac,
};
use crate::round_trip::asn1::{content, integer, octets, unsigned};
use crate::support::{loader, vector};

/// The most bytes at a time for each byte of a file, and the most besides. A file is decoded as
/// text, recognised and written anew, its lengths noted meanwhile.
const MOST: [u64; 2] = [16, 1 << 16];

fn open_within_bound(loader: &Loader, store: &[u8]) -> Result<PrivateKey, Error> {
    let mut result = None;
    let AllocationInfo { bytes_max, .. } = measure(|| result = Some(loader.open_key(store)));
    let [factor, constant] = MOST;
    let most = factor * store.len() as u64 + constant;
    assert!(bytes_max <= most, "{bytes_max} bytes for {}", store.len());
    result.unwrap()
}

/// Returns the error about a store when asking for its passphrase fails the test.
fn refused_unasked(store: &[u8]) -> Error {
    let asked = PassphraseSource::prompt(|| panic!("the passphrase was asked for"));
    open_within_bound(&loader().passphrase(asked), store).unwrap_err()
}

/// Opens a store with its passphrase.
fn open(store: &[u8]) -> Result<PrivateKey, Error> {
    open_within_bound(&loader().passphrase(Passphrase::new("x")), store)
}

fn nested(depth: usize) -> Vec<u8> {
    (0..depth).fold(key_bag(&pkcs8("p256.key"), None), |bags, _| {
        nested_bag(&bags)
    })
}

#[test]
fn safes_nested_deeper_than_any_tool_are_refused() {
    open(&store(&plain_safe(&nested(3)), "x")).unwrap();
    for depth in [4, 5, 6] {
        let error = refused_unasked(&store(&plain_safe(&nested(depth)), "x"));
        assert!(
            matches!(error, Error::Store(StoreProblem::TooDeep)),
            "{depth}: {error:?}"
        );
    }
    // Behind the MAC and a cipher it shows only after they were opened.
    let error = open(&store(&encrypted_safe(&nested(4), "x"), "x")).unwrap_err();
    assert!(
        matches!(error, Error::Store(StoreProblem::TooDeep)),
        "{error:?}"
    );
    // Deeper than any structure that is read here, in a file of 64 KiB.
    let error = refused_unasked(&without_mac(&plain_safe(&nested(2000))));
    assert!(
        matches!(error, Error::Store(StoreProblem::Damaged)),
        "{error:?}"
    );
}

#[test]
fn more_parts_than_any_tool_writes_are_refused() {
    let key = key_bag(&pkcs8("p256.key"), None);
    let bags = |count| plain_safe(&key.repeat(count));
    open(&store(&bags(256), "x")).unwrap();
    let error = refused_unasked(&store(&bags(257), "x"));
    let problem = StoreProblem::TooManyParts { limit: 256 };
    assert!(
        matches!(&error, Error::Store(it) if *it == problem),
        "{error:?}"
    );
    let safes = |count| [bags(1).repeat(count)].concat();
    open(&store(&safes(64), "x")).unwrap();
    let error = refused_unasked(&store(&safes(65), "x"));
    let problem = StoreProblem::TooManyParts { limit: 64 };
    assert!(
        matches!(&error, Error::Store(it) if *it == problem),
        "{error:?}"
    );
}

#[test]
fn iterations_over_limit_are_refused_before_prompt() {
    let key = plain_safe(&key_bag(&pkcs8("p256.key"), None));
    for iterations in [
        integer(10_000_001),
        integer(u64::from(u32::MAX)),
        integer(u64::MAX),
        unsigned(&[&[1], &[0; 1000][..], &[1]].concat()),
    ] {
        let bag = without_mac(&plain_safe(&costly_bag(&iterations)));
        for store in with_costly_macs(&key, &iterations).iter().chain([&bag]) {
            let error = refused_unasked(store);
            assert!(matches!(error, Error::KdfTooExpensive { .. }), "{error:?}");
        }
    }
    // Each within the limit, and not all together.
    let many = costly_bag(&integer(1_000_001)).repeat(10);
    let error = refused_unasked(&without_mac(&plain_safe(&many)));
    assert!(
        matches!(
            error,
            Error::KdfTooExpensive {
                asked: 10_000_010,
                ..
            }
        ),
        "{error:?}"
    );
}

#[test]
fn lengths_without_end_are_refused() {
    let half = 1 << 19;
    let good = store(&plain_safe(&key_bag(&pkcs8("p256.key"), None)), "x");
    let open_ended = [&[0x30, 0x80], content(&good)].concat();
    open(&[&open_ended[..], &[0, 0]].concat()).unwrap();
    for hostile in [
        open_ended,
        // The head of a store, then values without end, in segments and in each other.
        [HEAD, &[0x24, 0x80], &octets(b"").repeat(half / 2 - 32)].concat(),
        [HEAD, &[0x30, 0x80].repeat(half)[..1 << 16]].concat(),
        [HEAD, &[0x24, 0x80].repeat(half - 32)].concat(),
        [HEAD, &[0x30, 0].repeat(half - 32)].concat(),
        // Promises of more than there is.
        [HEAD, &[0x24, 0x84, 0x7F, 0xFF, 0xFF, 0xFF]].concat(),
        [
            HEAD,
            &[0x04, 0x88, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
        ]
        .concat(),
    ] {
        refused_unasked(&hostile);
    }
}

#[test]
fn largest_parts_within_the_file_limit_are_read_in_proportion() {
    // As much as a file may have, in one certificate and in one attribute.
    let long = "n".repeat(200_000);
    let key = key_bag(&pkcs8("p256.key"), Some(&long));
    let padding = certificate_bag(&[&certificate("p256.crt")[..], &[0; 500_000]].concat());
    let store = store(&plain_safe(&[key, padding].concat()), "x");
    assert!(store.len() > 900_000, "{}", store.len());
    open(&store).unwrap();
    let few = loader().limits(Limits::default().file_bytes(store.len() as u64 - 1));
    let error = few.open_key(&store).unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error:?}");
    // The same where the store is a file of a tool and the limit one of the caller.
    let stored = vector("openssl/stores/store.p12");
    let few = loader().limits(Limits::default().file_bytes(64));
    let error = few.open_key(&stored).unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error:?}");
}

/// A `PFX` of version 3 with a `ContentInfo` of data, all without lengths, up to its content.
const HEAD: &[u8] = &[
    0x30, 0x80, 0x02, 0x01, 0x03, 0x30, 0x80, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01,
    0x07, 0x01, 0xA0, 0x80,
];
