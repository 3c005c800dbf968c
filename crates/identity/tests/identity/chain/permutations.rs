//! The order of the input decides nothing but positions.

use std::collections::BTreeMap;

use identity::{Finding, Loaded};
use rcgen::KeyPair;

use crate::support::{TestCa, client, loader};

/// A leaf with two issuers, their root, a stranger, and one of them a second time.
struct Certificates {
    key: String,
    /// Leaf, its issuer, the issuer's issuer.
    chain: [String; 3],
    root: String,
    stranger: String,
}

impl Certificates {
    /// Makes one with a key on an elliptic curve, which is read faster than one of RSA.
    fn new() -> Self {
        let root = TestCa::root("root");
        let upper = root.below("upper");
        let lower = upper.below("lower");
        let key = KeyPair::generate().unwrap();
        let leaf = client().signed_by(&key, &lower.issuer).unwrap().pem();
        Self {
            key: key.serialize_pem(),
            chain: [leaf, lower.pem, upper.pem],
            root: root.pem,
            stranger: TestCa::root("other").below("stranger").pem,
        }
    }

    /// Returns all six, with this one of the chain twice.
    fn with_copy_of(&self, copied: usize) -> [&str; 6] {
        let [leaf, lower, upper] = &self.chain;
        [
            leaf,
            lower,
            upper,
            &self.root,
            &self.stranger,
            &self.chain[copied],
        ]
    }

    fn load(&self, input: &[&str]) -> Loaded {
        let input = input.concat();
        loader()
            .load(input.as_bytes(), self.key.as_bytes())
            .unwrap()
    }

    /// Returns whether the first of each certificate of the chain stand in this order.
    fn is_in_order(&self, input: &[&str]) -> bool {
        let first = |pem: &String| input.iter().position(|it| it == pem);
        self.chain.iter().map(first).is_sorted()
    }
}

/// Calls `visit` with every order of the items from `fixed` on.
fn permute<T>(items: &mut [T], fixed: usize, visit: &mut impl FnMut(&[T])) {
    if fixed == items.len() {
        visit(items);
    }
    for index in fixed..items.len() {
        items.swap(fixed, index);
        permute(items, fixed + 1, visit);
        items.swap(fixed, index);
    }
}

/// Counts the findings of each kind.
fn kinds(loaded: &Loaded) -> BTreeMap<&str, usize> {
    let mut kinds = BTreeMap::new();
    for finding in loaded.report().findings() {
        *kinds.entry(finding.kind()).or_default() += 1;
    }
    kinds
}

#[test]
fn every_order_gives_the_same_chain_and_the_same_findings() {
    let certificates = Certificates::new();
    let chain: Vec<&str> = certificates.chain.iter().map(String::as_str).collect();
    let expected = certificates.load(&chain);
    assert_eq!(expected.report().findings(), []);
    let mut orders = 0;
    for copied in [0, 2] {
        permute(&mut certificates.with_copy_of(copied), 0, &mut |input| {
            let loaded = certificates.load(input);
            assert_eq!(
                loaded.identity().certificate_chain(),
                expected.identity().certificate_chain()
            );
            let mut expected = BTreeMap::from([
                ("duplicate_certificate", 1),
                ("root_dropped", 1),
                ("unrelated_certificate", 1),
            ]);
            if !certificates.is_in_order(input) {
                expected.insert("chain_reordered", 1);
            }
            assert_eq!(kinds(&loaded), expected);
            assert_positions_are_right(&certificates, input, &loaded);
            orders += 1;
        });
    }
    assert_eq!(orders, 2 * 720);
}

fn assert_positions_are_right(certificates: &Certificates, input: &[&str], loaded: &Loaded) {
    let at = |position: usize| input[position - 1];
    for finding in loaded.report().findings() {
        match finding {
            Finding::DuplicateCertificate { position } => {
                assert!(input[..position - 1].contains(&at(*position)));
            }
            Finding::RootDropped { position } => assert_eq!(at(*position), certificates.root),
            Finding::UnrelatedCertificate { position } => {
                assert_eq!(at(*position), certificates.stranger);
            }
            other => assert_eq!(*other, Finding::ChainReordered),
        }
    }
}

#[test]
fn indistinguishable_issuers_are_chosen_alike_in_every_order() {
    let root = TestCa::root("root");
    let issuer = root.below("issuer");
    let again = root.certify("issuer", &issuer);
    let cross = TestCa::root("other").certify("issuer", &issuer);
    let key = KeyPair::generate().unwrap();
    let leaf = client().signed_by(&key, &issuer.issuer).unwrap().pem();
    let load = |input: &[&str]| {
        let loaded = loader().load(input.concat().as_bytes(), key.serialize_pem().as_bytes());
        loaded.unwrap().into_parts().0
    };
    let mut input = [leaf.as_str(), &issuer.pem, &again, &cross];
    let expected = load(&input);
    permute(&mut input, 0, &mut |input| {
        assert_eq!(
            load(input).certificate_chain(),
            expected.certificate_chain()
        );
    });
}
