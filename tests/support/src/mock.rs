//! The mock of a test, in this process or as the program `mock-napi` in a process of its own.

use std::{process::Stdio, time::Duration};

use anyhow::{Context, bail};
use mock_napi::{MockNapi, ServerCertificate};
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
    time::timeout,
};
use transport::{MtlsConnector, MtlsConnectorBuilder, TrustAnchors};

use crate::Portal;

/// Names the program to start. Where it is unset, the mock runs in this process.
const PROGRAM: &str = "MOCK_NAPI_PROGRAM";

/// The time that the program may take to say that it is ready; it takes milliseconds.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// One mock for one test, on free ports. Stops when dropped.
///
/// A test has a mock of its own, so that its event log tells of that test alone and five
/// certificates are five.
#[derive(Debug)]
pub struct Mock {
    ready: Ready,
    _running: Running,
}

#[derive(Debug, Deserialize)]
struct Ready {
    base_url: String,
    plain_base_url: String,
    portal_url: String,
    ca_certificate_pem: String,
    proxy_url: Option<String>,
}

/// The choices for a mock.
#[derive(Clone, Copy, Debug)]
struct Wanted {
    certificate: ServerCertificate,
    proxy: bool,
}

#[derive(Debug)]
#[expect(dead_code, reason = "held for what dropping them does")]
enum Running {
    InProcess(MockNapi),
    Process(Child),
}

impl Mock {
    /// Starts a mock that presents a good certificate.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub async fn start() -> anyhow::Result<Self> {
        Self::with_server_certificate(ServerCertificate::Valid).await
    }

    /// Starts a mock that presents the certificate asked for.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub async fn with_server_certificate(certificate: ServerCertificate) -> anyhow::Result<Self> {
        Self::with(Wanted {
            certificate,
            proxy: false,
        })
        .await
    }

    /// Starts a mock that presents a good certificate, with a forward proxy to it.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub async fn with_proxy() -> anyhow::Result<Self> {
        Self::with(Wanted {
            certificate: ServerCertificate::Valid,
            proxy: true,
        })
        .await
    }

    async fn with(wanted: Wanted) -> anyhow::Result<Self> {
        match std::env::var_os(PROGRAM) {
            None => Self::in_process(wanted).await,
            Some(program) => Self::process(Command::new(program), wanted).await,
        }
    }

    async fn in_process(wanted: Wanted) -> anyhow::Result<Self> {
        let mut builder = MockNapi::builder().server_certificate(wanted.certificate);
        if wanted.proxy {
            builder = builder.proxy();
        }
        let mock = builder.start().await?;
        let ready = Ready {
            base_url: mock.base_url().to_owned(),
            plain_base_url: mock.plain_base_url().to_owned(),
            portal_url: mock.portal_url().to_owned(),
            ca_certificate_pem: mock.ca_certificate_pem().to_owned(),
            proxy_url: mock.proxy_addr().map(|proxy| format!("http://{proxy}")),
        };
        Ok(Self {
            ready,
            _running: Running::InProcess(mock),
        })
    }

    async fn process(mut program: Command, wanted: Wanted) -> anyhow::Result<Self> {
        let kind = match wanted.certificate {
            ServerCertificate::Valid => "valid",
            ServerCertificate::Expired => "expired",
            ServerCertificate::OtherName => "other-name",
            ServerCertificate::Revoked => "revoked",
            ServerCertificate::SelfSigned => "self-signed",
            ServerCertificate::UnknownCa => "unknown-ca",
            other => bail!("the program has no option for {other:?}"),
        };
        let mut child = program
            .args(["--until-stdin-closes", "--server-certificate", kind])
            .args(wanted.proxy.then_some("--proxy"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{PROGRAM} names a program that does not start"))?;
        let stdout = child
            .stdout
            .take()
            .context("the program has no standard output")?;
        let mut line = String::new();
        timeout(READY_WITHIN, BufReader::new(stdout).read_line(&mut line))
            .await
            .context("the mock is not ready in time")??;
        let ready = serde_json::from_str(&line).context("the mock's first line is not JSON")?;
        Ok(Self {
            ready,
            _running: Running::Process(child),
        })
    }

    /// Returns the URL of NAPI over mutual TLS.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.ready.base_url
    }

    /// Returns where NAPI is without mutual TLS.
    #[must_use]
    pub fn plain_base_url(&self) -> &str {
        &self.ready.plain_base_url
    }

    /// Returns the URL of the forward proxy, as `http://127.0.0.1:PORT`, if the mock has one.
    #[must_use]
    pub fn proxy_url(&self) -> Option<&str> {
        self.ready.proxy_url.as_deref()
    }

    /// Returns the CA of the server's certificate, as PEM.
    #[must_use]
    pub fn ca_pem(&self) -> &str {
        &self.ready.ca_certificate_pem
    }

    /// Returns the customer portal and the event log.
    #[must_use]
    pub fn portal(&self) -> Portal {
        Portal::new(&self.ready.portal_url)
    }

    /// Returns settings of a connector that trusts this mock and no other server.
    ///
    /// # Errors
    ///
    /// If the mock's CA is no certificate.
    pub fn trusted(&self) -> anyhow::Result<MtlsConnectorBuilder> {
        Ok(MtlsConnector::builder(TrustAnchors::from_pem(
            self.ca_pem(),
        )?))
    }
}
