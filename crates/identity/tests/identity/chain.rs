//! The leaf is found, the chain put in order, the rest reported.

mod issuers;
mod permutations;

use identity::{Error, Finding, Limits};

use crate::support::{TestCa, client, load, loader, vector, vector_text};

fn findings(loaded: &identity::Loaded) -> &[Finding] {
    loaded.report().findings()
}

#[test]
fn ordered_chain_without_root_stays_and_has_no_findings() {
    let chain = vector_text("cert.pem") + &vector_text("intermediate.pem");
    let loaded = load(chain.as_bytes(), &vector("key.pem")).unwrap();
    assert_eq!(loaded.identity().certificate_chain().len(), 2);
    assert_eq!(
        loaded.identity().certificate_chain()[0].as_ref(),
        vector("cert.der")
    );
    assert_eq!(findings(&loaded), []);
}

#[test]
fn reversed_chain_is_ordered_and_its_root_dropped() {
    let reversed = [
        vector("root.pem"),
        vector("intermediate.pem"),
        vector("cert.pem"),
    ]
    .concat();
    let ordered = vector("chain.pem");
    let key = vector("key.pem");
    let (reversed, ordered) = (
        load(&reversed, &key).unwrap(),
        load(&ordered, &key).unwrap(),
    );
    assert_eq!(
        reversed.identity().certificate_chain(),
        ordered.identity().certificate_chain()
    );
    assert_eq!(
        findings(&reversed),
        [
            Finding::ChainReordered,
            Finding::RootDropped { position: 1 }
        ]
    );
    assert_eq!(findings(&ordered), [Finding::RootDropped { position: 3 }]);
}

#[test]
fn a_long_chain_is_ordered_whatever_its_order() {
    let root = TestCa::root("root");
    let upper = root.below("upper");
    let lower = upper.below("lower");
    let leaf = lower.issue(&client());
    let chain = [upper.pem.as_str(), &leaf, &lower.pem].concat();
    let loaded = load(chain.as_bytes(), &vector("key.pem")).unwrap();
    let expected = [leaf.as_str(), &lower.pem, &upper.pem].concat();
    let expected = load(expected.as_bytes(), &vector("key.pem")).unwrap();
    assert_eq!(
        loaded.identity().certificate_chain(),
        expected.identity().certificate_chain()
    );
    assert_eq!(loaded.identity().certificate_chain().len(), 3);
}

#[test]
fn duplicates_and_strangers_are_dropped_and_reported() {
    let stranger = TestCa::root("root").below("stranger").pem;
    let chain = [vector_text("cert.pem"), stranger, vector_text("cert.pem")].concat();
    let loaded = load(chain.as_bytes(), &vector("key.pem")).unwrap();
    assert_eq!(loaded.identity().certificate_chain().len(), 1);
    assert_eq!(
        findings(&loaded),
        [
            Finding::UnrelatedCertificate { position: 2 },
            Finding::DuplicateCertificate { position: 3 },
        ]
    );
}

#[test]
fn a_self_signed_leaf_is_kept() {
    let leaf = client()
        .self_signed(&*crate::support::CLIENT_KEY)
        .unwrap()
        .pem();
    let loaded = load(leaf.as_bytes(), &vector("key.pem")).unwrap();
    assert_eq!(loaded.identity().certificate_chain().len(), 1);
    assert_eq!(findings(&loaded), []);
}

#[test]
fn nothing_follows_self_signed_certificate_even_of_same_name() {
    let leaf = client()
        .self_signed(&*crate::support::CLIENT_KEY)
        .unwrap()
        .pem();
    let namesake = TestCa::root("root").below("client.example.com").pem;
    let loaded = load((leaf + &namesake).as_bytes(), &vector("key.pem")).unwrap();
    assert_eq!(loaded.identity().certificate_chain().len(), 1);
    assert_eq!(
        findings(&loaded),
        [Finding::UnrelatedCertificate { position: 2 }]
    );
}

#[test]
fn valid_one_of_two_certificates_is_leaf() {
    let ca = TestCa::root("root");
    let mut old = client();
    old.not_after = rcgen::date_time_ymd(2029, 1, 1);
    let mut new = client();
    new.not_after = rcgen::date_time_ymd(2031, 1, 1);
    let mut future = client();
    future.not_before = rcgen::date_time_ymd(2031, 1, 1);
    let chain = [old, new, future].map(|params| ca.issue(&params)).concat();
    let loaded = load(chain.as_bytes(), &vector("key.pem")).unwrap();
    let chain = loaded.identity().certificate_chain();
    assert_eq!(chain.len(), 1);
    assert_eq!(
        findings(&loaded),
        [
            Finding::UnrelatedCertificate { position: 1 },
            Finding::UnrelatedCertificate { position: 3 },
        ]
    );
}

#[test]
fn client_one_of_two_certificates_is_leaf() {
    let ca = TestCa::root("root");
    let mut server = client();
    server.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
    let mut client = client();
    client.not_after = rcgen::date_time_ymd(2031, 1, 1);
    let chain = [server, client].map(|params| ca.issue(&params)).concat();
    let loaded = load(chain.as_bytes(), &vector("key.pem")).unwrap();
    assert_eq!(
        findings(&loaded),
        [Finding::UnrelatedCertificate { position: 1 }]
    );
}

#[test]
fn issued_one_of_two_certificates_is_leaf() {
    let mut placeholder = client();
    placeholder.not_after = rcgen::date_time_ymd(2090, 1, 1);
    let placeholder = placeholder.self_signed(&*crate::support::CLIENT_KEY);
    let mut issued = client();
    issued.not_after = rcgen::date_time_ymd(2040, 1, 1);
    let issued = TestCa::root("root").issue(&issued);
    let chain = placeholder.unwrap().pem() + &issued;
    let loaded = load(chain.as_bytes(), &vector("key.pem")).unwrap();
    assert_eq!(loaded.identity().leaf().issuer(), "CN=root");
    assert_eq!(findings(&loaded), [Finding::RootDropped { position: 1 }]);
}

#[test]
fn leaf_behind_issuer_is_ordered_and_behind_stranger_not() {
    let (leaf, issuer) = (vector_text("cert.pem"), vector_text("intermediate.pem"));
    let loaded = load((issuer.clone() + &leaf).as_bytes(), &vector("key.pem")).unwrap();
    assert_eq!(findings(&loaded), [Finding::ChainReordered]);
    let stranger = TestCa::root("root").below("stranger").pem;
    let chain = stranger + &leaf + &issuer;
    let loaded = load(chain.as_bytes(), &vector("key.pem")).unwrap();
    assert_eq!(
        findings(&loaded),
        [Finding::UnrelatedCertificate { position: 1 }]
    );
}

#[test]
fn key_of_other_certificate_is_mismatch_with_both_fingerprints() {
    let loaded = load(&vector("cert.pem"), &vector("key.pem")).unwrap();
    let own = loaded.identity().leaf().public_key_sha256();
    let error = load(&vector("intermediate.pem"), &vector("key.pem")).unwrap_err();
    let Error::KeyMismatch { certificate, key } = error else {
        panic!("{error:?}")
    };
    assert_eq!(key, own);
    assert_ne!(certificate, own);
}

#[test]
fn certificates_over_the_limit_are_refused_unread() {
    let chain = vector("chain.pem");
    let load = |limit| {
        let limits = Limits::default().chain_length(limit);
        loader().limits(limits).load(&chain, &vector("key.pem"))
    };
    assert!(matches!(
        load(2),
        Err(Error::ChainTooLong { found: 3, limit: 2 })
    ));
    load(3).unwrap();
}
