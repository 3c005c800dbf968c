//! The request has the bytes of `openssl req`, and a foreign parser agrees.

use csr::{
    AlternativeName, CertificationRequest, ExtendedKeyUsage, Field, FqdnProblem, KeyUsage, Policy,
    Problem, Subject, SubjectBuilder,
};
use proptest::prelude::*;
use x509_parser::prelude::{FromDer, X509CertificationRequest};

use crate::subject::text;
use crate::{KEY, KEY_PEM, acme, openssl};

/// A stored request: the file, what is asked for, and what `openssl req` was given for it.
struct Case {
    file: &'static str,
    stored: &'static [u8],
    subject: [String; 5],
    names: Vec<AlternativeName>,
    usages: Vec<KeyUsage>,
    purposes: Vec<ExtendedKeyUsage>,
}

impl Case {
    fn new(file: &'static str, stored: &'static [u8], subject: [&str; 5]) -> Self {
        Self {
            file,
            stored,
            subject: subject.map(str::to_owned),
            names: Vec::new(),
            usages: Vec::new(),
            purposes: Vec::new(),
        }
    }

    fn names(mut self, names: impl IntoIterator<Item = AlternativeName>) -> Self {
        self.names = names.into_iter().collect();
        self
    }

    fn usages(mut self, usages: &[KeyUsage], purposes: &[ExtendedKeyUsage]) -> Self {
        (self.usages, self.purposes) = (usages.to_vec(), purposes.to_vec());
        self
    }

    fn request(&self) -> CertificationRequest {
        let only_dns = |name: &AlternativeName| matches!(name, AlternativeName::Dns(_));
        let wildcard = self.names.contains(&dns("*.acme.example"));
        let policy = if self.names.iter().all(only_dns) && !wildcard {
            Policy::Trulioo
        } else {
            Policy::Rfc5280
        };
        let subject = builder(&self.subject).policy(policy);
        let names = self.names.iter().cloned();
        let subject = names.fold(subject, SubjectBuilder::alternative_name);
        let subject = subject.build().unwrap();
        let request = CertificationRequest::builder(&subject);
        let usages = self.usages.iter().copied();
        let request = usages.fold(request, |request, usage| request.key_usage(usage));
        let purposes = self.purposes.iter().copied();
        purposes
            .fold(request, |request, purpose| {
                request.extended_key_usage(purpose)
            })
            .sign(&KEY)
            .unwrap()
    }

    /// Returns the extensions in the words of `openssl req -addext`.
    fn openssl_extensions(&self) -> Vec<String> {
        let names = self.names.iter().map(|name| match name {
            AlternativeName::Dns(name) => format!("DNS:{name}"),
            AlternativeName::Email(address) => format!("email:{address}"),
            AlternativeName::Ip(address) => format!("IP:{address}"),
            AlternativeName::Uri(uri) => format!("URI:{uri}"),
            other => panic!("{other}"),
        });
        let usages = self.usages.iter().map(KeyUsage::to_string);
        let purposes = self.purposes.iter().map(ExtendedKeyUsage::to_string);
        [
            ("subjectAltName=", names.collect::<Vec<_>>()),
            ("keyUsage=critical,", usages.collect()),
            ("extendedKeyUsage=", purposes.collect()),
        ]
        .into_iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(name, values)| format!("{name}{}", values.join(",")))
        .collect()
    }

    /// Returns the request that the installed OpenSSL makes; `None` without one.
    fn openssl(&self) -> Option<Vec<u8>> {
        let (key, config) = (openssl::vector("key.pem"), openssl::vector("openssl.cnf"));
        let (key, config) = (key.to_str().unwrap(), config.to_str().unwrap());
        let subject = openssl_subject(&self.subject);
        let mut args = vec!["req", "-new", "-utf8", "-key", key, "-config", config];
        args.extend(["-subj", &subject, "-outform", "DER"]);
        let extensions = self.openssl_extensions();
        args.extend(extensions.iter().flat_map(|it| ["-addext", it]));
        openssl::run(&args)
    }
}

fn dns(name: &str) -> AlternativeName {
    AlternativeName::Dns(name.to_owned())
}

/// Starts a subject with C, ST, L, O and CN.
fn builder(fields: &[String; 5]) -> SubjectBuilder {
    let [country, state, locality, organization, common_name] = fields;
    Subject::builder()
        .country(country)
        .state(state)
        .locality(locality)
        .organization(organization)
        .common_name(common_name)
}

/// Returns the `-subj` argument: a plus sign would begin another attribute of the same RDN.
fn openssl_subject(fields: &[String; 5]) -> String {
    ["C", "ST", "L", "O", "CN"]
        .iter()
        .zip(fields)
        .map(|(name, value)| format!("/{name}={}", value.replace('+', "\\+")))
        .collect()
}

macro_rules! case {
    ($file:literal, $subject:expr) => {
        Case::new(
            $file,
            include_bytes!(concat!("../vectors/requests/", $file, ".der")),
            $subject,
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
        case!("acme", acme),
        case!("one-name", acme).names([dns(cn)]),
        case!("two-names", acme).names([dns(cn), dns("backup.acme.example")]),
        case!("every-name", acme).names([
            dns("*.acme.example"),
            AlternativeName::Email("ops@acme.example".to_owned()),
            AlternativeName::Ip([192, 0, 2, 1].into()),
            AlternativeName::Ip("2001:db8::1".parse().unwrap()),
            AlternativeName::Uri("https://acme.example/napi".to_owned()),
        ]),
        case!("usages", acme).names([dns(cn)]).usages(
            &[KeyUsage::DigitalSignature, KeyUsage::KeyEncipherment],
            &[ExtendedKeyUsage::ClientAuth, ExtendedKeyUsage::ServerAuth],
        ),
        // The ninth bit needs a second byte.
        case!("last-bit", acme).usages(
            &[KeyUsage::KeyAgreement, KeyUsage::DecipherOnly],
            &[ExtendedKeyUsage::EmailProtection],
        ),
        case!(
            "accents",
            [
                "FR",
                "Île-de-France",
                "Paris",
                "Société Générale d'Identité",
                "napi.societe.example"
            ]
        ),
        case!(
            "beyond-latin",
            ["JP", "東京都", "千代田区", "株式会社アクメ 🚀", cn]
        ),
        case!(
            "punctuation",
            [
                "IE",
                "County Dublin",
                "Baile Átha Cliath",
                "O'Neill + Sons: A=B; \"C\".",
                cn
            ]
        ),
        case!(
            "longest",
            ["DE", &state, &locality, &organization, &common_name]
        ),
    ]
}

#[test]
fn requests_equal_the_stored_ones_of_openssl_byte_for_byte() {
    for case in cases() {
        assert_eq!(case.request().to_der(), case.stored, "{}", case.file);
    }
}

// Where there is no OpenSSL 3 the stored requests above prove the same.
#[test]
fn requests_equal_those_of_the_installed_openssl_byte_for_byte() {
    for case in cases() {
        let Some(theirs) = case.openssl() else {
            return;
        };
        assert_eq!(case.request().to_der(), theirs, "{}", case.file);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_subject_gives_the_bytes_of_the_installed_openssl(
        state in text(128),
        locality in text(128),
        organization in text(64),
        hosts in proptest::collection::hash_set("[a-z]{1,20}\\.[a-z]{1,20}", 1..4),
    ) {
        let hosts: Vec<_> = hosts.into_iter().collect();
        let mut case = Case::new("any", b"", ["CA", &state, &locality, &organization, &hosts[0]]);
        case.names = hosts[1..].iter().map(|host| dns(host)).collect();
        if let Some(theirs) = case.openssl() {
            let ours = case.request();
            prop_assert_eq!(ours.to_der(), theirs);
        }
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
fn wildcard_gets_into_request_only_under_other_policy() {
    let wildcard = || acme().dns_name("*.acme.example");
    let refused = wildcard().build().unwrap_err();
    let [problem] = refused.problems() else {
        panic!("{refused}")
    };
    assert_eq!(problem.field, Field::AlternativeName { number: 1 });
    assert_eq!(problem.problem, Problem::NotFqdn(FqdnProblem::Wildcard));

    let subject = wildcard().policy(Policy::Rfc5280).build().unwrap();
    assert!(CertificationRequest::builder(&subject).sign(&KEY).is_ok());
}

#[test]
fn neither_password_nor_other_attributes_are_written_by_default() {
    for builder in [acme(), acme().san_from_common_name()] {
        let subject = builder.build().unwrap();
        let request = CertificationRequest::builder(&subject).sign(&KEY).unwrap();
        let (_, parsed) = X509CertificationRequest::from_der(request.to_der()).unwrap();
        let attributes = parsed.certification_request_info.attributes();
        let names = subject.alternative_names().len();
        assert_eq!(attributes.len(), names, "extensionRequest or nothing");
    }
}

#[test]
fn the_public_key_is_the_one_of_the_key() {
    let request = CertificationRequest::builder(&acme().build().unwrap())
        .sign(&KEY)
        .unwrap();
    assert_eq!(request.public_key_sha256(), KEY.public_key_sha256());
    assert!(KEY_PEM.starts_with("-----BEGIN PRIVATE KEY-----"));
}
