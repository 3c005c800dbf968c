//! Files from elsewhere: what kind they are, and the DER in them.
//!
//! PEM of [RFC 7468] with its relaxations, or bare DER; never more than [`MAX_BYTES`], so that the
//! work on them is bounded. Leaves out what the DER says.
//!
//! [RFC 7468]: https://www.rfc-editor.org/rfc/rfc7468

use std::str;

use der::{Decode, Reader, SliceReader};

use crate::error::Error;
use crate::file_kind::FileKind;

/// Returns the DER of the first block of the kind `wanted`, or of the whole file if it is no PEM.
pub(crate) fn der_of(bytes: &[u8], wanted: FileKind) -> Result<Vec<u8>, Error> {
    check_size(bytes)?;
    match str::from_utf8(bytes) {
        // PEM first: text may begin with the byte of a SEQUENCE, which is `0`.
        Ok(text) if text.contains("-----BEGIN ") => der_of_pem(text, wanted),
        _ if bytes.first() == Some(&SEQUENCE) => Ok(bytes.to_vec()),
        _ => Err(Error::WrongFile {
            wanted,
            found: FileKind::Unknown,
        }),
    }
}

fn der_of_pem(text: &str, wanted: FileKind) -> Result<Vec<u8>, Error> {
    let blocks = pem::parse_many(text).map_err(|_| Error::Damaged { kind: wanted })?;
    let Some(first) = blocks.first() else {
        return Err(Error::Damaged { kind: wanted });
    };
    // Bundles have other blocks in front, such as the key.
    let found = FileKind::of_label(first.tag());
    blocks
        .into_iter()
        .find(|block| FileKind::of_label(block.tag()) == wanted)
        .map(pem::Pem::into_contents)
        .ok_or(Error::WrongFile { wanted, found })
}

pub(crate) fn check_size(bytes: &[u8]) -> Result<(), Error> {
    if bytes.len() > MAX_BYTES {
        return Err(Error::TooLarge {
            bytes: bytes.len(),
            max: MAX_BYTES,
        });
    }
    Ok(())
}

/// Returns the elements of a SEQUENCE OF or SET OF, from its content. A set need not be sorted:
/// requests of sloppy programs are worth reading too.
pub(crate) fn elements<'a, T: Decode<'a, Error = der::Error>>(
    content: &'a [u8],
) -> Result<Vec<T>, der::Error> {
    let mut reader = SliceReader::new(content)?;
    let mut elements = Vec::new();
    while !reader.is_finished() {
        elements.push(T::decode(&mut reader)?);
    }
    Ok(elements)
}

/// A request with a key of 8192 bits and fifty names has less than a tenth of this.
pub(crate) const MAX_BYTES: usize = 64 * 1024;

/// The first byte of every structure that is read here.
const SEQUENCE: u8 = 0x30;
