//! The portal's rules for the names in a request: subject and subject alternative names.
//!
//! The characters and the five mandatory attributes are those of the vendor's guide. Copies keep
//! the order, the string types and the values of the request.

use std::collections::HashSet;

use rcgen::{DistinguishedName, DnType, DnValue, SanType};
use x509_parser::asn1_rs::Tag;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use crate::portal::name::{is_domain_name, is_fully_qualified};
use crate::portal::problem::{Field, Problem, ProblemCode};

/// The subject of a request, as far as it can be copied.
pub(crate) struct Subject {
    pub(crate) name: DistinguishedName,
    pub(crate) text: String,
}

/// Copies the subject and reports everything wrong with it.
pub(crate) fn check(subject: &X509Name<'_>, problems: &mut Vec<Problem>) -> Subject {
    let mut name = DistinguishedName::new();
    let mut present = HashSet::new();
    for rdn in subject.iter() {
        for (position, attribute) in rdn.iter().enumerate() {
            let Some(kind) = attribute_type(attribute) else {
                problems.push(unsupported(Field::OtherSubject));
                continue;
            };
            let field = field(&kind);
            if position > 0 || !present.insert(kind.clone()) {
                let message = "the attribute stands more than once, or shares its place";
                problems.push(Problem::new(field, ProblemCode::Repeated, message));
                continue;
            }
            match value(attribute) {
                Some((text, value)) => {
                    check_value(field, text, problems);
                    name.push(kind, value);
                }
                None => problems.push(unsupported(field)),
            }
        }
    }
    report_missing(&present, problems);
    Subject {
        name,
        text: subject.to_string(),
    }
}

/// Copies the subject alternative names and reports everything wrong with them.
pub(crate) fn check_alt_names(
    request: &X509CertificationRequest<'_>,
    problems: &mut Vec<Problem>,
) -> Vec<SanType> {
    let mut names = Vec::new();
    for extension in request.requested_extensions().into_iter().flatten() {
        let ParsedExtension::SubjectAlternativeName(extension) = extension else {
            continue;
        };
        for name in &extension.general_names {
            match alt_name(name, problems) {
                Some(name) => names.push(name),
                None => problems.push(unsupported(Field::SubjectAltName)),
            }
        }
    }
    names
}

fn attribute_type(attribute: &AttributeTypeAndValue<'_>) -> Option<DnType> {
    let arcs: Vec<u64> = attribute.attr_type().iter()?.collect();
    match arcs.as_slice() {
        // The first two arcs share one number (X.690, 8.19.4), so not every pair can be written.
        [0 | 1, 0..=39, ..] | [2, ..=1000, ..] => Some(DnType::from_oid(&arcs)),
        _ => None,
    }
}

fn field(kind: &DnType) -> Field {
    match kind {
        DnType::CommonName => Field::CommonName,
        DnType::CountryName => Field::Country,
        DnType::LocalityName => Field::Locality,
        DnType::OrganizationName => Field::Organization,
        DnType::StateOrProvinceName => Field::State,
        _ => Field::OtherSubject,
    }
}

/// The value for people and for the certificate, if it is of one of the three string types that
/// `openssl req` writes.
fn value<'a>(attribute: &AttributeTypeAndValue<'a>) -> Option<(&'a str, DnValue)> {
    let text = attribute.as_str().ok()?;
    let value = match attribute.attr_value().tag() {
        // yasna, with which rcgen writes, panics on a question mark that X.680 allows there. The
        // vendor allows it nowhere, so no certificate shows the difference.
        Tag::PrintableString if text.contains('?') => DnValue::Utf8String(text.to_owned()),
        Tag::Ia5String => DnValue::Ia5String(text.try_into().ok()?),
        Tag::PrintableString => DnValue::PrintableString(text.try_into().ok()?),
        Tag::Utf8String => DnValue::Utf8String(text.to_owned()),
        _ => return None,
    };
    Some((text, value))
}

fn check_value(field: Field, text: &str, problems: &mut Vec<Problem>) {
    if text.trim().is_empty() {
        problems.push(missing(field));
        return;
    }
    match field {
        Field::CommonName => {
            let wildcard = check_characters_of_name(field, text, problems);
            if !wildcard && !is_fully_qualified(text) {
                let message = "the common name is not a fully qualified domain name";
                problems.push(Problem::new(field, ProblemCode::NotFullyQualified, message));
            }
        }
        Field::Country => {
            check_characters(field, text, problems);
            if text.len() != 2 || !text.bytes().all(|byte| byte.is_ascii_uppercase()) {
                let message = "the country is not two upper-case letters";
                problems.push(Problem::new(field, ProblemCode::CountryCode, message));
            }
        }
        _ => check_characters(field, text, problems),
    }
}

fn alt_name(name: &GeneralName<'_>, problems: &mut Vec<Problem>) -> Option<SanType> {
    let field = Field::SubjectAltName;
    match name {
        GeneralName::DNSName(name) => {
            let wildcard = check_characters_of_name(field, name, problems);
            if !wildcard && !is_domain_name(name) {
                let message = "the subject alternative name is not a domain name";
                problems.push(Problem::new(field, ProblemCode::NotADomainName, message));
            }
            (*name).try_into().ok().map(SanType::DnsName)
        }
        GeneralName::IPAddress(octets) => {
            let v4 = <[u8; 4]>::try_from(*octets).map(|octets| SanType::IpAddress(octets.into()));
            v4.or_else(|_| {
                <[u8; 16]>::try_from(*octets).map(|octets| SanType::IpAddress(octets.into()))
            })
            .ok()
        }
        GeneralName::RFC822Name(name) => {
            check_characters(field, name, problems);
            (*name).try_into().ok().map(SanType::Rfc822Name)
        }
        GeneralName::URI(name) => {
            check_characters(field, name, problems);
            (*name).try_into().ok().map(SanType::URI)
        }
        _ => None,
    }
}

/// Reports a wildcard, or else the forbidden characters; says whether it was a wildcard.
fn check_characters_of_name(field: Field, name: &str, problems: &mut Vec<Problem>) -> bool {
    let wildcard = name.contains('*');
    if wildcard {
        let message = "wildcard certificates are not issued";
        problems.push(Problem::new(field, ProblemCode::Wildcard, message));
    }
    check_characters(field, &name.replace('*', ""), problems);
    wildcard
}

/// Reports each forbidden character once.
fn check_characters(field: Field, text: &str, problems: &mut Vec<Problem>) {
    for character in FORBIDDEN
        .chars()
        .filter(|character| text.contains(*character))
    {
        let message = format!("the character {character} is not accepted");
        problems.push(Problem::new(
            field,
            ProblemCode::ForbiddenCharacter,
            message,
        ));
    }
}

fn report_missing(present: &HashSet<DnType>, problems: &mut Vec<Problem>) {
    let mandatory = [
        DnType::CountryName,
        DnType::StateOrProvinceName,
        DnType::LocalityName,
        DnType::OrganizationName,
        DnType::CommonName,
    ];
    for kind in mandatory.iter().filter(|kind| !present.contains(kind)) {
        problems.push(missing(field(kind)));
    }
}

fn missing(field: Field) -> Problem {
    Problem::new(
        field,
        ProblemCode::Missing,
        "the attribute is absent or empty",
    )
}

fn unsupported(field: Field) -> Problem {
    let message = "a value of a type that this mock does not copy into a certificate";
    Problem::new(field, ProblemCode::Unsupported, message)
}

/// "Note the following characters are not accepted", says the vendor's guide.
const FORBIDDEN: &str = r"<>~!@#$%^*/\()?,&";
