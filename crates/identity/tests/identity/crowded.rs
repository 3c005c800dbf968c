//! A certificate whose names have thousands of attributes, as no CA writes it.

use std::time::{Duration, Instant};

use identity::{Finding, Format, Input, Loader, PublicFile};

use crate::round_trip::asn1::{components, element, identifier, sequence};
use crate::support::{load, vector};

/// All of this takes about a second. Where each attribute was compared with each, it took minutes.
const BOUND: Duration = Duration::from_secs(20);

/// Returns a name of one part, its attributes in the order that DER asks for.
fn name(attributes: usize, letter: char) -> Vec<u8> {
    let attribute = |number| {
        let text = element(0x0c, format!("{letter}{number:05}").as_bytes());
        sequence(&[&identifier("2.5.4.3"), &text])
    };
    let attributes: Vec<u8> = (0..attributes).flat_map(attribute).collect();
    sequence(&[&element(0x31, &attributes)])
}

/// Returns the root of the vectors under a name of its own, and the same issuer in other letters.
fn renamed_root(attributes: usize) -> Vec<u8> {
    let root = PublicFile::read(&vector("root.pem"), Format::Certificate, Input::File).unwrap();
    let (_, root) = root.parts().next().unwrap();
    let [tbs, algorithm, signature] = components(root).try_into().unwrap();
    let mut tbs = components(&tbs);
    tbs[3] = name(attributes, 'A');
    tbs[5] = name(attributes, 'a');
    sequence(&[&sequence(&[&tbs.concat()]), &algorithm, &signature])
}

#[test]
fn names_of_thousands_of_attributes_are_compared_in_time() {
    let start = Instant::now();
    // In DER 380 KB and 757 KB, and names that are still compared as text.
    for (attributes, bytes, dropped) in [
        (
            12_800,
            380_000,
            Finding::UnrelatedCertificate { position: 2 },
        ),
        (
            25_500,
            757_000,
            Finding::UnrelatedCertificate { position: 2 },
        ),
        (4_000, 100_000, Finding::RootDropped { position: 2 }),
    ] {
        let stranger = renamed_root(attributes);
        assert!(stranger.len() > bytes, "{}", stranger.len());
        let chain = [vector("cert.der"), stranger].concat();
        let loaded = load(&chain, &vector("key.pem")).unwrap();
        assert_eq!(loaded.report().findings(), [dropped]);
        assert_eq!(Loader::new().inspect(&chain).unwrap().len(), 2);
    }
    assert!(start.elapsed() < BOUND, "{:?}", start.elapsed());
}
