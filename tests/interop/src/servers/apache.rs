//! Apache httpd: it rejects by alerts, and where it asks for a certificate late, in a response or
//! by the end of the connection.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use transport::{ClientCertificateProblem as Problem, ErrorKind, Phase};

use crate::{
    report::Report,
    servers::{
        certificates::ClientCertificate,
        expected::Expected,
        testbed::{Setting, Template, Testbed},
        version::{Http, Tls},
    },
    tool::Program,
};

const PROGRAM: Program = Program::new("httpd", &["-v"], "Debian: apache2");

/// Debian has it outside of the search path of users; elsewhere it has its own name.
const PROGRAMS: [Program; 3] = [
    PROGRAM.named("/usr/sbin/apache2"),
    PROGRAM.named("apache2"),
    PROGRAM,
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

/// The folders of its modules, in Debian and in Fedora.
const MODULES: [&str; 2] = ["/usr/lib/apache2/modules", "/usr/lib64/httpd/modules"];

/// Asks it in every setting.
pub(super) async fn run(folder: PathBuf, report: &mut Report) -> anyhow::Result<()> {
    let testbed = Testbed::new("apache", &PROGRAMS, folder).await?;
    let modules = MODULES.iter().find(|it| Path::new(it).is_dir());
    let modules = modules.context("the folder of its modules is not known")?;
    let template = Template {
        file: "apache.conf",
        text: include_str!("../../servers/apache.conf"),
        ports: &PORTS,
        values: &[("MODULES", (*modules).to_owned())],
    };
    let server = testbed
        .start_configured(template, |apache, file, _| apache.args(["-X", "-f", file]))
        .await?;
    let settings = [
        Setting::new("SSLVerifyClient require", [0, 1]),
        Setting::new("SSLVerifyClient optional", [2, 3]),
    ];
    testbed
        .ask_all(&server, &settings, &Http::ALL, expected, report)
        .await?;
    let late = Setting {
        name: "SSLVerifyClient require in <Location>",
        ports: [4, 5],
        path: "/inside",
    };
    testbed
        .ask_all(&server, &[late], &Http::ALL, expected_late, report)
        .await?;
    server.stop().await
}

fn expected(setting: &str, client: ClientCertificate, _: Tls, _: Http) -> (Expected, &'static str) {
    let expected = match client {
        ClientCertificate::None if setting.ends_with("optional") => Expected::AcceptedWithout,
        _ => Expected::by_alert(client, Problem::Required),
    };
    let logged = match client {
        ClientCertificate::None if setting.ends_with("optional") => "answered 204",
        ClientCertificate::Good | ClientCertificate::Second => "answered 204",
        ClientCertificate::None => "peer did not return a certificate",
        ClientCertificate::UnknownCa => "unable to get local issuer certificate",
        ClientCertificate::Expired => "certificate has expired",
        ClientCertificate::Revoked => "certificate revoked",
    };
    (expected, logged)
}

/// Returns the outcome where it asks once it knows the path: by renegotiation, or after the
/// handshake.
///
/// We do neither, whatever the certificate, and over HTTP/2 it does not try.
fn expected_late(_: &str, _: ClientCertificate, tls: Tls, http: Http) -> (Expected, &'static str) {
    match (tls, http) {
        (_, Http::Two) => (
            Expected::Error(ErrorKind::Http11Required, Phase::Request),
            "answered 403",
        ),
        (Tls::V12, Http::One) => (
            Expected::Error(ErrorKind::Renegotiation, Phase::Request),
            "Re-negotiation handshake failed",
        ),
        (Tls::V13, Http::One) => (
            Expected::TooLate(403),
            "cannot perform post-handshake authentication",
        ),
    }
}
