//! When two names are the same ([RFC 5280, section 7.1]).
//!
//! An authority may write its name as UTF8String in its own certificate and as PrintableString in those it
//! issues. Leaves out Unicode normalization, which no authority has been seen to need.
//!
//! [RFC 5280, section 7.1]: https://www.rfc-editor.org/rfc/rfc5280#section-7.1

use std::str;

use der::{Tag, Tagged};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::name::Name;

/// Are the names the same, whatever the kind of string, letter case and spaces?
pub(super) fn is_same(one: &Name, other: &Name) -> bool {
    one == other
        || (one.iter_rdn().count() == other.iter_rdn().count()
            && one.iter_rdn().zip(other.iter_rdn()).all(|(one, other)| {
                let (one, other) = (one.as_ref(), other.as_ref());
                let is_among = |it| other.iter().any(|other| is_same_attribute(it, other));
                one.len() == other.len() && one.iter().all(is_among)
            }))
}

fn is_same_attribute(one: &AttributeTypeAndValue, other: &AttributeTypeAndValue) -> bool {
    let same_text = || text(one).is_some_and(|text_of_one| Some(text_of_one) == text(other));
    one.oid == other.oid && (one.value == other.value || same_text())
}

/// The text as it is compared: in lower case, one space between words and none around.
fn text(attribute: &AttributeTypeAndValue) -> Option<String> {
    let kinds = [Tag::PrintableString, Tag::Utf8String, Tag::Ia5String];
    let value = &attribute.value;
    if !kinds.contains(&value.tag()) {
        return None;
    }
    let text = str::from_utf8(value.value()).ok()?.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use der::asn1::{Any, ObjectIdentifier, SetOfVec};
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
    fn the_kind_of_string_letter_case_and_spaces_make_no_difference() {
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
}
