//! `napi-mtls hello`: the whole connection, tested; or, with `--plain`, the credentials alone.

use std::{
    env,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context, Result, anyhow};
use identity::{Input, InputFile};
use napi::{BaseUrl, Client, Credentials};
use transport::{Alpn, ConnectionInfo, ErrorKind, MtlsConnector, Phase, TrustAnchors};
use vocabulary::Escaped;
use zeroize::Zeroizing;

use crate::check::attention;
use crate::identity_files::{load, options};
use crate::output::{Failure, Output};
use crate::prompt::ask;
use crate::proxy::ProxyArguments;
use crate::secret::{PassphraseArguments, read_file};
use crate::standard_input::read_once;

/// Holds the password where no file is named.
const PASSWORD: &str = "NAPI_PASSWORD";

/// Names the mutual TLS endpoint.
const BASE_URL: &str = "NAPI_BASE_URL";

/// Names the endpoint without mutual TLS.
const PLAIN_BASE_URL: &str = "NAPI_PLAIN_BASE_URL";

/// Several times as many bytes as all that any system trusts.
const LONGEST_CA_FILE: u64 = 4 << 20;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Connect without a certificate: to test user name and password before you have one, or to see
    /// that NAPI rejects them once your organization enforces mutual TLS
    #[arg(long, conflicts_with_all = ["certificate", "key", "PassphraseArguments"])]
    plain: bool,

    /// Certificate file as downloaded from the portal, with or without its chain; `-` is standard
    /// input
    #[arg(long, value_name = "FILE", required_unless_present = "plain")]
    certificate: Option<PathBuf>,

    /// Private key file; `-` is standard input
    #[arg(long, value_name = "FILE", required_unless_present = "plain")]
    key: Option<PathBuf>,

    #[command(flatten)]
    passphrase: PassphraseArguments,

    /// Name of the API user, without the password
    #[arg(long, value_name = "NAME", value_parser = user_name)]
    user: String,

    /// Read the password of the API user from this file or pipe (`-` is standard input); by default
    /// it comes from the environment variable NAPI_PASSWORD, or from a prompt
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// URL of NAPI; by default that of the environment variable NAPI_BASE_URL, or
    /// https://mtls.primary.prod.trulioo.com (with --plain: NAPI_PLAIN_BASE_URL, or
    /// https://api.trulioo.com)
    #[arg(long, value_name = "URL")]
    base_url: Option<BaseUrl>,

    /// Trust only the CA certificates in this PEM file; by default those that the operating system
    /// trusts
    #[arg(long, value_name = "FILE", env = "NAPI_CA_FILE")]
    ca_file: Option<PathBuf>,

    /// Use HTTP/1.1 only; by default HTTP/2 where the server offers it
    #[arg(long = "http1.1")]
    http11: bool,

    #[command(flatten)]
    proxy: ProxyArguments,
}

pub(crate) async fn run(arguments: Arguments) -> Result<Output> {
    let (certificate, key) = (arguments.certificate.as_deref(), arguments.key.as_deref());
    let identity = options(certificate, key, &arguments.passphrase);
    let others = [
        ("--password-file", arguments.password_file.as_deref()),
        ("--ca-file", arguments.ca_file.as_deref()),
    ];
    read_once(identity.into_iter().chain(others))?;
    let trust = match &arguments.ca_file {
        None => TrustAnchors::platform(),
        Some(file) => trust_anchors(file)?,
    };
    let left_out = trust.findings().iter().map(ToString::to_string);
    let expiring = trust.expiring_at(SystemTime::now()).into_iter();
    let doubts: Vec<String> = left_out.chain(expiring.map(|it| it.to_string())).collect();
    let builder = MtlsConnector::builder(trust)
        .alpn(alpn(&arguments))
        .proxy(arguments.proxy.proxy()?);
    let (builder, mut warnings) = match (certificate, key) {
        (Some(certificate), Some(key)) => {
            let loaded = load(certificate, key, &arguments.passphrase)?;
            let warnings: Vec<_> = attention(loaded.report()).collect();
            (builder.identity(loaded.identity()), warnings)
        }
        _ => (builder, Vec::new()),
    };
    let connector = builder.build()?;
    // Before the prompt for a password: a wrong URL needs none.
    let base_url = base_url(&arguments)?;
    let (password, findings) = password(&arguments)?;
    warnings.extend(doubts);
    warnings.extend(findings);
    let credentials = Credentials::basic(&arguments.user, password.as_str())?;
    let client = Client::over_mtls(connector, base_url, credentials);
    match client.test_authentication().await {
        Ok(hello) => Ok(Output::new(Escaped::line(&hello).to_string(), warnings)),
        Err(error) => {
            let base_url = client.base_url();
            let way = arguments.proxy.way(&error);
            let without = match arguments.plain {
                false => "",
                // Where nothing was reached, nothing was enforced.
                true if !is_reached(&error) => " without a certificate",
                true => {
                    " without a certificate (expected only if your organization enforces mutual TLS)"
                }
            };
            let http2 = match is_read_better_over_http11(&error) {
                true => " over HTTP/2 (--http1.1 may help)",
                false => "",
            };
            let text = format!("no hello from {base_url}{without}{way}{http2}");
            // A trust anchor that was left out may be why.
            Err(with_response_text(error).context(Failure::new(text, warnings)))
        }
    }
}

/// Returns whether the failure came after the name, the connection and the proxy on the way.
fn is_reached(error: &napi::Error) -> bool {
    let phase = error.transport().map(transport::Error::phase);
    phase.is_none_or(|phase| phase >= Phase::Tls)
}

/// Returns the versions of HTTP to offer.
fn alpn(arguments: &Arguments) -> Alpn {
    match arguments.http11 {
        true => Alpn::Http11,
        false => Alpn::default(),
    }
}

/// Returns whether HTTP/2 failed where HTTP/1.1 is read with more patience, or is asked for.
fn is_read_better_over_http11(error: &napi::Error) -> bool {
    let Some(error) = error.transport() else {
        return false;
    };
    let tls = error.connection().and_then(ConnectionInfo::tls);
    let alpn = tls.and_then(|tls| tls.alpn.as_deref());
    alpn == Some("h2") && matches!(error.kind(), ErrorKind::Http | ErrorKind::Http11Required)
}

/// Rejects what curl's `--user` takes; the value is not repeated.
fn user_name(text: &str) -> Result<String, &'static str> {
    match text.contains(':') {
        true => Err(
            "it contains a colon, and a password on the command line can be read by everyone on this machine: give \
             only the name here, and the password by --password-file, NAPI_PASSWORD or at the prompt",
        ),
        false => Ok(text.to_owned()),
    }
}

fn trust_anchors(file: &Path) -> Result<TrustAnchors> {
    let input = InputFile::new(file, Input::TrustAnchors).limit(LONGEST_CA_FILE);
    let content = input.allow_pipe().read()?;
    let trust = TrustAnchors::from_pem(content.secret_bytes());
    trust.with_context(|| file.display().to_string())
}

/// Returns the URL of the command line, of the environment, or the published one.
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
            .with_context(|| format!("the environment variable {variable} is not a URL of NAPI")),
        Err(_) => Ok(published),
    }
}

/// Returns the error with the text of the response: nothing that a hello sends is personal data.
fn with_response_text(error: napi::Error) -> anyhow::Error {
    match error.service_message().filter(|it| it.fixed().is_none()) {
        Some(said) => anyhow!("{error}; in full: `{}`", said.unredacted()),
        None => error.into(),
    }
}

/// Returns the password, and what there is to say of its file.
fn password(arguments: &Arguments) -> Result<(Zeroizing<String>, Vec<String>)> {
    if let Some(file) = &arguments.password_file {
        let read = read_file(file, Input::Password)?;
        let text = str::from_utf8(read.secret_bytes());
        let text = text.context("the password file is not UTF-8 text")?;
        let findings = read.findings().iter().map(ToString::to_string).collect();
        return Ok((Zeroizing::new(text.to_owned()), findings));
    }
    let password = match env::var(PASSWORD) {
        Ok(password) => return Ok(of_variable(&Zeroizing::new(password))),
        Err(_) => ask(
            &format!("Password of {}", arguments.user),
            "use --password-file or the environment variable NAPI_PASSWORD",
        )?,
    };
    Ok((password, Vec::new()))
}

/// Returns the password of the variable, without what a file that it was filled from had around it.
fn of_variable(value: &str) -> (Zeroizing<String>, Vec<String>) {
    let password = value.strip_prefix('\u{feff}').unwrap_or(value);
    let password = password.trim_end_matches(['\r', '\n']);
    let dropped = (password.len() < value.len()).then(|| {
        format!("{PASSWORD} starts with a byte order mark or ends with a line break; it was dropped, set the variable without it")
    });
    (
        Zeroizing::new(password.to_owned()),
        dropped.into_iter().collect(),
    )
}
