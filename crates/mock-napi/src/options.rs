//! The options of the program `mock-napi`, for every program that starts a mock.

mod stop;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use mock_tls::{Script, ServerCertificate};
use serde::de::DeserializeOwned;

use crate::error::Error;
use crate::mock::MockNapi;
use crate::named_fault::{fault_names, named_fault};
use crate::openapi::{Ports, document};
use crate::service::settings::ServiceSettings;

pub use stop::Stop;

/// The options of the program `mock-napi`.
///
/// With `--openapi` a description is asked for, and no mock.
///
/// ```
/// use clap::Parser;
///
/// /// A program of your own that starts a mock, and does something with it.
/// #[derive(Parser)]
/// struct Arguments {
///     #[command(flatten)]
///     mock: mock_napi::Options,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let arguments = Arguments::parse_from(["program", "--fault", "iis-revoked", "--enforce", "acme"]);
/// if let Some(description) = arguments.mock.openapi() {
///     println!("{description}");
///     return Ok(());
/// }
/// let mock = arguments.mock.start().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Args)]
pub struct Options {
    /// Port of NAPI over mutual TLS; 0 takes any free one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    mtls_port: u16,

    /// Port of the plain endpoint, NAPI without client certificates; 0 takes any free one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    plain_port: u16,

    /// Port of portal and control; 0 takes any free one.
    #[arg(long, value_name = "N", default_value_t = 0)]
    portal_port: u16,

    /// Run a forward proxy too, on a port of 127.0.0.1; it tunnels to 127.0.0.1 only.
    #[arg(long)]
    proxy: bool,

    /// Port of the proxy, which this switches on; 0 takes any free one.
    #[arg(long, value_name = "N")]
    proxy_port: Option<u16>,

    /// Listen on this address in place of 127.0.0.1, such as 0.0.0.0 in a container. Whoever
    /// reaches it can use portal and control without credentials; the proxy stays on 127.0.0.1.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    bind: IpAddr,

    /// Add this name, of DNS or an IP address, to the server's certificates and to what Host may
    /// be; may be repeated. The first is in the URLs.
    #[arg(long, value_name = "NAME")]
    server_name: Vec<String>,

    /// Let callbacks go to the plain URLs of this host, not to this machine alone; may be repeated.
    #[arg(long, value_name = "HOST")]
    callback_host: Vec<String>,

    /// Have this parent account enforce mutual TLS, so that the plain endpoint rejects its users;
    /// may be repeated.
    #[arg(long, value_name = "ACCOUNT")]
    enforce: Vec<String>,

    /// Have every connection do this fault; `--fault help` names them.
    #[arg(long, value_name = "NAME", value_parser = fault)]
    fault: Option<Script>,

    /// Connections do what this file of JSON says: a script that all repeat, or an array of
    /// scripts, one for each connection, before the fault.
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,

    /// NAPI answers as this file of JSON says: the members of `ServiceSettings` that are not as by
    /// default.
    #[arg(long, value_name = "FILE")]
    service: Option<PathBuf>,

    /// Keep CAs, certificates and enforcement in this folder, so that clients work after the next
    /// start too; made if it is not there. One mock at a time.
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,

    /// Seconds that the mock's clock is ahead of the system's, or behind it if negative.
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 0,
        allow_negative_numbers = true
    )]
    clock: i64,

    /// The certificate that the mutual TLS port and the plain port show.
    #[arg(long, value_name = "KIND", default_value = "valid")]
    server_certificate: ServerCertificateKind,

    /// Print an OpenAPI 3.1 description of what the mock serves, and start none. Its servers have
    /// the ports that are given, else 8443, 8444 and 8080.
    #[arg(long)]
    openapi: bool,

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

impl Options {
    /// Starts a mock with these options.
    ///
    /// # Errors
    ///
    /// [`Error::ReadFile`] or [`Error::ParseFile`] if a file is of no use; else as
    /// [`Builder::start`](crate::Builder::start).
    pub async fn start(&self) -> Result<MockNapi, Error> {
        let scripts = self.script.as_deref().map(Scripts::read).transpose()?;
        let mut builder = MockNapi::builder()
            .mtls_port(self.mtls_port)
            .plain_port(self.plain_port)
            .portal_port(self.portal_port)
            .bind(self.bind)
            .clock(self.clock)
            .server_certificate(self.server_certificate.into());
        for name in &self.server_name {
            builder = builder.server_name(name);
        }
        for host in &self.callback_host {
            builder = builder.callback_host(host);
        }
        for account in &self.enforce {
            builder = builder.enforced(account);
        }
        if let Some(path) = &self.service {
            let settings: ServiceSettings = parse(path, "settings of the service", &read(path)?)?;
            builder = builder.service(settings);
        }
        if let Some(folder) = &self.state {
            builder = builder.state(folder);
        }
        if let Some(port) = self.proxy_port.or_else(|| self.proxy.then_some(0)) {
            builder = builder.proxy_port(port);
        }
        let mock = builder.start().await?;
        if let Some(fault) = &self.fault {
            mock.repeat(fault.clone());
        }
        if let Some(scripts) = scripts {
            scripts.give_to(&mock);
        }
        Ok(mock)
    }

    /// Returns an OpenAPI 3.1 description of what the mock serves, as JSON, if these options ask
    /// for it in place of a mock.
    #[must_use]
    pub fn openapi(&self) -> Option<String> {
        let port = |given, usual| if given == 0 { usual } else { given };
        let ports = Ports {
            mtls: port(self.mtls_port, 8443),
            plain: port(self.plain_port, 8444),
            portal: port(self.portal_port, 8080),
        };
        self.openapi.then(|| format!("{:#}", document(ports)))
    }

    /// Returns what to know before the mock is used, if it can be reached from other machines.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        let address = self.bind;
        (!address.is_loopback()).then(|| {
            format!(
                "the mock listens on {address}: whoever reaches it can use portal and control without credentials"
            )
        })
    }

    /// Listens for what is to stop the program: SIGINT, SIGTERM, with `--until-stdin-closes` the
    /// end of standard input. From the call on, so that what comes right after a ready line is not
    /// missed.
    ///
    /// # Errors
    ///
    /// If the system does not let it listen.
    pub fn stop(&self) -> std::io::Result<Stop> {
        Stop::listen(self.until_stdin_closes)
    }
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

/// Returns the fault of this name, or all the names.
fn fault(name: &str) -> Result<Script, String> {
    named_fault(name).ok_or_else(|| format!("the faults are: {}", fault_names().join(", ")))
}

/// The scripts of a file: one to repeat, or several to be taken in turn.
enum Scripts {
    InTurn(Vec<Script>),
    Repeated(Box<Script>),
}

impl Scripts {
    fn read(path: &Path) -> Result<Self, Error> {
        let bytes = read(path)?;
        // Told apart by hand, so that an error says what is wrong with the script.
        if bytes.trim_ascii_start().starts_with(b"[") {
            parse(path, "scripts", &bytes).map(Self::InTurn)
        } else {
            parse(path, "script", &bytes).map(Self::Repeated)
        }
    }

    fn give_to(self, mock: &MockNapi) {
        match self {
            Self::InTurn(scripts) => scripts.into_iter().for_each(|script| mock.enqueue(script)),
            Self::Repeated(script) => mock.repeat(*script),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::ReadFile {
        path: path.to_owned(),
        source,
    })
}

fn parse<T: DeserializeOwned>(path: &Path, wanted: &'static str, json: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(json).map_err(|source| Error::ParseFile {
        path: path.to_owned(),
        wanted,
        source: Box::new(source),
    })
}
