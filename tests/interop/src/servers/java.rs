//! The HTTPS server of the JDK, which has a TLS library of its own.

use std::{fs, path::PathBuf};

use transport::{ClientCertificateProblem as Problem, ErrorKind, Phase};

use super::{
    Bench, Setting,
    certificates::Client,
    expected::Expected,
    serving::Serving,
    version::{Http, Tls},
};
use crate::{report::Report, tool::Program};

const PROGRAMS: [Program; 1] = [Program {
    name: "java",
    version: &["--version"],
    package: "Debian: default-jdk-headless",
}];

pub(super) async fn run(folder: PathBuf, report: &mut Report) -> anyhow::Result<()> {
    let bench = Bench::new("java", &PROGRAMS, folder).await?;
    let serving = start(&bench).await?;
    for (name, ports) in [("HttpsServer", [0, 1]), ("SSLServerSocket", [2, 3])] {
        let judged = |client, tls, _| match name {
            "HttpsServer" => (judged_in_silence(client, tls), logged(client)),
            _ => (judged_aloud(client), logged(client)),
        };
        let setting = Setting::new(name, ports);
        bench
            .matrix(&serving, setting, &[Http::One], judged, report)
            .await?;
    }
    serving.stop().await
}

async fn start(bench: &Bench) -> anyhow::Result<Serving> {
    let folder = bench.folder.as_path();
    let source = folder.join("Server.java");
    fs::write(&source, include_str!("../../servers/Server.java"))?;
    Serving::start(folder, 4, |ports, _| {
        let command = bench.tool.command().arg(&source).arg(folder);
        Ok(command.args(ports.iter().map(ToString::to_string)))
    })
    .await
}

/// It ends the connection before the alert of its TLS has been sent, in every version.
fn judged_in_silence(client: Client, tls: Tls) -> Expected {
    let phase = match tls {
        Tls::V12 => Phase::Tls,
        Tls::V13 => Phase::Request,
    };
    match client {
        Client::Good | Client::Second => Expected::Seen,
        _ => Expected::Less(ErrorKind::ClientCertificate(Problem::Suspected), phase),
    }
}

/// Its TLS has one alert for whatever is wrong with a certificate: `certificate_unknown`.
fn judged_aloud(client: Client) -> Expected {
    match client {
        Client::Good | Client::Second => Expected::Seen,
        Client::None => Expected::Alert(Problem::Required),
        _ => Expected::Alert(Problem::Unknown),
    }
}

fn logged(client: Client) -> &'static str {
    match client {
        Client::Good | Client::Second => "answered 200",
        Client::None => "Empty client certificate chain",
        Client::UnknownCa => "unable to find valid certification path",
        Client::Expired => "NotAfter",
        Client::Revoked => "Certificate has been revoked",
    }
}
