//! Requests made elsewhere: what is read, what verifies, what the lint finds, what is refused.

use std::fs;

use csr::{
    AlternativeName, CertificationRequest, Curve, Error, ExtendedKeyUsage, Field, FieldProblem,
    FileKind, Finding, FqdnProblem, HashAlgorithm, InspectedRequest, KeyUsage, Policy, Problem,
    PublicKeyKind, Severity, SignatureAlgorithm, SubjectBuilder, Warning,
};
use proptest::prelude::*;

use crate::subject::text;
use crate::{KEY, acme, openssl};

fn file(name: &str) -> Vec<u8> {
    fs::read(openssl::vector(&format!("foreign/{name}.pem"))).unwrap()
}

fn inspect(name: &str) -> InspectedRequest {
    InspectedRequest::from_pem_or_der(&file(name)).unwrap()
}

fn lint(name: &str) -> Vec<Finding> {
    inspect(name).lint(Policy::Trulioo)
}

fn subject_of(request: &InspectedRequest) -> Vec<String> {
    request.subject().iter().map(ToString::to_string).collect()
}

const ACME: [&str; 5] = [
    "C=CA",
    "ST=British Columbia",
    "L=Vancouver",
    "O=Acme Identity Inc.",
    "CN=napi.acme.example",
];

const HASHES: [(&str, HashAlgorithm); 5] = [
    ("sha1", HashAlgorithm::Sha1),
    ("sha224", HashAlgorithm::Sha224),
    ("sha256", HashAlgorithm::Sha256),
    ("sha384", HashAlgorithm::Sha384),
    ("sha512", HashAlgorithm::Sha512),
];

#[test]
fn common_keys_and_hashes_verify_and_altered_requests_fail() {
    let curves = [
        ("p256", Curve::P256),
        ("p384", Curve::P384),
        ("p521", Curve::P521),
    ];
    for (hash_name, hash) in HASHES {
        let rsa = PublicKeyKind::Rsa {
            bits: 2048,
            exponent: Some(65_537),
        };
        verifies(
            &format!("rsa-{hash_name}"),
            &rsa,
            &SignatureAlgorithm::RsaPkcs1(hash),
        );
        for (curve_name, curve) in curves {
            verifies(
                &format!("{curve_name}-{hash_name}"),
                &PublicKeyKind::Ec { curve },
                &SignatureAlgorithm::Ecdsa(hash),
            );
        }
    }
}

fn verifies(name: &str, key: &PublicKeyKind, algorithm: &SignatureAlgorithm) {
    let request = inspect(name);
    assert_eq!(request.public_key(), key, "{name}");
    assert_eq!(request.signature_algorithm(), algorithm, "{name}");
    assert_eq!(subject_of(&request), ACME, "{name}");
    request
        .verify()
        .unwrap_or_else(|error| panic!("{name}: {error}"));

    let mut der = pem::parse(file(name)).unwrap().into_contents();
    let at = der.windows(9).position(|it| it == b"Vancouver").unwrap();
    *der.get_mut(at).unwrap() = b'W';
    let altered = InspectedRequest::from_der(&der).unwrap();
    assert!(
        matches!(altered.verify(), Err(Error::SignatureInvalid)),
        "{name}"
    );
}

// Mbed TLS writes the parameters of ECDSA as NULL; openssl verifies such a request.
#[test]
fn an_ecdsa_signature_with_null_parameters_verifies() {
    for name in ["p256-sha256", "p384-sha384", "p521-sha512"] {
        let der = pem::parse(file(name)).unwrap().into_contents();
        // `SEQUENCE { ecdsa-with-SHA2 }`, without and with a NULL behind it.
        let at = der
            .windows(9)
            .rposition(|it| it == ECDSA_WITH_SHA2)
            .unwrap();
        let null = [
            &der[..at - 1],
            &[12],
            &der[at..at + 10],
            &[5, 0],
            &der[at + 10..],
        ]
        .concat();
        let null = longer(&null);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("null.der");
        fs::write(&path, &null).unwrap();
        let path = path.to_str().unwrap();
        // Fails if openssl is there and does not verify it.
        let _ = openssl::run(&["req", "-inform", "DER", "-in", path, "-verify", "-noout"]);
        let request = InspectedRequest::from_der(&null).unwrap();
        request.verify().unwrap();
        assert_eq!(
            request.signature_algorithm(),
            inspect(name).signature_algorithm()
        );
        // No tool writes anything else there.
        let other = [
            &der[..at - 1],
            &[13],
            &der[at..at + 10],
            &[4, 1, 0],
            &der[at + 10..],
        ]
        .concat();
        assert!(InspectedRequest::from_der(&longer(&other)).is_err());
    }
}

/// Returns the same with an outer length that fits what is inside now.
fn longer(der: &[u8]) -> Vec<u8> {
    let header = if der.get(1) == Some(&0x81) { 3 } else { 4 };
    let inner = der.get(header..).unwrap();
    match u16::try_from(inner.len()).unwrap().to_be_bytes() {
        [0, low] => [&[0x30, 0x81, low], inner].concat(),
        [high, low] => [&[0x30, 0x82, high, low], inner].concat(),
    }
}

/// `OBJECT IDENTIFIER 1.2.840.10045.4.3`, less the last number.
const ECDSA_WITH_SHA2: &[u8] = &[0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03];

/// Strings of types that RFC 5280 lets no new certificate have: UTF-32, UTF-16 and Latin-1.
#[test]
fn subject_in_strings_of_old_types_is_shown_as_text() {
    for name in ["universal", "bmp", "teletex"] {
        let request = inspect(name);
        let shown: Vec<_> = request.subject().iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["O=Grün", "CN=old.example.com"], "{name}");
        request.verify().unwrap();
    }
}

#[test]
fn unsupported_signature_is_neither_good_nor_bad() {
    for (name, expected) in [
        ("rsa-pss", SignatureAlgorithm::RsaPss),
        (
            "ed25519",
            SignatureAlgorithm::Other {
                oid: "1.3.101.112".to_owned(),
            },
        ),
    ] {
        let refused = inspect(name).verify();
        assert!(
            matches!(&refused, Err(Error::SignatureUnsupported { algorithm, .. }) if *algorithm == expected),
            "{name}: {refused:?}"
        );
    }
}

#[test]
fn label_new_and_surrounding_text_and_line_ends_are_read() {
    for name in ["new-label", "text-and-crlf"] {
        let request = inspect(name);
        assert_eq!(subject_of(&request), ACME, "{name}");
        request.verify().unwrap();
        assert_eq!(request.lint(Policy::Trulioo), [], "{name}");
    }
    assert_eq!(
        inspect("new-label").public_key_sha256(),
        KEY.public_key_sha256()
    );
}

#[test]
fn all_kinds_of_names_show_and_only_dns_passes() {
    let request = inspect("every-name");
    let expected = [
        AlternativeName::Dns("*.acme.example".to_owned()),
        AlternativeName::Email("ops@acme.example".to_owned()),
        AlternativeName::Ip([192, 0, 2, 1].into()),
        AlternativeName::Ip("2001:db8::1".parse().unwrap()),
        AlternativeName::Uri("https://acme.example/napi".to_owned()),
        AlternativeName::Other,
        AlternativeName::Other,
    ];
    assert_eq!(request.alternative_names(), expected);

    let problems: Vec<_> = request
        .lint(Policy::Trulioo)
        .into_iter()
        .map(|finding| match finding {
            Finding::Subject(FieldProblem {
                field: Field::AlternativeName { number },
                problem,
                ..
            }) => (number, problem),
            other => panic!("{other}"),
        })
        .collect();
    let not_dns = |number| (number, Problem::NotDnsName);
    let wildcard = (1, Problem::NotFqdn(FqdnProblem::Wildcard));
    let expected = [
        wildcard,
        not_dns(2),
        not_dns(3),
        not_dns(4),
        not_dns(5),
        not_dns(6),
        not_dns(7),
    ];
    assert_eq!(problems, expected);
    assert_eq!(request.lint(Policy::Rfc5280), []);
}

#[test]
fn usages_are_shown_and_those_without_client_found() {
    let request = inspect("usages");
    assert_eq!(request.key_usages(), [KeyUsage::KeyCertSign]);
    assert_eq!(
        request.extended_key_usages(),
        [ExtendedKeyUsage::ServerAuth]
    );
    let shown = request.to_string();
    assert!(
        shown.contains("1.2.3.4") && shown.contains("2.5.29.19"),
        "{shown}"
    );
    assert_eq!(
        request.lint(Policy::Trulioo),
        [Finding::DigitalSignatureMissing, Finding::ClientAuthMissing]
    );
}

#[test]
fn extras_are_found_and_password_is_never_shown() {
    let request = inspect("extras");
    assert!(request.has_challenge_password());
    for shown in [
        request.to_string(),
        format!("{request:?}"),
        format!("{request:#?}"),
    ] {
        assert!(!shown.contains("sesame"), "{shown}");
        // Nor as the bytes of a list, in one line or several.
        let digits: Vec<&str> = shown.split(|c: char| !c.is_ascii_digit()).collect();
        let numbers: Vec<&str> = digits.into_iter().filter(|it| !it.is_empty()).collect();
        let password = ["115", "101", "115", "97", "109", "101"];
        assert!(!numbers.windows(6).any(|it| it == password), "{shown}");
    }
    assert!(request.to_string().contains("challengePassword"));
    let label = |label: &str| Finding::NeedlessField {
        label: label.to_owned(),
    };
    let name = "unstructuredName".to_owned();
    let expected = [
        Finding::ChallengePassword,
        label("OU"),
        label("emailAddress"),
        Finding::NeedlessAttribute { name },
    ];
    assert_eq!(request.lint(Policy::Trulioo), expected);
    assert_eq!(request.lint(Policy::Rfc5280), [Finding::ChallengePassword]);
    assert!(expected.iter().all(|it| it.severity() == Severity::Warning));
}

#[test]
fn a_foreign_subject_has_the_problems_that_the_builder_finds() {
    let refused = acme()
        .country("uk")
        .state("BC")
        .locality("Vancouver ")
        .organization("Smith & Sons, Inc.")
        .common_name("*.acme.example")
        .build()
        .unwrap_err();
    let expected: Vec<_> = refused
        .problems()
        .iter()
        .cloned()
        .map(Finding::Subject)
        .collect();
    assert_eq!(lint("refused"), expected);
    assert_eq!(expected.len(), 5);
}

#[test]
fn keys_and_hashes_below_the_mark_are_found() {
    let short = Finding::KeyTooShort {
        bits: 1024,
        min: 2048,
    };
    assert_eq!(lint("rsa-1024"), [short]);
    assert_eq!(lint("rsa-sha1"), [Finding::WeakHash]);
    assert_eq!(lint("rsa-sha224"), []);
    assert_eq!(lint("p256-sha256"), [Finding::KeyKind]);
    assert_eq!(inspect("p256-sha256").lint(Policy::Rfc5280), []);
}

#[test]
fn a_repeated_field_and_old_string_types_are_found() {
    let field = Field::Organization;
    let problem = Problem::Repeated;
    let findings = lint("repeated");
    assert!(
        matches!(findings.as_slice(), [Finding::Subject(it)] if it.field == field && it.problem == problem),
        "{findings:?}"
    );
    assert_eq!(inspect("repeated").lint(Policy::Rfc5280), []);

    let labels = ["ST", "L"].map(str::to_owned);
    assert_eq!(
        lint("old-strings"),
        labels.map(|label| Finding::StringType { label })
    );
    let request = inspect("old-strings");
    assert_eq!(request.subject()[1].value(), "東京都");
    assert_eq!(request.subject()[2].value(), "Orléans");
}

#[test]
fn control_sequences_are_not_shown_as_they_are() {
    let request = inspect("escape");
    assert_eq!(request.subject()[3].value(), "Acme\u{1b}[2J");
    let findings = request.lint(Policy::Trulioo);
    let shown = [
        request.to_string(),
        request.subject()[3].to_string(),
        format!("{request:?} {findings:?}"),
        findings.iter().map(ToString::to_string).collect(),
    ];
    for shown in shown {
        assert!(!shown.contains('\u{1b}'), "{shown:?}");
    }
    assert!(matches!(
        findings.as_slice(),
        [Finding::Subject(it)] if it.problem == Problem::ControlCharacter { position: 5 }
    ));
}

#[test]
fn value_that_is_no_text_is_not_linted_as_digits() {
    let mut altered = pem::parse(file("escape")).unwrap().into_contents();
    let start = altered
        .windows(5)
        .position(|window| window == b"Acme\x1b")
        .unwrap();
    altered[start + 4] = 0xEB; // no UTF-8
    let request = InspectedRequest::from_der(&altered).unwrap();
    assert!(request.subject()[3].value().starts_with('#'));
    let label = "O".to_owned();
    assert_eq!(request.lint(Policy::Trulioo), [Finding::NotText { label }]);
}

#[test]
fn a_slip_is_a_warning() {
    let subject = acme().state("BC").build().unwrap();
    let request = CertificationRequest::builder(&subject).sign(&KEY).unwrap();
    let request = InspectedRequest::from_der(request.to_der()).unwrap();
    let findings = request.lint(Policy::Trulioo);
    let field = Field::State;
    assert_eq!(
        findings,
        [Finding::Unlikely(Warning::Abbreviated { field })]
    );
    assert_eq!(findings[0].severity(), Severity::Warning);
}

#[test]
fn what_is_no_request_is_refused_by_what_it_is() {
    let key = include_bytes!("../vectors/key.pem");
    let certificate = include_bytes!("../vectors/certificate.pem");
    for (bytes, kind) in [
        (key.as_slice(), FileKind::PrivateKey),
        (certificate, FileKind::Certificate),
        (
            b"-----BEGIN DH PARAMETERS-----\nMAA=\n-----END DH PARAMETERS-----",
            FileKind::Unknown,
        ),
        (b"Hello", FileKind::Unknown),
        (b"", FileKind::Unknown),
    ] {
        let refused = InspectedRequest::from_pem_or_der(bytes);
        assert!(
            matches!(refused, Err(Error::WrongFile { found, .. }) if found == kind),
            "{refused:?}"
        );
    }
    let large = vec![0x30; 64 * 1024 + 1];
    for refused in [
        InspectedRequest::from_pem_or_der(&large),
        InspectedRequest::from_der(&large),
    ] {
        assert!(matches!(refused, Err(Error::TooLarge { .. })));
    }
}

#[test]
fn a_request_cut_off_anywhere_is_damaged() {
    let der = include_bytes!("../vectors/requests/two-names.der");
    assert!(InspectedRequest::from_der(der).is_ok());
    for length in 0..der.len() {
        let refused = InspectedRequest::from_der(&der[..length]);
        assert!(matches!(refused, Err(Error::Damaged { .. })), "{length}");
    }
    let trailing = [der.as_slice(), &[0]].concat();
    assert!(InspectedRequest::from_der(&trailing).is_err());
}

// Without the attributes field, the whole is two bytes shorter: `A0 00`.
#[test]
fn attributes_left_out_altogether_are_read_and_found() {
    let der = include_bytes!("../vectors/requests/acme.der");
    let at = der
        .windows(4)
        .position(|it| it == b"\xa0\x00\x30\x0d")
        .unwrap();
    let mut shorter = [&der[..at], &der[at + 2..]].concat();
    // SEQUENCE, length in two bytes; twice.
    for low in [3, 7] {
        shorter[low] -= 2;
    }
    let request = InspectedRequest::from_der(&shorter).unwrap();
    assert_eq!(request.lint(Policy::Trulioo), [Finding::AttributesMissing]);
    assert!(matches!(request.verify(), Err(Error::SignatureInvalid)));
}

// They stand outside of what is signed.
#[test]
fn signature_parameters_that_no_standard_allows_are_refused() {
    let der = include_bytes!("../vectors/requests/acme.der");
    // sha256WithRSAEncryption with NULL; the last one is the request's own.
    let identifier = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b\x05\x00";
    let at = der
        .windows(identifier.len())
        .rposition(|it| it == identifier)
        .unwrap();
    let mut altered = der.to_vec();
    altered[at + 9] = 0x01; // NULL becomes an empty BOOLEAN
    assert!(matches!(
        InspectedRequest::from_der(&altered),
        Err(Error::Damaged { .. })
    ));
    assert!(InspectedRequest::from_der(der).unwrap().verify().is_ok());
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_without_panic(bytes in any::<Vec<u8>>()) {
        let _ = InspectedRequest::from_pem_or_der(&bytes);
        let _ = InspectedRequest::from_der(&bytes);
    }

    #[test]
    fn a_mutated_request_is_read_or_refused_without_panic(
        stored in proptest::sample::select(vec!["every-name", "usages", "extras", "p521-sha256"]),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut der = pem::parse(file(stored)).unwrap().into_contents();
        let original = der.clone();
        for (at, byte) in changes {
            let at = at.index(der.len());
            der[at] = byte;
        }
        if let Ok(request) = InspectedRequest::from_der(&der) {
            let lines = request.to_string();
            prop_assert!(!lines.contains(|c: char| c.is_control() && c != '\n'));
            prop_assert!(request.lint(Policy::Trulioo).len() <= der.len());
            prop_assert!(request.verify().is_err() || der == original);
        }
    }

    #[test]
    fn own_request_reads_as_written_and_passes_its_policy(
        state in text(128),
        organization in text(64),
        hosts in proptest::collection::hash_set("[a-z]{1,9}\\.[a-z]{1,9}", 0..3),
        copied in any::<bool>(),
    ) {
        let builder = acme().state(&state).organization(&organization);
        let builder = hosts.iter().fold(builder, SubjectBuilder::dns_name);
        let builder = if copied { builder.san_from_common_name() } else { builder };
        let subject = builder.build().unwrap();
        let made = CertificationRequest::builder(&subject)
            .key_usage(KeyUsage::DigitalSignature)
            .extended_key_usage(ExtendedKeyUsage::ClientAuth)
            .sign(&KEY)
            .unwrap();
        let read = InspectedRequest::from_pem_or_der(made.to_pem().as_bytes()).unwrap();

        prop_assert!(read.verify().is_ok());
        prop_assert_eq!(read.public_key_sha256(), made.public_key_sha256());
        let values: Vec<_> = read.subject().iter().map(|it| it.value()).collect();
        prop_assert_eq!(values, ["CA", &state, "Vancouver", &organization, "napi.acme.example"]);
        prop_assert_eq!(read.alternative_names(), subject.alternative_names());
        prop_assert_eq!(read.key_usages(), [KeyUsage::DigitalSignature]);
        let warnings = subject.warnings().into_iter().map(Finding::Unlikely);
        prop_assert_eq!(read.lint(Policy::Trulioo), warnings.collect::<Vec<_>>());
    }

    #[test]
    fn request_forced_through_other_policy_has_builders_problems(
        organization in "[ -~é]{1,70}",
        host in "[a-zé*]{1,9}\\.[a-z]{1,9}",
    ) {
        let builder = || acme().organization(&organization).dns_name(&host);
        let Ok(forced) = builder().policy(Policy::Rfc5280).build() else {
            return Ok(());
        };
        let made = CertificationRequest::builder(&forced).sign(&KEY).unwrap();
        let read = InspectedRequest::from_der(made.to_der()).unwrap();
        prop_assert_eq!(read.lint(Policy::Rfc5280), []);

        let expected = match builder().build() {
            Ok(_) => Vec::new(),
            Err(refused) => refused.problems().to_vec(),
        };
        let expected: Vec<_> = expected.into_iter().map(Finding::Subject).collect();
        prop_assert_eq!(read.lint(Policy::Trulioo), expected);
    }
}
