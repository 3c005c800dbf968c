//! `napi hello`: the whole connection, tested.

use std::{env, path::PathBuf};

use anyhow::{Context, Result};
use identity::Passphrase;
use napi::{BaseUrl, Client, Credentials};
use transport::{MtlsConnector, TrustAnchors};

use crate::{Output, check::attention, identity_files::IdentityFiles, secret::ask};

/// Holds the password where no file is named.
const PASSWORD: &str = "NAPI_PASSWORD";

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    identity: IdentityFiles,

    /// API user
    #[arg(long, value_name = "NAME")]
    user: String,

    /// Read the API user's password from this file; by default it is taken from the environment variable
    /// NAPI_PASSWORD, or asked for
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Where NAPI is
    #[arg(long, value_name = "URL", env = "NAPI_BASE_URL", default_value_t = BaseUrl::MTLS)]
    base_url: BaseUrl,

    /// Trust the certificates in this PEM file and no others; what the operating system trusts by default
    #[arg(long, value_name = "FILE", env = "NAPI_AUTHORITY")]
    authority: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Output> {
    let loaded = arguments.identity.load()?;
    let trust = match &arguments.authority {
        None => TrustAnchors::platform(),
        Some(file) => TrustAnchors::pem_file(file)?,
    };
    let connector = MtlsConnector::builder(trust)
        .identity(loaded.identity())
        .build()?;
    let password = password(&arguments)?;
    let credentials = Credentials::basic(arguments.user, password)?;
    let client = Client::over_mtls(connector, arguments.base_url, credentials);
    let hello = client.test_authentication().await;
    let hello = hello.with_context(|| format!("no hello from {}", client.base_url()))?;
    Ok(Output::new(hello, attention(loaded.report())))
}

fn password(arguments: &Arguments) -> Result<String> {
    if let Some(file) = &arguments.password_file {
        let read = Passphrase::from_file(file)?;
        let text = str::from_utf8(read.secret_bytes());
        return Ok(text.context("the password file is not UTF-8")?.to_owned());
    }
    match env::var(PASSWORD) {
        Ok(password) => Ok(password),
        Err(_) => ask(
            &format!("Password of {}", arguments.user),
            "use --password-file or the environment variable NAPI_PASSWORD",
        ),
    }
}
