//! The certificates of both sides, made in each run: a CA with a revocation list, an unknown CA,
//! the server's certificates as files, and the client's identities.

use std::{fmt, fs, path::Path};

use anyhow::Context as _;
use identity::{Identity, Loader};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, PKCS_RSA_SHA256,
    RevokedCertParams, RsaKeySize, date_time_ymd,
};

/// Files for the servers, identities for the client.
#[derive(Debug)]
pub(crate) struct Certificates {
    ca: String,
    identities: Vec<(ClientCertificate, Identity)>,
}

/// The certificate that a client presents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientCertificate {
    /// A valid one.
    Good,
    /// Another valid one.
    Second,
    /// None.
    None,
    /// One of a CA that the server does not know.
    UnknownCa,
    /// An expired one.
    Expired,
    /// One on the revocation list.
    Revoked,
}

/// A CA of this run.
struct TestCa {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Certificates {
    /// Makes them all and writes the files of the servers:
    ///
    /// - `ca.pem`, `crl.pem`: the CA of the clients;
    /// - `server.pem`, `server.key`, and both in `server-both.pem`: good for `localhost`;
    /// - the same for `server-expired`, `server-other-name` and `server-unknown-ca`.
    pub(crate) fn new(folder: &Path) -> anyhow::Result<Self> {
        let known = TestCa::new("Interop CA")?;
        let unknown = TestCa::new("Unknown CA")?;
        write(folder, "ca.pem", &known.pem)?;
        write(folder, "crl.pem", &known.crl(ClientCertificate::Revoked)?)?;
        known.server(folder, "server", "localhost", 2040)?;
        known.server(folder, "server-expired", "localhost", 2021)?;
        known.server(folder, "server-other-name", "other.example", 2040)?;
        unknown.server(folder, "server-unknown-ca", "localhost", 2040)?;

        // RSA-2048, as the portal requires; one for all, since only the certificates differ.
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        let identities = [
            (ClientCertificate::Good, &known, 2040),
            (ClientCertificate::Second, &known, 2040),
            (ClientCertificate::UnknownCa, &unknown, 2040),
            (ClientCertificate::Expired, &known, 2021),
            (ClientCertificate::Revoked, &known, 2040),
        ];
        let identities = identities
            .into_iter()
            .map(|(client, ca, until)| anyhow::Ok((client, ca.client(&key, client, until)?)));
        Ok(Self {
            identities: identities.collect::<Result<_, _>>()?,
            ca: known.pem,
        })
    }

    /// Returns the CA of the servers, in PEM.
    pub(crate) fn ca(&self) -> &str {
        &self.ca
    }

    /// Returns the identity with this certificate.
    pub(crate) fn identity(&self, client: ClientCertificate) -> Option<&Identity> {
        let mut identities = self.identities.iter();
        identities.find_map(|(it, identity)| (*it == client).then_some(identity))
    }
}

impl ClientCertificate {
    /// Those with which every server is asked, in their order.
    pub(crate) const ALL: [Self; 5] = [
        Self::Good,
        Self::None,
        Self::UnknownCa,
        Self::Expired,
        Self::Revoked,
    ];

    /// Returns a serial number that is too long for a program to print it as a decimal number.
    fn serial(self) -> Vec<u8> {
        let mut serial = b"Qinterop-client-".to_vec();
        serial.push(self as u8 + 1);
        serial
    }
}

impl fmt::Display for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "good certificate",
            Self::Second => "second certificate",
            Self::None => "no certificate",
            Self::UnknownCa => "unknown CA",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        })
    }
}

impl TestCa {
    fn new(name: &str) -> anyhow::Result<Self> {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate()?;
        Ok(Self {
            pem: params.self_signed(&key)?.pem(),
            issuer: Issuer::new(params, key),
        })
    }

    fn crl(&self, revoked: ClientCertificate) -> anyhow::Result<String> {
        let revoked = RevokedCertParams {
            serial_number: revoked.serial().into(),
            revocation_time: date_time_ymd(2022, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let params = CertificateRevocationListParams {
            this_update: date_time_ymd(2022, 1, 1),
            next_update: date_time_ymd(2040, 1, 1),
            crl_number: 1.into(),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(params.signed_by(&self.issuer)?.pem()?)
    }

    fn server(&self, folder: &Path, file: &str, name: &str, until: i32) -> anyhow::Result<()> {
        let mut params = CertificateParams::new([name.to_owned()])?;
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?.pem();
        let key = key.serialize_pem();
        write(folder, &format!("{file}.pem"), &certificate)?;
        write(folder, &format!("{file}.key"), &key)?;
        write(folder, &format!("{file}-both.pem"), &(certificate + &key))
    }

    fn client(
        &self,
        key: &KeyPair,
        client: ClientCertificate,
        until: i32,
    ) -> anyhow::Result<Identity> {
        let mut params = CertificateParams::default();
        params.serial_number = Some(client.serial().into());
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, format!("{client}"));
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(key, &self.issuer)?.pem();
        let loader = Loader::new().allow_outside_validity();
        let loaded = loader.load(certificate.as_bytes(), key.serialize_pem().as_bytes())?;
        Ok(loaded.into_parts().0)
    }
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    fs::write(folder.join(name), text).with_context(|| name.to_owned())
}
