//! Recognising the bytes of an input: by content first, by PEM label second.
//!
//! A label is a claim and often a wrong one (a PKCS#1 key under `PRIVATE KEY`), so the shape of the
//! ASN.1 decides and the label serves where the content is damaged or not ASN.1. Leaves out
//! decoding: a recognised thing may still turn out to be damaged.

mod ber;
mod signature;

use der::asn1::{AnyRef, ObjectIdentifier};
use der::{Decode, Reader, SliceReader, Tag};
use zeroize::Zeroizing;

use crate::format::Format;
use crate::key_uri::is_uri;
use crate::pem::{self, Block, Body, DekInfo};
use crate::text_encoding::{self, Text};

/// One thing found in an input.
pub(crate) struct Document {
    pub(crate) format: Format,
    /// Its DER, what is encrypted under `dek_info`, or the text of a URI; empty where the format
    /// has none of these.
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

/// Recognises everything that an input holds, in order; never empty.
pub(crate) fn recognise(input: &[u8]) -> Vec<Document> {
    // Before any block is looked for, as a file may be packed without being compressed.
    if let Some(format) = signature::by_beginning(input) {
        return vec![Document::bare(format)];
    }
    // The DER of a short key may look like Chinese in UTF-16.
    if first_element(input).is_some_and(|element| by_content(element).is_some()) {
        return recognise_utf8(input);
    }
    match text_encoding::decode(input) {
        Text::AsItIs if has_dashes_of_utf16(input) => vec![Document::bare(Format::Utf16)],
        Text::AsItIs => recognise_utf8(input),
        Text::Decoded(_, text) => recognise_utf8(&text),
        Text::Undecodable => vec![Document::bare(Format::Utf16)],
    }
}

fn recognise_utf8(input: &[u8]) -> Vec<Document> {
    let text = input.trim_ascii();
    let blocks = pem::blocks(text);
    if !blocks.is_empty() {
        return blocks.into_iter().map(from_block).collect();
    }
    if let Some(format) = signature::by_text(text) {
        return vec![Document::bare(format)];
    }
    if is_uri(text) {
        return vec![Document {
            der: Zeroizing::new(text.to_vec()),
            ..Document::bare(Format::KeyUri)
        }];
    }
    // Not trimmed: a key may end in a byte that is white space in text.
    match input.trim_ascii_start() {
        [] => vec![Document::bare(Format::Empty)],
        [b'<', ..] if is_html(text) => vec![Document::bare(Format::Html)],
        [0x30, 0x80..=0x84, ..] => from_der(input),
        // Short, as an Ed25519 key or the name of a curve is. Text may begin with these bytes too,
        // so only if it is whole.
        [0x06 | 0x30, ..] if first_element(input).is_some() => from_der(input),
        _ => from_bare_base64(text).unwrap_or_else(|| vec![Document::bare(Format::Unrecognised)]),
    }
}

/// Reads base64 of DER without the lines around it, as JSON and YAML carry it.
fn from_bare_base64(text: &[u8]) -> Option<Vec<Document>> {
    // The beginning of every sequence of 128 bytes and more.
    let der = text
        .starts_with(b"MI")
        .then(|| pem::decode_base64(text))??;
    let documents = from_der(&der);
    let is_known =
        |document: &Document| !matches!(document.format, Format::DamagedDer | Format::Unrecognised);
    documents.iter().all(is_known).then_some(documents)
}

/// Returns whether there is a PEM block whose dashes are two bytes each.
fn has_dashes_of_utf16(input: &[u8]) -> bool {
    [b"-\0-\0-\0-\0", b"\0-\0-\0-\0-"]
        .iter()
        .any(|dashes| input.windows(dashes.len()).any(|window| window == *dashes))
}

fn is_html(text: &[u8]) -> bool {
    // A comment or an XML declaration may stand before it.
    let start = text.get(..1024).unwrap_or(text).to_ascii_lowercase();
    [&b"<!doctype html"[..], b"<html"]
        .iter()
        .any(|sign| start.windows(sign.len()).any(|window| window == *sign))
}

fn from_block(block: Block) -> Document {
    match block.body {
        // Its checksum is no base64.
        _ if block.label.starts_with("PGP ") => Document::bare(Format::OpenPgp),
        _ if block.label.starts_with("AGE ") => Document::bare(Format::EncryptedFile),
        Body::Damaged => Document::bare(Format::Damaged),
        Body::Encrypted(dek_info, der) => Document {
            format: Format::TraditionalEncrypted,
            der,
            dek_info: Some(dek_info),
        },
        Body::Der(mut der) => {
            if let Some(length) = first_element(&der).map(<[u8]>::len) {
                // OpenSSL's own form: a certificate, then the purposes that it is trusted for.
                let is_trusted = block.label == "TRUSTED CERTIFICATE";
                let mut rest = der.iter().skip(length);
                if is_trusted || rest.all(|byte| is_padding(*byte)) {
                    der.truncate(length);
                }
            }
            // Without their label, the parameters of DH are two numbers, as a public key is.
            let is_certain = block.label.ends_with("PARAMETERS");
            let format = Some(&*der)
                .filter(|_| !is_certain)
                .and_then(|der| by_content(der).or_else(|| ber::by_beginning(der)))
                .unwrap_or_else(|| by_label(&block.label));
            Document {
                format,
                der,
                dek_info: None,
            }
        }
    }
}

/// Splits a file of DER values that stand one after the other; padding behind them is ignored.
fn from_der(input: &[u8]) -> Vec<Document> {
    let mut documents = Vec::new();
    let mut rest = input;
    // Found once: padding that is looked through again for each value takes half a minute.
    let behind = input.iter().rev().take_while(|byte| is_padding(**byte));
    let behind = behind.count();
    while let Some((element, after)) =
        first_element(rest).and_then(|element| rest.split_at_checked(element.len()))
    {
        documents.push(Document {
            format: by_content(element)
                .or_else(|| ber::by_beginning(element))
                .unwrap_or(Format::Unrecognised),
            der: Zeroizing::new(element.to_vec()),
            dek_info: None,
        });
        rest = after;
        // The last value may end in what looks like padding.
        if rest.len() <= behind {
            return documents;
        }
    }
    match ber::by_beginning(rest) {
        // Read in full where it is opened, as its end is known only then.
        Some(format) if documents.is_empty() => documents.push(Document {
            format,
            der: Zeroizing::new(rest.to_vec()),
            dek_info: None,
        }),
        _ => documents.push(Document::bare(Format::DamagedDer)),
    }
    documents
}

/// Returns whether editors, transfers and block devices append such a byte to a file.
pub(crate) fn is_padding(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, 0 | 0x1A | 0xFF)
}

/// Returns the first DER value, with its tag and length.
fn first_element(der: &[u8]) -> Option<&[u8]> {
    SliceReader::new(der)
        .and_then(|mut reader| reader.tlv_bytes())
        .ok()
}

/// Recognises a DER value by the types of its first components.
pub(crate) fn by_content(der: &[u8]) -> Option<Format> {
    let value = AnyRef::from_der(der).ok()?;
    if der::Tagged::tag(&value) == Tag::ObjectIdentifier {
        return Some(Format::Parameters); // the name of a curve
    }
    let components = components(value)?;
    let tags: Vec<Tag> = components.iter().map(der::Tagged::tag).collect();
    match tags.as_slice() {
        [Tag::Integer, Tag::Sequence, Tag::OctetString, ..] => Some(Format::Pkcs8),
        // A curve that is written out.
        [
            Tag::Integer,
            Tag::Sequence,
            Tag::Sequence,
            Tag::OctetString,
            Tag::Integer,
            ..,
        ] => Some(Format::Parameters),
        [Tag::Integer, Tag::Sequence, Tag::Sequence, ..] | [Tag::Integer, Tag::Sequence] => {
            begins_with_pkcs7(*components.get(1)?).then_some(Format::Pkcs12)
        }
        [Tag::Integer, Tag::OctetString, ..] => Some(Format::Sec1),
        [Tag::Integer, Tag::Integer] => Some(Format::PublicKey),
        // Nine numbers; a DSA key has six.
        [Tag::Integer, rest @ ..] if rest.len() >= 8 => Some(Format::Pkcs1),
        // Without the primes, or without what follows from them. In a DSA key, a prime of at least
        // 160 bits stands in the place of the public exponent.
        [Tag::Integer, Tag::Integer, Tag::Integer, Tag::Integer] => Some(Format::Pkcs1),
        [
            Tag::Integer,
            Tag::Integer,
            Tag::Integer,
            Tag::Integer,
            Tag::Integer,
            Tag::Integer,
        ] => {
            let third = components.get(2)?.value().len();
            Some(if third < 20 {
                Format::Pkcs1
            } else {
                Format::DsaKey
            })
        }
        [Tag::Integer, Tag::Integer, Tag::Integer] => Some(Format::Parameters),
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
        [
            Tag::Integer,
            Tag::Sequence,
            Tag::Sequence,
            Tag::UtcTime | Tag::GeneralizedTime,
            ..,
        ]
        | [
            Tag::Sequence,
            Tag::Sequence,
            Tag::UtcTime | Tag::GeneralizedTime,
            ..,
        ] => Some(Format::CertificateRevocationList),
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

/// Returns the components of a sequence, at most as many as tell the formats apart.
fn components(sequence: AnyRef<'_>) -> Option<Vec<AnyRef<'_>>> {
    if der::Tagged::tag(&sequence) != Tag::Sequence {
        return None;
    }
    let mut reader = SliceReader::new(sequence.value()).ok()?;
    let mut components = Vec::new();
    // A revocation list may have a million; ten tell the formats apart.
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

/// Returns the format that a PEM label names ([RFC 7468, section 4]).
///
/// [RFC 7468, section 4]: https://www.rfc-editor.org/rfc/rfc7468#section-4
fn by_label(label: &str) -> Format {
    match label {
        "CERTIFICATE" | "TRUSTED CERTIFICATE" | "X509 CERTIFICATE" => Format::Certificate,
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => Format::CertificationRequest,
        "CMS" | "PKCS7" | "PKCS #7 SIGNED DATA" => Format::Pkcs7,
        "DSA PRIVATE KEY" => Format::DsaKey,
        "EC PRIVATE KEY" => Format::Sec1,
        "ENCRYPTED PRIVATE KEY" => Format::EncryptedPkcs8,
        "OPENSSH PRIVATE KEY" => Format::OpenSshKey,
        "PRIVATE KEY" => Format::Pkcs8,
        "PUBLIC KEY" | "RSA PUBLIC KEY" => Format::PublicKey,
        "RSA PRIVATE KEY" => Format::Pkcs1,
        "X509 CRL" => Format::CertificateRevocationList,
        parameters if parameters.ends_with("PARAMETERS") => Format::Parameters,
        _ => Format::OtherPem,
    }
}

const PKCS7: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7");
const MOST_COMPONENTS: usize = 10;
