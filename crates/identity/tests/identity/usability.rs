//! What a certificate must say to be of use, and what the leaf tells.

use std::time::{Duration, SystemTime};

use identity::{Error, Finding, Loader};
use rcgen::{DnType, ExtendedKeyUsagePurpose};

use crate::support::{Authority, client, load, load_key, loader, now, vector};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn load_at(instant: SystemTime, certificate: &str) -> Result<identity::Loaded, Error> {
    Loader::new()
        .clock(instant)
        .load(certificate.as_bytes(), &vector("key.pem"))
}

/// A certificate that is valid in the year 2030.
fn of_2030() -> String {
    let mut params = client();
    params.not_before = rcgen::date_time_ymd(2030, 1, 1);
    params.not_after = rcgen::date_time_ymd(2031, 1, 1);
    Authority::root("root").issue(&params)
}

#[test]
fn validity_includes_its_first_and_last_second() {
    let certificate = of_2030();
    let (first, last) = (now(), now() + 365 * DAY);
    let second = Duration::from_secs(1);
    load_at(first, &certificate).unwrap();
    load_at(last, &certificate).unwrap();
    let error = load_at(first - second, &certificate).unwrap_err();
    assert!(matches!(error, Error::NotYetValid { not_before } if not_before == first));
    let error = load_at(last + second, &certificate).unwrap_err();
    assert!(matches!(error, Error::Expired { not_after } if not_after == last));
}

#[test]
fn an_expiry_within_thirty_days_is_reported_and_a_later_one_is_not() {
    let certificate = of_2030();
    let end = now() + 365 * DAY;
    let loaded = load_at(end - 29 * DAY, &certificate).unwrap();
    assert_eq!(
        loaded.report().findings(),
        [Finding::CertificateExpiresSoon {
            not_after: end,
            threshold: 30 * DAY
        }]
    );
    let loaded = load_at(end - 31 * DAY, &certificate).unwrap();
    assert_eq!(loaded.report().findings(), []);
}

#[test]
fn an_error_shows_dates_in_utc() {
    let error = load_at(now() + 400 * DAY, &of_2030()).unwrap_err();
    assert!(error.to_string().contains("2031-01-01T00:00:00Z"));
}

#[test]
fn a_certificate_for_servers_only_is_refused_and_one_for_both_is_not() {
    let authority = Authority::root("root");
    let mut params = client();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let load = |params: &rcgen::CertificateParams| {
        load(authority.issue(params).as_bytes(), &vector("key.pem"))
    };
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
fn separators_in_a_subject_are_escaped_and_in_the_common_name_are_not() {
    let mut params = client();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::OrganizationName, "Acme, Inc.");
    params.distinguished_name.push(DnType::CommonName, "a+b");
    let certificate = Authority::root("root").issue(&params);
    let loaded = load(certificate.as_bytes(), &vector("key.pem")).unwrap();
    assert_eq!(
        loaded.identity().leaf().subject(),
        r"O=Acme\, Inc., CN=a\+b"
    );
    assert_eq!(loaded.identity().leaf().common_name(), Some("a+b"));
}

#[test]
fn certificates_of_one_key_share_the_public_key_digest_only() {
    let authority = Authority::root("root");
    let load = |pem: String| {
        load(pem.as_bytes(), &vector("key.pem"))
            .unwrap()
            .into_parts()
            .0
    };
    let (one, two) = (
        load(authority.issue(&client())),
        load(authority.issue(&client())),
    );
    assert_eq!(
        one.leaf().public_key_sha256(),
        two.leaf().public_key_sha256()
    );
    assert_ne!(one.leaf().sha256(), two.leaf().sha256());
}
