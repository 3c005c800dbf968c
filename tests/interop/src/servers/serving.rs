//! A server of somebody else while it runs: started on free ports, waited for, its log read, ended.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context as _, bail, ensure};
use tokio::{
    net::TcpStream,
    process::{Child, ChildStdin},
    time::{Instant, interval, timeout},
};

use crate::tool::Invocation;

/// How often a start is tried, if somebody else takes a port in the meantime.
const TRIES: usize = 5;

/// How long a server may take until it accepts connections; Java compiles first.
const START: Duration = Duration::from_secs(60);

/// How long it may take until a line is in the log.
const LOG: Duration = Duration::from_secs(10);

const PAUSE: Duration = Duration::from_millis(10);

/// A server that accepts connections. It is killed, by its id, when this goes away.
#[derive(Debug)]
pub(crate) struct Serving {
    child: Child,
    ports: Vec<u16>,
    log: PathBuf,
}

impl Serving {
    /// Starts a server on so many ports.
    ///
    /// `prepare` is given them and the log, which takes both standard streams and what the server
    /// writes there itself.
    ///
    /// # Errors
    ///
    /// If it does not start or accept connections in time; with its log.
    pub(crate) async fn start(
        folder: &Path,
        ports: usize,
        prepare: impl Fn(&[u16], &Path) -> anyhow::Result<Invocation>,
    ) -> anyhow::Result<Self> {
        let log = folder.join("log");
        for _ in 0..TRIES {
            let ports = free_ports(ports)?;
            let file = File::create(&log)?;
            let mut serving = spawn(prepare(&ports, &log)?, file, ports, log.clone())?;
            match timeout(START, serving.ready()).await {
                Ok(Ok(())) => return Ok(serving),
                Ok(Err(_)) if is_taken(&serving.log()?) => {}
                Ok(Err(error)) => bail!("{error:#}: {}", serving.log()?),
                Err(_) => bail!("not ready in time: {}", serving.log()?),
            }
        }
        bail!("every port that was free was taken at once")
    }

    /// Until every port takes a connection.
    async fn ready(&mut self) -> anyhow::Result<()> {
        let mut pauses = interval(PAUSE);
        for port in self.ports.clone() {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, port))
                .await
                .is_err()
            {
                if let Some(status) = self.child.try_wait()? {
                    bail!("it ended: {status}");
                }
                pauses.tick().await;
            }
        }
        ensure!(
            self.child.try_wait()?.is_none(),
            "it ended, and somebody else answers"
        );
        Ok(())
    }

    /// The port at this place of those that were asked for.
    pub(crate) fn port(&self, place: usize) -> anyhow::Result<u16> {
        let port = self.ports.get(place);
        port.copied().context("no such port")
    }

    /// All that the server has said.
    pub(crate) fn log(&self) -> anyhow::Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(&self.log)?).into_owned())
    }

    /// What the server has said from a place on, as soon as these words are in it, or else when it
    /// is too late.
    pub(crate) async fn log_with(&self, from: usize, words: &str) -> anyhow::Result<String> {
        self.log_until(from, |log| log.contains(words)).await
    }

    /// What the server has said from a place on, as soon as it is enough, or else when it is too
    /// late.
    pub(crate) async fn log_until(
        &self,
        from: usize,
        is_enough: impl Fn(&str) -> bool,
    ) -> anyhow::Result<String> {
        let end = Instant::now() + LOG;
        let mut pauses = interval(PAUSE);
        loop {
            pauses.tick().await;
            let log = self.log()?;
            let log = log.get(from..).unwrap_or_default();
            if is_enough(log) || end < Instant::now() {
                return Ok(log.to_owned());
            }
        }
    }

    /// What the server reads its commands from.
    pub(crate) fn take_stdin(&mut self) -> anyhow::Result<ChildStdin> {
        self.child.stdin.take().context("no standard input")
    }

    /// Ends it.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }
}

fn spawn(
    invocation: Invocation,
    log: File,
    ports: Vec<u16>,
    path: PathBuf,
) -> anyhow::Result<Serving> {
    let [stdout, stderr] = [log.try_clone()?, log].map(Stdio::from);
    let child = invocation.spawn(|command| {
        command.stdout(stdout).stderr(stderr);
    })?;
    Ok(Serving {
        child,
        ports,
        log: path,
    })
}

/// Ports that nobody has at this moment; few of these programs can choose one themselves and say
/// which.
fn free_ports(count: usize) -> anyhow::Result<Vec<u16>> {
    let bound = (0..count).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    let bound = bound.collect::<Result<Vec<_>, _>>()?;
    let ports = bound.iter().map(|it| Ok(it.local_addr()?.port()));
    ports.collect()
}

fn is_taken(log: &str) -> bool {
    ["in use", "EADDRINUSE", "BindException"]
        .iter()
        .any(|words| log.contains(words))
}

/// A configuration from its template: `@NAME@` stands for a value.
///
/// # Errors
///
/// If it cannot be written, or has a name without a value.
pub(crate) fn configure(
    path: &Path,
    template: &str,
    values: &[(&str, String)],
) -> anyhow::Result<()> {
    let mut text = template.to_owned();
    for (name, value) in values {
        text = text.replace(&format!("@{name}@"), value);
    }
    ensure!(
        !text.contains('@'),
        "a name has no value in {}",
        path.display()
    );
    Ok(fs::write(path, text)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::Invocation;

    #[test]
    fn every_name_of_a_template_has_a_value() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("configuration");
        let values = [("PORT", "4711".to_owned())];
        configure(&path, "listen @PORT@;", &values).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "listen 4711;");
        assert!(configure(&path, "listen @PORT@ @OTHER@;", &values).is_err());
    }

    #[test]
    fn free_ports_are_different_ones() {
        let mut ports = free_ports(20).unwrap();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 20);
    }

    #[tokio::test]
    async fn server_that_ends_at_once_is_reported_with_its_words() {
        let folder = tempfile::tempdir().unwrap();
        let started = Serving::start(folder.path(), 1, |_, _| {
            Ok(Invocation::new(Path::new("cat")).arg("--no-such-option"))
        });
        let error = format!("{:#}", started.await.unwrap_err());
        assert!(
            error.starts_with("it ended") && error.contains("no-such-option"),
            "{error}"
        );
    }
}
