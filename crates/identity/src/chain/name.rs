//! When two names are the same ([RFC 5280, section 7.1]).
//!
//! A CA may write its name as UTF8String in its own certificate and as PrintableString in
//! those it issues. Leaves out Unicode normalization, which no CA has been seen to need.
//!
//! [RFC 5280, section 7.1]: https://www.rfc-editor.org/rfc/rfc5280#section-7.1

use der::asn1::ObjectIdentifier;
use der::{Tag, Tagged};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::{Name, RelativeDistinguishedName};

use crate::directory_string;

/// Returns whether the names are the same, whatever the kind of string, letter case and spaces.
///
/// The cost grows with the length of the names, and no faster but for sorting: each attribute is
/// made comparable once. Names longer than [`LONGEST`] are the same only if their bytes are.
pub(super) fn is_same(one: &Name, other: &Name) -> bool {
    one == other
        || (one.iter_rdn().count() == other.iter_rdn().count()
            && is_comparable(one)
            && is_comparable(other)
            && one
                .iter_rdn()
                .zip(other.iter_rdn())
                .all(|(one, other)| comparable(one) == comparable(other)))
}

fn is_comparable(name: &Name) -> bool {
    let lengths = name
        .iter()
        .map(|attribute| attribute.value.value().len() + 1);
    lengths.sum::<usize>() <= LONGEST
}

/// Returns the attributes of one part in an order that does not depend on how they are written.
fn comparable(part: &RelativeDistinguishedName) -> Vec<(ObjectIdentifier, Value<'_>)> {
    let attributes = part.as_ref().iter();
    let mut values: Vec<_> = attributes
        .map(|attribute| (attribute.oid, Value::of(attribute)))
        .collect();
    values.sort_unstable();
    values
}

/// A value as it is compared.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Value<'a> {
    /// No text: the tag with the bytes.
    Bytes(Tag, &'a [u8]),
    /// In lower case, one space between words and none around.
    Text(String),
}

impl<'a> Value<'a> {
    fn of(attribute: &'a AttributeTypeAndValue) -> Self {
        let value = &attribute.value;
        match directory_string::text(value) {
            Some(text) => {
                let text = text.to_lowercase();
                let words: Vec<&str> = text.split_whitespace().collect();
                Self::Text(words.join(" "))
            }
            None => Self::Bytes(value.tag(), value.value()),
        }
    }
}

/// Bytes, many times as many as any name has.
const LONGEST: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use der::asn1::{Any, SetOfVec};
    use der::{Decode, Encode};
    use x509_cert::name::RdnSequence;

    use super::*;

    const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
    const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");

    fn name(attributes: &[(ObjectIdentifier, Tag, &str)]) -> Name {
        let parts = attributes.iter().map(|(oid, tag, text)| {
            let value = Any::new(*tag, text.as_bytes()).unwrap();
            let attribute = AttributeTypeAndValue { oid: *oid, value };
            SetOfVec::try_from(vec![attribute]).unwrap().into()
        });
        let sequence = RdnSequence::from(parts.collect::<Vec<_>>());
        Name::from_der(&sequence.to_der().unwrap()).unwrap()
    }

    fn common_name(tag: Tag, text: &str) -> Name {
        name(&[(COMMON_NAME, tag, text)])
    }

    #[test]
    fn string_kind_case_and_spaces_make_no_difference() {
        let one = common_name(Tag::Utf8String, "Example Issuing CA");
        for other in [
            common_name(Tag::PrintableString, "Example Issuing CA"),
            common_name(Tag::Ia5String, "example issuing ca"),
            common_name(Tag::Utf8String, " Example  Issuing CA "),
        ] {
            assert!(is_same(&one, &other) && is_same(&other, &one));
        }
    }

    #[test]
    fn another_text_attribute_number_or_order_does() {
        let one = common_name(Tag::Utf8String, "Example CA");
        let [cn, o] = [COMMON_NAME, ORGANIZATION].map(|oid| (oid, Tag::Utf8String, "Example CA"));
        for other in [
            common_name(Tag::Utf8String, "Example CA 2"),
            common_name(Tag::BmpString, "Example CA"),
            name(&[o]),
            name(&[cn, o]),
            name(&[]),
        ] {
            assert!(!is_same(&one, &other) && !is_same(&other, &one));
        }
        assert!(!is_same(&name(&[cn, o]), &name(&[o, cn])));
        assert!(is_same(&name(&[]), &name(&[])));
    }

    /// Returns one part of many attributes, as no CA writes it.
    fn crowded(attributes: usize, last: &str) -> Name {
        let attribute = |text: String| AttributeTypeAndValue {
            oid: COMMON_NAME,
            value: Any::new(Tag::Utf8String, text.into_bytes()).unwrap(),
        };
        let mut all: Vec<_> = (1..attributes)
            .map(|it| attribute(format!("A {it}")))
            .collect();
        all.push(attribute(last.to_owned()));
        let part = SetOfVec::try_from(all).unwrap();
        let sequence = RdnSequence::from(vec![part.into()]);
        Name::from_der(&sequence.to_der().unwrap()).unwrap()
    }

    #[test]
    fn thousands_of_attributes_are_compared_once_each() {
        let started = std::time::Instant::now();
        let names = ["z", "Z", "y"].map(|last| crowded(4_000, last));
        for _ in 0..20 {
            assert!(is_same(&names[0], &names[1]));
            assert!(!is_same(&names[0], &names[2]));
        }
        // Each pair of attributes by itself, it takes minutes.
        assert!(started.elapsed().as_secs() < 20);
    }

    #[test]
    fn a_name_beyond_the_limit_is_compared_by_its_bytes() {
        let one = crowded(20_000, "z");
        assert!(is_same(&one, &one.clone()));
        assert!(!is_same(&one, &crowded(20_000, "Z")));
    }

    #[test]
    fn attribute_order_is_ignored_and_attribute_count_is_not() {
        assert!(is_same(&crowded(3, "b"), &crowded(3, "B")));
        assert!(!is_same(&crowded(3, "a 1"), &crowded(3, "A 2")));
        assert!(!is_same(&crowded(3, "b"), &crowded(4, "b")));
    }
}
