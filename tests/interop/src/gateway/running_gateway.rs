//! Our program as a gateway, with the relays in front of it.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::Context as _;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Child,
    task::JoinSet,
    time::timeout,
};

use crate::{gateway::relay::Relays, tool::Tool};

/// The time in which the gateway has to listen; it takes milliseconds.
const START: Duration = Duration::from_secs(30);

/// A gateway that listens. It is killed, by its id, when this goes away.
#[derive(Debug)]
pub(super) struct RunningGateway {
    pub(super) relays: Relays,
    socket: PathBuf,
    _child: Child,
    /// Reads what it reports, so that it never waits for a reader.
    _reports: JoinSet<()>,
}

impl RunningGateway {
    /// Starts the program with a folder of identities, for a server with this CA. Its sockets are
    /// in the same folder.
    ///
    /// # Errors
    ///
    /// If it does not say that it listens.
    pub(super) async fn start(
        napi: &Tool,
        identities: &Path,
        base_url: &str,
        ca_file: &Path,
    ) -> anyhow::Result<Self> {
        let [behind, socket] = ["gateway.sock", "relay.sock"].map(|name| identities.join(name));
        let command = napi.command().args(["gateway", "--listen", "127.0.0.1:0"]);
        let command = command.arg("--listen");
        let command = command.arg(format!("unix:{}", behind.display()));
        let command = command.arg("--identities").arg(identities);
        let command = command.args(["--base-url", base_url]);
        let command = command.arg("--ca-file").arg(ca_file);
        let mut child = command.spawn(|command| {
            command.stdin(Stdio::null()).stdout(Stdio::null());
        })?;
        let stderr = child.stderr.take().context("no standard error")?;
        let mut lines = BufReader::new(stderr).lines();
        let listening = async {
            let mut addresses = Vec::new();
            while addresses.len() < 2 {
                let line = lines.next_line().await?.context("the gateway has ended")?;
                if let Some((_, rest)) = line.split_once("listening on ") {
                    let (address, _) = rest.split_once(',').unwrap_or((rest, ""));
                    addresses.push(address.to_owned());
                }
            }
            anyhow::Ok(addresses)
        };
        let listening = timeout(START, listening).await;
        let listening = listening.context("the gateway does not listen in time")??;
        let mut reports = JoinSet::new();
        reports.spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let address = listening.iter().find(|it| !it.starts_with("unix:"));
        let address = address.context("the gateway names no TCP address")?;
        Ok(Self {
            relays: Relays::start(address, &behind, &socket).await?,
            socket,
            _child: child,
            _reports: reports,
        })
    }

    /// Returns the path of the unix socket.
    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }
}
