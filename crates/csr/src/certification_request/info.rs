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

use der::asn1::Utf8StringRef;
use der::asn1::{Any, Ia5String, ObjectIdentifier, OctetString, PrintableStringRef, SetOfVec};
use der::oid::AssociatedOid;
use der::{Decode, Encode, Sequence};
use x509_cert::attr::{Attribute, AttributeTypeAndValue, Attributes};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::name::{RdnSequence, RelativeDistinguishedName};
use x509_cert::request::{ExtensionReq, Version};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use crate::RsaKey;
use crate::subject::{Field, Fqdn, Subject};

#[derive(Sequence)]
pub(super) struct CertificationRequestInfo {
    version: Version,
    subject: RdnSequence,
    public_key: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT")]
    attributes: Attributes,
}

impl CertificationRequestInfo {
    pub(super) fn new(
        subject: &Subject,
        key: &RsaKey,
        dns_names: &[Fqdn],
    ) -> Result<Self, der::Error> {
        let names: Result<Vec<_>, _> = subject
            .attributes()
            .map(|(field, value)| relative_name(field, value))
            .collect();
        let mut attributes = Attributes::new();
        if !dns_names.is_empty() {
            attributes.insert(extension_request(dns_names)?)?;
        }
        Ok(Self {
            version: Version::V1,
            subject: RdnSequence::from(names?),
            public_key: SubjectPublicKeyInfoOwned::from_der(key.public_key_der())?,
            attributes,
        })
    }
}

/// `AttributeTypeAndValue` of one field, alone in its set.
fn relative_name(field: Field, value: &str) -> Result<RelativeDistinguishedName, der::Error> {
    let (oid, value) = match field {
        Field::Country => (COUNTRY, Any::encode_from(&PrintableStringRef::new(value)?)?),
        Field::State => (STATE, utf8(value)?),
        Field::Locality => (LOCALITY, utf8(value)?),
        Field::Organization => (ORGANIZATION, utf8(value)?),
        Field::CommonName => (COMMON_NAME, utf8(value)?),
    };
    Ok(SetOfVec::try_from(vec![AttributeTypeAndValue { oid, value }])?.into())
}

fn utf8(value: &str) -> Result<Any, der::Error> {
    Any::encode_from(&Utf8StringRef::new(value)?)
}

/// The attribute `extensionRequest` of [RFC 2985, section 5.4.2] with the names as subjectAltName.
///
/// [RFC 2985, section 5.4.2]: https://www.rfc-editor.org/rfc/rfc2985#section-5.4.2
fn extension_request(dns_names: &[Fqdn]) -> Result<Attribute, der::Error> {
    let names: Result<Vec<_>, _> = dns_names
        .iter()
        .map(|name| Ia5String::new(name.as_str()).map(GeneralName::DnsName))
        .collect();
    ExtensionReq(vec![Extension {
        extn_id: SubjectAltName::OID,
        critical: false,
        extn_value: OctetString::new(SubjectAltName(names?).to_der()?)?,
    }])
    .try_into()
}

/// RFC 5280, appendix A.1: `id-at` and the attributes beneath it.
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
const LOCALITY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.7");
const STATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.8");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
