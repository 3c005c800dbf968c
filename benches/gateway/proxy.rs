//! The proxies: ours and three of Debian, each on one core, with one worker, in front of the same
//! server.

mod configuration;

use std::{
    fs::{self, File},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::Context;
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::{Instant, interval},
};

use crate::{files::Files, pinned, signal};

/// A proxy that puts a client certificate in front of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Gateway,
    Nginx,
    Haproxy,
    Stunnel,
}

/// A proxy that listens. It is ended when this is dropped.
pub(crate) struct Proxy {
    pub(crate) kind: Kind,
    pub(crate) port: u16,
    pub(crate) files: Files,
    child: Child,
}

/// The time in which a proxy has to listen.
const START: Duration = Duration::from_secs(20);

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Gateway, Self::Nginx, Self::Haproxy, Self::Stunnel];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Nginx => "nginx",
            Self::Haproxy => "HAProxy",
            Self::Stunnel => "stunnel",
        }
    }

    /// Returns the signal by which it reads its certificate anew; ours looks by itself.
    pub(crate) fn reload(self) -> Option<&'static str> {
        match self {
            Self::Gateway => None,
            Self::Nginx | Self::Stunnel => Some("HUP"),
            Self::Haproxy => Some("USR2"),
        }
    }

    /// Returns the program, and what prints its version.
    fn program(self) -> (&'static str, &'static str) {
        match self {
            Self::Gateway => ("napi-mtls", "--version"),
            Self::Nginx => ("/usr/sbin/nginx", "-v"),
            Self::Haproxy => ("/usr/sbin/haproxy", "-v"),
            Self::Stunnel => ("/usr/bin/stunnel4", "-version"),
        }
    }

    /// Returns the version that it prints.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub(crate) async fn version(self, ours: &Path) -> anyhow::Result<String> {
        let (program, option) = self.program();
        let program = self.path(program, ours);
        let output = Command::new(&program).arg(option).output().await;
        let output = output.with_context(|| format!("{} is missing", program.display()))?;
        let printed = [output.stdout, output.stderr].concat();
        let printed = String::from_utf8_lossy(&printed).into_owned();
        let line = printed
            .lines()
            .find(|line| line.contains(['.']) && line.contains(char::is_numeric));
        Ok(line.unwrap_or_default().trim().to_owned())
    }

    fn path(self, program: &str, ours: &Path) -> PathBuf {
        match self {
            Self::Gateway => ours.to_owned(),
            _ => program.into(),
        }
    }
}

impl Proxy {
    /// Starts a proxy on a core, with files of its own.
    ///
    /// # Errors
    ///
    /// If it does not listen in time.
    pub(crate) async fn start(
        kind: Kind,
        core: usize,
        ours: &Path,
        files: Files,
        upstream: u16,
    ) -> anyhow::Result<Self> {
        let port = free_port()?;
        let (program, _) = kind.program();
        let mut command = Command::from(pinned(core, &kind.path(program, ours)));
        configuration::write(kind, port, upstream, &files)?;
        command.args(configuration::arguments(kind, port, upstream, &files));
        let log = File::create(files.folder.join("log"))?;
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let child = command.kill_on_drop(true).spawn();
        let mut proxy = Self {
            kind,
            port,
            files,
            child: child.with_context(|| format!("{} does not start", kind.name()))?,
        };
        proxy.ready().await.with_context(|| proxy.log())?;
        Ok(proxy)
    }

    async fn ready(&mut self) -> anyhow::Result<()> {
        let end = Instant::now() + START;
        let mut pauses = interval(Duration::from_millis(10));
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
            .await
            .is_err()
        {
            if let Some(status) = self.child.try_wait()? {
                anyhow::bail!("{} has ended: {status}", self.kind.name());
            }
            anyhow::ensure!(Instant::now() < end, "{} does not listen", self.kind.name());
            pauses.tick().await;
        }
        Ok(())
    }

    /// Returns the id of its first process.
    pub(crate) fn id(&self) -> anyhow::Result<u32> {
        self.child.id().context("it has ended")
    }

    /// Returns the last lines of its log.
    pub(crate) fn log(&self) -> String {
        let log = fs::read_to_string(self.files.folder.join("log")).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        let last = lines.get(lines.len().saturating_sub(5)..);
        format!(
            "log of {}: {}",
            self.kind.name(),
            last.unwrap_or_default().join("\n")
        )
    }

    /// Ends it, with what it has started.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        // nginx and HAProxy end their workers at this signal; killed, they would leave them.
        signal(self.id()?, "TERM").await?;
        let ended = tokio::time::timeout(Duration::from_secs(5), self.child.wait()).await;
        if ended.is_err() {
            self.child.kill().await?;
        }
        Ok(())
    }
}

fn free_port() -> anyhow::Result<u16> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(bound.local_addr()?.port())
}
