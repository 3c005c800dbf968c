//! The inputs of a page: the files of a customer, and a request that matches.

use std::{
    fs,
    path::{Path, PathBuf},
};

use csr::{CertificationRequest, EncryptionParams, Passphrase, Protection, RequestFiles, RsaKey};
use mock_napi::Account;
use test_support::{Customer, Mock};

use crate::{context::Context, example, programs::OPENSSL};

/// The paths of the files.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) folder: PathBuf,
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
    /// For those that open no encrypted key.
    pub(super) plain_key: PathBuf,
    /// Certificate and key in one, for those that read nothing else.
    pub(super) pkcs12: PathBuf,
    pub(super) ca: PathBuf,
    /// JSON of a verification: the mock's first test entity of Australia.
    pub(super) request: PathBuf,
}

impl Files {
    /// The passphrase of the key and of the PKCS#12 store: in ASCII, as Java and Mono take no
    /// other.
    pub(super) const PASSPHRASE: &str = "correct horse battery";

    pub(super) async fn new(context: &Context, mock: &Mock) -> anyhow::Result<Self> {
        let folder = context.new_folder("pages")?;
        let key = RsaKey::generate()?;
        let request = CertificationRequest::builder(&Customer::subject()?).sign(&key)?;
        let passphrase = Passphrase::new(Self::PASSPHRASE)?;
        let files = RequestFiles::new(&folder, "napi")?;
        let params = EncryptionParams::default();
        files.write(&key, Protection::Passphrase(&passphrase, params), &request)?;
        let plain = RequestFiles::new(&folder, "plain")?;
        plain.write(&key, Protection::Plain, &request)?;
        let (portal, request) = (mock.portal(), request.to_pem());
        let issued = portal.certificate(Account::ACME, &request).await?;
        let issued = issued.map_err(|refused| anyhow::anyhow!("the portal: {refused:?}"))?;
        let made = Self {
            certificate: written(&folder, "napi.pem", &issued)?,
            key: files.key_path(),
            plain_key: plain.key_path(),
            pkcs12: folder.join("napi.p12"),
            ca: written(&folder, "ca.pem", mock.ca_pem())?,
            request: example::page("request.json"),
            folder,
        };
        made.write_pkcs12().await?;
        Ok(made)
    }

    /// Writes the store in the older encryption, which Mono reads and openssl has without its
    /// legacy provider.
    async fn write_pkcs12(&self) -> anyhow::Result<()> {
        let made = OPENSSL.find().await?.command().args(["pkcs12", "-export"]);
        let made = made.arg("-in").arg(&self.certificate);
        let made = made.arg("-inkey").arg(&self.plain_key);
        let made = made.args(["-keypbe", "PBE-SHA1-3DES", "-certpbe", "PBE-SHA1-3DES"]);
        let made = made.args(["-macalg", "sha1", "-passout"]);
        let made = made.arg(format!("pass:{}", Self::PASSPHRASE));
        let made = made.arg("-out").arg(&self.pkcs12).run().await?;
        anyhow::ensure!(made.code == Some(0), "no PKCS#12: {}", made.words());
        Ok(())
    }
}

fn written(folder: &Path, name: &str, text: &str) -> anyhow::Result<PathBuf> {
    let path = folder.join(name);
    fs::write(&path, text)?;
    Ok(path)
}
