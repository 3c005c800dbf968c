//! Which of several certificates is the issuer, and what is said of the one that is sent.

use std::time::SystemTime;

use der::asn1::AnyRef;
use der::{Decode, Encode, TagNumber};
use identity::{Finding, Loaded};
use rcgen::{CertificateParams, KeyPair, date_time_ymd};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::findings;
use crate::support::{TestCa, ca_params, client, load, now, vector};

/// Returns a client certificate that names its issuer's key.
fn client_with_key_identifier() -> CertificateParams {
    let mut params = client();
    params.use_authority_key_identifier_extension = true;
    params
}

fn load_chain(certificates: &[&str]) -> Loaded {
    load(certificates.concat().as_bytes(), &vector("key.pem")).unwrap()
}

/// Returns the first second of a year.
fn start_of(year: i32) -> SystemTime {
    date_time_ymd(year, 1, 1).into()
}

#[test]
fn namesake_issuer_with_right_key_is_taken() {
    let root = TestCa::root("root");
    let (wrong, right) = (root.below("issuer"), root.below("issuer"));
    let params = client_with_key_identifier();
    let chain = [right.issue(&params), wrong.pem, right.pem].concat();
    let loaded = load(chain.as_bytes(), &vector("key.pem")).unwrap();
    assert_eq!(loaded.identity().certificate_chain().len(), 2);
    assert_eq!(
        findings(&loaded),
        [Finding::UnrelatedCertificate { position: 2 }]
    );
}

#[test]
fn valid_issuer_of_two_with_one_key_is_taken() {
    let ca = TestCa::root("issuer");
    let root = TestCa::root("root");
    let [expired, valid] = [2029, 2031].map(|year| {
        let mut params = ca_params("issuer");
        params.not_after = date_time_ymd(year, 1, 1);
        params.signed_by(ca.issuer.key(), &root.issuer)
    });
    let (expired, valid) = (expired.unwrap(), valid.unwrap());
    let chain = [ca.issue(&client()), expired.pem(), valid.pem()].concat();
    let loaded = load(chain.as_bytes(), &vector("key.pem")).unwrap();
    assert_eq!(loaded.identity().certificate_chain()[1], *valid.der());
    assert_eq!(
        findings(&loaded),
        [Finding::UnrelatedCertificate { position: 2 }]
    );
}

#[test]
fn authorities_that_certify_each_other_end_the_chain_once() {
    let (left, right) = (TestCa::root("left"), TestCa::root("right"));
    let left_by_right = right.certify("left", &left);
    let right_by_left = left.certify("right", &right);
    let leaf = left.issue(&client());
    let chain = [leaf, left_by_right, right_by_left].concat();
    let loaded = load(chain.as_bytes(), &vector("key.pem")).unwrap();
    assert_eq!(loaded.identity().certificate_chain().len(), 3);
}

#[test]
fn ca_that_certifies_its_issuer_ends_the_chain() {
    let cas: Vec<TestCa> = (0..9)
        .map(|number| TestCa::root(&format!("ca {number}")))
        .collect();
    let mut certificates = vec![cas[0].issue(&client())];
    for (number, issuer) in cas.iter().enumerate().map(|(n, _)| (n, &cas[(n + 1) % 9])) {
        certificates.push(issuer.certify(&format!("ca {number}"), &cas[number]));
    }
    let loaded = load(certificates.concat().as_bytes(), &vector("key.pem")).unwrap();
    assert_eq!(loaded.identity().certificate_chain().len(), 10);
    assert_eq!(findings(&loaded), []);
}

#[test]
fn namesake_with_other_key_is_not_the_issuer() {
    let root = TestCa::root("root");
    let (issuer, namesake) = (root.below("issuer"), root.below("issuer"));
    let leaf = issuer.issue(&client_with_key_identifier());
    let loaded = load_chain(&[&leaf, &namesake.pem]);
    assert_eq!(loaded.identity().certificate_chain().len(), 1);
    assert_eq!(
        findings(&loaded),
        [Finding::UnrelatedCertificate { position: 2 }]
    );
    let loaded = load_chain(&[&leaf, &issuer.pem]);
    assert_eq!(loaded.identity().certificate_chain().len(), 2);
}

#[test]
fn issuer_with_named_key_precedes_longer_lived_one() {
    let root = TestCa::root("root");
    let issuer = root.below("issuer");
    let leaf = issuer.issue(&client_with_key_identifier());
    let mut params = ca_params("issuer");
    params.not_after = date_time_ymd(2040, 1, 1);
    let named = params.signed_by(issuer.issuer.key(), &root.issuer);
    let named = named.unwrap().pem();
    let unnamed = version_1(&root.below("issuer").pem);
    for input in [[&leaf, &unnamed, &named], [&leaf, &named, &unnamed]] {
        let loaded = load_chain(&input.map(String::as_str));
        assert_eq!(
            loaded.report().certificate_chain()[1].not_after(),
            start_of(2040)
        );
    }
    // On its own the name must do.
    assert_eq!(findings(&load_chain(&[&leaf, &unnamed])), []);
}

#[test]
fn cross_certified_issuer_is_sent_once() {
    let (left, right) = (TestCa::root("left"), TestCa::root("right"));
    let issuer = left.below("issuer");
    let cross = right.certify("issuer", &issuer);
    let leaf = issuer.issue(&client());
    let one = load_chain(&[&leaf, &issuer.pem, &cross]);
    let other = load_chain(&[&leaf, &cross, &issuer.pem]);
    assert_eq!(one.identity().certificate_chain().len(), 2);
    assert_eq!(
        one.identity().certificate_chain(),
        other.identity().certificate_chain()
    );
    assert!(matches!(
        findings(&one),
        [Finding::UnrelatedCertificate { .. }]
    ));
}

#[test]
fn ca_certificate_for_its_next_key_is_sent() {
    let old = TestCa::root("ca");
    let new = TestCa::root("ca");
    let handover = old.certify("ca", &new);
    let leaf = new.issue(&client_with_key_identifier());
    let loaded = load_chain(&[&leaf, &handover, &old.pem]);
    assert_eq!(loaded.identity().certificate_chain().len(), 2);
    assert_eq!(findings(&loaded), [Finding::RootDropped { position: 3 }]);
}

#[test]
fn a_root_of_version_1_is_dropped_like_any_other() {
    let root = TestCa::root("root");
    let issuer = root.below("issuer");
    let leaf = issuer.issue(&client());
    let loaded = load_chain(&[&leaf, &issuer.pem, &version_1(&root.pem)]);
    assert_eq!(loaded.identity().certificate_chain().len(), 2);
    assert_eq!(findings(&loaded), [Finding::RootDropped { position: 3 }]);
}

/// Returns the certificate of an issuer with this validity, behind a leaf that is valid at the
/// clock.
fn findings_for_issuer(not_before: i32, not_after: i32) -> Vec<Finding> {
    let root = TestCa::root("root");
    let mut params = ca_params("issuer");
    params.not_before = date_time_ymd(not_before, 1, 1);
    params.not_after = date_time_ymd(not_after, 1, 1);
    let key = KeyPair::generate().unwrap();
    let pem = params.signed_by(&key, &root.issuer).unwrap().pem();
    let issuer = rcgen::Issuer::new(params, key);
    let leaf = client().signed_by(&*crate::support::CLIENT_KEY, &issuer);
    let loaded = load_chain(&[&leaf.unwrap().pem(), &pem]);
    assert_eq!(loaded.identity().certificate_chain().len(), 2);
    loaded.report().findings().to_vec()
}

#[test]
fn issuer_outside_validity_is_reported_and_sent() {
    let (not_before, not_after) = (start_of(2031), start_of(2029));
    assert_eq!(findings_for_issuer(2020, 2040), []);
    assert_eq!(
        findings_for_issuer(2020, 2029),
        [Finding::IssuerExpired {
            position: 2,
            not_after
        }]
    );
    assert_eq!(
        findings_for_issuer(2031, 2040),
        [Finding::IssuerNotYetValid {
            position: 2,
            not_before
        }]
    );
    // The clock stands at the first second of 2030, in which both are still valid.
    assert_eq!(now(), start_of(2030));
    assert_eq!(findings_for_issuer(2020, 2030), []);
    assert_eq!(findings_for_issuer(2030, 2040), []);
}

#[test]
fn expired_root_is_dropped_without_another_finding() {
    let mut params = ca_params("root");
    params.not_after = date_time_ymd(2029, 1, 1);
    let key = KeyPair::generate().unwrap();
    let root = params.self_signed(&key).unwrap().pem();
    let issuer = rcgen::Issuer::new(params, key);
    let leaf = client().signed_by(&*crate::support::CLIENT_KEY, &issuer);
    let loaded = load_chain(&[&leaf.unwrap().pem(), &root]);
    assert_eq!(findings(&loaded), [Finding::RootDropped { position: 2 }]);
}

/// Returns the certificate without what came with versions 2 and 3; its signature no longer fits.
fn version_1(pem: &str) -> String {
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    let certificate = Vec::<AnyRef<'_>>::from_der(&der).unwrap();
    let mut content: Vec<AnyRef<'_>> = certificate[0].decode_as().unwrap();
    content.retain(|part| {
        let tag = der::Tagged::tag(part);
        let is_field = |number| {
            let (constructed, number) = (true, TagNumber(number));
            tag == der::Tag::ContextSpecific {
                constructed,
                number,
            }
        };
        !is_field(0) && !is_field(3)
    });
    let content = content.to_der().unwrap();
    let parts = [
        AnyRef::from_der(&content).unwrap(),
        certificate[1],
        certificate[2],
    ];
    let der = parts.to_vec().to_der().unwrap();
    der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, &der).unwrap()
}
