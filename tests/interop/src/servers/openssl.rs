//! `openssl s_server`: what the library says when nothing stands above it, and the one that
//! renegotiates.

use std::path::PathBuf;

use tokio::io::AsyncWriteExt as _;
use transport::{ClientCertificateProblem as Problem, ErrorKind, Phase};

use super::{
    Bench, by_alert,
    certificates::Client,
    expected::Expected,
    scenario::Scenario,
    serving::Serving,
    version::{Http, Tls},
};
use crate::{
    report::Report,
    tool::{Invocation, Program},
};

const PROGRAMS: [Program; 1] = [Program {
    name: "openssl",
    version: &["version"],
    package: "Debian: openssl",
}];

pub(super) async fn run(folder: PathBuf, report: &mut Report) -> anyhow::Result<()> {
    let bench = Bench::new("openssl", &PROGRAMS, folder).await?;
    for tls in Tls::ALL {
        let arguments = ["-www", "-Verify", "1", "-verify_return_error"];
        let serving = start(&bench, tls, &arguments).await?;
        for client in Client::ALL {
            let (expected, logged) = judged(client);
            let scenario = Scenario {
                setting: "-Verify 1 -verify_return_error",
                port: serving.port(0)?,
                path: "/",
                tls,
                http: Http::One,
                client,
                expected,
                logged,
            };
            bench.ask(&serving, scenario, report).await?;
        }
        serving.stop().await?;
    }
    renegotiation(&bench, report).await
}

/// It lets everybody in, and asks for a certificate when it has read the request: `R` on its
/// standard input.
async fn renegotiation(bench: &Bench, report: &mut Report) -> anyhow::Result<()> {
    let mut serving = start(bench, Tls::V12, &[]).await?;
    let mut stdin = serving.take_stdin()?;
    let scenario = Scenario {
        setting: "R (renegotiation)",
        port: serving.port(0)?,
        path: "/",
        tls: Tls::V12,
        http: Http::One,
        client: Client::Good,
        expected: Expected::Less(ErrorKind::Renegotiation, Phase::Request),
        logged: "no renegotiation",
    };
    let asking = bench.ask(&serving, scenario, report);
    let command = async {
        serving.log_with(0, "GET / HTTP/1.1").await?;
        anyhow::Ok(stdin.write_all(b"R\n").await?)
    };
    let (asked, commanded) = tokio::join!(asking, command);
    asked.and(commanded)?;
    serving.stop().await
}

/// A server that speaks one version of TLS.
async fn start(bench: &Bench, tls: Tls, arguments: &[&str]) -> anyhow::Result<Serving> {
    let version = match tls {
        Tls::V12 => "-tls1_2",
        Tls::V13 => "-tls1_3",
    };
    Serving::start(&bench.folder, 1, |ports, _| {
        let command = bench.tool.command().folder(&bench.folder).arg("s_server");
        let command = command.args(["-cert", "server.pem", "-key", "server.key"]);
        let command = command.args(["-CAfile", "authority.pem", "-CRL", "crl.pem", "-crl_check"]);
        let command = command.args([version, "-accept"]);
        let accept = ports.iter().map(|port| format!("127.0.0.1:{port}"));
        Ok(Invocation::args(command.args(accept), arguments))
    })
    .await
}

fn judged(client: Client) -> (Expected, &'static str) {
    let expected = by_alert(client, Problem::Required);
    let logged = match client {
        Client::Good | Client::Second => "CN = good certificate",
        Client::None => "peer did not return a certificate",
        Client::UnknownCa => "unable to get local issuer certificate",
        Client::Expired => "certificate has expired",
        Client::Revoked => "certificate revoked",
    };
    (expected, logged)
}
