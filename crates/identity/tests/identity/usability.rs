//! Conditions on a certificate, and the fields of the leaf.

mod validity;

use identity::{Error, Finding, PassphraseSource};
use rcgen::{DnType, ExtendedKeyUsagePurpose, KeyUsagePurpose};

use crate::support::{TestCa, client, load, load_encrypted, load_key, loader, now, vector};

#[test]
fn server_only_certificate_is_refused_and_one_for_both_accepted() {
    let ca = TestCa::root("root");
    let mut params = client();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let load =
        |params: &rcgen::CertificateParams| load(ca.issue(params).as_bytes(), &vector("key.pem"));
    assert!(matches!(load(&params), Err(Error::NotForClientAuth)));
    params
        .extended_key_usages
        .push(ExtendedKeyUsagePurpose::ClientAuth);
    load(&params).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::Any];
    assert!(matches!(load(&params), Err(Error::NotForClientAuth)));
    params.extended_key_usages.clear();
    load(&params).unwrap();
}

#[test]
fn server_takes_what_a_client_refuses_and_the_reverse() {
    use ExtendedKeyUsagePurpose::{ClientAuth, ServerAuth};
    let ca = TestCa::root("root");
    let load = |purposes: &[ExtendedKeyUsagePurpose]| {
        let mut params = client();
        params.extended_key_usages = purposes.to_vec();
        let certificate = ca.issue(&params);
        let loader = loader().for_server();
        loader.load(certificate.as_bytes(), &vector("key.pem"))
    };
    for purposes in [&[ServerAuth][..], &[ClientAuth, ServerAuth], &[]] {
        load(purposes).unwrap();
    }
    let refused = load(&[ClientAuth]).unwrap_err();
    assert!(matches!(refused, Error::NotForServerAuth), "{refused:?}");
}

/// Returns the findings for a certificate with these key usages, none standing for no extension.
fn findings_for_key_usages(usages: &[KeyUsagePurpose]) -> Vec<Finding> {
    let mut params = client();
    params.key_usages = usages.to_vec();
    let certificate = TestCa::root("root").issue(&params);
    let loaded = load(certificate.as_bytes(), &vector("key.pem")).unwrap();
    loaded.report().findings().to_vec()
}

#[test]
fn key_usage_without_digital_signature_is_reported() {
    use KeyUsagePurpose::{DigitalSignature, KeyAgreement, KeyEncipherment};
    for lacking in [&[KeyEncipherment][..], &[KeyAgreement, KeyEncipherment]] {
        assert_eq!(
            findings_for_key_usages(lacking),
            [Finding::KeyUsageLacksDigitalSignature]
        );
    }
    for fine in [
        &[DigitalSignature][..],
        &[KeyEncipherment, DigitalSignature],
        &[],
    ] {
        assert_eq!(findings_for_key_usages(fine), []);
    }
}

#[test]
fn signing_one_of_two_certificates_is_leaf() {
    let ca = TestCa::root("root");
    let mut signing = client();
    signing.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    let mut longer_lived = client();
    longer_lived.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    signing.not_after = rcgen::date_time_ymd(2040, 1, 1);
    let chain = [longer_lived, signing].map(|params| ca.issue(&params));
    let loaded = load(chain.concat().as_bytes(), &vector("key.pem")).unwrap();
    assert_eq!(
        loaded.report().findings(),
        [Finding::UnrelatedCertificate { position: 1 }]
    );
}

#[test]
fn a_certificate_of_version_1_is_refused() {
    let error = load(&vector("refused/version-1.pem"), &vector("key.pem")).unwrap_err();
    assert!(matches!(error, Error::CertificateVersion { version: 1 }));
}

#[test]
fn a_key_of_1024_bits_is_refused() {
    let error = load_key(&vector("refused/small.pem")).unwrap_err();
    assert!(matches!(error, Error::KeyTooSmall { bits: 1024 }));
}

#[test]
fn no_flipped_bit_of_a_plain_key_goes_unnoticed() {
    let (key, certificate) = (vector("key.der"), vector("cert.pem"));
    let loaded = load(&certificate, &key).unwrap();
    for index in 0..key.len() {
        let mut changed = key.clone();
        changed[index] ^= 1 << (index % 8);
        // What is left: the parameters of the algorithm, which are written anew.
        if let Ok(other) = load(&certificate, &changed) {
            assert_eq!(
                other.identity().secret_key(),
                loaded.identity().secret_key()
            );
        }
    }
}

#[test]
fn a_passphrase_for_a_plain_key_is_reported() {
    let passphrase = identity::Passphrase::new("not needed");
    let loaded = loader()
        .passphrase(passphrase)
        .load(&vector("cert.pem"), &vector("key.pem"))
        .unwrap();
    assert_eq!(loaded.report().findings(), [Finding::PassphraseUnused]);
}

#[test]
fn used_or_absent_passphrase_is_not_reported() {
    let encrypted = vector("encrypted-aes-256-cbc-SHA256.pem");
    let loaded = load_encrypted(&vector("cert.pem"), &encrypted).unwrap();
    assert_eq!(loaded.report().findings(), []);
    for source in [
        PassphraseSource::env("NO_SUCH_VARIABLE_AS_THIS"),
        PassphraseSource::file("no/such/file"),
        PassphraseSource::prompt(|| panic!("there is nothing to ask for")),
    ] {
        let loader = loader().passphrase(source);
        let loaded = loader.load(&vector("cert.pem"), &vector("key.pem"));
        assert_eq!(loaded.unwrap().report().findings(), []);
    }
}

#[test]
fn what_steers_a_terminal_is_escaped_in_a_subject() {
    let mut params = client();
    params.distinguished_name = rcgen::DistinguishedName::new();
    let name = "a\u{1b}[2J\u{9b}2J\u{202e}b\u{e9}";
    params.distinguished_name.push(DnType::CommonName, name);
    let certificate = TestCa::root("root").issue(&params);
    let loaded = load(certificate.as_bytes(), &vector("key.pem")).unwrap();
    let leaf = loaded.identity().leaf();
    assert_eq!(leaf.subject(), "CN=a\\1b[2J\\c2\\9b2J\\e2\\80\\aeb\u{e9}");
    assert_eq!(leaf.common_name(), Some(name));
}

#[test]
fn the_leaf_tells_what_openssl_x509_tells() {
    let loaded = load(&vector("cert.pem"), &vector("key.pem")).unwrap();
    let leaf = loaded.identity().leaf();
    assert_eq!(
        leaf.subject(),
        "C=CA, ST=Ontario, L=Toronto, O=Example Corporation, CN=client.example.com"
    );
    assert_eq!(leaf.common_name(), Some("client.example.com"));
    assert_eq!(
        leaf.issuer(),
        "C=CA, O=Example Trust, CN=Example Issuing CA"
    );
    assert_eq!(leaf.serial(), "8BADF00D");
    assert!(leaf.not_before() < now() && now() < leaf.not_after());
}

#[test]
fn separators_are_escaped_in_subject_but_not_common_name() {
    let mut params = client();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Acme, Inc.");
    params.distinguished_name.push(DnType::CommonName, "a+b");
    let certificate = TestCa::root("root").issue(&params);
    let loaded = load(certificate.as_bytes(), &vector("key.pem")).unwrap();
    assert_eq!(
        loaded.identity().leaf().subject(),
        r"O=Acme\, Inc., CN=a\+b"
    );
    assert_eq!(loaded.identity().leaf().common_name(), Some("a+b"));
}

#[test]
fn certificates_of_one_key_share_the_public_key_digest_only() {
    let ca = TestCa::root("root");
    let load = |pem: String| {
        load(pem.as_bytes(), &vector("key.pem"))
            .unwrap()
            .into_parts()
            .0
    };
    let (one, two) = (load(ca.issue(&client())), load(ca.issue(&client())));
    assert_eq!(
        one.leaf().public_key_sha256(),
        two.leaf().public_key_sha256()
    );
    assert_ne!(one.leaf().sha256(), two.leaf().sha256());
}
