//! A mock's CAs, made anew at every start: one for the server's own certificate, another for client
//! certificates.
//!
//! Keys are ECDSA P-256 and never leave the process.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationList,
    CertificateRevocationListParams, CertifiedIssuer, DnType, DnValue, ExtendedKeyUsagePurpose,
    IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason, RevokedCertParams, SanType,
    SerialNumber,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use time::{Duration, OffsetDateTime};

use crate::client_identity::ClientIdentity;
use crate::error::Error;
use crate::hex::hex;
use crate::random::random;
use crate::server_certificate::ServerCertificate;

/// A certificate authority: a self-signed root with its key, and a revocation list.
pub struct Ca {
    owner: String,
    root: CertifiedIssuer<'static, KeyPair>,
    revoked: Mutex<Vec<Revoked>>,
}

/// An entry of a revocation list.
struct Revoked {
    serial: Vec<u8>,
    at: OffsetDateTime,
}

/// A server certificate and its key, ready for the TLS library.
pub(crate) struct ServerIdentity {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) secret_key: PrivateKeyDer<'static>,
}

impl Ca {
    /// Makes a new root. Its name has a random part, so that a certificate of another start's CA is
    /// of an *unknown* CA, not one of this CA with a bad signature.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] only by a fault of this crate.
    pub fn new(owner: &str, role: &str, now: OffsetDateTime) -> Result<Self, Error> {
        let serial = random_serial()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(
            DnType::OrganizationName,
            format!("{owner}, not for production"),
        );
        let name = format!("{owner} {role} {}", hex(&serial));
        params
            .distinguished_name
            .push(DnType::CommonName, DnValue::Utf8String(name));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.not_before = now - Duration::days(2);
        params.not_after = now + Duration::days(3650);
        let key = KeyPair::generate().map_err(Error::certificate)?;
        let root = CertifiedIssuer::self_signed(params, key).map_err(Error::certificate)?;
        Ok(Self {
            owner: owner.to_owned(),
            root,
            revoked: Mutex::default(),
        })
    }

    /// Returns the root certificate as PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        self.root.pem()
    }

    /// Returns the root certificate as DER.
    #[must_use]
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.root.der().clone()
    }

    /// Signs what `params` say about `key`.
    ///
    /// # Errors
    ///
    /// As of the certificate maker, if it cannot encode the parameters.
    pub fn sign(
        &self,
        params: &CertificateParams,
        key: &impl rcgen::PublicKeyData,
    ) -> Result<Certificate, rcgen::Error> {
        params.signed_by(key, &self.root)
    }

    /// Puts a certificate on the revocation list, once.
    pub fn revoke(&self, serial: &[u8], now: OffsetDateTime) {
        let mut revoked = self.revocations();
        if revoked.iter().all(|entry| entry.serial != serial) {
            revoked.push(Revoked {
                serial: serial.to_vec(),
                at: now,
            });
        }
    }

    /// Returns how many certificates are on the revocation list; none leaves it.
    pub(crate) fn revoked(&self) -> usize {
        self.revocations().len()
    }

    /// Makes the revocation list ([RFC 5280, section 5]) as of now, for a week.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] only by a fault of this crate.
    ///
    /// [RFC 5280, section 5]: https://www.rfc-editor.org/rfc/rfc5280#section-5
    pub fn revocation_list(&self, now: OffsetDateTime) -> Result<CertificateRevocationList, Error> {
        let revoked = self.revocations();
        let params = CertificateRevocationListParams {
            // As certificates, so that a clock that is a little behind takes it.
            this_update: now - Duration::days(2),
            next_update: now + Duration::days(7),
            crl_number: SerialNumber::from(revoked.len() as u64 + 1),
            issuing_distribution_point: None,
            revoked_certs: revoked.iter().map(Revoked::listed).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.root).map_err(Error::certificate)
    }

    /// Makes a certificate for a client, with a new P-256 key: from two days ago, for ninety days.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] only by a fault of this crate.
    pub fn client_identity(
        &self,
        common_name: &str,
        now: OffsetDateTime,
    ) -> Result<ClientIdentity, Error> {
        let serial = random_serial()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, common_name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        params.use_authority_key_identifier_extension = true;
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.not_before = now - Duration::days(2);
        params.not_after = now + Duration::days(90);
        let key = KeyPair::generate().map_err(Error::certificate)?;
        let certificate = self.sign(&params, &key).map_err(Error::certificate)?;
        let key = key.serialize_pem();
        Ok(ClientIdentity::new(certificate.pem(), key, &serial))
    }

    fn revocations(&self) -> MutexGuard<'_, Vec<Revoked>> {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes a server certificate of the given kind, with a new key.
    pub(crate) fn server_identity(
        &self,
        kind: ServerCertificate,
        now: OffsetDateTime,
    ) -> Result<ServerIdentity, Error> {
        if kind == ServerCertificate::UnknownCa {
            let other = Self::new(&self.owner, "other CA", now)?;
            return other.server_identity(ServerCertificate::Valid, now);
        }
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, self.owner.as_str());
        params.subject_alt_names = server_names(kind)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let serial = random_serial()?;
        if kind == ServerCertificate::Revoked {
            self.revoke(&serial, now);
        }
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.not_before = now - Duration::days(2);
        params.not_after = match kind {
            ServerCertificate::Expired => now - Duration::days(1),
            _ => now + Duration::days(90),
        };
        let key = KeyPair::generate().map_err(Error::certificate)?;
        let certificate = match kind {
            ServerCertificate::SelfSigned => params.self_signed(&key),
            _ => self.sign(&params, &key),
        };
        let certificate = certificate.map_err(Error::certificate)?;
        Ok(ServerIdentity {
            certificate: certificate.into(),
            secret_key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        })
    }
}

impl fmt::Debug for Ca {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ca")
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

impl Revoked {
    fn listed(&self) -> RevokedCertParams {
        RevokedCertParams {
            serial_number: SerialNumber::from_slice(&self.serial),
            revocation_time: self.at,
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        }
    }
}

/// Makes a random serial number: 16 bytes, positive, and always of this length in DER.
///
/// # Errors
///
/// [`Error::Certificate`] if the system has no randomness.
pub fn random_serial() -> Result<[u8; 16], Error> {
    let mut serial = random::<16>()?;
    let [first, ..] = &mut serial;
    *first = (*first & 0x3f) | 0x40;
    Ok(serial)
}

fn server_names(kind: ServerCertificate) -> Result<Vec<SanType>, Error> {
    let dns = |name: &str| {
        name.try_into()
            .map(SanType::DnsName)
            .map_err(Error::certificate)
    };
    if kind == ServerCertificate::OtherName {
        return Ok(vec![dns("other.example.com")?]);
    }
    Ok(vec![
        dns("localhost")?,
        SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST)),
    ])
}
