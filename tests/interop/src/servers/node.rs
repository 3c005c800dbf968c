//! Node: it ends the connection of a certificate that it does not take, without a word.

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
    name: "node",
    version: &["--version"],
    package: "Debian: nodejs",
}];

pub(super) async fn run(folder: PathBuf, report: &mut Report) -> anyhow::Result<()> {
    let bench = Bench::new("node", &PROGRAMS, folder).await?;
    let serving = start(&bench).await?;
    let setting = Setting::new("rejectUnauthorized", [0, 1]);
    bench
        .matrix(&serving, setting, &Http::ALL, judged, report)
        .await?;
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

/// OpenSSL below it says that a certificate is missing; what is wrong with one, Node looks at
/// itself, after the handshake.
fn judged(client: Client, tls: Tls, _: Http) -> (Expected, &'static str) {
    let phase = match tls {
        Tls::V12 => Phase::Tls,
        Tls::V13 => Phase::Request,
    };
    let unsaid = Expected::Less(ErrorKind::ClientCertificate(Problem::Suspected), phase);
    match client {
        Client::Good | Client::Second => (Expected::Seen, "answered 200"),
        Client::None => (
            Expected::Alert(Problem::Required),
            "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE",
        ),
        Client::UnknownCa => (unsaid, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        Client::Expired => (unsaid, "CERT_HAS_EXPIRED"),
        Client::Revoked => (unsaid, "CERT_REVOKED"),
    }
}
