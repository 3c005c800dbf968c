//! A client of NAPI, as the command line and the settings describe it.

pub(crate) mod base_url;
mod calling;
mod explanation;
mod password;
mod trust;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use identity::{FileSource, Fingerprint, Loaded};
use napi::{BaseUrl, Client, Credentials, RequestBody};
use transport::{Alpn, MtlsClient, MtlsConnector, ProxyConnector, Timeouts};

use crate::check::attention;
use crate::global_arguments::GlobalArguments;
use crate::identity_files::{IdentityArguments, IdentityFiles};
use crate::proxy::ProxyArguments;
use crate::refusal::Refusal;
use crate::settings::Settings;
use crate::standard_input::{FileOption, read_once};

/// The options of every command that calls NAPI.
#[derive(Debug, clap::Args)]
pub(crate) struct ClientArguments {
    /// Connect without a certificate: to test user name and password before you have one, or to see
    /// that NAPI rejects them once your organization enforces mutual TLS
    #[arg(long, conflicts_with_all = ["certificate", "key", "PassphraseArguments"])]
    plain: bool,

    #[command(flatten)]
    identity: IdentityArguments,

    /// Name of the API user, without the password (NAPI_USER)
    #[arg(long, value_name = "NAME", value_parser = user_name)]
    user: Option<String>,

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
    /// trusts (NAPI_CA_FILE)
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,

    /// Use HTTP/1.1 only; by default HTTP/2 where the server offers it
    #[arg(long = "http1.1")]
    http11: bool,

    /// Give up on a request after this many seconds; by default 150, as a verification may take 120
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: Option<u64>,

    #[command(flatten)]
    proxy: ProxyArguments,
}

/// A client, and what there was to warn of when it was made.
pub(crate) struct Connected {
    pub(crate) client: ServiceClient,
    pub(crate) warnings: Vec<String>,
}

/// The files of a client's identity, which can be read again.
pub(crate) struct IdentitySource {
    pub(crate) files: FileSource,
    /// The name of the pair in events.
    pub(crate) name: String,
    /// The certificate that the client was made with.
    pub(crate) leaf: Fingerprint,
}

/// The client that the commands call through.
pub(crate) type ServiceClient = Client<MtlsClient<RequestBody, ProxyConnector>>;

/// All that a client is made of, before anything is asked on a terminal.
pub(crate) struct ClientParts {
    pub(crate) connector: MtlsConnector<ProxyConnector>,
    pub(crate) base_url: BaseUrl,
    pub(crate) credentials: Credentials,
    /// Whether there is a certificate to present.
    pub(crate) has_identity: bool,
    pub(crate) warnings: Vec<String>,
}

impl ClientArguments {
    /// Makes the client: reads the files, and asks for a passphrase and a password if none is
    /// named.
    ///
    /// Files that the command reads besides are given so that standard input is read once.
    pub(crate) fn connect(
        &self,
        global: &GlobalArguments,
        others: &[FileOption<'_>],
    ) -> Result<Connected> {
        let ClientParts {
            connector,
            base_url,
            credentials,
            warnings,
            ..
        } = self.parts(global, others)?;
        let client = Client::over_mtls(connector, base_url, credentials);
        Ok(Connected { client, warnings })
    }

    /// Makes the client as [`connect`](Self::connect) does, and returns the files of its identity
    /// as a source that is read again, if they can be.
    pub(crate) fn connect_to_follow(
        &self,
        global: &GlobalArguments,
    ) -> Result<(Connected, Option<IdentitySource>)> {
        let mut source = None;
        let parts = self.parts_of(global, &[], |files| {
            let (loaded, followed) = files.load_to_follow()?;
            source = followed.map(|followed| IdentitySource {
                files: followed,
                name: files.certificate_name(),
                leaf: loaded.identity().leaf().sha256(),
            });
            Ok(loaded)
        })?;
        let client = Client::over_mtls(parts.connector, parts.base_url, parts.credentials);
        let warnings = parts.warnings;
        Ok((Connected { client, warnings }, source))
    }

    /// Returns the parts of the client.
    pub(crate) fn parts(
        &self,
        global: &GlobalArguments,
        others: &[FileOption<'_>],
    ) -> Result<ClientParts> {
        self.parts_of(global, others, IdentityFiles::load)
    }

    fn parts_of(
        &self,
        global: &GlobalArguments,
        others: &[FileOption<'_>],
        load: impl FnOnce(&IdentityFiles) -> Result<Loaded>,
    ) -> Result<ClientParts> {
        let settings = global.settings()?;
        let files = self.files(&settings)?;
        let ca_file = self.ca_file.clone().or_else(|| settings.path("ca_file"));
        let password_file = password::file(self.password_file.clone(), &settings);
        let named = [
            ("--password-file", password_file.as_deref()),
            ("--ca-file", ca_file.as_deref()),
        ];
        let identity = files.iter().flat_map(IdentityFiles::options);
        read_once(identity.chain(named).chain(others.iter().copied()))?;

        let user = self.user(&settings)?;
        let (trust, doubts) = trust::anchors(ca_file.as_deref())?;
        let builder = MtlsConnector::builder(trust)
            .alpn(self.alpn())
            .timeouts(self.timeouts())
            .proxy(self.proxy.proxy(&settings)?);
        let (builder, mut warnings) = match files {
            Some(files) => {
                let loaded = load(&files)?;
                let warnings: Vec<_> = attention(loaded.report()).collect();
                (builder.identity(loaded.identity()), warnings)
            }
            None => (builder, Vec::new()),
        };
        let connector = builder.build()?;
        // Before the prompt for a password: a wrong URL needs none.
        let base_url = base_url::of(self.base_url.as_ref(), self.plain, &settings)?;
        let (password, findings) = password::read(password_file.as_deref(), &user)?;
        warnings.extend(doubts);
        warnings.extend(findings);
        Ok(ClientParts {
            connector,
            base_url,
            credentials: Credentials::basic(&user, password.as_str())?,
            has_identity: !self.plain,
            warnings,
        })
    }

    /// Returns the files of the identity; none if none is presented.
    fn files(&self, settings: &Settings) -> Result<Option<IdentityFiles>, Refusal> {
        match self.plain {
            true => Ok(None),
            false => self.identity.files(settings).map(Some),
        }
    }

    fn user(&self, settings: &Settings) -> Result<String, Refusal> {
        let named = settings.text("user");
        match (&self.user, named) {
            (Some(user), _) => Ok(user.clone()),
            (None, Some(user)) => user_name(user).map_err(Refusal::command_line),
            (None, None) => Err(Refusal::command_line(
                "there is no user name: give --user NAME, or set NAPI_USER or `user` in a profile",
            )),
        }
    }

    fn timeouts(&self) -> Timeouts {
        let timeout = self.timeout.map(Duration::from_secs);
        timeout.map_or_else(Timeouts::default, |it| Timeouts::default().request(it))
    }

    /// Returns the versions of HTTP to offer.
    fn alpn(&self) -> Alpn {
        match self.http11 {
            true => Alpn::Http11,
            false => Alpn::default(),
        }
    }
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
