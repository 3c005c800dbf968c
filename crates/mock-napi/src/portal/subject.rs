//! The portal's rules for the names in a request: subject and subject alternative names.
//!
//! The characters and the five mandatory attributes are those of the vendor's guide; string types
//! and lengths are those of RFC 5280, which CAs hold requests to. Copies keep the order, the string
//! types and the values of the request.

use std::collections::HashSet;

use rcgen::{DistinguishedName, DnType, DnValue, SanType};
use x509_parser::asn1_rs::Tag;
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::x509::{AttributeTypeAndValue, X509Name};

use crate::portal::country;
use crate::portal::name::{is_domain_name, is_fully_qualified};
use crate::portal::text::{self, Rules};
use crate::problem::{Field, Problem, ProblemCode};

/// The subject of a request, as far as it can be copied.
pub(crate) struct Subject {
    pub(crate) name: DistinguishedName,
    pub(crate) text: String,
}

/// Copies the subject and reports everything wrong with it, but for its structure.
pub(crate) fn check(subject: &X509Name<'_>, problems: &mut Vec<Problem>) -> Subject {
    let mut name = DistinguishedName::new();
    let mut present = HashSet::new();
    for attribute in subject.iter_attributes() {
        let Some((kind, arcs)) = attribute_type(attribute) else {
            problems.push(unsupported(Field::OtherSubject));
            continue;
        };
        let field = field(&kind);
        // Once per attribute: rcgen keeps one value of each, so the certificate would lose the
        // other.
        if !present.insert(kind.clone()) {
            let message = "the attribute stands more than once";
            problems.push(Problem::new(field, ProblemCode::Repeated, message));
            continue;
        }
        let found = problems.len();
        match value(field, Rules::of(&arcs), attribute, problems) {
            Some(value) => name.push(kind, value),
            // A value that is not copied has to be a problem, or the certificate would lack it in
            // silence.
            None if problems.len() == found => problems.push(unsupported(field)),
            None => {}
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

fn attribute_type(attribute: &AttributeTypeAndValue<'_>) -> Option<(DnType, Vec<u64>)> {
    let arcs: Vec<u64> = attribute.attr_type().iter()?.collect();
    match arcs.as_slice() {
        // The first two arcs share one number (X.690, 8.19.4), so not every pair can be written.
        [0 | 1, 0..=39, ..] | [2, ..=1000, ..] => Some((DnType::from_oid(&arcs), arcs)),
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

/// Returns the value as it goes into the certificate, if it is of one of the three string types
/// that `openssl req` writes. Reports what is wrong with its type and its text.
fn value(
    field: Field,
    rules: Rules,
    attribute: &AttributeTypeAndValue<'_>,
    problems: &mut Vec<Problem>,
) -> Option<DnValue> {
    let (tag, bytes) = (attribute.attr_value().tag(), attribute.as_slice());
    let mut report = |code, message| problems.push(Problem::new(field, code, message));
    if !rules.syntax.allows(tag) {
        let message =
            "the value is of a string type that RFC 5280 does not have for this attribute";
        report(ProblemCode::WrongStringType, message);
    }
    if !text::is_of_type(tag, bytes) {
        let message = "the value has characters that its string type does not have";
        report(ProblemCode::IllegalForType, message);
    }
    let text = attribute.as_str().ok()?;
    // A country that is too long is told as no country.
    if field != Field::Country && text.chars().count() > rules.longest {
        let message = format!("the value has more than {} characters", rules.longest);
        problems.push(Problem::new(field, ProblemCode::TooLong, message));
    }
    check_value(field, text, problems);
    match tag {
        // yasna, with which rcgen writes, panics on a question mark that X.680 allows there. The
        // vendor allows it nowhere, so no certificate shows the difference.
        Tag::PrintableString if text.contains('?') => Some(DnValue::Utf8String(text.to_owned())),
        Tag::Ia5String => text.try_into().ok().map(DnValue::Ia5String),
        Tag::PrintableString => text.try_into().ok().map(DnValue::PrintableString),
        Tag::Utf8String => Some(DnValue::Utf8String(text.to_owned())),
        _ => None,
    }
}

fn check_value(field: Field, text: &str, problems: &mut Vec<Problem>) {
    if text::says_nothing(text) {
        problems.push(missing(field));
        check_characters(field, text, problems);
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
            } else if !country::is_assigned(text) {
                let message = "the country is none of ISO 3166-1";
                problems.push(Problem::new(field, ProblemCode::UnknownCountry, message));
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
    // The star has its own problem by now.
    check_characters(field, &name.replace('*', ""), problems);
    wildcard
}

/// Reports each forbidden character once, and that there are invisible ones.
fn check_characters(field: Field, text: &str, problems: &mut Vec<Problem>) {
    if text.chars().any(text::is_invisible) {
        let message = "a control character, or another invisible one";
        problems.push(Problem::new(field, ProblemCode::ControlCharacter, message));
    }
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
        "the attribute is absent, or has neither letter nor digit",
    )
}

fn unsupported(field: Field) -> Problem {
    let message = "a value of a type that this mock does not copy into a certificate";
    Problem::new(field, ProblemCode::Unsupported, message)
}

/// "Note the following characters are not accepted", says the vendor's guide.
const FORBIDDEN: &str = r"<>~!@#$%^*/\()?,&";
