//! Any subject: what is accepted survives a foreign parser, what is refused names its field.

use csr::{CertificationRequest, Field, Policy, Subject, SubjectBuilder};
use proptest::prelude::*;
use x509_parser::asn1_rs::Tag;
use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509CertificationRequest};

use crate::{KEY, acme};

const FORBIDDEN: &str = r"<>~!@#$%^*/\()?,&";

/// Returns printable text of every script with a letter or a digit in it, and neither spaces at the
/// ends nor forbidden characters.
pub(crate) fn text(max: usize) -> impl Strategy<Value = String> {
    proptest::string::string_regex(&format!("[^\\p{{C}}\\p{{Zl}}\\p{{Zp}}]{{1,{max}}}"))
        .unwrap()
        .prop_map(|text| {
            text.replace(|c| FORBIDDEN.contains(c) || vocabulary::is_invisible(c), "")
                .trim()
                .to_owned()
        })
        .prop_filter("neither letter nor digit", |text| {
            text.contains(char::is_alphanumeric)
        })
}

fn host() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9]([a-zA-Z0-9-]{0,10}[a-zA-Z0-9])?(\\.[a-z0-9]{1,8}){1,2}\\.[a-z]{2,10}"
}

/// Returns the fields as the foreign parser reads them: short name, tag and text.
fn fields(request: &X509CertificationRequest<'_>) -> Vec<(String, Tag, String)> {
    let registry = x509_parser::objects::oid_registry();
    request
        .certification_request_info
        .subject
        .iter_attributes()
        .map(|attribute| {
            let name = x509_parser::objects::oid2abbrev(attribute.attr_type(), registry).unwrap();
            let value = attribute.as_str().unwrap().to_owned();
            (name.to_owned(), attribute.attr_value().tag(), value)
        })
        .collect()
}

fn dns_names(request: &X509CertificationRequest<'_>) -> Vec<String> {
    let mut names = Vec::new();
    for extension in request.requested_extensions().into_iter().flatten() {
        let ParsedExtension::SubjectAlternativeName(san) = extension else {
            panic!("{extension:?}")
        };
        for name in &san.general_names {
            let GeneralName::DNSName(name) = name else {
                panic!("{name:?}")
            };
            names.push((*name).to_owned());
        }
    }
    names
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_accepted_reads_the_same_elsewhere(
        state in text(128),
        locality in text(128),
        organization in text(64),
        common_name in host(),
        names in proptest::collection::hash_set(host(), 0..4),
    ) {
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_by_key(|name| name.to_ascii_lowercase());
        names.dedup_by_key(|name| name.to_ascii_lowercase());
        let subject = Subject::builder()
            .country("CA")
            .state(&state)
            .locality(&locality)
            .organization(&organization)
            .common_name(&common_name);
        let subject = names.iter().fold(subject, SubjectBuilder::dns_name).build().unwrap();
        let request = CertificationRequest::builder(&subject).sign(&KEY).unwrap();

        let (rest, parsed) = X509CertificationRequest::from_der(request.to_der()).unwrap();
        prop_assert!(rest.is_empty());
        prop_assert!(parsed.verify_signature().is_ok());
        prop_assert_eq!(fields(&parsed), [
            ("C".to_owned(), Tag::PrintableString, "CA".to_owned()),
            ("ST".to_owned(), Tag::Utf8String, state),
            ("L".to_owned(), Tag::Utf8String, locality),
            ("O".to_owned(), Tag::Utf8String, organization),
            ("CN".to_owned(), Tag::Utf8String, common_name),
        ]);
        prop_assert_eq!(dns_names(&parsed), names);
    }

    #[test]
    fn whatever_the_other_policy_accepts_reads_the_same_elsewhere(
        country in proptest::sample::select(vec!["", "CA", "JP"]),
        values in proptest::array::uniform4("|\\PC{1,64}|\\*\\.a\\.b"),
    ) {
        let [state, locality, organization, common_name] = &values;
        let built = Subject::builder()
            .policy(Policy::Rfc5280)
            .country(country)
            .state(state)
            .locality(locality)
            .organization(organization)
            .common_name(common_name)
            .build();
        let Ok(subject) = built else { return Ok(()) };
        let request = CertificationRequest::builder(&subject).sign(&KEY).unwrap();

        let (_, parsed) = X509CertificationRequest::from_der(request.to_der()).unwrap();
        prop_assert!(parsed.verify_signature().is_ok());
        let expected: Vec<_> = ["C", "ST", "L", "O", "CN"]
            .into_iter()
            .zip([country, state, locality, organization, common_name])
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let found: Vec<_> = fields(&parsed)
            .into_iter()
            .map(|(name, _, value)| (name, value))
            .collect();
        prop_assert_eq!(found, expected);
    }
}

proptest! {
    #[test]
    fn a_refused_subject_names_the_field_that_is_wrong(
        which in 0..5_usize,
        value in any::<String>(),
        other_policy in any::<bool>(),
    ) {
        let policy = if other_policy { Policy::Rfc5280 } else { Policy::Trulioo };
        let builder = acme().policy(policy);
        let (field, builder) = match which {
            0 => (Field::Country, builder.country(&value)),
            1 => (Field::State, builder.state(&value)),
            2 => (Field::Locality, builder.locality(&value)),
            3 => (Field::Organization, builder.organization(&value)),
            _ => (Field::CommonName, builder.common_name(&value)),
        };
        if let Err(error) = builder.build() {
            prop_assert!(!error.problems().is_empty());
            for problem in error.problems() {
                prop_assert_eq!(problem.field, field);
                prop_assert!(problem.to_string().contains(field.short_name()));
            }
        } else if !value.is_empty() {
            prop_assert!(Some(value.chars().count()) <= field.max_chars());
            prop_assert_eq!(value.trim(), &value);
        }
    }

    #[test]
    fn one_forbidden_character_anywhere_is_refused(
        before in "[a-z]{1,20}",
        forbidden in proptest::sample::select(FORBIDDEN.chars().collect::<Vec<_>>()),
        after in "[a-z]{1,20}",
    ) {
        let value = format!("{before}{forbidden}{after}");
        for builder in [
            acme().state(&value),
            acme().locality(&value),
            acme().organization(&value),
            acme().common_name(format!("{value}.example")),
        ] {
            prop_assert_eq!(builder.build().unwrap_err().problems().len(), 1);
        }
    }
}
