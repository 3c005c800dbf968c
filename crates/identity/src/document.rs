//! What the bytes of an input are: by their content first, by their PEM label second.
//!
//! A label is a claim and often a wrong one (a PKCS#1 key under `PRIVATE KEY`), so the shape of the
//! ASN.1 decides and the label serves where the content is damaged or not ASN.1. Leaves out
//! decoding: a recognised thing may still turn out to be damaged.

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Reader, SliceReader, Tag};
use zeroize::Zeroizing;

use crate::Format;
use crate::pem::{self, Block, Body, DekInfo};

/// One thing found in an input.
pub(crate) struct Document {
    pub(crate) format: Format,
    /// Its DER, or what is encrypted under `dek_info`; empty where the format has neither.
    pub(crate) der: Zeroizing<Vec<u8>>,
    /// Only of [`Format::TraditionalEncrypted`].
    pub(crate) dek_info: Option<DekInfo>,
}

impl Document {
    fn bare(format: Format) -> Self {
        Self {
            format,
            der: Zeroizing::default(),
            dek_info: None,
        }
    }
}

/// Everything that an input holds, in order; never empty.
pub(crate) fn recognise(input: &[u8]) -> Vec<Document> {
    if is_utf16(input) {
        return vec![Document::bare(Format::Utf16)];
    }
    // Before any block is looked for, as a file may be packed without being compressed.
    if let Some(format) = archive(input) {
        return vec![Document::bare(format)];
    }
    let text = input.strip_prefix(UTF8_MARK).unwrap_or(input).trim_ascii();
    let blocks = pem::blocks(text);
    if !blocks.is_empty() {
        return blocks.into_iter().map(from_block).collect();
    }
    match text {
        [] => vec![Document::bare(Format::Empty)],
        [b'<', ..] if is_html(text) => vec![Document::bare(Format::Html)],
        [0xFE, 0xED, 0xFE, 0xED, ..] | [0xCE, 0xCE, 0xCE, 0xCE, ..] => {
            vec![Document::bare(Format::JavaKeyStore)]
        }
        _ if text.starts_with(b"PuTTY-User-Key-File-") => vec![Document::bare(Format::PuttyKey)],
        // `-----BEGIN` in base64.
        _ if text.starts_with(b"LS0tLS1CRUdJT") => vec![Document::bare(Format::Base64OfPem)],
        // Not trimmed: a key may end in a byte that is white space in text.
        [0x30, 0x80..=0x84, ..] => from_der(input),
        // Short, as an Ed25519 key is. Text may begin with this byte too, so only if it is whole.
        [0x30, ..] if first_element(input).is_some() => from_der(input),
        _ => vec![Document::bare(Format::Unrecognised)],
    }
}

/// Is this text in UTF-16, with a mark or (seen from the dashes of a PEM block) without one?
fn is_utf16(input: &[u8]) -> bool {
    input.starts_with(&[0xFF, 0xFE])
        || input.starts_with(&[0xFE, 0xFF])
        || [b"-\0-\0-\0-\0", b"\0-\0-\0-\0-"]
            .iter()
            .any(|dashes| input.windows(dashes.len()).any(|window| window == *dashes))
}

/// Is this a ZIP archive, empty and split ones included, or what gzip has compressed (RFC 1952, section 2.3.1)?
fn archive(input: &[u8]) -> Option<Format> {
    match input {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => {
            Some(Format::Zip)
        }
        [0x1F, 0x8B, 8, ..] => Some(Format::Gzip),
        _ => None,
    }
}

fn is_html(text: &[u8]) -> bool {
    let start = text.get(..1024).unwrap_or(text).to_ascii_lowercase();
    [&b"<!doctype html"[..], b"<html"]
        .iter()
        .any(|sign| start.windows(sign.len()).any(|window| window == *sign))
}

fn from_block(block: Block) -> Document {
    match block.body {
        Body::Damaged => Document::bare(Format::Damaged),
        Body::Encrypted(dek_info, der) => Document {
            format: Format::TraditionalEncrypted,
            der,
            dek_info: Some(dek_info),
        },
        Body::Der(mut der) => {
            if block.label == "TRUSTED CERTIFICATE" {
                // OpenSSL's own form: a certificate, then whom it is to be trusted by.
                let length = first_element(&der).map_or(0, <[u8]>::len);
                der.truncate(length);
            }
            let format = by_content(&der).unwrap_or_else(|| by_label(&block.label));
            Document {
                format,
                der,
                dek_info: None,
            }
        }
    }
}

/// Splits a file of DER values that stand one after the other.
fn from_der(input: &[u8]) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut rest = input;
    // Found once: white space that is looked through again for each value takes half a minute.
    let behind = input.len() - input.trim_ascii_end().len();
    while rest.len() > behind {
        let Some((element, after)) =
            first_element(rest).and_then(|element| rest.split_at_checked(element.len()))
        else {
            documents.push(Document::bare(Format::Damaged));
            break;
        };
        documents.push(Document {
            format: by_content(element).unwrap_or(Format::Unrecognised),
            der: Zeroizing::new(element.to_vec()),
            dek_info: None,
        });
        rest = after;
    }
    documents
}

/// The first DER value, with its tag and length.
fn first_element(der: &[u8]) -> Option<&[u8]> {
    SliceReader::new(der)
        .and_then(|mut reader| reader.tlv_bytes())
        .ok()
}

/// Recognises a DER value by the types of its first components.
pub(crate) fn by_content(der: &[u8]) -> Option<Format> {
    let components = components(AnyRef::from_der(der).ok()?)?;
    let tags: Vec<Tag> = components.iter().map(der::Tagged::tag).collect();
    match tags.as_slice() {
        [Tag::Integer, Tag::Sequence, Tag::OctetString, ..] => Some(Format::Pkcs8),
        [Tag::Integer, Tag::Sequence, Tag::Sequence, ..] | [Tag::Integer, Tag::Sequence] => {
            begins_with_pkcs7(*components.get(1)?).then_some(Format::Pkcs12)
        }
        [Tag::Integer, Tag::OctetString, ..] => Some(Format::Sec1),
        [Tag::Integer, Tag::Integer] => Some(Format::PublicKey),
        // Nine numbers; a DSA key has six.
        [Tag::Integer, rest @ ..] if rest.len() >= 8 => Some(Format::Pkcs1),
        [Tag::Sequence, Tag::OctetString] => Some(Format::EncryptedPkcs8),
        [Tag::Sequence, Tag::BitString] => Some(Format::PublicKey),
        [Tag::Sequence, Tag::Sequence, Tag::BitString] => signed(*components.first()?),
        [Tag::ObjectIdentifier, ..] => is_pkcs7(*components.first()?).then_some(Format::Pkcs7),
        _ => None,
    }
}

/// Tells a certificate from a request by what is signed.
fn signed(to_be_signed: AnyRef<'_>) -> Option<Format> {
    let components = components(to_be_signed)?;
    let tags: Vec<Tag> = components.iter().map(der::Tagged::tag).collect();
    match tags.as_slice() {
        [Tag::ContextSpecific { .. }, Tag::Integer, ..] => Some(Format::Certificate),
        // Version 1 has no version field: serial number, algorithm, issuer, validity, subject, key.
        [
            Tag::Integer,
            Tag::Sequence,
            Tag::Sequence,
            Tag::Sequence,
            ..,
        ] => Some(Format::Certificate),
        [
            Tag::Integer,
            Tag::Sequence,
            Tag::Sequence,
            Tag::ContextSpecific { .. },
        ]
        | [Tag::Integer, Tag::Sequence, Tag::Sequence] => Some(Format::CertificationRequest),
        _ => None,
    }
}

/// The components of a sequence, at most as many as tell the formats apart.
fn components(sequence: AnyRef<'_>) -> Option<Vec<AnyRef<'_>>> {
    if der::Tagged::tag(&sequence) != Tag::Sequence {
        return None;
    }
    let mut reader = SliceReader::new(sequence.value()).ok()?;
    let mut components = Vec::new();
    while !reader.is_finished() && components.len() < MOST_COMPONENTS {
        components.push(AnyRef::decode(&mut reader).ok()?);
    }
    Some(components)
}

fn begins_with_pkcs7(sequence: AnyRef<'_>) -> bool {
    components(sequence)
        .and_then(|inner| inner.first().copied())
        .is_some_and(is_pkcs7)
}

fn is_pkcs7(value: AnyRef<'_>) -> bool {
    value
        .decode_as::<ObjectIdentifier>()
        .is_ok_and(|oid| oid.parent() == Some(PKCS7))
}

/// What a PEM label claims ([RFC 7468, section 4]).
///
/// [RFC 7468, section 4]: https://www.rfc-editor.org/rfc/rfc7468#section-4
fn by_label(label: &str) -> Format {
    match label {
        "CERTIFICATE" | "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" => Format::Certificate,
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Format::CertificationRequest,
        "CMS" | "PKCS7" | "PKCS #7 SIGNED DATA" => Format::Pkcs7,
        "EC PRIVATE KEY" => Format::Sec1,
        "ENCRYPTED PRIVATE KEY" => Format::EncryptedPkcs8,
        "OPENSSH PRIVATE KEY" => Format::OpenSshKey,
        "PRIVATE KEY" => Format::Pkcs8,
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Format::PublicKey,
        "RSA PRIVATE KEY" => Format::Pkcs1,
        _ => Format::OtherPem,
    }
}

const UTF8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];
const PKCS7: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7");
const MOST_COMPONENTS: usize = 10;
