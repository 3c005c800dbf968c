//! The certificates and the one key among everything that the two inputs hold.
//!
//! Where they are missing, says what is there instead. Leaves out decoding.

use crate::document::Document;
use crate::error::Error;
use crate::format::Format;
use crate::input::Input;
use crate::pkcs7;

/// The documents to decode.
pub(crate) struct Selected {
    /// At least one, in the order of the input: certificates, and PKCS#12 stores that may hold
    /// some.
    pub(crate) certificates: Vec<Document>,
    /// A key, or a PKCS#12 store that may hold some.
    pub(crate) key: Document,
}

impl Selected {
    pub(crate) fn new(certificate: Vec<Document>, key: Vec<Document>) -> Result<Self, Error> {
        if are_swapped(&certificate, &key) {
            return Err(Error::Swapped);
        }
        Ok(Self {
            certificates: certificates(certificate)?,
            key: single_key(key)?,
        })
    }
}

fn are_swapped(certificate: &[Document], key: &[Document]) -> bool {
    let has_certificate = |input: &[Document]| has(input, |format| format == Format::Certificate);
    let has_key = |input: &[Document]| has(input, is_private_key);
    let has_store = |input: &[Document]| has(input, |format| format == Format::Pkcs12);
    has_key(certificate)
        && !has_certificate(certificate)
        && !has_store(certificate)
        && has_certificate(key)
        && !has_key(key)
        && !has_store(key)
}

fn has(input: &[Document], is_wanted: impl Fn(Format) -> bool) -> bool {
    input.iter().any(|document| is_wanted(document.format))
}

/// Returns what may hold certificates, in the order of the input; at least one.
pub(crate) fn certificates(input: Vec<Document>) -> Result<Vec<Document>, Error> {
    let input = pkcs7::unpacked(input);
    let found = formats(&input);
    // A chain with a hole fails at the server, which does not say why.
    let has_certificate = found.iter().any(|format| may_hold_certificate(*format));
    let damaged = [Format::Damaged, Format::DamagedDer];
    if has_certificate && let Some(format) = damaged.into_iter().find(|it| found.contains(it)) {
        return Err(Error::UnsupportedFormat {
            input: Input::Certificate,
            format,
        });
    }
    if !has_certificate {
        return Err(nothing_wanted(Input::Certificate, &input));
    }
    Ok(input
        .into_iter()
        .filter(|document| may_hold_certificate(document.format))
        .collect())
}

const fn may_hold_certificate(format: Format) -> bool {
    matches!(format, Format::Certificate | Format::Pkcs12)
}

/// Returns the error about an input that holds none of the public parts that were looked for.
pub(crate) fn nothing_wanted(input: Input, documents: &[Document]) -> Error {
    let found = formats(documents);
    let is_unhelpful = |format| is_private_key(format) || format == Format::PublicKey;
    explain(input, &found, is_unhelpful).unwrap_or(Error::NoCertificate { found })
}

/// Returns the only key of an input.
pub(crate) fn single_key(input: Vec<Document>) -> Result<Document, Error> {
    let found = formats(&input);
    let mut keys: Vec<Document> = input
        .into_iter()
        .filter(|it| is_supported_key(it.format) || it.format == Format::Pkcs12)
        .collect();
    keys.dedup_by(|later, earlier| later.der == earlier.der && later.dek_info == earlier.dek_info);
    let count = keys.len();
    match keys.pop() {
        Some(key) if count == 1 => Ok(key),
        Some(_) => Err(Error::SeveralKeys { count }),
        None => Err(
            explain(Input::Key, &found, |format| format == Format::Pkcs7)
                .unwrap_or(Error::NoKey { found }),
        ),
    }
}

/// Returns the kinds of things in an input, each once.
fn formats(input: &[Document]) -> Vec<Format> {
    let mut formats = Vec::new();
    for Document { format, .. } in input {
        if !formats.contains(format) {
            formats.push(*format);
        }
    }
    formats
}

/// Returns the error about the first thing found for which there is advice that fits this input.
fn explain(input: Input, found: &[Format], is_unhelpful: impl Fn(Format) -> bool) -> Option<Error> {
    let has_advice = |format: &Format| !format.advice().is_empty() && !is_unhelpful(*format);
    // Parameters stand in front of a key; what is wrong is that key.
    let format = found
        .iter()
        .filter(|format| **format != Format::Parameters)
        .find(|format| has_advice(format))
        .or_else(|| found.iter().find(|format| has_advice(format)))
        .copied()?;
    Some(match format {
        Format::CertificationRequest => Error::LooksLikeCsr { input },
        format => Error::UnsupportedFormat { input, format },
    })
}

pub(crate) const fn is_private_key(format: Format) -> bool {
    is_supported_key(format)
        || matches!(
            format,
            Format::DsaKey
                | Format::Jwk
                | Format::KeyUri
                | Format::MicrosoftKey
                | Format::OpenSshKey
                | Format::PuttyKey
        )
}

const fn is_supported_key(format: Format) -> bool {
    matches!(
        format,
        Format::EncryptedPkcs8
            | Format::Pkcs1
            | Format::Pkcs8
            | Format::Sec1
            | Format::TraditionalEncrypted
    )
}
