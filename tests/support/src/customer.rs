//! A customer with key, request and certificate on disk, as the guide leaves them.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use anyhow::Context;
use csr::{CertificationRequest, Protection, RequestFiles, RsaKey, Subject};
use identity::{Identity, Loader};
use mock_napi::Account;
use napi::{BaseUrl, Client, Credentials};
use tempfile::TempDir;

use crate::{Mock, Portal};

/// One key for all customers of a test run: making one takes a tenth of a second, and their
/// certificates differ.
static KEY: LazyLock<Result<RsaKey, csr::Error>> = LazyLock::new(RsaKey::generate);

/// A customer's files in a temporary folder.
#[derive(Debug)]
pub struct Customer {
    account: &'static Account,
    folder: TempDir,
}

impl Customer {
    /// Makes a customer of `account` with an unencrypted key and a request, but no certificate yet.
    ///
    /// # Errors
    ///
    /// If the files cannot be made.
    pub fn new(account: &'static Account) -> anyhow::Result<Self> {
        let customer = Self {
            account,
            folder: tempfile::tempdir()?,
        };
        let request = Self::request()?;
        customer
            .files()?
            .write(Self::key()?, Protection::Plain, &request)?;
        Ok(customer)
    }

    /// Makes a customer with a certificate from the portal, valid for a year.
    ///
    /// # Errors
    ///
    /// If the files cannot be made or the portal refuses.
    pub async fn enrolled(account: &'static Account, portal: &Portal) -> anyhow::Result<Self> {
        let customer = Self::new(account)?;
        let issued = portal
            .certificate(account, &Self::request()?.to_pem())
            .await?;
        let certificate = issued.map_err(|refused| anyhow::anyhow!("{refused:?}"))?;
        customer.install(&certificate)?;
        Ok(customer)
    }

    /// Returns the key that customers share.
    ///
    /// # Errors
    ///
    /// If there is no randomness.
    pub fn key() -> anyhow::Result<&'static RsaKey> {
        KEY.as_ref().context("cannot make a key")
    }

    /// Returns a request for that key that the portal accepts.
    ///
    /// # Errors
    ///
    /// If it cannot be signed.
    pub fn request() -> anyhow::Result<CertificationRequest> {
        Ok(CertificationRequest::builder(&Self::subject()?).sign(Self::key()?)?)
    }

    /// Returns a subject that the portal accepts.
    ///
    /// # Errors
    ///
    /// Never, while the rules are what they are.
    pub fn subject() -> anyhow::Result<Subject> {
        let subject = Subject::builder()
            .country("CA")
            .state("British Columbia")
            .locality("Vancouver")
            .organization("Acme Identity Inc.")
            .common_name("napi.acme.example");
        Ok(subject.build()?)
    }

    /// Puts a certificate beside the key.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn install(&self, certificate: &str) -> anyhow::Result<()> {
        Ok(fs::write(self.certificate_path(), certificate)?)
    }

    /// Returns the customer's folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the path of the key.
    ///
    /// # Errors
    ///
    /// Never, while the name is what it is.
    pub fn key_path(&self) -> anyhow::Result<PathBuf> {
        Ok(self.files()?.key_path())
    }

    /// Returns the path at which the certificate is, or will be.
    #[must_use]
    pub fn certificate_path(&self) -> PathBuf {
        self.folder.path().join("napi.pem")
    }

    fn files(&self) -> anyhow::Result<RequestFiles> {
        Ok(RequestFiles::new(self.folder.path(), "napi")?)
    }

    /// Loads the identity from the files.
    ///
    /// # Errors
    ///
    /// If the files are no identity.
    pub fn identity(&self) -> anyhow::Result<Identity> {
        let loaded = Loader::new().load_files(&self.certificate_path(), &self.key_path()?)?;
        Ok(loaded.into_parts().0)
    }

    /// Returns the credentials of the account's API user.
    ///
    /// # Errors
    ///
    /// Never, while the built-in accounts are what they are.
    pub fn credentials(&self) -> anyhow::Result<Credentials> {
        let user = self.account.api();
        Ok(Credentials::basic(user.user(), user.secret_password())?)
    }

    /// Makes a client with this identity and these credentials that trusts the mock.
    ///
    /// # Errors
    ///
    /// If the files are no identity.
    pub fn client(&self, mock: &Mock) -> anyhow::Result<Client> {
        let connector = mock.trusted()?.identity(&self.identity()?).build()?;
        let base_url: BaseUrl = mock.base_url().parse()?;
        Ok(Client::over_mtls(connector, base_url, self.credentials()?))
    }
}
