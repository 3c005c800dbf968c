//! Certificate authorities of tests: roots and intermediates, what they issue and revoke
//! ([RFC 5280]).
//!
//! Their own keys are ECDSA P-256, made anew for each; a caller may keep one and restore the CA.
//!
//! [RFC 5280]: https://www.rfc-editor.org/rfc/rfc5280

mod kept;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationList,
    CertificateRevocationListParams, DistinguishedName, DnType, DnValue, IsCa, Issuer, KeyIdMethod,
    KeyPair, KeyUsagePurpose, PublicKeyData, RevocationReason, RevokedCertParams, SerialNumber,
};
use rustls_pki_types::CertificateDer;
use time::{Duration, OffsetDateTime};

use crate::client_identity::ClientIdentity;
use crate::error::Error;
use crate::hex::hex;
use crate::issued_certificate::IssuedCertificate;
use crate::leaf::{Leaf, name_of};
use crate::random::random_serial;
use crate::server_certificate::ServerCertificate;

/// A certificate authority with its key: a self-signed root, or an intermediate below another.
pub struct Ca {
    name: String,
    pem: String,
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
    /// The certificates between the leaves and the root: a server sends them along.
    intermediates: Vec<CertificateDer<'static>>,
    revoked: Mutex<Vec<Revoked>>,
}

/// An entry of a revocation list.
struct Revoked {
    serial: SerialNumber,
    at: OffsetDateTime,
}

impl Ca {
    /// Makes a new root for `owner`. Its name has a random part, so that a certificate of another
    /// start's CA is of an *unknown* CA, not one of this CA with a bad signature.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] only by a fault of this crate.
    pub fn new(owner: &str, role: &str, now: OffsetDateTime) -> Result<Self, Error> {
        let serial = random_serial()?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(
            DnType::OrganizationName,
            format!("{owner}, not for production"),
        );
        let name = format!("{owner} {role} {}", hex(&serial));
        params
            .distinguished_name
            .push(DnType::CommonName, DnValue::Utf8String(name));
        // No CA below it: nothing here needs one.
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.serial_number = Some(SerialNumber::from_slice(&serial));
        params.not_before = now - Duration::days(2);
        params.not_after = now + Duration::days(3650);
        Self::root(owner, params)
    }

    /// Makes a new root whose name is this common name and nothing else.
    ///
    /// Two of the same name differ by their keys: a certificate of one is, to who trusts the other,
    /// one with a bad signature. The root is valid from 1975 to 4096 and may have intermediates.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] only by a fault of this crate.
    pub fn named(common_name: &str) -> Result<Self, Error> {
        Self::root(common_name, ca_params(common_name))
    }

    /// Makes a root as [`named`](Self::named) does, valid until `end` and no longer.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] only by a fault of this crate.
    pub fn named_until(common_name: &str, end: OffsetDateTime) -> Result<Self, Error> {
        let mut params = ca_params(common_name);
        params.not_after = end;
        Self::root(common_name, params)
    }

    fn root(name: &str, params: CertificateParams) -> Result<Self, Error> {
        let key = KeyPair::generate().map_err(Error::certificate)?;
        let certificate = params.self_signed(&key).map_err(Error::certificate)?;
        let issuer = Issuer::new(params, key);
        Ok(Self::of(name, &certificate, issuer, Vec::new()))
    }

    /// Makes a CA below this one, with this common name and serial number.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] only by a fault of this crate.
    pub fn intermediate(
        &self,
        common_name: &str,
        serial: impl Into<SerialNumber>,
    ) -> Result<Self, Error> {
        let mut params = ca_params(common_name);
        params.serial_number = Some(serial.into());
        self.intermediate_with(params)
    }

    /// Makes a CA below this one of these contents, which may be such as no CA should have.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] if the contents cannot be encoded.
    pub fn intermediate_with(&self, params: CertificateParams) -> Result<Self, Error> {
        let name = format!("intermediate of {}", self.name);
        let key = KeyPair::generate().map_err(Error::certificate)?;
        let certificate = params.signed_by(&key, &self.issuer);
        let certificate = certificate.map_err(Error::certificate)?;
        let issuer = Issuer::new(params, key);
        let mut intermediates = vec![certificate.der().clone()];
        intermediates.extend(self.intermediates.iter().cloned());
        Ok(Self::of(&name, &certificate, issuer, intermediates))
    }

    fn of(
        name: &str,
        certificate: &Certificate,
        issuer: Issuer<'static, KeyPair>,
        intermediates: Vec<CertificateDer<'static>>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            pem: certificate.pem(),
            certificate: certificate.der().clone(),
            issuer,
            intermediates,
            revoked: Mutex::default(),
        }
    }

    /// Returns the CA's own certificate as PEM.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Returns the CA's own certificate as DER.
    #[must_use]
    pub fn certificate(&self) -> CertificateDer<'static> {
        self.certificate.clone()
    }

    /// Issues a certificate of these contents for a key. The chain has the intermediates too.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] if the contents cannot be encoded.
    pub fn issue(&self, leaf: &Leaf, key: &KeyPair) -> Result<IssuedCertificate, Error> {
        let params = leaf.numbered(&random_serial()?);
        let certificate = self.sign(&params, key).map_err(Error::certificate)?;
        let mut chain = vec![certificate.into()];
        chain.extend(self.intermediates.iter().cloned());
        Ok(IssuedCertificate::new(chain, key))
    }

    /// Issues a certificate of these contents for a new P-256 key.
    ///
    /// # Errors
    ///
    /// As [`issue`](Self::issue).
    pub fn issue_with_new_key(&self, leaf: &Leaf) -> Result<IssuedCertificate, Error> {
        let key = KeyPair::generate().map_err(Error::certificate)?;
        self.issue(leaf, &key)
    }

    /// Signs what `params` say about `key`, of which no more than the public half has to be there.
    ///
    /// # Errors
    ///
    /// As of the certificate maker, if it cannot encode the parameters.
    pub fn sign(
        &self,
        params: &CertificateParams,
        key: &impl PublicKeyData,
    ) -> Result<Certificate, rcgen::Error> {
        params.signed_by(key, &self.issuer)
    }

    /// Puts a certificate on the revocation list, once.
    pub fn revoke(&self, serial: &[u8], now: OffsetDateTime) {
        let serial = SerialNumber::from_slice(serial);
        let mut revoked = self.locked_revocations();
        if revoked.iter().all(|entry| entry.serial != serial) {
            revoked.push(Revoked { serial, at: now });
        }
    }

    /// Returns how many certificates are on the revocation list; none leaves it.
    pub(crate) fn revoked(&self) -> usize {
        self.locked_revocations().len()
    }

    /// Makes the revocation list ([RFC 5280, section 5]) as of now, for a week.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] only by a fault of this crate.
    ///
    /// [RFC 5280, section 5]: https://www.rfc-editor.org/rfc/rfc5280#section-5
    pub fn revocation_list(&self, now: OffsetDateTime) -> Result<CertificateRevocationList, Error> {
        let revoked = self.locked_revocations();
        // The list begins when certificates do, so that a clock that is a little behind takes it.
        let (this_update, next_update) = (now - Duration::days(2), now + Duration::days(7));
        self.list(revoked.iter(), this_update, next_update)
    }

    /// Makes a revocation list of these serial numbers, whatever was [revoked](Self::revoke), from
    /// one moment to another.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] only by a fault of this crate.
    pub fn revocation_list_of<S: Into<SerialNumber>>(
        &self,
        serials: impl IntoIterator<Item = S>,
        this_update: OffsetDateTime,
        next_update: OffsetDateTime,
    ) -> Result<CertificateRevocationList, Error> {
        let revoked = |serial: S| Revoked {
            serial: serial.into(),
            at: this_update,
        };
        let revoked: Vec<_> = serials.into_iter().map(revoked).collect();
        self.list(revoked.iter(), this_update, next_update)
    }

    fn list<'a>(
        &self,
        revoked: impl ExactSizeIterator<Item = &'a Revoked>,
        this_update: OffsetDateTime,
        next_update: OffsetDateTime,
    ) -> Result<CertificateRevocationList, Error> {
        let params = CertificateRevocationListParams {
            this_update,
            next_update,
            crl_number: SerialNumber::from(revoked.len() as u64 + 1),
            issuing_distribution_point: None,
            revoked_certs: revoked.map(Revoked::listed).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        params.signed_by(&self.issuer).map_err(Error::certificate)
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
        let leaf = live(Leaf::client(common_name), now).serial(serial.to_vec());
        let certified = self.issue_with_new_key(&leaf)?;
        let key = certified.secret_key_pem().to_owned();
        Ok(ClientIdentity::new(certified.chain_pem(), key, &serial))
    }

    /// Makes a server certificate of the given kind, for this machine's names on loopback and
    /// these: with this key if it is a valid one, with a new key if there is none or something is
    /// to be wrong with it.
    pub(crate) fn server_identity(
        &self,
        kind: ServerCertificate,
        key: Option<&KeyPair>,
        names: &[String],
        now: OffsetDateTime,
    ) -> Result<IssuedCertificate, Error> {
        if kind == ServerCertificate::UnknownCa {
            let other = Self::new(&self.name, "other CA", now)?;
            return other.server_identity(ServerCertificate::Valid, None, names, now);
        }
        let serial = random_serial()?;
        let leaf = match kind {
            ServerCertificate::OtherName => Leaf::server(["other.example.com"])?,
            _ => {
                let further = names.iter().map(String::as_str);
                Leaf::server(["localhost", "127.0.0.1", "::1"].into_iter().chain(further))?
            }
        };
        let leaf = leaf.common_name(&self.name).serial(serial.to_vec());
        let leaf = match kind {
            ServerCertificate::Expired => {
                leaf.valid(now - Duration::days(2), now - Duration::days(1))
            }
            _ => live(leaf, now),
        };
        // Before the certificate is seen anywhere, so that no list without it is newer.
        if kind == ServerCertificate::Revoked {
            self.revoke(&serial, now);
        }
        if kind == ServerCertificate::SelfSigned {
            let key = KeyPair::generate().map_err(Error::certificate)?;
            return IssuedCertificate::self_signed(&leaf, &key);
        }
        match key {
            Some(key) if kind == ServerCertificate::Valid => self.issue(&leaf, key),
            _ => self.issue_with_new_key(&leaf),
        }
    }

    fn locked_revocations(&self) -> MutexGuard<'_, Vec<Revoked>> {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Ca {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ca")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Revoked {
    fn listed(&self) -> RevokedCertParams {
        RevokedCertParams {
            serial_number: self.serial.clone(),
            revocation_time: self.at,
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        }
    }
}

/// Returns the contents of a CA of this name that may sign other CAs, at any time.
fn ca_params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name_of(common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Makes a certificate valid from two days ago, for clocks that are behind, for ninety days.
fn live(leaf: Leaf, now: OffsetDateTime) -> Leaf {
    leaf.valid(now - Duration::days(2), now + Duration::days(90))
}
