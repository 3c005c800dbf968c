//! `PrivateKeyInfo` and its successor `OneAsymmetricKey` ([RFC 5958, section 2]), as they are
//! found.
//!
//! ring, and rcgen with it, write the public key of version 2 with an explicit tag, which the
//! standard does not; aws-lc-rs and others as it asks for. Both are read. Leaves out the
//! attributes, and what the private key means.
//!
//! [RFC 5958, section 2]: https://www.rfc-editor.org/rfc/rfc5958#section-2

use der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};
use spki::AlgorithmIdentifierRef;

/// ```text
/// OneAsymmetricKey ::= SEQUENCE {
///   version                  Version (v1 or v2),
///   privateKeyAlgorithm      PrivateKeyAlgorithmIdentifier,
///   privateKey               OCTET STRING,
///   attributes            [0] IMPLICIT Attributes OPTIONAL,
///   publicKey             [1] IMPLICIT BIT STRING OPTIONAL }
/// ```
pub(super) struct PrivateKeyInfo<'a> {
    pub(super) algorithm: AlgorithmIdentifierRef<'a>,
    pub(super) private_key: &'a [u8],
    pub(super) public_key: Option<&'a [u8]>,
}

impl<'a> PrivateKeyInfo<'a> {
    /// Reads the structure; `None` if it is not well-formed.
    pub(super) fn read(der: &'a [u8]) -> Option<Self> {
        let sequence = AnyRef::from_der(der).ok()?;
        if sequence.tag() != Tag::Sequence {
            return None;
        }
        let mut reader = SliceReader::new(sequence.value()).ok()?;
        let version = u8::decode(&mut reader).ok()?;
        let mut info = Self {
            algorithm: AlgorithmIdentifierRef::decode(&mut reader).ok()?,
            private_key: <&OctetStringRef>::decode(&mut reader).ok()?.as_bytes(),
            public_key: None,
        };
        while !reader.is_finished() {
            let optional = AnyRef::decode(&mut reader).ok()?;
            match optional.tag() {
                ATTRIBUTES if info.public_key.is_none() => {}
                PUBLIC_KEY if info.public_key.is_none() => {
                    // The first byte counts the bits that are not used.
                    info.public_key = Some(optional.value().strip_prefix(&[0])?);
                }
                EXPLICIT_PUBLIC_KEY if info.public_key.is_none() => {
                    let bits = BitStringRef::from_der(optional.value()).ok()?;
                    info.public_key = Some(bits.as_bytes()?);
                }
                _ => return None,
            }
        }
        let is_version_2 = info.public_key.is_some();
        (version == u8::from(is_version_2)).then_some(info)
    }
}

const ATTRIBUTES: Tag = context_specific(0, true);
const PUBLIC_KEY: Tag = context_specific(1, false);
const EXPLICIT_PUBLIC_KEY: Tag = context_specific(1, true);

const fn context_specific(number: u32, constructed: bool) -> Tag {
    Tag::ContextSpecific {
        constructed,
        number: TagNumber(number),
    }
}
