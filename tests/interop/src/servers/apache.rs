//! Apache httpd: it refuses by alerts, and where it asks for a certificate late, by an answer or an
//! end.

use std::path::PathBuf;

use anyhow::Context as _;
use transport::{ClientCertificateProblem as Problem, ErrorKind, Phase};

use super::{
    Bench, Setting, by_alert,
    certificates::Client,
    expected::Expected,
    serving::{Serving, configure},
    version::{Http, Tls},
};
use crate::{report::Report, tool::Program};

const fn program(name: &'static str) -> Program {
    Program {
        name,
        version: &["-v"],
        package: "Debian: apache2",
    }
}

/// Debian keeps it where only root looks; elsewhere it is called by its own name.
const PROGRAMS: [Program; 3] = [
    program("httpd"),
    program("apache2"),
    program("/usr/sbin/apache2"),
];

/// The ports by their names in the template.
const PORTS: [&str; 6] = [
    "REQUIRED_12",
    "REQUIRED_13",
    "OPTIONAL_12",
    "OPTIONAL_13",
    "NONE_12",
    "NONE_13",
];

pub(super) async fn run(folder: PathBuf, report: &mut Report) -> anyhow::Result<()> {
    let bench = Bench::new("apache", &PROGRAMS, folder).await?;
    let serving = start(&bench).await?;
    for (name, ports) in [
        ("SSLVerifyClient require", [0, 1]),
        ("SSLVerifyClient optional", [2, 3]),
    ] {
        let judged = |client, tls, _| judged(name, client, tls);
        let setting = Setting::new(name, ports);
        bench
            .matrix(&serving, setting, &Http::ALL, judged, report)
            .await?;
    }
    let setting = Setting {
        name: "SSLVerifyClient require in <Location>",
        ports: [4, 5],
        path: "/inside",
    };
    bench
        .matrix(&serving, setting, &Http::ALL, asked_late, report)
        .await?;
    serving.stop().await
}

async fn start(bench: &Bench) -> anyhow::Result<Serving> {
    let modules = ["/usr/lib/apache2/modules", "/usr/lib64/httpd/modules"];
    let modules = modules.iter().find(|it| std::path::Path::new(it).is_dir());
    let modules = modules.context("nobody knows where its modules are")?;
    let folder = bench.folder.as_path();
    Serving::start(folder, PORTS.len(), |ports, log| {
        let paths = [
            ("FOLDER", folder),
            ("LOG", log),
            ("MODULES", modules.as_ref()),
        ];
        let paths = paths.map(|(name, path)| (name, path.display().to_string()));
        let ports = ports.iter().map(ToString::to_string);
        let values: Vec<_> = paths
            .into_iter()
            .chain(PORTS.into_iter().zip(ports))
            .collect();
        let configuration = folder.join("apache.conf");
        configure(
            &configuration,
            include_str!("../../servers/apache.conf"),
            &values,
        )?;
        Ok(bench.tool.command().arg("-X").arg("-f").arg(configuration))
    })
    .await
}

fn judged(setting: &str, client: Client, tls: Tls) -> (Expected, &'static str) {
    let expected = match client {
        Client::None if setting.ends_with("optional") => Expected::SeenNone,
        _ => by_alert(client, Problem::Required),
    };
    let logged = match (client, tls) {
        (Client::None, _) if setting.ends_with("optional") => "answered 204",
        (Client::Good | Client::Second, _) => "answered 204",
        (Client::None, _) => "peer did not return a certificate",
        (Client::UnknownCa, _) => "unable to get local issuer certificate",
        (Client::Expired, _) => "certificate has expired",
        (Client::Revoked, _) => "certificate revoked",
    };
    (expected, logged)
}

/// It asks when it knows the path: by renegotiation, or after the handshake. We can do neither,
/// whoever we are, and over HTTP/2 it does not even try.
fn asked_late(_: Client, tls: Tls, http: Http) -> (Expected, &'static str) {
    match (tls, http) {
        (_, Http::Two) => (
            Expected::Less(ErrorKind::Http11Required, Phase::Request),
            "answered 403",
        ),
        (Tls::V12, Http::One) => (
            Expected::Less(ErrorKind::Renegotiation, Phase::Request),
            "Re-negotiation handshake failed",
        ),
        (Tls::V13, Http::One) => (
            Expected::TooLate(403),
            "cannot perform post-handshake authentication",
        ),
    }
}
