//! `napi hello`: the whole connection, tested; or, with `--plain`, the credentials alone.

use std::{env, path::PathBuf};

use anyhow::{Context, Result, anyhow};
use identity::Passphrase;
use napi::{BaseUrl, Client, Credentials};
use transport::{MtlsConnector, TrustAnchors};

use crate::{
    Output,
    check::attention,
    identity_files::load,
    secret::{PassphraseArguments, ask},
};

/// Holds the password where no file is named.
const PASSWORD: &str = "NAPI_PASSWORD";

/// Names the mutual TLS endpoint.
const BASE_URL: &str = "NAPI_BASE_URL";

/// Names the endpoint without mutual TLS.
const PLAIN_BASE_URL: &str = "NAPI_PLAIN_BASE_URL";

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Present no certificate, to test user and password before there is one, and to see that they are rejected
    /// without one once the organization enforces mutual TLS
    #[arg(long, conflicts_with_all = ["certificate", "key", "PassphraseArguments"])]
    plain: bool,

    /// Certificate file as downloaded from the portal, with or without its chain
    #[arg(long, value_name = "FILE", required_unless_present = "plain")]
    certificate: Option<PathBuf>,

    /// Private key file
    #[arg(long, value_name = "FILE", required_unless_present = "plain")]
    key: Option<PathBuf>,

    #[command(flatten)]
    passphrase: PassphraseArguments,

    /// API user
    #[arg(long, value_name = "NAME")]
    user: String,

    /// Read the API user's password from this file; by default it is taken from the environment variable
    /// NAPI_PASSWORD, or asked for
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Where NAPI is; by default what the environment variable NAPI_BASE_URL says (with --plain NAPI_PLAIN_BASE_URL),
    /// else https://mtls.primary.prod.trulioo.com (https://api.trulioo.com)
    #[arg(long, value_name = "URL")]
    base_url: Option<BaseUrl>,

    /// Trust the certificates in this PEM file and no others; what the operating system trusts by default
    #[arg(long, value_name = "FILE", env = "NAPI_AUTHORITY")]
    authority: Option<PathBuf>,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Output> {
    let trust = match &arguments.authority {
        None => TrustAnchors::platform(),
        Some(file) => TrustAnchors::pem_file(file)?,
    };
    let builder = MtlsConnector::builder(trust);
    let (builder, warnings) = match (&arguments.certificate, &arguments.key) {
        (Some(certificate), Some(key)) => {
            let loaded = load(certificate, key, &arguments.passphrase)?;
            let warnings: Vec<_> = attention(loaded.report()).collect();
            (builder.identity(loaded.identity()), warnings)
        }
        _ => (builder, Vec::new()),
    };
    let connector = builder.build()?;
    let base_url = base_url(&arguments)?;
    let password = password(&arguments)?;
    let credentials = Credentials::basic(arguments.user, password)?;
    let client = Client::over_mtls(connector, base_url, credentials);
    let hello = client.test_authentication().await.map_err(told);
    let hello = hello.with_context(|| {
        let base_url = client.base_url();
        match arguments.plain {
            false => format!("no hello from {base_url}"),
            true => format!(
                "no hello from {base_url} without a certificate, which is as it should be if the organization \
                 enforces mutual TLS"
            ),
        }
    })?;
    Ok(Output::new(hello, warnings))
}

/// The URL of the command line, of the environment, or the published one.
fn base_url(arguments: &Arguments) -> Result<BaseUrl> {
    if let Some(base_url) = &arguments.base_url {
        return Ok(base_url.clone());
    }
    let (variable, published) = match arguments.plain {
        false => (BASE_URL, BaseUrl::MTLS),
        true => (PLAIN_BASE_URL, BaseUrl::PLAIN),
    };
    match env::var(variable) {
        Ok(url) => url
            .parse()
            .with_context(|| format!("the environment variable {variable} is of no use")),
        Err(_) => Ok(published),
    }
}

/// The error with the words of whatever responded: nothing that a hello sends is anyone else's.
fn told(error: napi::Error) -> anyhow::Error {
    match error.service_message().filter(|it| it.fixed().is_none()) {
        Some(said) => anyhow!("{error}; in full: `{}`", said.unredacted()),
        None => error.into(),
    }
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
