//! The subject of a certificate that is to be renewed.
//!
//! [RFC 5280, section 4.1]. Leaves out everything else in the certificate: its signature and its
//! dates do not matter for a new request.
//!
//! [RFC 5280, section 4.1]: https://www.rfc-editor.org/rfc/rfc5280#section-4.1

use der::asn1::AnyRef;
use der::oid::AssociatedOid;
use der::{Decode, Encode};
use x509_cert::Certificate;
use x509_cert::ext::pkix::SubjectAltName;

use crate::distinguished_name::{self, NameAttribute};
use crate::error::Error;
use crate::file_kind::FileKind;
use crate::foreign::der_of;
use crate::requested_extension::parse_alternative_names;
use crate::subject::{AlternativeName, Policy, Subject, SubjectBuilder, SubjectError};

impl Subject {
    /// Reads the subject of a certificate in PEM or DER, to request the next one of the same
    /// names.
    ///
    /// Of a file with a chain it is the first certificate. Its alternative names come along.
    /// Attributes that a request does not have here (an organizational unit that the CA
    /// added) are left out. To change a field on the way, or the policy, use
    /// [`SubjectBuilder::from_certificate`].
    ///
    /// # Errors
    ///
    /// As [`SubjectBuilder::from_certificate`], and [`Error::Subject`] if the names do not satisfy
    /// `policy`: the CA's rules may have changed.
    pub fn from_certificate(certificate: &[u8], policy: Policy) -> Result<Self, Error> {
        let builder = SubjectBuilder::from_certificate(certificate)?;
        Ok(builder.policy(policy).build()?)
    }
}

impl SubjectBuilder {
    /// Starts with the names of a certificate in PEM or DER.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`], [`Error::WrongFile`] or [`Error::Damaged`] if it is no certificate;
    /// [`Error::Subject`] if it has one field twice, so that it is not clear which is meant.
    pub fn from_certificate(certificate: &[u8]) -> Result<Self, Error> {
        let der = der_of(certificate, FileKind::Certificate)?;
        let (attributes, names) = parse(&der).map_err(|_| Error::Damaged {
            kind: FileKind::Certificate,
        })?;
        let (builder, repeated) = distinguished_name::fields(&attributes);
        if !repeated.is_empty() {
            return Err(SubjectError::new(repeated).into());
        }
        Ok(names.into_iter().fold(builder, Self::alternative_name))
    }
}

fn parse(der: &[u8]) -> Result<(Vec<NameAttribute>, Vec<AlternativeName>), der::Error> {
    let certificate = Certificate::from_der(der)?;
    let certificate = certificate.tbs_certificate();
    let subject = certificate.subject().to_der()?;
    let mut names = Vec::new();
    let extensions = certificate.extensions().into_iter().flatten();
    for extension in extensions.filter(|extension| extension.extn_id == SubjectAltName::OID) {
        names.extend(parse_alternative_names(extension.extn_value.as_bytes())?);
    }
    Ok((
        distinguished_name::parse(&AnyRef::from_der(&subject)?)?,
        names,
    ))
}
