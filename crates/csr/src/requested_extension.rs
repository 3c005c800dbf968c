//! The certificate extensions that a request asks for, both ways: written and read.
//!
//! The attribute `extensionRequest` of [RFC 2985, section 5.4.2] with subjectAltName, keyUsage and
//! extKeyUsage of RFC 5280. Leaves out every other extension: a CA sets those itself, and
//! of a request from elsewhere they are only named.
//!
//! [RFC 2985, section 5.4.2]: https://www.rfc-editor.org/rfc/rfc2985#section-5.4.2

use std::net::IpAddr;

use der::asn1::{AnyRef, BitStringRef, Ia5String, ObjectIdentifier, OctetString, OctetStringRef};
use der::oid::AssociatedOid;
use der::{Decode, Encode, Sequence, Tag, TagNumber, Tagged};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{self, SubjectAltName};

use crate::foreign::elements;
use crate::key_usage::{ExtendedKeyUsage, KeyUsage};
use crate::subject::AlternativeName;

/// The extensions of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestedExtensions {
    pub(crate) alternative_names: Vec<AlternativeName>,
    pub(crate) key_usages: Vec<KeyUsage>,
    pub(crate) extended_key_usages: Vec<ExtendedKeyUsage>,
    /// Object identifiers of purposes and extensions that are not known here.
    pub(crate) others: Vec<String>,
}

impl RequestedExtensions {
    /// Encodes the extensions in the order subjectAltName, keyUsage, extKeyUsage.
    pub(crate) fn encode(&self) -> Result<Vec<Extension>, der::Error> {
        let mut extensions = Vec::new();
        if !self.alternative_names.is_empty() {
            let names: Result<_, _> = self.alternative_names.iter().map(general_name).collect();
            extensions.push(extension(&SubjectAltName(names?), false)?);
        }
        if !self.key_usages.is_empty() {
            // "When present, conforming CAs SHOULD mark this extension as critical."
            extensions.push(extension(&key_usage(&self.key_usages), true)?);
        }
        if !self.extended_key_usages.is_empty() {
            let purposes = self.extended_key_usages.iter();
            let purposes = purposes.map(|purpose| purpose.oid()).collect();
            extensions.push(extension(&pkix::ExtendedKeyUsage(purposes), false)?);
        }
        Ok(extensions)
    }

    /// Adds what the `Extensions` of one attribute ask for.
    pub(crate) fn read(&mut self, extensions: &AnyRef<'_>) -> Result<(), der::Error> {
        extensions.tag().assert_eq(Tag::Sequence)?;
        for extension in elements::<ExtensionRef<'_>>(extensions.value())? {
            let value = extension.value.as_bytes();
            match extension.oid {
                SubjectAltName::OID => {
                    self.alternative_names
                        .extend(parse_alternative_names(value)?);
                }
                pkix::KeyUsage::OID => self.read_key_usage(value)?,
                pkix::ExtendedKeyUsage::OID => self.read_purposes(value)?,
                other => self.others.push(other.to_string()),
            }
        }
        Ok(())
    }

    fn read_key_usage(&mut self, value: &[u8]) -> Result<(), der::Error> {
        let bits = BitStringRef::from_der(value)?;
        // Trailing zero bits are left out in DER, so there may be fewer than nine.
        let set = KeyUsage::ALL.into_iter().zip(bits.bits());
        self.key_usages
            .extend(set.filter(|(_, is_set)| *is_set).map(|(usage, _)| usage));
        Ok(())
    }

    fn read_purposes(&mut self, value: &[u8]) -> Result<(), der::Error> {
        let list = AnyRef::from_der(value)?;
        list.tag().assert_eq(Tag::Sequence)?;
        for oid in elements::<ObjectIdentifier>(list.value())? {
            match ExtendedKeyUsage::of_oid(oid) {
                Some(purpose) => self.extended_key_usages.push(purpose),
                None => self.others.push(oid.to_string()),
            }
        }
        Ok(())
    }
}

/// `Extension` of RFC 5280, section 4.1.
#[derive(Sequence)]
struct ExtensionRef<'a> {
    oid: ObjectIdentifier,
    #[asn1(default = "Default::default")]
    critical: bool,
    value: &'a OctetStringRef,
}

fn extension<T: AssociatedOid + Encode>(
    value: &T,
    critical: bool,
) -> Result<Extension, der::Error> {
    Ok(Extension {
        extn_id: T::OID,
        critical,
        extn_value: OctetString::new(value.to_der()?)?,
    })
}

fn general_name(name: &AlternativeName) -> Result<GeneralName, der::Error> {
    Ok(match name {
        AlternativeName::Dns(name) => GeneralName::DnsName(Ia5String::new(name)?),
        AlternativeName::Email(address) => GeneralName::Rfc822Name(Ia5String::new(address)?),
        AlternativeName::Ip(address) => (*address).into(),
        AlternativeName::Uri(uri) => GeneralName::UniformResourceIdentifier(Ia5String::new(uri)?),
        // No subject has it; its builder refuses it under every policy.
        AlternativeName::Other => return Err(der::ErrorKind::Failed.into()),
    })
}

/// Reads `GeneralNames` in DER, as found: text that is not ASCII is kept, an address of odd
/// length or a name of another kind is [`AlternativeName::Other`].
pub(crate) fn parse_alternative_names(der: &[u8]) -> Result<Vec<AlternativeName>, der::Error> {
    let names = AnyRef::from_der(der)?;
    names.tag().assert_eq(Tag::Sequence)?;
    let names = elements::<AnyRef<'_>>(names.value())?;
    Ok(names.iter().map(alternative_name).collect())
}

fn alternative_name(name: &AnyRef<'_>) -> AlternativeName {
    // To be shown and linted, not encoded again: what is not UTF-8 must not hide the name.
    let text = || String::from_utf8_lossy(name.value()).into_owned();
    let Tag::ContextSpecific { number, .. } = name.tag() else {
        return AlternativeName::Other;
    };
    match number {
        TagNumber(1) => AlternativeName::Email(text()),
        TagNumber(2) => AlternativeName::Dns(text()),
        TagNumber(6) => AlternativeName::Uri(text()),
        TagNumber(7) => ip(name.value()).map_or(AlternativeName::Other, AlternativeName::Ip),
        _ => AlternativeName::Other,
    }
}

fn ip(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from))
        .ok()
}

fn key_usage(usages: &[KeyUsage]) -> pkix::KeyUsage {
    use pkix::KeyUsages;
    let bits = usages.iter().map(|usage| match usage {
        KeyUsage::DigitalSignature => KeyUsages::DigitalSignature,
        KeyUsage::NonRepudiation => KeyUsages::NonRepudiation,
        KeyUsage::KeyEncipherment => KeyUsages::KeyEncipherment,
        KeyUsage::DataEncipherment => KeyUsages::DataEncipherment,
        KeyUsage::KeyAgreement => KeyUsages::KeyAgreement,
        KeyUsage::KeyCertSign => KeyUsages::KeyCertSign,
        KeyUsage::CrlSign => KeyUsages::CRLSign,
        KeyUsage::EncipherOnly => KeyUsages::EncipherOnly,
        KeyUsage::DecipherOnly => KeyUsages::DecipherOnly,
    });
    pkix::KeyUsage(bits.fold(Default::default(), |set, bit| set | bit))
}
