//! The mock's two certificate authorities, made anew at every start: one for the server's own
//! certificate, another for client certificates, as at the vendor.
//!
//! Keys are ECDSA P-256 and never leave the process. What the portal demands of a request, and how
//! the certificate is filled, is not decided here.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationList,
    CertificateRevocationListParams, CertifiedIssuer, DnType, DnValue, ExtendedKeyUsagePurpose,
    IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason, RevokedCertParams, SanType,
    SerialNumber,
};
use rustls::crypto::SecureRandom;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use crate::error::Error;

/// Which certificate the mutual TLS port shows. Each but `Revoked` is made anew where it is asked for,
/// so `Valid` in a script is a certificate that changed since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ServerCertificate {
    /// From the server authority, for `localhost`, `127.0.0.1` and `::1`, live.
    #[default]
    Valid,
    /// As `Valid`, but its time was over yesterday.
    Expired,
    /// As `Valid`, but for `other.example.com` only.
    OtherName,
    /// As `Valid`, but on the server authority's revocation list since the start. A client that does
    /// not look there notices nothing.
    Revoked,
    /// As `Valid`, but signed by its own key.
    SelfSigned,
    /// As `Valid`, but from an authority that nobody has heard of.
    UnknownCa,
}

/// A self-signed root with its key.
pub(crate) struct Authority {
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

impl Authority {
    /// A new root. Its name has a random part, so that a certificate of another start's authority
    /// is of an *unknown* authority, not one of this authority with a bad signature.
    pub(crate) fn new(
        role: &str,
        now: OffsetDateTime,
        random: &dyn SecureRandom,
    ) -> Result<Self, Error> {
        let serial = random_serial(random)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::OrganizationName, "Mock NAPI, not for production");
        let name = format!("Mock NAPI {role} {}", hex(&serial));
        params
            .distinguished_name
            .push(DnType::CommonName, DnValue::Utf8String(name));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.not_before = now - Duration::days(2);
        params.not_after = now + Duration::days(3650);
        let key = KeyPair::generate().map_err(Error::authority)?;
        let root = CertifiedIssuer::self_signed(params, key).map_err(Error::authority)?;
        Ok(Self {
            root,
            revoked: Mutex::default(),
        })
    }

    /// The root certificate as PEM.
    pub(crate) fn pem(&self) -> String {
        self.root.pem()
    }

    /// The root certificate as DER.
    pub(crate) fn certificate(&self) -> CertificateDer<'static> {
        self.root.der().clone()
    }

    /// Signs what `params` say about `key`.
    pub(crate) fn sign(
        &self,
        params: &CertificateParams,
        key: &impl rcgen::PublicKeyData,
    ) -> Result<Certificate, rcgen::Error> {
        params.signed_by(key, &self.root)
    }

    /// Puts a certificate on the revocation list, once.
    pub(crate) fn revoke(&self, serial: &[u8], now: OffsetDateTime) {
        let mut revoked = self.revocations();
        if revoked.iter().all(|entry| entry.serial != serial) {
            revoked.push(Revoked {
                serial: serial.to_vec(),
                at: now,
            });
        }
    }

    /// How many certificates are on the revocation list; none leaves it.
    pub(crate) fn revoked(&self) -> usize {
        self.revocations().len()
    }

    /// The revocation list ([RFC 5280, section 5]) as of now, for a week.
    ///
    /// [RFC 5280, section 5]: https://www.rfc-editor.org/rfc/rfc5280#section-5
    pub(crate) fn revocation_list(
        &self,
        now: OffsetDateTime,
    ) -> Result<CertificateRevocationList, Error> {
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
        params.signed_by(&self.root).map_err(Error::authority)
    }

    fn revocations(&self) -> MutexGuard<'_, Vec<Revoked>> {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new server certificate of the given kind, with a new key.
    pub(crate) fn server_identity(
        &self,
        kind: ServerCertificate,
        now: OffsetDateTime,
        random: &dyn SecureRandom,
    ) -> Result<ServerIdentity, Error> {
        if kind == ServerCertificate::UnknownCa {
            let other = Self::new("other CA", now, random)?;
            return other.server_identity(ServerCertificate::Valid, now, random);
        }
        let mut params = CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, "Mock NAPI");
        params.subject_alt_names = server_names(kind)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let serial = random_serial(random)?;
        if kind == ServerCertificate::Revoked {
            self.revoke(&serial, now);
        }
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.not_before = now - Duration::days(2);
        params.not_after = match kind {
            ServerCertificate::Expired => now - Duration::days(1),
            _ => now + Duration::days(90),
        };
        let key = KeyPair::generate().map_err(Error::authority)?;
        let certificate = match kind {
            ServerCertificate::SelfSigned => params.self_signed(&key),
            _ => self.sign(&params, &key),
        };
        let certificate = certificate.map_err(Error::authority)?;
        Ok(ServerIdentity {
            certificate: certificate.into(),
            secret_key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        })
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

/// A random serial number: 16 bytes, positive, and always of this length in DER.
pub(crate) fn random_serial(random: &dyn SecureRandom) -> Result<[u8; 16], Error> {
    let mut serial = [0; 16];
    random
        .fill(&mut serial)
        .map_err(|_| Error::authority(rcgen::Error::RingUnspecified))?;
    let [first, ..] = &mut serial;
    *first = (*first & 0x3f) | 0x40;
    Ok(serial)
}

/// Lower-case hexadecimal without separators.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn server_names(kind: ServerCertificate) -> Result<Vec<SanType>, Error> {
    let dns = |name: &str| {
        name.try_into()
            .map(SanType::DnsName)
            .map_err(Error::authority)
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
