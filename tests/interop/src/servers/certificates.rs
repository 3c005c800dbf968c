//! The certificates of both sides, made in each run: an authority with a revocation list, a
//! stranger beside it, the server's certificates as files, and a client's identities.

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
    authority: String,
    identities: Vec<(Client, Identity)>,
}

/// Who a client says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Client {
    /// With a certificate that nothing is wrong with.
    Good,
    /// With another one.
    Second,
    /// Without a certificate.
    None,
    /// With one of an authority that the server does not know.
    UnknownCa,
    /// With one that has expired.
    Expired,
    /// With one that is on the revocation list.
    Revoked,
}

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Certificates {
    /// Makes them all and writes the files of the servers:
    ///
    /// - `authority.pem`, `crl.pem`: who may be a client;
    /// - `server.pem`, `server.key`, and both in `server-both.pem`: good for `localhost`;
    /// - the same for `server-expired`, `server-other-name` and `server-unknown-ca`.
    pub(crate) fn new(folder: &Path) -> anyhow::Result<Self> {
        let known = Authority::new("Interop Authority")?;
        let stranger = Authority::new("Stranger")?;
        write(folder, "authority.pem", &known.pem)?;
        write(folder, "crl.pem", &known.crl(Client::Revoked)?)?;
        known.server(folder, "server", "localhost", 2040)?;
        known.server(folder, "server-expired", "localhost", 2021)?;
        known.server(folder, "server-other-name", "other.example", 2040)?;
        stranger.server(folder, "server-unknown-ca", "localhost", 2040)?;

        // RSA-2048, as the portal wants it. One for all: the certificates make the difference.
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048)?;
        let identities = [
            (Client::Good, &known, 2040),
            (Client::Second, &known, 2040),
            (Client::UnknownCa, &stranger, 2040),
            (Client::Expired, &known, 2021),
            (Client::Revoked, &known, 2040),
        ];
        let identities = identities.into_iter().map(|(client, authority, until)| {
            anyhow::Ok((client, authority.client(&key, client, until)?))
        });
        Ok(Self {
            identities: identities.collect::<Result<_, _>>()?,
            authority: known.pem,
        })
    }

    /// The authority whose servers are to be trusted, in PEM.
    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    /// What this client presents.
    pub(crate) fn identity(&self, client: Client) -> Option<&Identity> {
        let mut identities = self.identities.iter();
        identities.find_map(|(it, identity)| (*it == client).then_some(identity))
    }
}

impl Client {
    /// Those that a server takes or refuses, one after the other.
    pub(crate) const ALL: [Self; 5] = [
        Self::Good,
        Self::None,
        Self::UnknownCa,
        Self::Expired,
        Self::Revoked,
    ];

    /// Long enough that no program prints it as a decimal number.
    fn serial(self) -> Vec<u8> {
        let mut serial = b"Qinterop-client-".to_vec();
        serial.push(self as u8 + 1);
        serial
    }
}

impl fmt::Display for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Good => "good certificate",
            Self::Second => "second certificate",
            Self::None => "no certificate",
            Self::UnknownCa => "unknown authority",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
        })
    }
}

impl Authority {
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

    fn crl(&self, revoked: Client) -> anyhow::Result<String> {
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

    fn client(&self, key: &KeyPair, client: Client, until: i32) -> anyhow::Result<Identity> {
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
