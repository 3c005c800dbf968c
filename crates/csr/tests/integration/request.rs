//! The request has the bytes of `openssl req`, and a foreign parser agrees.

use csr::{CertificationRequest, Error, Fqdn, FqdnProblem, Policy, Subject};
use x509_parser::prelude::{FromDer, X509CertificationRequest};

use crate::openssl;
use crate::{KEY, KEY_PEM, acme};

/// A stored request: file, subject (C, ST, L, O, CN) and names.
struct Case {
    file: &'static str,
    stored: &'static [u8],
    subject: [String; 5],
    dns_names: &'static [&'static str],
}

impl Case {
    fn new(
        file: &'static str,
        stored: &'static [u8],
        subject: [&str; 5],
        dns_names: &'static [&'static str],
    ) -> Self {
        Self {
            file,
            stored,
            subject: subject.map(str::to_owned),
            dns_names,
        }
    }

    fn request(&self) -> CertificationRequest {
        let [country, state, locality, organization, common_name] = self.subject.clone();
        let subject = Subject::builder()
            .country(country)
            .state(state)
            .locality(locality)
            .organization(organization)
            .common_name(common_name)
            .build()
            .unwrap();
        let builder = CertificationRequest::builder(&subject);
        let builder = self.dns_names.iter().fold(builder, |builder, name| {
            builder.dns_name(name.parse().unwrap())
        });
        builder.sign(&KEY).unwrap()
    }

    /// The `-subj` argument: a plus sign would begin another attribute of the same RDN.
    fn openssl_subject(&self) -> String {
        ["C", "ST", "L", "O", "CN"]
            .iter()
            .zip(&self.subject)
            .map(|(name, value)| format!("/{name}={}", value.replace('+', "\\+")))
            .collect()
    }
}

macro_rules! case {
    ($file:literal, $subject:expr, $dns_names:expr) => {
        Case::new(
            $file,
            include_bytes!(concat!("../vectors/requests/", $file, ".der")),
            $subject,
            $dns_names,
        )
    };
}

fn cases() -> Vec<Case> {
    let cn = "napi.acme.example";
    let acme = [
        "CA",
        "British Columbia",
        "Vancouver",
        "Acme Identity Inc.",
        cn,
    ];
    let (state, locality, organization, common_name) = (
        "é".repeat(128),
        "x".repeat(128),
        "ü".repeat(64),
        format!("{}.com", "a".repeat(60)),
    );
    vec![
        case!("acme", acme, &[]),
        case!("one-name", acme, &["napi.acme.example"]),
        case!(
            "two-names",
            acme,
            &["napi.acme.example", "backup.acme.example"]
        ),
        case!(
            "accents",
            [
                "FR",
                "Île-de-France",
                "Paris",
                "Société Générale d'Identité",
                "napi.societe.example"
            ],
            &[]
        ),
        case!(
            "beyond-latin",
            ["JP", "東京都", "千代田区", "株式会社アクメ 🚀", cn],
            &[]
        ),
        case!(
            "punctuation",
            [
                "IE",
                "County Dublin",
                "Baile Átha Cliath",
                "O'Neill + Sons: A=B; \"C\".",
                cn
            ],
            &[]
        ),
        case!(
            "longest",
            ["DE", &state, &locality, &organization, &common_name],
            &[]
        ),
    ]
}

#[test]
fn requests_equal_the_stored_ones_of_openssl_byte_for_byte() {
    for case in cases() {
        assert_eq!(case.request().to_der(), case.stored, "{}", case.file);
    }
}

/// Where there is no OpenSSL 3 the stored requests above prove the same.
#[test]
fn requests_equal_those_of_the_installed_openssl_byte_for_byte() {
    let (key, config) = (openssl::vector("key.pem"), openssl::vector("openssl.cnf"));
    for case in cases() {
        let subject = case.openssl_subject();
        let names: Vec<_> = case
            .dns_names
            .iter()
            .map(|name| format!("DNS:{name}"))
            .collect();
        let names = format!("subjectAltName={}", names.join(","));
        let mut args = vec!["req", "-new", "-utf8", "-key", key.to_str().unwrap()];
        args.extend([
            "-config",
            config.to_str().unwrap(),
            "-subj",
            &subject,
            "-outform",
            "DER",
        ]);
        if !case.dns_names.is_empty() {
            args.extend(["-addext", &names]);
        }
        let Some(theirs) = openssl::run(&args) else {
            return;
        };
        assert_eq!(case.request().to_der(), theirs, "{}", case.file);
    }
}

#[test]
fn pem_is_the_der_in_64_columns() {
    let request = CertificationRequest::builder(&acme().build().unwrap())
        .sign(&KEY)
        .unwrap();
    let text = request.to_pem();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.first(), Some(&"-----BEGIN CERTIFICATE REQUEST-----"));
    assert_eq!(lines.last(), Some(&"-----END CERTIFICATE REQUEST-----"));
    assert!(
        lines[1..lines.len() - 2]
            .iter()
            .all(|line| line.len() == 64)
    );
    assert!(text.ends_with('\n') && !text.contains('\r'));
    let (_, pem) = x509_parser::pem::parse_x509_pem(text.as_bytes()).unwrap();
    assert_eq!(pem.contents, request.to_der());
}

#[test]
fn the_attributes_are_there_although_they_are_empty() {
    let request = CertificationRequest::builder(&acme().build().unwrap())
        .sign(&KEY)
        .unwrap();
    // [0] of length 0, then sha256WithRSAEncryption with NULL.
    let tail = b"\xa0\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00";
    assert!(
        request
            .to_der()
            .windows(tail.len())
            .any(|window| window == tail)
    );
}

#[test]
fn an_altered_request_does_not_verify() {
    let request = CertificationRequest::builder(&acme().build().unwrap())
        .sign(&KEY)
        .unwrap();
    let (_, parsed) = X509CertificationRequest::from_der(request.to_der()).unwrap();
    assert!(parsed.verify_signature().is_ok());

    let mut altered = request.to_der().to_vec();
    let at = altered
        .windows(9)
        .position(|window| window == b"Vancouver")
        .unwrap();
    altered[at] = b'W';
    let (_, parsed) = X509CertificationRequest::from_der(&altered).unwrap();
    assert!(parsed.verify_signature().is_err());
}

#[test]
fn a_wildcard_gets_into_a_request_only_under_the_other_policy() {
    let wildcard = || Fqdn::parse("*.acme.example", Policy::Rfc5280).unwrap();
    let subject = acme().build().unwrap();
    let refused = CertificationRequest::builder(&subject)
        .dns_name(wildcard())
        .sign(&KEY);
    assert!(matches!(
        refused,
        Err(Error::DnsName(FqdnProblem::Wildcard))
    ));

    let subject = acme().policy(Policy::Rfc5280).build().unwrap();
    let accepted = CertificationRequest::builder(&subject)
        .dns_name(wildcard())
        .sign(&KEY);
    assert!(accepted.is_ok());
}

#[test]
fn the_public_key_is_the_one_of_the_key() {
    let request = CertificationRequest::builder(&acme().build().unwrap())
        .sign(&KEY)
        .unwrap();
    assert_eq!(request.public_key_sha256(), KEY.public_key_sha256());
    assert!(KEY_PEM.starts_with("-----BEGIN PRIVATE KEY-----"));
}
