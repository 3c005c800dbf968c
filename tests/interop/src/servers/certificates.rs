//! The certificates of both sides, made in each run: a CA with a revocation list, an unknown CA,
//! the server's certificates as files, and the client's identities.

use std::{fmt, fs, path::Path};

use anyhow::Context as _;
use identity::{Identity, Loader};
use mock_tls::{Ca, Leaf};
use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize, date_time_ymd};

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

impl Certificates {
    /// Makes them all and writes the files of the servers:
    ///
    /// - `ca.pem`, `crl.pem`: the CA of the clients;
    /// - `server.pem`, `server.key`, and both in `server-both.pem`: good for `localhost`;
    /// - the same for `server-expired`, `server-other-name` and `server-unknown-ca`.
    pub(crate) fn new(folder: &Path) -> anyhow::Result<Self> {
        let known = Ca::named("Interop CA")?;
        let unknown = Ca::named("Unknown CA")?;
        let revoked = [ClientCertificate::Revoked.serial()];
        let (from, to) = (date_time_ymd(2022, 1, 1), date_time_ymd(2040, 1, 1));
        let crl = known.revocation_list_of(revoked, from, to)?;
        write(folder, "ca.pem", known.pem())?;
        write(folder, "crl.pem", &crl.pem()?)?;
        write_server(&known, folder, "server", "localhost", 2040)?;
        write_server(&known, folder, "server-expired", "localhost", 2021)?;
        write_server(&known, folder, "server-other-name", "other.example", 2040)?;
        write_server(&unknown, folder, "server-unknown-ca", "localhost", 2040)?;

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
            .map(|(client, ca, until)| anyhow::Ok((client, identity(ca, &key, client, until)?)));
        Ok(Self {
            identities: identities.collect::<Result<_, _>>()?,
            ca: known.pem().to_owned(),
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

fn write_server(ca: &Ca, folder: &Path, file: &str, name: &str, until: i32) -> anyhow::Result<()> {
    let leaf = Leaf::server([name])?.valid_years(2020, until);
    let issued = ca.issue_with_new_key(&leaf)?;
    let (certificate, key) = (issued.chain_pem(), issued.secret_key_pem());
    write(folder, &format!("{file}.pem"), &certificate)?;
    write(folder, &format!("{file}.key"), key)?;
    write(folder, &format!("{file}-both.pem"), &(certificate + key))
}

fn identity(
    ca: &Ca,
    key: &KeyPair,
    client: ClientCertificate,
    until: i32,
) -> anyhow::Result<Identity> {
    let leaf = Leaf::client(&client.to_string());
    let leaf = leaf.valid_years(2020, until).serial(client.serial());
    let issued = ca.issue(&leaf, key)?;
    let loader = Loader::new().allow_outside_validity();
    let (certificate, key) = (issued.chain_pem(), issued.secret_key_pem());
    let loaded = loader.load(certificate.as_bytes(), key.as_bytes())?;
    Ok(loaded.into_parts().0)
}

fn write(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    fs::write(folder.join(name), text).with_context(|| name.to_owned())
}
