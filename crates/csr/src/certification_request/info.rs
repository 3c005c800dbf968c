//! The part of a request that is signed.
//!
//! `CertificationRequestInfo` of [RFC 2986, section 4.1], encoded as `openssl req` does: the
//! country as PrintableString and the rest as UTF8String, in the order C, ST, L, O, CN, and the
//! attributes present even when there are none. Leaves out signing.
//!
//! ```text
//! CertificationRequestInfo ::= SEQUENCE {
//!   version       INTEGER { v1(0) } (v1,...),
//!   subject       Name,
//!   subjectPKInfo SubjectPublicKeyInfo{{ PKInfoAlgorithms }},
//!   attributes    [0] Attributes{{ CRIAttributes }} }
//! ```
//!
//! [RFC 2986, section 4.1]: https://www.rfc-editor.org/rfc/rfc2986#section-4.1

use der::asn1::{Any, ObjectIdentifier, PrintableStringRef, SetOfVec, Utf8StringRef};
use der::{Decode, Sequence};
use x509_cert::attr::{AttributeTypeAndValue, Attributes};
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};
use x509_cert::request::{ExtensionReq, Version};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use crate::distinguished_name::{COMMON_NAME, COUNTRY, LOCALITY, ORGANIZATION, STATE};
use crate::requested_extension::RequestedExtensions;
use crate::subject::Subject;

#[derive(Sequence)]
pub(super) struct CertificationRequestInfo {
    version: Version,
    subject: RdnSequence,
    public_key: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    attributes: Attributes,
}

impl CertificationRequestInfo {
    /// Puts together what is signed; the public key is `SubjectPublicKeyInfo` in DER.
    pub(super) fn new(
        subject: &Subject,
        public_key: &[u8],
        extensions: &RequestedExtensions,
    ) -> Result<Self, der::Error> {
        let fields = [
            (COUNTRY, subject.country()),
            (STATE, subject.state()),
            (LOCALITY, subject.locality()),
            (ORGANIZATION, subject.organization()),
            (COMMON_NAME, subject.common_name()),
        ];
        let names: Result<Vec<_>, _> = fields
            .into_iter()
            .filter_map(|(oid, value)| Some(relative_name(oid, value?)))
            .collect();
        let extensions = extensions.encode()?;
        let mut attributes = Attributes::new();
        if !extensions.is_empty() {
            attributes.insert(ExtensionReq(extensions).try_into()?)?;
        }
        Ok(Self {
            version: Version::V1,
            subject: RdnSequence::from(names?),
            public_key: SubjectPublicKeyInfoOwned::from_der(public_key)?,
            attributes,
        })
    }
}

/// Returns `AttributeTypeAndValue` of one field, alone in its set.
fn relative_name(
    oid: ObjectIdentifier,
    value: &str,
) -> Result<RelativeDistinguishedName, der::Error> {
    let value = if oid == COUNTRY {
        Any::encode_from(&PrintableStringRef::new(value)?)?
    } else {
        Any::encode_from(&Utf8StringRef::new(value)?)?
    };
    Ok(SetOfVec::try_from(vec![AttributeTypeAndValue { oid, value }])?.into())
}
