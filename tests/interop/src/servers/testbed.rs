//! A server of others with its certificates: found, started, and asked under every version.

use std::{fs, path::PathBuf};

use crate::{
    report::{Report, Row},
    servers::{
        certificates::{Certificates, ClientCertificate},
        expected::Expected,
        running_server::{RunningServer, configure},
        scenario::Scenario,
        version::{Http, Tls},
    },
    tool::{Invocation, Program, Tool},
};

/// The name of the group.
pub(crate) const GROUP: &str = "servers";

/// A server of others, its folder and its certificates.
#[derive(Debug)]
pub(crate) struct Testbed {
    peer_tool: &'static str,
    pub(crate) tool: Tool,
    pub(crate) folder: PathBuf,
    pub(crate) certificates: Certificates,
}

/// A mode of a server towards client certificates, with a port for each version of TLS.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting<'a> {
    /// In the words of the server's configuration.
    pub(crate) name: &'a str,
    /// The places of the ports of TLS 1.2 and 1.3.
    pub(crate) ports: [usize; 2],
    pub(crate) path: &'a str,
}

/// A configuration file, in which `@NAME@` stands for a value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Template<'a> {
    /// The name of the file.
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
    /// The names of the ports.
    pub(crate) ports: &'a [&'static str],
    /// Values besides the ports, `FOLDER` and `LOG`.
    pub(crate) values: &'a [(&'static str, String)],
}

impl<'a> Setting<'a> {
    /// Creates a setting of a whole server.
    pub(crate) const fn new(name: &'a str, ports: [usize; 2]) -> Self {
        Self {
            name,
            ports,
            path: "/",
        }
    }
}

impl Testbed {
    /// Finds the first of these programs, and makes certificates.
    ///
    /// # Errors
    ///
    /// If none is there; the text is of the last.
    pub(crate) async fn new(
        peer_tool: &'static str,
        programs: &[Program],
        folder: PathBuf,
    ) -> anyhow::Result<Self> {
        let mut tool = Err(anyhow::anyhow!("no program"));
        for program in programs {
            if tool.is_err() {
                tool = program.find().await;
            }
        }
        Ok(Self {
            peer_tool,
            tool: tool?,
            certificates: Certificates::new(&folder)?,
            folder,
        })
    }

    /// Starts a server that reads a configuration; `command` adds the file, and perhaps the log.
    pub(crate) async fn start_configured(
        &self,
        template: Template<'_>,
        command: impl Fn(Invocation, &str, &str) -> Invocation,
    ) -> anyhow::Result<RunningServer> {
        let folder = self.folder.as_path();
        RunningServer::start(folder, template.ports.len(), |ports, log| {
            let log = log.display().to_string();
            let paths = [
                ("FOLDER", folder.display().to_string()),
                ("LOG", log.clone()),
            ];
            let ports = ports.iter().map(ToString::to_string);
            let ports = template.ports.iter().copied().zip(ports);
            let values: Vec<_> = paths
                .into_iter()
                .chain(template.values.iter().cloned())
                .chain(ports)
                .collect();
            let file = folder.join(template.file);
            configure(&file, template.text, &values)?;
            Ok(command(
                self.tool.command(),
                &file.display().to_string(),
                &log,
            ))
        })
        .await
    }

    /// Starts a server that is a program text; its arguments are the folder and the ports.
    pub(crate) async fn start_program(
        &self,
        file: &str,
        text: &str,
        ports: usize,
    ) -> anyhow::Result<RunningServer> {
        let folder = self.folder.as_path();
        let source = folder.join(file);
        fs::write(&source, text)?;
        RunningServer::start(folder, ports, |ports, _| {
            let command = self.tool.command().arg(&source).arg(folder);
            Ok(command.args(ports.iter().map(ToString::to_string)))
        })
        .await
    }

    /// Asks with every client certificate under every version, in every setting.
    ///
    /// `expected` has the outcome and the words of the log.
    pub(crate) async fn ask_all(
        &self,
        server: &RunningServer,
        settings: &[Setting<'_>],
        versions: &[Http],
        expected: impl Fn(&str, ClientCertificate, Tls, Http) -> (Expected, &'static str),
        report: &mut Report,
    ) -> anyhow::Result<()> {
        for setting in settings {
            for (tls, place) in Tls::ALL.into_iter().zip(setting.ports) {
                for &http in versions {
                    for client in ClientCertificate::ALL {
                        let (expected, logged) = expected(setting.name, client, tls, http);
                        let scenario = Scenario {
                            setting: setting.name,
                            port: server.port(place)?,
                            path: setting.path,
                            tls,
                            http,
                            client,
                            expected,
                            logged,
                        };
                        self.ask(server, scenario, report).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Sends one request, and reports its outcome.
    pub(crate) async fn ask(
        &self,
        server: &RunningServer,
        scenario: Scenario<'_>,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let row = scenario.ask(server, &self.certificates).await?;
        report.add(self.row(row));
        Ok(())
    }

    /// Names this peer tool in a row.
    pub(crate) fn row(&self, row: Row) -> Row {
        Row {
            group: GROUP,
            peer_tool: self.peer_tool.to_owned(),
            version: self.tool.version().to_owned(),
            ..row
        }
    }
}
