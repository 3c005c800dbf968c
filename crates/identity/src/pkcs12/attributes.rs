//! The names that a bag of a store carries.
//!
//! `friendlyName` and `localKeyId` of [RFC 2985, section 5.5]. They are hints: what belongs
//! together shows by the keys themselves. Leaves out those of Microsoft and Java.
//!
//! [RFC 2985, section 5.5]: https://www.rfc-editor.org/rfc/rfc2985#section-5.5

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Tag, Tagged};

use crate::asn1::{Sequence, components, oid};

/// The names of a bag, as far as they can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) friendly_name: Option<String>,
    pub(crate) local_key_id: Option<Vec<u8>>,
}

impl Attributes {
    /// Reads a `SET OF PKCS12Attribute`; one that is malformed or of the wrong type is passed over.
    ///
    /// ```text
    /// PKCS12Attribute ::= SEQUENCE { attrId OBJECT IDENTIFIER, attrValues SET OF ANY }
    /// ```
    pub(super) fn read(set: AnyRef<'_>) -> Self {
        let mut read = Self::default();
        for attribute in components(set) {
            match first_value(attribute) {
                Some((FRIENDLY_NAME, value)) if value.tag() == Tag::BmpString => {
                    read.friendly_name = read.friendly_name.or_else(|| text(value.value()));
                }
                Some((LOCAL_KEY_ID, value)) => {
                    let id = value.decode_as::<&OctetStringRef>();
                    let id = id.map(|id| id.as_bytes().to_vec()).ok();
                    read.local_key_id = read.local_key_id.or(id);
                }
                _ => {}
            }
        }
        read
    }

    /// Takes the friendly name of a certificate, if the key of the same id has none: some tools
    /// name the certificate alone.
    pub(super) fn complete<'a>(&mut self, mut certificates: impl Iterator<Item = &'a Self>) {
        if self.friendly_name.is_none() && self.local_key_id.is_some() {
            let own = certificates.find(|it| it.local_key_id == self.local_key_id);
            self.friendly_name = own.and_then(|it| it.friendly_name.clone());
        }
    }
}

fn first_value(attribute: AnyRef<'_>) -> Option<(ObjectIdentifier, AnyRef<'_>)> {
    let mut attribute = Sequence::of(attribute, Tag::Sequence)?;
    let kind = attribute.read()?;
    let value = components(attribute.read_if(Tag::Set)?).next()?;
    Some((kind, value))
}

/// Decodes UTF-16; tools write characters beyond the Basic Multilingual Plane as two, too.
fn text(bytes: &[u8]) -> Option<String> {
    let (units, rest) = bytes.as_chunks::<2>();
    let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
    let text: Result<String, _> = char::decode_utf16(units).collect();
    text.ok().filter(|text| rest.is_empty() && !text.is_empty())
}

pub(super) const FRIENDLY_NAME: ObjectIdentifier = oid("1.2.840.113549.1.9.20");
pub(super) const LOCAL_KEY_ID: ObjectIdentifier = oid("1.2.840.113549.1.9.21");
