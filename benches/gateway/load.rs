//! The load, which wrk makes: one thread, a connection for each caller.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::Context;
use tokio::process::{Child, Command};

use crate::{job::Job, pinned, signal};

/// A run of wrk that goes on.
pub(crate) struct Load {
    child: Child,
}

/// The counts of wrk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Measured {
    pub(crate) requests: u64,
    pub(crate) seconds: f64,
    /// All that was received, heads too.
    pub(crate) bytes: u64,
    /// Microseconds.
    pub(crate) p50: u64,
    pub(crate) p99: u64,
    pub(crate) max: u64,
    /// Connections that broke or did not open, statuses other than 2xx and 3xx, and responses that
    /// took more than ten seconds.
    pub(crate) failed: u64,
}

impl Load {
    /// Starts to send requests of a kind.
    pub(crate) fn start(
        core: usize,
        port: u16,
        job: Job,
        callers: usize,
        time: Duration,
        folder: &Path,
    ) -> anyhow::Result<Self> {
        let mut command = Command::from(pinned(core, Path::new("wrk")));
        command.args(["-t", "1", "--timeout", "10s", "-c", &callers.to_string()]);
        command.args(["-d", &format!("{}s", time.as_secs().max(1))]);
        command.arg("-s").arg(job.file(folder));
        command.arg(format!("http://127.0.0.1:{port}{}", job.path()));
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let child = command.kill_on_drop(true).spawn();
        Ok(Self {
            child: child.context("wrk does not start (Debian: wrk)")?,
        })
    }

    /// Waits for the end of the time.
    pub(crate) async fn finish(self) -> anyhow::Result<Measured> {
        let output = self.child.wait_with_output().await?;
        let printed = String::from_utf8_lossy(&output.stdout);
        Measured::of(&printed).with_context(|| format!("wrk printed {printed}"))
    }

    /// Ends the load early; what has been counted stays.
    pub(crate) async fn stop(self) -> anyhow::Result<Measured> {
        let id = self.child.id().context("wrk has ended")?;
        signal(id, "INT").await?;
        self.finish().await
    }
}

impl Measured {
    fn of(printed: &str) -> anyhow::Result<Self> {
        let line = printed.lines().find(|line| line.starts_with('{'));
        let line: serde_json::Value = serde_json::from_str(line.context("no result")?)?;
        let number = |name: &str| {
            line.get(name)
                .and_then(serde_json::Value::as_u64)
                .context("a number")
        };
        Ok(Self {
            requests: number("requests")?,
            seconds: number("microseconds")? as f64 / 1e6,
            bytes: number("bytes")?,
            p50: number("p50")?,
            p99: number("p99")?,
            max: number("max")?,
            failed: number("failed")?,
        })
    }

    pub(crate) fn per_second(&self) -> f64 {
        self.requests as f64 / self.seconds
    }
}
