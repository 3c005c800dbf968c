//! The program `mock-napi`: starts the mock, prints one ready line of JSON, serves until told to
//! stop.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use mock_napi::{MockNapi, Script, ServerCertificate, ServiceSettings};
use serde::Serialize;
use tokio::sync::oneshot;

/// A local other side of Trulioo's NAPI over mutual TLS, for development and tests.
///
/// Prints one line of JSON with base_url, portal_url and ca_certificate_pem when it is ready, with a
/// proxy proxy_url too, and serves until SIGINT or SIGTERM.
#[derive(Debug, Parser)]
#[command(name = "mock-napi", version)]
struct Arguments {
    /// Port of NAPI over mutual TLS on 127.0.0.1; 0 takes any free one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    mtls_port: u16,

    /// Port of portal and control on 127.0.0.1; 0 takes any free one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    portal_port: u16,

    /// Run a forward proxy too, on a port of 127.0.0.1; it tunnels to 127.0.0.1 only.
    #[arg(long)]
    proxy: bool,

    /// Port of the proxy, which this switches on; 0 takes any free one.
    #[arg(long, value_name = "N")]
    proxy_port: Option<u16>,

    /// Have every connection do this fault; `--fault help` names them.
    #[arg(long, value_name = "NAME", value_parser = fault)]
    fault: Option<Script>,

    /// Connections do what this file of JSON says: a script that all repeat, or an array of scripts,
    /// one for each connection, before the fault.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,

    /// NAPI answers as this file of JSON says: the members of `ServiceSettings` that are not as by
    /// default.
    #[arg(long, value_name = "FILE")]
    service: Option<PathBuf>,

    /// Seconds that the mock's clock is ahead of the system's, or behind it if negative.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    clock: i64,

    /// The certificate that the mutual TLS port shows.
    #[arg(long, value_name = "KIND", default_value = "valid")]
    server_certificate: ServerCertificateKind,

    /// Stop when standard input ends, so that a dead parent leaves no server behind.
    #[arg(long)]
    until_stdin_closes: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ServerCertificateKind {
    Valid,
    Expired,
    OtherName,
    Revoked,
    SelfSigned,
    UnknownCa,
}

impl From<ServerCertificateKind> for ServerCertificate {
    fn from(kind: ServerCertificateKind) -> Self {
        match kind {
            ServerCertificateKind::Valid => Self::Valid,
            ServerCertificateKind::Expired => Self::Expired,
            ServerCertificateKind::OtherName => Self::OtherName,
            ServerCertificateKind::Revoked => Self::Revoked,
            ServerCertificateKind::SelfSigned => Self::SelfSigned,
            ServerCertificateKind::UnknownCa => Self::UnknownCa,
        }
    }
}

/// The ready line.
#[derive(Serialize)]
struct Ready<'a> {
    base_url: &'a str,
    plain_base_url: &'a str,
    portal_url: &'a str,
    ca_certificate_pem: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy_url: Option<String>,
}

/// The fault of this name, or all the names.
fn fault(name: &str) -> Result<Script, String> {
    let names = || Script::names().collect::<Vec<_>>().join(", ");
    Script::named(name).ok_or_else(|| format!("the faults are: {}", names()))
}

/// The scripts of a file: one to repeat, or several to be taken in turn.
enum Scripts {
    InTurn(Vec<Script>),
    Repeated(Box<Script>),
}

impl Scripts {
    fn read(path: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let bytes = std::fs::read(path)
            .map_err(|error| format!("cannot read the scripts of {}: {error}", path.display()))?;
        // Told apart by hand, so that an error says what is wrong with the script.
        let is_array = bytes.trim_ascii_start().starts_with(b"[");
        let scripts = if is_array {
            serde_json::from_slice(&bytes).map(Self::InTurn)
        } else {
            serde_json::from_slice(&bytes).map(Self::Repeated)
        };
        scripts.map_err(|error| format!("{} is no script: {error}", path.display()).into())
    }

    fn give_to(self, mock: &MockNapi) {
        match self {
            Self::InTurn(scripts) => scripts.into_iter().for_each(|script| mock.enqueue(script)),
            Self::Repeated(script) => mock.repeat(*script),
        }
    }
}

/// The settings of a file.
fn read_service(path: &Path) -> Result<ServiceSettings, Box<dyn std::error::Error>> {
    let bytes = std::fs::read(path)
        .map_err(|error| format!("cannot read the settings of {}: {error}", path.display()))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| format!("{} has no settings: {error}", path.display()).into())
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let source = error
                .source()
                .map(|source| format!(": {source}"))
                .unwrap_or_default();
            let _unheard = writeln!(io::stderr(), "mock-napi: {error}{source}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn std::error::Error>> {
    let scripts = arguments.script.as_deref().map(Scripts::read).transpose()?;
    let mut builder = MockNapi::builder()
        .mtls_port(arguments.mtls_port)
        .portal_port(arguments.portal_port)
        .clock(arguments.clock)
        .server_certificate(arguments.server_certificate.into());
    if let Some(path) = arguments.service.as_deref() {
        builder = builder.service(read_service(path)?);
    }
    let proxy_port = arguments.proxy.then_some(0);
    if let Some(port) = arguments.proxy_port.or(proxy_port) {
        builder = builder.proxy_port(port);
    }
    let mock = builder.start().await?;
    if let Some(fault) = arguments.fault {
        mock.repeat(fault);
    }
    if let Some(scripts) = scripts {
        scripts.give_to(&mock);
    }
    let mut stop = StopSignals::listen()?;
    let ready = Ready {
        base_url: mock.base_url(),
        plain_base_url: mock.plain_base_url(),
        portal_url: mock.portal_url(),
        ca_certificate_pem: mock.ca_certificate_pem(),
        proxy_url: mock.proxy_addr().map(|proxy| format!("http://{proxy}")),
    };
    let ready = serde_json::to_string(&ready)?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{ready}")?;
    stdout.flush()?;
    drop(stdout);

    if arguments.until_stdin_closes {
        tokio::select! {
            () = stop.any() => {}
            _ = stdin_closed() => {}
        }
    } else {
        stop.any().await;
    }
    mock.shutdown().await;
    Ok(())
}

/// The signals that end the program in peace.
#[cfg(unix)]
struct StopSignals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl StopSignals {
    /// Listens from now on, so that a signal right after the ready line is not missed.
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let interrupt = signal(SignalKind::interrupt())?;
        Ok(Self {
            interrupt,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn any(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The signal that ends the program in peace.
#[cfg(windows)]
struct StopSignals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl StopSignals {
    /// Listens from now on, so that a signal right after the ready line is not missed.
    fn listen() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn any(&mut self) {
        let _ = self.0.recv().await;
    }
}

/// Done when standard input ends. Reads on a thread of its own: tokio's reader would hold up the
/// end of the runtime until one more byte came.
fn stdin_closed() -> oneshot::Receiver<()> {
    let (closed, receiver) = oneshot::channel();
    std::thread::spawn(move || {
        let mut sink = [0; 1024];
        let mut stdin = io::stdin().lock();
        while matches!(stdin.read(&mut sink), Ok(1..)) {}
        let _unheard = closed.send(());
    });
    receiver
}
