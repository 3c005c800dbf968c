//! The HTTPS server of the JDK, which has a TLS library of its own.

use std::{fs, path::PathBuf};

use transport::ClientCertificateProblem as Problem;

use super::{
    Bench, Setting, by_alert,
    certificates::Client,
    question::{Expected, Http, Tls},
    serving::Serving,
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
    let setting = Setting {
        name: "setNeedClientAuth",
        ports: [0, 1],
        path: "/",
    };
    bench.matrix(&serving, setting, &[Http::One], judged, report).await?;
    serving.stop().await
}

async fn start(bench: &Bench) -> anyhow::Result<Serving> {
    let folder = bench.folder.as_path();
    let source = folder.join("Server.java");
    fs::write(&source, include_str!("../../servers/Server.java"))?;
    Serving::start(folder, 2, |ports, _| {
        let command = bench.tool.command().arg("-Djavax.net.debug=ssl:handshake").arg(&source).arg(folder);
        Ok(command.args(ports.iter().map(ToString::to_string)))
    })
    .await
}

fn judged(client: Client, _: Tls, _: Http) -> (Expected, &'static str) {
    match client {
        Client::Good | Client::Second => (Expected::Seen, "answered 200"),
        Client::None => (by_alert(client, Problem::Required), "Empty client certificate chain"),
        Client::UnknownCa => (by_alert(client, Problem::Required), "unable to find valid certification path"),
        Client::Expired => (by_alert(client, Problem::Required), "expired"),
        Client::Revoked => (by_alert(client, Problem::Required), "revoked"),
    }
}
