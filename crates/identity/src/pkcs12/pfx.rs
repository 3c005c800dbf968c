//! The outer layers of a store: `PFX`, its MAC, and the safes in it.
//!
//! [RFC 7292, sections 4 and 4.1], [RFC 5652, section 8]. Leaves out what is in a safe.
//!
//! [RFC 7292, sections 4 and 4.1]: https://www.rfc-editor.org/rfc/rfc7292#section-4
//! [RFC 5652, section 8]: https://www.rfc-editor.org/rfc/rfc5652#section-8

use std::borrow::Cow;

use der::Tag;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use spki::AlgorithmIdentifierRef;

use crate::asn1::{EXPLICIT_0, IMPLICIT_0, Sequence, components, explicit, explicit_octets, oid};
use crate::encrypted_key::EncryptedKey;
use crate::error::Error;
use crate::pkcs12::mac::Mac;
use crate::store_problem::StoreProblem;

/// ```text
/// PFX ::= SEQUENCE {
///   version  INTEGER {v3(3)}(v3,...),
///   authSafe ContentInfo,
///   macData  MacData OPTIONAL }
///
/// ContentInfo ::= SEQUENCE {
///   contentType OBJECT IDENTIFIER,
///   content [0] EXPLICIT ANY DEFINED BY contentType OPTIONAL }
/// ```
pub(super) struct Pfx<'a> {
    /// The `AuthenticatedSafe`, and what the MAC is over.
    pub(super) content: &'a [u8],
    pub(super) mac: Option<Mac<'a>>,
}

impl<'a> Pfx<'a> {
    pub(super) fn read(der: &'a [u8]) -> Result<Self, Error> {
        let damaged = || Error::Store(StoreProblem::Damaged);
        let mut pfx = Sequence::from_der(der).ok_or_else(damaged)?;
        if pfx.read::<u8>() != Some(3) {
            return Err(damaged());
        }
        let (content_type, content) = pfx.read().and_then(content_info).ok_or_else(damaged)?;
        let content = match content_type {
            DATA => explicit_octets(content).ok_or_else(damaged)?,
            SIGNED_DATA => return Err(Error::Store(StoreProblem::PublicKeyMode)),
            _ => return Err(damaged()),
        };
        let mac = match pfx.read_if(Tag::Sequence) {
            Some(mac) => Some(Mac::read(mac, content)?),
            None => None,
        };
        match pfx.is_finished() {
            true => Ok(Self { content, mac }),
            false => Err(damaged()),
        }
    }
}

/// One `ContentInfo` of the `AuthenticatedSafe`, whose content is a `SafeContents`.
pub(super) enum Safe<'a> {
    Plain(&'a [u8]),
    Encrypted(Encrypted<'a>),
}

/// Ciphertext with the algorithm that it is under.
pub(super) struct Encrypted<'a> {
    algorithm: AlgorithmIdentifierRef<'a>,
    /// Put together from its segments, if it stands in several.
    data: Cow<'a, [u8]>,
}

impl Encrypted<'_> {
    /// Returns what is known of its encryption.
    pub(super) fn envelope(&self) -> Result<EncryptedKey<'_>, Error> {
        EncryptedKey::of_certificates(self.algorithm, &self.data)
    }
}

/// Reads `AuthenticatedSafe ::= SEQUENCE OF ContentInfo`.
pub(super) fn safes(der: &[u8]) -> Result<Vec<Safe<'_>>, Error> {
    let damaged = || Error::Store(StoreProblem::Damaged);
    let mut sequence = Sequence::from_der(der).ok_or_else(damaged)?;
    let mut safes = Vec::new();
    while !sequence.is_finished() {
        if safes.len() == MOST_SAFES {
            let limit = MOST_SAFES;
            return Err(Error::Store(StoreProblem::TooManyParts { limit }));
        }
        let info = sequence.read().and_then(content_info);
        let (content_type, content) = info.ok_or_else(damaged)?;
        let safe = match content_type {
            DATA => explicit_octets(content).map(Safe::Plain),
            ENCRYPTED_DATA => explicit(content).and_then(encrypted).map(Safe::Encrypted),
            ENVELOPED_DATA => return Err(Error::Store(StoreProblem::PublicKeyMode)),
            _ => None,
        };
        safes.push(safe.ok_or_else(damaged)?);
    }
    Ok(safes)
}

/// Returns the type and the tagged content of a `ContentInfo`.
fn content_info(info: AnyRef<'_>) -> Option<(ObjectIdentifier, AnyRef<'_>)> {
    let mut info = Sequence::of(info, Tag::Sequence)?;
    let content = (info.read()?, info.read_if(EXPLICIT_0)?);
    info.is_finished().then_some(content)
}

/// Reads an `EncryptedData`.
///
/// ```text
/// EncryptedData ::= SEQUENCE {
///   version CMSVersion,
///   encryptedContentInfo EncryptedContentInfo,
///   unprotectedAttrs [1] IMPLICIT UnprotectedAttributes OPTIONAL }
///
/// EncryptedContentInfo ::= SEQUENCE {
///   contentType ContentType,
///   contentEncryptionAlgorithm ContentEncryptionAlgorithmIdentifier,
///   encryptedContent [0] IMPLICIT OCTET STRING OPTIONAL }
/// ```
fn encrypted(data: AnyRef<'_>) -> Option<Encrypted<'_>> {
    let mut data = Sequence::of(data, Tag::Sequence)?;
    data.read::<u8>()?;
    let mut info = Sequence::of(data.read()?, Tag::Sequence)?;
    let content_type: ObjectIdentifier = info.read()?;
    let algorithm = info.read()?;
    let data = match info.read_if(IMPLICIT_0) {
        Some(content) => Cow::Borrowed(content.value()),
        // Its type does not show in its tag, so its segments are still apart.
        None => Cow::Owned(joined(info.read_if(EXPLICIT_0)?)?),
    };
    let is_whole = content_type == DATA && info.is_finished();
    is_whole.then_some(Encrypted { algorithm, data })
}

/// Puts the segments of an octet string together.
fn joined(segments: AnyRef<'_>) -> Option<Vec<u8>> {
    let mut data = Vec::with_capacity(segments.value().len());
    let mut read = 0;
    for segment in components(segments) {
        let octets = segment.decode_as::<&OctetStringRef>().ok()?;
        data.extend(octets.as_bytes());
        read += 1;
    }
    (read > 0).then_some(data)
}

/// Safes that are read; tools write two or three.
const MOST_SAFES: usize = 64;

pub(super) const DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.1");
const SIGNED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.2");
const ENVELOPED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.3");
pub(super) const ENCRYPTED_DATA: ObjectIdentifier = oid("1.2.840.113549.1.7.6");
