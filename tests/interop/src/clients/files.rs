//! The files of a customer: our key, plain and with a passphrase, and certificates of the mock's
//! portal for it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use csr::{CertificationRequest, RsaKey};
use mock_napi::Account;
use test_support::{Customer, Refused};

use crate::{context::Context, our_key::OurKey};

/// The paths of the files.
#[derive(Debug)]
pub(crate) struct Files {
    pub(crate) key: PathBuf,
    pub(crate) encrypted_key: PathBuf,
    pub(crate) certificate: PathBuf,
    /// Certificate and unencrypted key in one.
    pub(crate) one_file: PathBuf,
    pub(crate) expired: PathBuf,
    pub(crate) revoked: PathBuf,
    pub(crate) of_another_account: PathBuf,
    pub(crate) of_unknown_ca: PathBuf,
    pub(crate) of_another_key: PathBuf,
    pub(crate) ca: PathBuf,
}

impl Files {
    /// Writes all of them, as a customer does with `csr` and the portal.
    pub(crate) async fn new(context: &Context) -> anyhow::Result<Self> {
        let folder = context.new_folder("customer")?;
        let portal = context.portal();
        let acme = Account::ACME;
        let OurKey {
            plain,
            encrypted,
            request: pem,
            ..
        } = context.key();
        let save = |name: &str, issued: Result<String, Refused>| {
            let certificate = issued.map_err(|refused| anyhow::anyhow!("{name}: {refused:?}"))?;
            save(&folder, name, &certificate)
        };
        let certificate = save("certificate.pem", portal.certificate(acme, pem).await?)?;
        let one_file = [&certificate, plain].map(fs::read_to_string);
        let [first, second] = one_file;
        let subject = Customer::subject()?;
        let other_key = CertificationRequest::builder(&subject);
        let other_key = other_key.sign(&RsaKey::generate()?)?.to_pem();
        let year = 365 * 24 * 3600;
        Ok(Self {
            key: plain.clone(),
            encrypted_key: encrypted.clone(),
            one_file: self::save(&folder, "one-file.pem", &(first? + &second?))?,
            expired: save(
                "expired.pem",
                portal.certificate_valid(acme, pem, -year..-3600).await?,
            )?,
            revoked: {
                let revoked = save("revoked.pem", portal.certificate(acme, pem).await?)?;
                portal.revoke_last(acme).await?;
                revoked
            },
            of_another_account: save(
                "globex.pem",
                portal.certificate(Account::GLOBEX, pem).await?,
            )?,
            of_unknown_ca: save(
                "unknown-ca.pem",
                portal.certificate_of_unknown_ca(acme, pem).await?,
            )?,
            of_another_key: save("other-key.pem", portal.certificate(acme, &other_key).await?)?,
            ca: context.ca_file(),
            certificate,
        })
    }
}

fn save(folder: &Path, name: &str, text: &str) -> anyhow::Result<PathBuf> {
    let path = folder.join(name);
    fs::write(&path, text)?;
    Ok(path)
}
