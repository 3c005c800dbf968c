//! The file of the state: JSON with certificates and keys as PEM, and the number of its format.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use mock_tls::{Ca, ClientIdentity, Pki, fingerprint, hex};
use pem::{EncodeConfig, LineEnding, Pem};
use rcgen::{KeyPair, PublicKeyData};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use crate::register::Entry;
use crate::state::contents::{Contents, OWNER, Snapshot};

/// The contents of the file. Shows nothing of itself: there are private keys in it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StateFile {
    version: u64,
    client_ca: KeptCa,
    server_ca: KeptCa,
    server_key_pem: Option<String>,
    enforcing: BTreeSet<String>,
    certificates: Vec<KeptCertificate>,
    ready_identities: BTreeMap<String, KeptIdentity>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptCa {
    certificate_pem: String,
    private_key_pem: String,
    /// Empty of the client CA, whose certificates have it beside them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    revoked: Vec<KeptRevocation>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptRevocation {
    serial: String,
    at: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptCertificate {
    account: String,
    serial: String,
    subject: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<String>,
    certificate_pem: String,
    /// Of another CA than the client CA.
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer_pem: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeptIdentity {
    serial: String,
    certificate_pem: String,
    private_key_pem: String,
}

/// The reason for which a file is no state. Has nothing of what was read, which may be a key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    #[error("the client CA has no certificate of a CA, or not the key that belongs to it")]
    ClientCa,
    #[error("certificate {number} of the register is none, or has another serial number")]
    Certificate { number: usize },
    #[error("a ready identity is no certificate with its key")]
    Identity,
    #[error("it is not the JSON of a state, at line {line}, column {column}")]
    Json { line: usize, column: usize },
    #[error("the server CA has no certificate of a CA, or not the key that belongs to it")]
    ServerCa,
    #[error("the key of the server is none")]
    ServerKey,
    #[error("the moment of a revocation is none of RFC 3339")]
    Time,
    #[error("it is a state of version {version}, and this mock reads version {VERSION}")]
    Version { version: u64 },
}

impl StateFile {
    /// Returns the file of a state as it is at one moment.
    pub(super) fn of(snapshot: Snapshot<'_>) -> Self {
        let client_ca_der = snapshot.client_ca.certificate();
        let revoked = snapshot.server_ca.revocations().into_iter();
        let revoked = revoked.map(|(serial, at)| KeptRevocation {
            serial: hex(&serial),
            at: text(at),
        });
        let certificates = snapshot.certificates.into_iter();
        let identities = snapshot.ready_identities.into_iter();
        Self {
            version: VERSION,
            client_ca: KeptCa::of(snapshot.client_ca, Vec::new()),
            server_ca: KeptCa::of(snapshot.server_ca, revoked.collect()),
            server_key_pem: snapshot.server_key_pem.map(str::to_owned),
            enforcing: snapshot.enforcing,
            certificates: certificates
                .map(|entry| KeptCertificate::of(entry, &client_ca_der))
                .collect(),
            ready_identities: identities
                .map(|(account, identity)| (account, KeptIdentity::of(&identity)))
                .collect(),
        }
    }

    /// Returns the contents of the file.
    pub(super) fn json(&self) -> io::Result<Vec<u8>> {
        let mut json = serde_json::to_vec_pretty(self)?;
        json.push(b'\n');
        Ok(json)
    }

    /// Reads the contents of a file.
    pub(super) fn read(json: &[u8]) -> Result<Self, Flaw> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u64,
        }
        // The version first, as another may have other members.
        let Versioned { version } = serde_json::from_slice(json).map_err(|it| Flaw::json(&it))?;
        if version != VERSION {
            return Err(Flaw::Version { version });
        }
        serde_json::from_slice(json).map_err(|it| Flaw::json(&it))
    }

    /// Returns the state that the file describes.
    pub(super) fn contents(self) -> Result<Contents, Flaw> {
        let certificates = self.certificates.into_iter().enumerate();
        let client_ca_der = der(&self.client_ca.certificate_pem).ok_or(Flaw::ClientCa)?;
        let certificates = certificates
            .map(|(index, kept)| kept.entry(index + 1, &client_ca_der))
            .collect::<Result<Vec<_>, _>>()?;
        let revoked = certificates.iter().filter_map(|entry| {
            let at = entry.revoked_at?;
            Some((entry.serial_bytes.to_vec(), at))
        });
        let client_ca = self.client_ca.restored(revoked.collect());
        let revoked = self.server_ca.revocations()?;
        let server_ca = self.server_ca.restored(revoked);
        let mut pki = Pki::new(
            client_ca.ok_or(Flaw::ClientCa)?,
            server_ca.ok_or(Flaw::ServerCa)?,
        );
        if let Some(key) = &self.server_key_pem {
            // The error is dropped: it may quote what was read.
            let key = KeyPair::from_pem(key).map_err(|_| Flaw::ServerKey)?;
            pki = pki.server_key(key);
        }
        let identities = self.ready_identities.into_iter();
        Ok(Contents {
            pki,
            server_key_pem: self.server_key_pem,
            certificates,
            enforcing: self.enforcing,
            ready_identities: identities
                .map(|(account, kept)| Ok((account, kept.identity()?)))
                .collect::<Result<_, Flaw>>()?,
        })
    }
}

impl KeptCa {
    fn of(ca: &Ca, revoked: Vec<KeptRevocation>) -> Self {
        Self {
            certificate_pem: ca.pem().to_owned(),
            private_key_pem: ca.secret_key_pem(),
            revoked,
        }
    }

    fn revocations(&self) -> Result<Vec<(Vec<u8>, OffsetDateTime)>, Flaw> {
        let entry = |it: &KeptRevocation| {
            let serial = bytes(&it.serial).ok_or(Flaw::ServerCa)?;
            Ok((serial, moment(&it.at)?))
        };
        self.revoked.iter().map(entry).collect()
    }

    fn restored(&self, revoked: Vec<(Vec<u8>, OffsetDateTime)>) -> Option<Ca> {
        Ca::restore(OWNER, &self.certificate_pem, &self.private_key_pem, revoked).ok()
    }
}

impl KeptCertificate {
    fn of(entry: Entry, client_ca: &[u8]) -> Self {
        let is_of_client_ca = *entry.issuer == *client_ca;
        Self {
            account: entry.account,
            serial: entry.serial,
            subject: entry.subject,
            revoked_at: entry.revoked_at.map(text),
            certificate_pem: certificate_pem(&entry.certificate),
            issuer_pem: (!is_of_client_ca).then(|| certificate_pem(&entry.issuer)),
        }
    }

    /// Returns the entry of the register; what the certificate itself says is read from it.
    fn entry(self, number: usize, client_ca: &[u8]) -> Result<Entry, Flaw> {
        let flaw = || Flaw::Certificate { number };
        let certificate = der(&self.certificate_pem).ok_or_else(flaw)?;
        let (_, parsed) = X509Certificate::from_der(&certificate).map_err(|_| flaw())?;
        let serial_bytes: [u8; 16] = parsed.raw_serial().try_into().map_err(|_| flaw())?;
        if hex(&serial_bytes) != self.serial {
            return Err(flaw());
        }
        let validity = parsed.validity();
        let (not_before, not_after) = (
            validity.not_before.to_datetime(),
            validity.not_after.to_datetime(),
        );
        let issuer = match &self.issuer_pem {
            None => client_ca.to_vec(),
            Some(pem) => der(pem).ok_or_else(flaw)?,
        };
        Ok(Entry {
            account: self.account,
            serial: self.serial,
            serial_bytes,
            sha256: fingerprint(&certificate.as_slice().into()),
            subject: self.subject,
            not_before,
            not_after,
            revoked_at: self.revoked_at.as_deref().map(moment).transpose()?,
            certificate: Arc::from(certificate),
            issuer: Arc::from(issuer),
        })
    }
}

impl KeptIdentity {
    fn of(identity: &ClientIdentity) -> Self {
        Self {
            serial: identity.serial().to_owned(),
            certificate_pem: identity.certificate_pem().to_owned(),
            private_key_pem: identity.secret_key_pem().to_owned(),
        }
    }

    fn identity(self) -> Result<ClientIdentity, Flaw> {
        let serial = bytes(&self.serial).ok_or(Flaw::Identity)?;
        // The error is dropped: it may quote what was read.
        let key = KeyPair::from_pem(&self.private_key_pem).map_err(|_| Flaw::Identity)?;
        let certificate = der(&self.certificate_pem).ok_or(Flaw::Identity)?;
        let is_of_key = X509Certificate::from_der(&certificate).is_ok_and(|(_, certificate)| {
            certificate.public_key().raw == key.subject_public_key_info()
                && certificate.raw_serial() == serial
        });
        if !is_of_key {
            return Err(Flaw::Identity);
        }
        let (certificate_pem, key_pem) = (self.certificate_pem, self.private_key_pem);
        Ok(ClientIdentity::new(certificate_pem, key_pem, &serial))
    }
}

fn certificate_pem(der: &[u8]) -> String {
    let block = Pem::new("CERTIFICATE", der);
    pem::encode_config(&block, EncodeConfig::new().set_line_ending(LineEnding::LF))
}

fn der(certificate_pem: &str) -> Option<Vec<u8>> {
    let block = pem::parse(certificate_pem).ok()?;
    (block.tag() == "CERTIFICATE").then(|| block.into_contents())
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(byte).collect()
}

fn text(at: OffsetDateTime) -> String {
    // Fifty years around today, the reach of a mock's clock, are all in RFC 3339.
    at.format(&Rfc3339).unwrap_or_default()
}

fn moment(at: &str) -> Result<OffsetDateTime, Flaw> {
    OffsetDateTime::parse(at, &Rfc3339).map_err(|_| Flaw::Time)
}

impl Flaw {
    /// Keeps the place of an error, not its text, which may quote a key.
    fn json(error: &serde_json::Error) -> Self {
        Self::Json {
            line: error.line(),
            column: error.column(),
        }
    }
}

/// The number of the format; another one for each change that an older mock would misread.
const VERSION: u64 = 1;
