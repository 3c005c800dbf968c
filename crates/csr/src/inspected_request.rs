//! A certification request that was made anywhere, taken apart.
//!
//! [RFC 2986, section 4]. Foreign bytes: every length is bounded and nothing is trusted, least of
//! all the signature, which [`InspectedRequest::verify`] checks. Leaves out values of attributes
//! that may be secret.
//!
//! [RFC 2986, section 4]: https://www.rfc-editor.org/rfc/rfc2986#section-4

mod display;
mod lint;
mod signature;

use std::fmt;

use der::asn1::{AnyRef, BitStringRef, ObjectIdentifier};
use der::{Decode, Encode, Header, Sequence, SliceReader, Tag, TagNumber, Tagged};
use vocabulary::Fingerprint;
use x509_cert::spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

pub use lint::{Finding, Severity};

use crate::distinguished_name::{self, NameAttribute};
use crate::error::Error;
use crate::file_kind::FileKind;
use crate::foreign::{check_size, der_of, elements};
use crate::key_usage::{ExtendedKeyUsage, KeyUsage};
use crate::public_key::PublicKeyKind;
use crate::requested_extension::RequestedExtensions;
use crate::signature_algorithm::SignatureAlgorithm;
use crate::subject::AlternativeName;
use crate::universal_string;

/// A request as it was found, ours or not.
///
/// `Display` shows all of it, over several lines, with what a terminal would act upon escaped. The
/// value of a challengePassword is not handed out: it is a secret.
///
/// ```
/// use csr::{InspectedRequest, Policy};
/// # let text = include_bytes!("../tests/vectors/requests/acme.der");
///
/// let request = InspectedRequest::from_pem_or_der(text)?;
/// request.verify()?;
/// assert_eq!(request.subject()[4].value(), "napi.acme.example");
/// assert_eq!(request.lint(Policy::Trulioo), []);
/// # Ok::<(), csr::Error>(())
/// ```
///
/// `Debug` shows what the accessors give, and not the bytes that were signed: the password is among
/// them.
#[derive(Clone, PartialEq, Eq)]
pub struct InspectedRequest {
    subject: Vec<NameAttribute>,
    extensions: RequestedExtensions,
    /// `None` if the field is left out, against RFC 2986.
    attributes: Option<Vec<ObjectIdentifier>>,
    public_key: PublicKeyKind,
    public_key_der: Vec<u8>,
    signature_algorithm: SignatureAlgorithm,
    signature: Vec<u8>,
    /// `CertificationRequestInfo` in DER, wiped on drop: a challengePassword stands in it.
    signed: Zeroizing<Vec<u8>>,
}

impl InspectedRequest {
    /// Takes a request apart that is in PEM or in DER, told apart by content.
    ///
    /// Of PEM it takes the label `NEW CERTIFICATE REQUEST` too, any line width and line end, and
    /// text around the block; of several requests the first.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] above 64 KiB, [`Error::WrongFile`] if it is something else,
    /// [`Error::Damaged`] if it is not intact.
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_der(&der_of(bytes, FileKind::CertificationRequest)?)
    }

    /// Takes a request in DER apart.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`] above 64 KiB, [`Error::Damaged`] if it is not an intact request.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        check_size(der)?;
        Self::parse(der, der)
            .or_else(|damage| {
                // Only then: most requests have no such name, and need no copy.
                let readable = universal_string::readable(der).ok_or(damage)?;
                Self::parse(&readable, der)
            })
            .map_err(|_| Error::Damaged {
                kind: FileKind::CertificationRequest,
            })
    }

    /// Returns the attributes of the subject in the order of the encoding.
    #[must_use]
    pub fn subject(&self) -> &[NameAttribute] {
        &self.subject
    }

    /// Returns the subject alternative names asked for.
    #[must_use]
    pub fn alternative_names(&self) -> &[AlternativeName] {
        &self.extensions.alternative_names
    }

    /// Returns the key usage asked for.
    #[must_use]
    pub fn key_usages(&self) -> &[KeyUsage] {
        &self.extensions.key_usages
    }

    /// Returns the purposes asked for, as far as they are known here.
    #[must_use]
    pub fn extended_key_usages(&self) -> &[ExtendedKeyUsage] {
        &self.extensions.extended_key_usages
    }

    /// Returns the names of the request's attributes, such as `extensionRequest`, or their object
    /// identifiers.
    pub fn attribute_names(&self) -> impl Iterator<Item = String> {
        self.attributes
            .iter()
            .flatten()
            .map(|oid| attribute_name(*oid))
    }

    /// Returns whether there is a challengePassword ([RFC 2985, section 5.4.1]).
    ///
    /// [RFC 2985, section 5.4.1]: https://www.rfc-editor.org/rfc/rfc2985#section-5.4.1
    #[must_use]
    pub fn has_challenge_password(&self) -> bool {
        self.attributes
            .iter()
            .flatten()
            .any(|oid| *oid == CHALLENGE_PASSWORD)
    }

    /// Returns the kind of its public key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKeyKind {
        &self.public_key
    }

    /// Returns the SHA-256 of the public key as `SubjectPublicKeyInfo` in DER, as
    /// [`RsaKey::public_key_sha256`](crate::RsaKey::public_key_sha256).
    #[must_use]
    pub fn public_key_sha256(&self) -> Fingerprint {
        Fingerprint::of(&self.public_key_der)
    }

    /// Returns the algorithm that it claims to be signed with.
    #[must_use]
    pub fn signature_algorithm(&self) -> &SignatureAlgorithm {
        &self.signature_algorithm
    }

    /// Reads `der`; what was signed is taken from `original`, which has the same lengths.
    fn parse(der: &[u8], original: &[u8]) -> Result<Self, der::Error> {
        let request = CertificationRequest::from_der(der)?;
        request.info.tag().assert_eq(Tag::Sequence)?;
        let parts = elements::<AnyRef<'_>>(request.info.value())?;
        // RFC 2986 has the attributes always; without any, some tools leave the whole set out.
        let (version, subject, public_key, attributes) = match parts.as_slice() {
            [version, subject, key] => (version, subject, key, None),
            [version, subject, key, attributes] => (version, subject, key, Some(attributes)),
            _ => return Err(der::ErrorKind::Failed.into()),
        };
        if version.decode_as::<u8>()? != 0 {
            return Err(Tag::Integer.value_error().into());
        }
        let mut extensions = RequestedExtensions::default();
        let attributes = attributes.map(|set| read_attributes(set, &mut extensions));
        let public_key_der = public_key.to_der()?;
        let signature = request.signature.as_bytes();
        Ok(Self {
            subject: distinguished_name::parse(subject)?,
            extensions,
            attributes: attributes.transpose()?,
            public_key: PublicKeyKind::from_der(&public_key_der)?,
            public_key_der,
            signature_algorithm: SignatureAlgorithm::read(&request.algorithm)?,
            signature: signature
                .ok_or_else(|| Tag::BitString.value_error())?
                .to_vec(),
            signed: Zeroizing::new(signed(&request.info, original)?.to_vec()),
        })
    }
}

impl fmt::Debug for InspectedRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InspectedRequest")
            .field("subject", &self.subject)
            .field("extensions", &self.extensions)
            .field("attributes", &self.attributes)
            .field("public_key", &self.public_key)
            .field("signature_algorithm", &self.signature_algorithm)
            .finish_non_exhaustive()
    }
}

#[derive(Sequence)]
struct CertificationRequest<'a> {
    info: AnyRef<'a>,
    algorithm: AlgorithmIdentifierRef<'a>,
    signature: BitStringRef<'a>,
}

/// Returns the bytes of what was signed, the first component of the request.
fn signed<'a>(info: &AnyRef<'_>, request: &'a [u8]) -> Result<&'a [u8], der::Error> {
    // Cut out and not encoded anew: what was parsed may be the copy with other tags.
    let mut reader = SliceReader::new(request)?;
    let outer = Header::decode(&mut reader)?;
    let start = usize::try_from(outer.encoded_len()?)?;
    let length = usize::try_from(info.encoded_len()?)?;
    let bytes = request.get(start..).and_then(|inner| inner.get(..length));
    bytes.ok_or_else(|| der::ErrorKind::Failed.into())
}

/// `Attribute` of [RFC 2986, section 4.1].
///
/// [RFC 2986, section 4.1]: https://www.rfc-editor.org/rfc/rfc2986#section-4.1
#[derive(Sequence)]
struct Attribute<'a> {
    oid: ObjectIdentifier,
    values: AnyRef<'a>,
}

/// Reads the kinds of the attributes, and the values only of the extensions asked for.
fn read_attributes(
    set: &AnyRef<'_>,
    extensions: &mut RequestedExtensions,
) -> Result<Vec<ObjectIdentifier>, der::Error> {
    set.tag().assert_eq(ATTRIBUTES)?;
    let attributes = elements::<Attribute<'_>>(set.value())?;
    for attribute in &attributes {
        attribute.values.tag().assert_eq(Tag::Set)?;
        // Tools of Windows ask for extensions under an identifier of their own.
        if [EXTENSION_REQUEST, MICROSOFT_EXTENSIONS].contains(&attribute.oid) {
            for value in elements::<AnyRef<'_>>(attribute.values.value())? {
                extensions.read(&value)?;
            }
        }
    }
    Ok(attributes.iter().map(|attribute| attribute.oid).collect())
}

fn attribute_name(oid: ObjectIdentifier) -> String {
    match oid {
        CHALLENGE_PASSWORD => "challengePassword".to_owned(),
        EXTENSION_REQUEST => "extensionRequest".to_owned(),
        UNSTRUCTURED_NAME => "unstructuredName".to_owned(),
        other => other.to_string(),
    }
}

const ATTRIBUTES: Tag = Tag::ContextSpecific {
    constructed: true,
    number: TagNumber(0),
};

/// RFC 2985, appendix A.
const UNSTRUCTURED_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.2");
const CHALLENGE_PASSWORD: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.7");
const EXTENSION_REQUEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.14");

/// The same under the number that Microsoft's programs gave it before there was a standard.
const MICROSOFT_EXTENSIONS: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.2.1.14");
