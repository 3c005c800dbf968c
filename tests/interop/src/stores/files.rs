//! The stores that others get: our key with a certificate of the mock's portal, as our program
//! writes them.

use std::{
    fs,
    path::{Path, PathBuf},
};

use mock_napi::Account;

use crate::{
    context::Context,
    programs::NAPI,
    tool::{Place, Tool},
};

/// The paths of the stores.
#[derive(Debug)]
pub(super) struct StoreFiles {
    /// Under AES-256 and SHA-256.
    pub(super) modern: PathBuf,
    /// Under 3DES and SHA-1.
    pub(super) legacy: PathBuf,
}

impl StoreFiles {
    /// The passphrase of both; Java takes ASCII alone.
    pub(super) const PASSPHRASE: &str = "correct horse battery";

    /// The name of the key in both.
    pub(super) const NAME: &str = "napi";

    /// Gets a certificate and writes the stores.
    pub(super) async fn write(context: &Context) -> anyhow::Result<Self> {
        let folder = context.new_folder("stores")?;
        let request = &context.key().request;
        let issued = context.portal().certificate(Account::ACME, request).await?;
        let issued = issued.map_err(|refused| anyhow::anyhow!("the portal: {refused:?}"))?;
        fs::write(folder.join("certificate.pem"), issued)?;
        let napi = NAPI.find_in(Place::Beside).await?;
        convert(&napi, "modern.p12", &[], &folder, context).await?;
        convert(&napi, "legacy.p12", &["--legacy"], &folder, context).await?;
        Ok(Self {
            modern: folder.join("modern.p12"),
            legacy: folder.join("legacy.p12"),
        })
    }
}

async fn convert(
    napi: &Tool,
    out: &str,
    options: &[&str],
    folder: &Path,
    context: &Context,
) -> anyhow::Result<()> {
    let convert = napi
        .command()
        .folder(folder)
        .args(["convert", "--pkcs12", "--certificate", "certificate.pem"])
        .args(["--friendly-name", StoreFiles::NAME, "--out", out])
        .args(["--new-passphrase-env", "STORE_PASSPHRASE"])
        .env("STORE_PASSPHRASE", StoreFiles::PASSPHRASE)
        .args(options)
        .arg("--key")
        .arg(&context.key().plain);
    let output = convert.run().await?;
    anyhow::ensure!(output.code == Some(0), "convert: {}", output.words());
    Ok(())
}
