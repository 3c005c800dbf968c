//! Distinguished names as they stand in requests and certificates from elsewhere.
//!
//! `Name` of [RFC 5280, section 4.1.2.4], in the order of the encoding, which is the reverse of
//! what RFC 4514 prints. Leaves out judging them.
//!
//! ```text
//! RDNSequence ::= SEQUENCE OF RelativeDistinguishedName
//! RelativeDistinguishedName ::= SET SIZE (1..MAX) OF AttributeTypeAndValue
//! ```
//!
//! [RFC 5280, section 4.1.2.4]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1.2.4

use std::fmt;

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Sequence, Tag, Tagged};
use vocabulary::Escaped;

use crate::foreign::elements;
use crate::hex::Hex;
use crate::subject::{Field, FieldProblem, Problem, SubjectBuilder};

/// One attribute of a distinguished name, as found.
///
/// `Display` shows `ST=British Columbia` with what a terminal would act upon escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameAttribute {
    oid: ObjectIdentifier,
    label: String,
    value: String,
    is_text: bool,
    tag: Tag,
}

impl NameAttribute {
    /// Returns its usual short name such as `O`, or its object identifier in dotted form.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Returns its text as found, control characters included; `#` and hexadecimal digits if it is
    /// none.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns the field of a [`Subject`](crate::Subject) that it is, if any.
    #[must_use]
    pub fn field(&self) -> Option<Field> {
        LABELS
            .iter()
            .find(|(oid, _, _)| *oid == self.oid)
            .and_then(|(_, _, field)| *field)
    }

    /// Returns whether RFC 5280 lets new certificates have a string of this type here: the country
    /// as PrintableString, e-mail address and domain component as IA5String, the rest as
    /// PrintableString or UTF8String.
    pub(crate) fn has_current_string_type(&self) -> bool {
        match self.oid {
            COUNTRY => self.tag == Tag::PrintableString,
            EMAIL_ADDRESS | DOMAIN_COMPONENT => self.tag == Tag::Ia5String,
            _ => matches!(self.tag, Tag::PrintableString | Tag::Utf8String),
        }
    }

    /// Returns whether its bytes are text of its string type.
    pub(crate) fn is_text(&self) -> bool {
        self.is_text
    }

    fn new(found: &AttributeTypeAndValue<'_>) -> Self {
        let text = text(&found.value);
        let known = LABELS.iter().find(|(oid, _, _)| *oid == found.oid);
        Self {
            oid: found.oid,
            label: known.map_or_else(
                || found.oid.to_string(),
                |(_, label, _)| (*label).to_owned(),
            ),
            is_text: text.is_some(),
            value: text.unwrap_or_else(|| format!("#{}", Hex(found.value.value()))),
            tag: found.value.tag(),
        }
    }
}

impl fmt::Display for NameAttribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.label, Escaped::exact(&self.value))
    }
}

#[derive(Sequence)]
struct AttributeTypeAndValue<'a> {
    oid: ObjectIdentifier,
    value: AnyRef<'a>,
}

/// Reads a `Name`; the members of a multi-valued RDN stand one after the other.
pub(crate) fn parse(name: &AnyRef<'_>) -> Result<Vec<NameAttribute>, der::Error> {
    name.tag().assert_eq(Tag::Sequence)?;
    let mut attributes = Vec::new();
    for rdn in elements::<AnyRef<'_>>(name.value())? {
        rdn.tag().assert_eq(Tag::Set)?;
        let members = elements::<AttributeTypeAndValue<'_>>(rdn.value())?;
        attributes.extend(members.iter().map(NameAttribute::new));
    }
    Ok(attributes)
}

/// Returns the fields among `attributes`, the first of each, and a problem for each that comes
/// again.
pub(crate) fn fields(attributes: &[NameAttribute]) -> (SubjectBuilder, Vec<FieldProblem>) {
    let mut builder = SubjectBuilder::default();
    let (mut seen, mut repeated) = (Vec::new(), Vec::new());
    for attribute in attributes {
        let Some(field) = attribute.field() else {
            continue;
        };
        // The portal takes one of each; which is meant is not ours to choose.
        if seen.contains(&field) {
            repeated.push(FieldProblem {
                field,
                problem: Problem::Repeated,
            });
            continue;
        }
        seen.push(field);
        builder = match field {
            Field::Country => builder.country(attribute.value()),
            Field::State => builder.state(attribute.value()),
            Field::Locality => builder.locality(attribute.value()),
            Field::Organization => builder.organization(attribute.value()),
            Field::CommonName => builder.common_name(attribute.value()),
            Field::AlternativeName { .. } => builder,
        };
    }
    (builder, repeated)
}

/// Returns the text of a string of any type that names have had; `None` if it is not one.
fn text(value: &AnyRef<'_>) -> Option<String> {
    let bytes = value.value();
    match value.tag() {
        Tag::Ia5String
        | Tag::NumericString
        | Tag::PrintableString
        | Tag::Utf8String
        | Tag::VisibleString => String::from_utf8(bytes.to_vec()).ok(),
        // T.61 by the letter, Latin-1 in every program that wrote it.
        Tag::TeletexString => Some(bytes.iter().copied().map(char::from).collect()),
        Tag::BmpString => {
            let (units, rest) = bytes.as_chunks::<2>();
            let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
            let text = char::decode_utf16(units).collect::<Result<_, _>>().ok();
            text.filter(|_| rest.is_empty())
        }
        // A UniversalString, under the tag that `readable` has given it.
        Tag::OctetString => {
            let (units, rest) = bytes.as_chunks::<4>();
            let characters = units
                .iter()
                .map(|unit| char::from_u32(u32::from_be_bytes(*unit)));
            characters
                .collect::<Option<_>>()
                .filter(|_| rest.is_empty())
        }
        _ => None,
    }
}

/// RFC 5280, appendix A.1: `id-at` and the attributes below it.
pub(crate) const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
pub(crate) const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
pub(crate) const LOCALITY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.7");
pub(crate) const STATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.8");
pub(crate) const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
const EMAIL_ADDRESS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.1");
const DOMAIN_COMPONENT: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.25");

/// The attributes of RFC 5280, section 4.1.2.4, and what else is often seen, by the names that
/// `openssl` gives them.
const LABELS: [(ObjectIdentifier, &str, Option<Field>); 16] = [
    (COUNTRY, "C", Some(Field::Country)),
    (STATE, "ST", Some(Field::State)),
    (LOCALITY, "L", Some(Field::Locality)),
    (ORGANIZATION, "O", Some(Field::Organization)),
    (COMMON_NAME, "CN", Some(Field::CommonName)),
    (ObjectIdentifier::new_unwrap("2.5.4.4"), "SN", None),
    (
        ObjectIdentifier::new_unwrap("2.5.4.5"),
        "serialNumber",
        None,
    ),
    (ObjectIdentifier::new_unwrap("2.5.4.9"), "street", None),
    (ObjectIdentifier::new_unwrap("2.5.4.11"), "OU", None),
    (ObjectIdentifier::new_unwrap("2.5.4.12"), "title", None),
    (ObjectIdentifier::new_unwrap("2.5.4.17"), "postalCode", None),
    (ObjectIdentifier::new_unwrap("2.5.4.42"), "GN", None),
    (
        ObjectIdentifier::new_unwrap("2.5.4.46"),
        "dnQualifier",
        None,
    ),
    (
        ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.1"),
        "UID",
        None,
    ),
    (EMAIL_ADDRESS, "emailAddress", None),
    (DOMAIN_COMPONENT, "DC", None),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tag: Tag, bytes: &[u8]) -> Option<String> {
        text(&AnyRef::new(tag, bytes).unwrap())
    }

    #[test]
    fn strings_of_every_type_are_read() {
        for (tag, bytes, expected) in [
            (Tag::Utf8String, "é".as_bytes(), Some("é")),
            (Tag::Utf8String, b"\xe9", None),
            (Tag::PrintableString, b"CA", Some("CA")),
            (Tag::TeletexString, b"Soci\xe9t\xe9", Some("Société")),
            (
                Tag::BmpString,
                b"\0A\x67\x71\xd8\x3d\xde\x80",
                Some("A東🚀"),
            ),
            (Tag::BmpString, b"\0A\0", None),
            (Tag::BmpString, b"\xd8\x3d", None),
            (Tag::OctetString, b"CA", None),
        ] {
            assert_eq!(read(tag, bytes).as_deref(), expected, "{tag} {bytes:?}");
        }
    }
}
