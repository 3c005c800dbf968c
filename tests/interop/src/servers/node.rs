//! Node: it ends the connection of whoever it does not take, without a word.

use std::{fs, path::PathBuf};

use transport::{ClientCertificateProblem as Problem, ErrorKind, Phase};

use super::{
    Bench, Setting,
    certificates::Client,
    question::{Expected, Http, Tls},
    serving::Serving,
};
use crate::{report::Report, tool::Program};

const PROGRAMS: [Program; 1] = [Program {
    name: "node",
    version: &["--version"],
    package: "Debian: nodejs",
}];

pub(super) async fn run(folder: PathBuf, report: &mut Report) -> anyhow::Result<()> {
    let bench = Bench::new("node", &PROGRAMS, folder).await?;
    let serving = start(&bench).await?;
    let setting = Setting {
        name: "rejectUnauthorized",
        ports: [0, 1],
        path: "/",
    };
    bench.matrix(&serving, setting, &Http::ALL, judged, report).await?;
    serving.stop().await
}

async fn start(bench: &Bench) -> anyhow::Result<Serving> {
    let folder = bench.folder.as_path();
    let source = folder.join("server.mjs");
    fs::write(&source, include_str!("../../servers/server.mjs"))?;
    Serving::start(folder, 2, |ports, _| {
        let command = bench.tool.command().arg(&source).arg(folder);
        Ok(command.args(ports.iter().map(ToString::to_string)))
    })
    .await
}

fn judged(client: Client, tls: Tls, _: Http) -> (Expected, &'static str) {
    let suspected = ErrorKind::ClientCertificate(Problem::Suspected);
    let phase = match tls {
        Tls::V12 => Phase::Tls,
        Tls::V13 => Phase::Request,
    };
    let unsaid = Expected::Less(suspected, phase);
    match client {
        Client::Good | Client::Second => (Expected::Seen, "answered 200"),
        Client::None => (unsaid, "refused"),
        Client::UnknownCa => (unsaid, "refused"),
        Client::Expired => (unsaid, "refused"),
        Client::Revoked => (unsaid, "refused"),
    }
}
