//! One certificate of the input, and what decides where in a chain it belongs.
//!
//! [RFC 5280, section 4.2.1]. Leaves out the order, and signatures.
//!
//! [RFC 5280, section 4.2.1]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1

use std::time::SystemTime;

use der::asn1::ObjectIdentifier;
use der::{Decode, Encode, oid::AssociatedOid};
use rustls_pki_types::CertificateDer;
use vocabulary::Fingerprint;
use x509_cert::TbsCertificate;
use x509_cert::certificate::Version;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, ExtendedKeyUsage, KeyUsage, SubjectKeyIdentifier,
};

use crate::certificate::Certificate;
use crate::chain::name;
use crate::directory_string;
use crate::error::Error;
use crate::public_key::PublicKey;
use crate::report::Finding;
use crate::time::end_of;

/// One certificate of the input.
pub(crate) struct Link {
    /// Where it stands in the input, from 1.
    pub(super) position: usize,
    pub(crate) der: CertificateDer<'static>,
    content: TbsCertificate,
    purpose: Purpose,
}

/// The end of a TLS connection that is to present the certificate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Purpose {
    #[default]
    Client,
    Server,
}

impl Certificate {
    /// Reads the facts of a certificate in DER.
    ///
    /// ```
    /// use identity::Certificate;
    ///
    /// # let der = include_bytes!("../../tests/vectors/cert.der");
    /// let certificate = Certificate::from_der(der)?;
    /// assert!(certificate.not_before() < certificate.not_after());
    /// # Ok::<(), identity::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::CertificateDamaged`] if it is none, or one that cannot be decoded.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        Link::new(1, der)?.facts()
    }
}

impl Link {
    /// Decodes the certificate that stands at `position`.
    pub(crate) fn new(position: usize, der: &[u8]) -> Result<Self, Error> {
        let certificate = x509_cert::Certificate::from_der(der).or_else(|damage| {
            // `der` knows no UniversalString, which old CAs have in their names.
            let readable = directory_string::readable(der).ok_or(damage)?;
            x509_cert::Certificate::from_der(&readable)
        });
        let certificate = certificate.map_err(|_| Error::CertificateDamaged { position })?;
        Ok(Self {
            position,
            der: CertificateDer::from(der.to_vec()),
            content: certificate.tbs_certificate().clone(),
            purpose: Purpose::default(),
        })
    }

    /// Sets the purpose that the certificate is checked for.
    pub(crate) fn with_purpose(self, purpose: Purpose) -> Self {
        Self { purpose, ..self }
    }

    /// Returns the digest of its public key.
    pub(crate) fn public_key_sha256(&self) -> Result<Fingerprint, Error> {
        let encoded = self.content.subject_public_key_info().to_der();
        let der = encoded.map_err(|_| Error::CertificateDamaged {
            position: self.position,
        })?;
        Ok(Fingerprint::of(&der))
    }

    /// Returns the name of its issuer, in DER.
    pub(crate) fn issuer_name(&self) -> Result<Vec<u8>, Error> {
        let encoded = self.content.issuer().to_der();
        encoded.map_err(|_| Error::CertificateDamaged {
            position: self.position,
        })
    }

    /// Reads its fields.
    pub(crate) fn facts(&self) -> Result<Certificate, Error> {
        Certificate::new(&self.der, &self.content).ok_or(Error::CertificateDamaged {
            position: self.position,
        })
    }

    /// Checks that a TLS client, or server, can present it, and returns a finding if that is
    /// doubtful.
    pub(crate) fn check_purpose(&self) -> Result<Option<Finding>, Error> {
        match self.content.version() {
            Version::V3 => {}
            Version::V1 => return Err(Error::CertificateVersion { version: 1 }),
            Version::V2 => return Err(Error::CertificateVersion { version: 2 }),
        }
        let (purpose, refusal) = match self.purpose {
            Purpose::Client => (CLIENT_AUTH, Error::NotForClientAuth),
            Purpose::Server => (SERVER_AUTH, Error::NotForServerAuth),
        };
        if !self.is_for(purpose)? {
            return Err(refusal);
        }
        // One that cannot be read is for the server to judge: this is a doubt and no refusal.
        let usage = self.extension::<KeyUsage>().ok().flatten();
        let is_doubtful = usage.is_some_and(|usage| !usage.digital_signature());
        Ok(is_doubtful.then_some(Finding::KeyUsageLacksDigitalSignature))
    }

    /// Checks that it is valid at this instant.
    pub(crate) fn check_validity(&self, now: SystemTime) -> Result<(), Error> {
        let (not_before, not_after) = (self.not_before(), self.not_after());
        if now < not_before {
            return Err(Error::NotYetValid { not_before });
        }
        // The last second counts to its end (RFC 5280, section 4.1.2.5).
        if now >= end_of(not_after) {
            return Err(Error::Expired { not_after });
        }
        Ok(())
    }

    pub(crate) fn is_valid(&self, now: SystemTime) -> bool {
        self.check_validity(now).is_ok()
    }

    pub(crate) fn belongs_to(&self, key: &PublicKey) -> bool {
        let bits = &self.content.subject_public_key_info().subject_public_key;
        bits.as_bytes().is_some_and(|bits| bits == key.bits)
    }

    /// Returns whether it signed itself, as far as names and key identifiers tell. A certificate
    /// with which a CA certifies its next key has one name twice, but two keys: that one did
    /// not.
    pub(super) fn is_self_signed(&self) -> bool {
        self.issued(self)
    }

    /// Returns whether `self` is the issuer of `other`, by name and, where both have one, by key
    /// identifier.
    ///
    /// The issuer's serial number, which `other` may state too, is not looked at: it changes
    /// when the issuer is certified anew.
    pub(super) fn issued(&self, other: &Self) -> bool {
        name::is_same(self.content.subject(), other.content.issuer())
            // If one of them has no key identifier, the names decide alone (RFC 5280, section
            // 4.2.1.1).
            && self.has_key_that_signed(other) != Some(false)
    }

    /// Returns whether the key identifiers agree; `None` if one of them is missing or cannot be
    /// read.
    pub(super) fn has_key_that_signed(&self, other: &Self) -> Option<bool> {
        let own = self.extension::<SubjectKeyIdentifier>().ok()??;
        let asked = other.extension::<AuthorityKeyIdentifier>().ok()??;
        Some(own.0 == asked.key_identifier?)
    }

    pub(crate) fn not_before(&self) -> SystemTime {
        self.content.validity().not_before.to_system_time()
    }

    pub(crate) fn not_after(&self) -> SystemTime {
        self.content.validity().not_after.to_system_time()
    }

    /// Returns whether it may be used for this. Without the extension every purpose is allowed;
    /// `anyExtendedKeyUsage` alone does not help, since TLS peers do not heed it.
    fn is_for(&self, purpose: ObjectIdentifier) -> Result<bool, Error> {
        let usage = self.extension::<ExtendedKeyUsage>()?;
        Ok(usage.is_none_or(|ExtendedKeyUsage(purposes)| purposes.contains(&purpose)))
    }

    /// Returns an extension, if it is there once; twice is damage too.
    fn extension<'a, T>(&'a self) -> Result<Option<T>, Error>
    where
        T: Decode<'a> + AssociatedOid,
    {
        match self.content.get_extension::<T>() {
            Ok(found) => Ok(found.map(|(_critical, extension)| extension)),
            Err(_) => Err(Error::CertificateDamaged {
                position: self.position,
            }),
        }
    }
}

/// `id-kp-clientAuth` ([RFC 5280, section 4.2.1.12]).
///
/// [RFC 5280, section 4.2.1.12]: https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
/// `id-kp-serverAuth`, of the same section.
const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
