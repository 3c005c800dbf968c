//! Servers of others, called by our client: who is let in, and what our errors say of who is not.
//!
//! Each has its own certificates and ports, and runs in a folder that goes away. Both ends are
//! asked: the server says whose certificate it saw, or its log says why it let nobody in.

mod apache;
mod certificates;
mod client_outcome;
mod expected;
mod failover;
mod haproxy;
mod java;
mod nginx;
mod node;
mod openssl;
mod rotation;
mod scenario;
mod serving;
mod version;

use std::path::PathBuf;

use certificates::{Certificates, Client};
use expected::Expected;
use scenario::Scenario;
use serving::Serving;
use version::{Http, Tls};

use crate::{
    context::Context,
    report::{Report, Row},
    tool::{Program, Tool},
};

const GROUP: &str = "servers";

/// The witnesses of this group.
pub(crate) const WITNESSES: &[&str] = &["nginx", "apache", "haproxy", "openssl", "node", "java"];

/// Asks each of them.
pub(crate) async fn run(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    for witness in context.selection().of(GROUP) {
        let folder = context.new_folder(&format!("{GROUP}-{witness}"))?;
        let asked = match witness {
            "nginx" => nginx::run(folder, report).await,
            "apache" => apache::run(folder, report).await,
            "haproxy" => haproxy::run(folder, report).await,
            "openssl" => openssl::run(folder, report).await,
            "node" => node::run(folder, report).await,
            "java" => java::run(folder, report).await,
            _ => Err(anyhow::anyhow!("nobody knows how to start it")),
        };
        if let Err(error) = asked {
            report.add_missing(GROUP, witness, &error);
        }
    }
    Ok(())
}

/// A server of somebody else, and what it needs.
#[derive(Debug)]
struct Bench {
    witness: &'static str,
    tool: Tool,
    folder: PathBuf,
    certificates: Certificates,
}

/// How a server treats client certificates, on a port for each version of TLS.
#[derive(Clone, Copy, Debug)]
struct Setting<'a> {
    /// In the words of its configuration.
    name: &'a str,
    /// Under TLS 1.2 and 1.3, by their place among the ports.
    ports: [usize; 2],
    path: &'a str,
}

impl<'a> Setting<'a> {
    /// For the whole of the server.
    const fn new(name: &'a str, ports: [usize; 2]) -> Self {
        Self {
            name,
            ports,
            path: "/",
        }
    }
}

impl Bench {
    /// The first of these that is there.
    async fn new(
        witness: &'static str,
        programs: &[Program],
        folder: PathBuf,
    ) -> anyhow::Result<Self> {
        let mut tool = Err(anyhow::anyhow!("no program"));
        for program in programs.iter().rev() {
            if tool.is_err() {
                tool = program.find().await;
            }
        }
        Ok(Self {
            witness,
            tool: tool?,
            certificates: Certificates::new(&folder)?,
            folder,
        })
    }

    /// Every client under every version, each with what this server makes of it.
    async fn matrix(
        &self,
        serving: &Serving,
        setting: Setting<'_>,
        versions: &[Http],
        judged: impl Fn(Client, Tls, Http) -> (Expected, &'static str),
        report: &mut Report,
    ) -> anyhow::Result<()> {
        for (tls, place) in Tls::ALL.into_iter().zip(setting.ports) {
            for &http in versions {
                for client in Client::ALL {
                    let (expected, logged) = judged(client, tls, http);
                    let scenario = Scenario {
                        setting: setting.name,
                        port: serving.port(place)?,
                        path: setting.path,
                        tls,
                        http,
                        client,
                        expected,
                        logged,
                    };
                    self.ask(serving, scenario, report).await?;
                }
            }
        }
        Ok(())
    }

    async fn ask(
        &self,
        serving: &Serving,
        scenario: Scenario<'_>,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let row = scenario.ask(serving, &self.certificates).await?;
        report.add(self.row(row));
        Ok(())
    }

    /// The row as one of this witness.
    fn row(&self, row: Row) -> Row {
        Row {
            group: GROUP,
            witness: self.witness.to_owned(),
            version: self.tool.version().to_owned(),
            ..row
        }
    }
}

/// Certificates that nothing of this server's is wrong with are seen; whatever else is refused by
/// an alert.
fn by_alert(client: Client, none: transport::ClientCertificateProblem) -> Expected {
    use transport::ClientCertificateProblem::{Expired, Revoked, UnknownCa};
    match client {
        Client::Good | Client::Second => Expected::Seen,
        Client::None => Expected::Alert(none),
        Client::UnknownCa => Expected::Alert(UnknownCa),
        Client::Expired => Expected::Alert(Expired),
        Client::Revoked => Expected::Alert(Revoked),
    }
}
