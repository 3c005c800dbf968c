//! `napi-mtls gateway`: a local HTTP address whose requests go out over mutual TLS.

mod admin;
mod caller_tls;
mod client;
mod followed;
mod readiness;
mod report;
mod service_manager;
mod sockets;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use gateway::{
    BasicCredentials, CallerBody, Gateway, Limits, ListenAddress, Listener, Token, Upstream,
};
use identity::{FileSource, Input};
use napi::BaseUrl;
use tokio::sync::watch;
use tokio::task::JoinSet;
use transport::{
    Alpn, IdentityReloader, MtlsConnector, ProxyConnector, ReloadEvent, Timeouts, TrustAnchors,
    TrustFiles,
};
use zeroize::Zeroizing;

use crate::client::base_url;
use crate::gateway::caller_tls::{CallerTls, CallerTlsArguments};
use crate::gateway::client::Client;
use crate::gateway::followed::Followed;
use crate::gateway::readiness::Readiness;
use crate::gateway::report::report;
use crate::gateway::sockets::Sockets;
use crate::global_arguments::GlobalArguments;
use crate::identity_files::loader_of_service;
use crate::interrupts::Interrupts;
use crate::output::Output;
use crate::proxy::ProxyArguments;
use crate::refusal::Refusal;
use crate::secret::{PassphraseArguments, read_file};
use crate::standard_input::read_once;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls gateway --identities identities --listen 127.0.0.1:0  # any free port, until Ctrl-C")]
pub(crate) struct Arguments {
    /// Listen on this address, such as 127.0.0.1:8080, or on a unix socket, as unix:/path; may be
    /// given several times. By default 127.0.0.1:8080, or the sockets that systemd hands over
    #[arg(long, value_name = "ADDRESS")]
    listen: Vec<ListenAddress>,

    /// Allow addresses that other machines can reach. Callers have to show who they are: by the
    /// token of --token-file, or by a certificate (--tls-client-ca). What they send is encrypted by
    /// --tls-certificate alone
    #[arg(long)]
    listen_public: bool,

    #[command(flatten)]
    tls: CallerTlsArguments,

    /// Answer to this name in Host too, besides localhost and the addresses listened on
    #[arg(long, value_name = "NAME")]
    name: Vec<String>,

    /// Folder with pairs of NAME.key and NAME.crt, .pem or .cer, which is followed: what is put
    /// there is used without a restart; NAME.passphrase has the passphrase of the key
    #[arg(long, value_name = "FOLDER")]
    identities: PathBuf,

    #[command(flatten)]
    passphrase: PassphraseArguments,

    /// URL of the server; by default that of the environment variable NAPI_BASE_URL, or
    /// https://mtls.primary.prod.trulioo.com
    #[arg(long, value_name = "URL")]
    base_url: Option<BaseUrl>,

    /// Trust only the CA certificates in this PEM file, which is followed too; by default those
    /// that the operating system trusts (NAPI_CA_FILE)
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,

    /// Add the user and password of this file, one line as name:password, to every request; by
    /// default those of callers pass through
    #[arg(long, value_name = "FILE")]
    credentials_file: Option<PathBuf>,

    /// Require the token of this file, of at least 16 characters, in the field Gateway-Token
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// Serve /healthz, /readyz and /metrics on this address; it has to be local
    #[arg(long, value_name = "ADDRESS")]
    admin_listen: Option<ListenAddress>,

    /// Reject requests beyond so many at once with 503
    #[arg(long, value_name = "NUMBER", default_value = "256", value_parser = clap::value_parser!(u32).range(1..=65_536))]
    max_requests: u32,

    /// Keep at most so many connections of callers, three quarters of them of one machine; for one
    /// more, an idle one is closed
    #[arg(long, value_name = "NUMBER", default_value = "1024", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    max_connections: u32,

    /// Use HTTP/1.1 only towards the server; by default HTTP/2 where it offers it
    #[arg(long = "http1.1")]
    http11: bool,

    /// Give up on a request after this many seconds, as a verification may take 120. When told to
    /// stop, those in progress have a fifth more, and 10 seconds at least
    #[arg(long, value_name = "SECONDS", default_value = "150", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,

    /// Add Server-Timing to responses: the time to the head of the server's
    #[arg(long)]
    server_timing: bool,

    #[command(flatten)]
    proxy: ProxyArguments,
}

/// All that is made before anything is listened on.
struct Parts {
    gateway: Gateway<Client>,
    reloader: IdentityReloader<CallerBody, ProxyConnector>,
    readiness: Arc<Readiness>,
    upstream: Upstream,
    tls: Option<CallerTls>,
}

pub(crate) async fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    // First, so that a signal during the start ends it in order too.
    let mut interrupts = Interrupts::listen()?;
    let Parts {
        gateway,
        mut reloader,
        readiness,
        upstream,
        tls,
    } = arguments.parts(global)?;
    let metrics = admin::record(arguments.admin_listen.is_some())?;
    // The first identities, before anyone can call.
    reloader.poll_once().await;
    readiness
        .check_identity(SystemTime::now())
        .map_err(|reason| {
            let folder = arguments.identities.to_string_lossy();
            let folder = vocabulary::Escaped::line(&folder);
            Refusal::file(format!("{reason}: see `napi-mtls identities {folder}`"))
        })?;
    let Sockets { public, admin } =
        sockets::open(&arguments.listen, arguments.admin_listen.as_ref())?;
    let public: Vec<Listener> = public
        .into_iter()
        .map(|listener| match &tls {
            Some(tls) => listener.tls(tls.acceptor.clone()),
            None => listener,
        })
        .collect();
    for listener in &public {
        gateway.check(listener)?;
        report(format_args!(
            "listening on {}, for {upstream}",
            listener.address()
        ));
    }
    if let Some(listener) = &admin {
        report(format_args!(
            "health and metrics are on {}",
            listener.address()
        ));
    }
    let mut reloading = JoinSet::new();
    reloading.spawn(reloader.run());
    if let Some(tls) = tls {
        reloading.spawn(tls.reloader.run());
    }
    let (stop, stopped) = watch::channel(false);
    let mut serving = JoinSet::new();
    for listener in public {
        let gateway = gateway.clone();
        let stopped = stopped.clone();
        serving.spawn(async move { gateway.serve(listener, changed(stopped)).await });
    }
    if let Some(listener) = admin {
        serving.spawn(admin::serve(listener, readiness, metrics, changed(stopped)));
    }
    service_manager::ready();
    interrupts.next().await;
    service_manager::stopping();
    report(format_args!(
        "finishing the requests in progress, for {} s at most; once more to stop at once",
        arguments.drain_timeout().as_secs()
    ));
    stop.send_replace(true);
    let drained = async {
        while let Some(served) = serving.join_next().await {
            served??;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        drained = drained => drained?,
        () = interrupts.next() => {}
    }
    reloading.shutdown().await;
    Ok(Output::new(
        String::new(),
        serde_json::Value::Null,
        None::<String>,
    ))
}

/// Waits until the gateway is told to stop.
async fn changed(mut stopped: watch::Receiver<bool>) {
    // Without a sender there is no one left to tell.
    let _ = stopped.wait_for(|is_stopped| *is_stopped).await;
}

impl Arguments {
    fn parts(&self, global: &GlobalArguments) -> Result<Parts> {
        let settings = global.settings()?;
        let ca_file = self.ca_file.clone().or_else(|| settings.path("ca_file"));
        read_once([
            ("--token-file", self.token_file.as_deref()),
            ("--credentials-file", self.credentials_file.as_deref()),
            ("--passphrase-file", self.passphrase.file()),
            ("--tls-passphrase-file", self.tls.passphrase_file()),
        ])?;
        let base_url = base_url::of(self.base_url.as_ref(), false, &settings)?;
        let upstream: Upstream = base_url.as_str().parse()?;
        let mut trust = ca_file.map(TrustFiles::only);
        let anchors = match &mut trust {
            Some(files) => files.load()?,
            None => TrustAnchors::platform(),
        };
        let connector = MtlsConnector::builder(anchors)
            .alpn(self.alpn())
            .timeouts(self.timeouts())
            .proxy(self.proxy.proxy(&settings)?)
            .build()?;
        let client = Gateway::client(connector).build();
        let gateway = self.gateway(client.clone(), upstream.clone())?;
        let loader = loader_of_service(&self.passphrase);
        let identities = Followed::new(FileSource::directory(loader, &self.identities));
        let readiness = Arc::new(Readiness::new(identities.set(), gateway.clone()));
        let reloader = IdentityReloader::new(client, identities);
        let reloader = match trust {
            Some(files) => reloader.and(files),
            None => reloader,
        };
        let of_events = Arc::clone(&readiness);
        let reloader = reloader.on_event(move |event| {
            if matches!(
                event,
                ReloadEvent::Rotated { .. } | ReloadEvent::TrustRenewed { .. }
            ) {
                of_events.forget_verdict();
            }
            report(event);
        });
        let tls = self.tls.load(&gateway)?;
        Ok(Parts {
            gateway,
            reloader,
            readiness,
            upstream,
            tls,
        })
    }

    fn gateway(&self, client: Client, upstream: Upstream) -> Result<Gateway<Client>> {
        let limits = Limits::default()
            .requests(usize::try_from(self.max_requests)?)
            .connections(usize::try_from(self.max_connections)?);
        let timeouts = gateway::Timeouts::default().drain(self.drain_timeout());
        let mut builder = Gateway::builder(client, upstream)
            .limits(limits)
            .timeouts(timeouts);
        for name in &self.name {
            builder = builder.name(name);
        }
        if let Some(file) = &self.token_file {
            let token = Token::new(secret(file)?);
            builder = builder.token(token.with_context(|| shown(file))?);
        }
        if let Some(file) = &self.credentials_file {
            let credentials = BasicCredentials::new(&secret(file)?);
            builder = builder.credentials(credentials.with_context(|| shown(file))?);
        }
        if self.listen_public {
            builder = builder.listen_public();
        }
        if self.server_timing {
            builder = builder.server_timing();
        }
        Ok(builder.build())
    }

    fn alpn(&self) -> Alpn {
        match self.http11 {
            true => Alpn::Http11,
            false => Alpn::default(),
        }
    }

    fn timeouts(&self) -> Timeouts {
        Timeouts::default().request(self.request_timeout())
    }

    fn request_timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// Returns the time that requests in progress have once the gateway was told to stop: one that
    /// has just begun gets its response, or the problem that there is none, and time to take it.
    fn drain_timeout(&self) -> Duration {
        LEAST_DRAIN.max(self.request_timeout() * 6 / 5)
    }
}

/// The time for a response that is there to be taken over a network.
const LEAST_DRAIN: Duration = Duration::from_secs(10);

/// Reads the content of a secret file, without the end of its line.
fn secret(file: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let read = read_file(file, Input::Password)?;
    Ok(Zeroizing::new(read.secret_bytes().to_vec()))
}

fn shown(file: &Path) -> Refusal {
    let file = file.to_string_lossy();
    Refusal::file(format!(
        "{} cannot be used",
        vocabulary::Escaped::line(&file)
    ))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(clap::Parser)]
    struct Program {
        #[command(flatten)]
        gateway: Arguments,
    }

    fn parsed(more: &[&str]) -> Result<Arguments, clap::Error> {
        let words = ["gateway", "--identities", "folder"].iter().chain(more);
        Program::try_parse_from(words).map(|program| program.gateway)
    }

    #[test]
    fn drain_outlasts_a_request_that_has_just_begun() {
        for (timeout, request, drain) in [
            (&[][..], 150, 180),
            (&["--timeout", "1"], 1, 10),
            (&["--timeout", "9"], 9, 10),
            (&["--timeout", "10"], 10, 12),
            (&["--timeout", "86400"], 86_400, 103_680),
        ] {
            let arguments = parsed(timeout).unwrap();
            let seconds = |duration: Duration| duration.as_secs();
            assert_eq!(seconds(arguments.request_timeout()), request);
            assert_eq!(seconds(arguments.drain_timeout()), drain, "{timeout:?}");
        }
        for refused in ["0", "86401"] {
            assert!(parsed(&["--timeout", refused]).is_err(), "{refused}");
        }
    }
}
