//! A server of others while it runs: started on free ports, awaited, its log read, ended.

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

/// The tries of a start, as another process may take a port in the meantime.
const TRIES: usize = 5;

/// The time in which a server has to accept connections; Java compiles first.
const START: Duration = Duration::from_secs(60);

/// The time in which a line has to be in the log.
const LOG: Duration = Duration::from_secs(10);

const PAUSE: Duration = Duration::from_millis(10);

/// A server that accepts connections. It is killed, by its id, when this goes away.
#[derive(Debug)]
pub(crate) struct RunningServer {
    child: Child,
    ports: Vec<u16>,
    log: PathBuf,
}

impl RunningServer {
    /// Starts a server on so many ports.
    ///
    /// `prepare` gets them and the file of the log, which takes both standard streams and is for
    /// the server to write to.
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
            let mut server = spawn(prepare(&ports, &log)?, file, ports, log.clone())?;
            match timeout(START, server.ready()).await {
                Ok(Ok(())) => return Ok(server),
                Ok(Err(_)) if is_taken(&server.log()?) => {}
                Ok(Err(error)) => bail!("{error:#}: {}", server.log()?),
                Err(_) => bail!("not ready in time: {}", server.log()?),
            }
        }
        bail!("every port that was free was taken at once")
    }

    /// Waits until every port accepts a connection.
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
            "it ended, and another process accepts"
        );
        Ok(())
    }

    /// Returns the port at this place.
    pub(crate) fn port(&self, place: usize) -> anyhow::Result<u16> {
        let port = self.ports.get(place);
        port.copied().context("no such port")
    }

    /// Returns the whole log.
    pub(crate) fn log(&self) -> anyhow::Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(&self.log)?).into_owned())
    }

    /// Returns the log from a place on, as soon as it has these words, or after [`LOG`].
    pub(crate) async fn log_with(&self, from: usize, words: &str) -> anyhow::Result<String> {
        self.log_until(from, |log| log.contains(words)).await
    }

    /// Returns the log from a place on, as soon as it is enough, or after [`LOG`].
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

    /// Takes the standard input of the server.
    pub(crate) fn take_stdin(&mut self) -> anyhow::Result<ChildStdin> {
        self.child.stdin.take().context("no standard input")
    }

    /// Ends the server.
    pub(crate) async fn stop(mut self) -> anyhow::Result<()> {
        Ok(self.child.kill().await?)
    }
}

fn spawn(
    invocation: Invocation,
    log: File,
    ports: Vec<u16>,
    path: PathBuf,
) -> anyhow::Result<RunningServer> {
    let [stdout, stderr] = [log.try_clone()?, log].map(Stdio::from);
    let child = invocation.spawn(|command| {
        command.stdout(stdout).stderr(stderr);
    })?;
    Ok(RunningServer {
        child,
        ports,
        log: path,
    })
}

/// Finds ports that are free at this moment: few of these programs can choose one and name it.
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

/// Writes a configuration from its template, in which `@NAME@` stands for a value.
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
        let started = RunningServer::start(folder.path(), 1, |_, _| {
            Ok(Invocation::new(Path::new("cat")).arg("--no-such-option"))
        });
        let error = format!("{:#}", started.await.unwrap_err());
        assert!(
            error.starts_with("it ended") && error.contains("no-such-option"),
            "{error}"
        );
    }
}
