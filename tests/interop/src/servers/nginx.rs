//! nginx: it lets every certificate through the handshake, and refuses in an answer.

use std::path::PathBuf;

use transport::{ClientCertificateProblem as Problem, ErrorKind, Phase, ServerCertificateProblem};

use super::{
    Bench, Setting,
    certificates::Client,
    expected::Expected,
    failover::{self, Refusal},
    rotation,
    scenario::Scenario,
    serving::{Serving, configure},
    version::{Http, Tls},
};
use crate::{report::Report, tool::Program};

const fn program(name: &'static str) -> Program {
    Program {
        name,
        version: &["-v"],
        package: "Debian: nginx",
    }
}

/// Debian keeps it where only root looks.
const PROGRAMS: [Program; 2] = [program("nginx"), program("/usr/sbin/nginx")];

/// The ports by their names in the template.
const PORTS: [&str; 9] = [
    "REQUIRED_12",
    "REQUIRED_13",
    "OPTIONAL_12",
    "OPTIONAL_13",
    "NO_CA_12",
    "NO_CA_13",
    "EXPIRED",
    "OTHER_NAME",
    "UNKNOWN_CA",
];

pub(super) async fn run(folder: PathBuf, report: &mut Report) -> anyhow::Result<()> {
    let bench = Bench::new("nginx", &PROGRAMS, folder).await?;
    let serving = start(&bench).await?;
    for (name, ports) in [
        ("ssl_verify_client on", [0, 1]),
        ("ssl_verify_client optional", [2, 3]),
        ("ssl_verify_client optional_no_ca", [4, 5]),
    ] {
        let judged = |client, _, _| judged(name, client);
        let setting = Setting::new(name, ports);
        bench
            .matrix(&serving, setting, &Http::ALL, judged, report)
            .await?;
    }
    let setting = Setting::new("ssl_verify_client on", [0, 1]);
    rotation::run(&bench, &serving, setting, report).await?;
    let refused = "certificate revoked";
    failover::run(
        &bench,
        &serving,
        setting,
        Refusal::ByAnswer,
        refused,
        report,
    )
    .await?;
    refused_by_us(&bench, &serving, report).await?;
    serving.stop().await
}

async fn start(bench: &Bench) -> anyhow::Result<Serving> {
    let folder = bench.folder.as_path();
    Serving::start(folder, PORTS.len(), |ports, log| {
        let paths = [("FOLDER", folder), ("LOG", log)];
        let paths = paths.map(|(name, path)| (name, path.display().to_string()));
        let ports = ports.iter().map(ToString::to_string);
        let values: Vec<_> = paths
            .into_iter()
            .chain(PORTS.into_iter().zip(ports))
            .collect();
        let configuration = folder.join("nginx.conf");
        configure(
            &configuration,
            include_str!("../../servers/nginx.conf"),
            &values,
        )?;
        let command = bench.tool.command().arg("-e").arg(log);
        Ok(command.arg("-c").arg(configuration))
    })
    .await
}

/// What is wrong with a certificate is in the log alone; the answer says that something is.
fn judged(setting: &str, client: Client) -> (Expected, &'static str) {
    let wrong = Expected::Answer(400, Problem::Unknown);
    match client {
        Client::Good | Client::Second => (Expected::Seen, "answered 200"),
        Client::None if setting.ends_with("on") => (
            Expected::Answer(400, Problem::Required),
            "client sent no required SSL certificate",
        ),
        Client::None => (Expected::SeenNone, "answered 200"),
        Client::UnknownCa if setting.ends_with("no_ca") => (Expected::Seen, "answered 200"),
        Client::UnknownCa => (wrong, "unable to verify the first certificate"),
        Client::Expired => (wrong, "certificate has expired"),
        Client::Revoked => (wrong, "certificate revoked"),
    }
}

/// Server certificates that we refuse, and the alert that nginx is sent.
async fn refused_by_us(
    bench: &Bench,
    serving: &Serving,
    report: &mut Report,
) -> anyhow::Result<()> {
    use ServerCertificateProblem::{Expired, UnknownIssuer, WrongName};
    for (setting, place, problem, logged) in [
        (
            "its certificate expired",
            6,
            Expired,
            "alert certificate expired",
        ),
        (
            "its certificate of another name",
            7,
            WrongName,
            "alert bad certificate",
        ),
        (
            "its certificate of unknown authority",
            8,
            UnknownIssuer,
            "alert unknown ca",
        ),
    ] {
        let expected = Expected::Less(ErrorKind::ServerCertificate(problem), Phase::Tls);
        let scenario = Scenario {
            setting,
            port: serving.port(place)?,
            path: "/",
            tls: Tls::V13,
            http: Http::Two,
            client: Client::Good,
            expected,
            logged,
        };
        bench.ask(serving, scenario, report).await?;
    }
    Ok(())
}
