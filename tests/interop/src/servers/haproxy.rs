//! HAProxy: it refuses by alerts, unless it is told to ignore what is wrong.

use std::path::PathBuf;

use transport::ClientCertificateProblem as Problem;

use super::{
    Bench, Setting, by_alert,
    certificates::Client,
    expected::Expected,
    failover::{self, Refusal},
    serving::{Serving, configure},
    version::Http,
};
use crate::{report::Report, tool::Program};

const fn program(name: &'static str) -> Program {
    Program {
        name,
        version: &["-v"],
        package: "Debian: haproxy",
    }
}

/// Debian keeps it where only root looks.
const PROGRAMS: [Program; 2] = [program("haproxy"), program("/usr/sbin/haproxy")];

/// The ports by their names in the template.
const PORTS: [&str; 6] = [
    "REQUIRED_12",
    "REQUIRED_13",
    "OPTIONAL_12",
    "OPTIONAL_13",
    "IGNORING_12",
    "IGNORING_13",
];

pub(super) async fn run(folder: PathBuf, report: &mut Report) -> anyhow::Result<()> {
    let bench = Bench::new("haproxy", &PROGRAMS, folder).await?;
    let serving = start(&bench).await?;
    for (name, ports) in [
        ("verify required", [0, 1]),
        ("verify optional", [2, 3]),
        ("verify optional crt-ignore-err all", [4, 5]),
    ] {
        let judged = |client, _, _| judged(name, client);
        let setting = Setting::new(name, ports);
        bench
            .matrix(&serving, setting, &Http::ALL, judged, report)
            .await?;
    }
    let setting = Setting::new("verify required", [0, 1]);
    let refused = "certificate error 23";
    failover::run(&bench, &serving, setting, Refusal::ByAlert, refused, report).await?;
    serving.stop().await
}

async fn start(bench: &Bench) -> anyhow::Result<Serving> {
    let folder = bench.folder.as_path();
    Serving::start(folder, PORTS.len(), |ports, _| {
        let folder_value = ("FOLDER", folder.display().to_string());
        let ports = ports.iter().map(ToString::to_string);
        let values: Vec<_> = [folder_value]
            .into_iter()
            .chain(PORTS.into_iter().zip(ports))
            .collect();
        let configuration = folder.join("haproxy.cfg");
        configure(
            &configuration,
            include_str!("../../servers/haproxy.cfg"),
            &values,
        )?;
        Ok(bench.tool.command().arg("-db").arg("-f").arg(configuration))
    })
    .await
}

fn judged(setting: &str, client: Client) -> (Expected, &'static str) {
    let is_ignoring = setting.ends_with("all");
    let refused = by_alert(client, Problem::Required);
    match client {
        Client::None if setting != "verify required" => (Expected::SeenNone, "answered 200"),
        Client::Good | Client::Second => (Expected::Seen, "answered 200"),
        _ if is_ignoring => (Expected::Seen, "answered 200"),
        Client::None => (refused, "peer did not return a certificate"),
        Client::UnknownCa => (refused, "certificate error 20"),
        Client::Expired => (refused, "certificate error 10"),
        Client::Revoked => (refused, "certificate error 23"),
    }
}
