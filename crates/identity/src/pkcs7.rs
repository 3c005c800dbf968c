//! The certificates of a PKCS#7 bundle, as Windows CAs hand them out.
//!
//! [RFC 5652, section 5.1], which took over [RFC 2315, section 9.1]. Leaves out signed
//! content and signers: such a bundle has neither.
//!
//! [RFC 5652, section 5.1]: https://www.rfc-editor.org/rfc/rfc5652#section-5.1
//! [RFC 2315, section 9.1]: https://www.rfc-editor.org/rfc/rfc2315#section-9.1

use der::asn1::AnyRef;
use der::{Decode, Encode, Tag, Tagged};
use zeroize::Zeroizing;

use crate::asn1::{EXPLICIT_0, components};
use crate::definite_lengths::normalise;
use crate::document::Document;
use crate::format::Format;

/// Puts the certificates of each bundle in its place; one without any stays as it is.
pub(crate) fn unpacked(documents: Vec<Document>) -> Vec<Document> {
    let unpack = |document: Document| match document.format {
        Format::Pkcs7 => match certificates(&document.der) {
            certificates if certificates.is_empty() => vec![document],
            certificates => certificates,
        },
        _ => vec![document],
    };
    documents.into_iter().flat_map(unpack).collect()
}

/// Puts the certificates of each bundle behind it.
pub(crate) fn listed(documents: Vec<Document>) -> Vec<Document> {
    let list = |document: Document| {
        let certificates = match document.format {
            Format::Pkcs7 => certificates(&document.der),
            _ => Vec::new(),
        };
        std::iter::once(document).chain(certificates)
    };
    documents.into_iter().flat_map(list).collect()
}

/// Returns the certificates of a `SignedData`, in their order; none if it cannot be read.
///
/// ```text
/// ContentInfo ::= SEQUENCE { contentType OBJECT IDENTIFIER, content [0] EXPLICIT SignedData }
/// SignedData ::= SEQUENCE {
///   version INTEGER, digestAlgorithms SET, contentInfo ContentInfo,
///   certificates [0] IMPLICIT SET OF Certificate OPTIONAL, ... }
/// ```
///
/// A bundle in BER is made DER first. Its certificates are DER already, since their signatures are
/// over that, and stay as they are.
pub(crate) fn certificates(bundle: &[u8]) -> Vec<Document> {
    let der = normalise(bundle).map(|normalised| normalised.der);
    let certificates = der.as_ref().and_then(|der| {
        let content_info = AnyRef::from_der(der).ok()?;
        let content = components(content_info).find(|it| it.tag() == EXPLICIT_0)?;
        let signed_data = AnyRef::from_der(content.value()).ok()?;
        components(signed_data).find(|it| it.tag() == EXPLICIT_0)
    });
    let certificates = certificates.into_iter().flat_map(components);
    certificates
        // Attribute certificates may be among them, under tags of their own.
        .filter(|it| it.tag() == Tag::Sequence)
        .filter_map(|it| it.to_der().ok())
        .map(|der| Document {
            format: Format::Certificate,
            der: Zeroizing::new(der),
            dek_info: None,
        })
        .collect()
}
