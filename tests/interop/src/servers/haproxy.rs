//! HAProxy: it rejects by alerts, unless its configuration ignores the problem.

use std::path::PathBuf;

use transport::ClientCertificateProblem as Problem;

use crate::{
    report::Report,
    servers::{
        certificates::ClientCertificate,
        expected::Expected,
        failover::{self, Rejection},
        testbed::{Setting, Template, Testbed},
        version::{Http, Tls},
    },
    tool::Program,
};

const PROGRAM: Program = Program::new("haproxy", &["-v"], "Debian: haproxy");

/// Debian has it outside of the search path of users.
const PROGRAMS: [Program; 2] = [PROGRAM.named("/usr/sbin/haproxy"), PROGRAM];

/// The ports by their names in the template.
const PORTS: [&str; 6] = [
    "REQUIRED_12",
    "REQUIRED_13",
    "OPTIONAL_12",
    "OPTIONAL_13",
    "IGNORING_12",
    "IGNORING_13",
];

const REQUIRED: Setting<'_> = Setting::new("verify required", [0, 1]);

/// Asks it in every setting.
pub(super) async fn run(folder: PathBuf, report: &mut Report) -> anyhow::Result<()> {
    let testbed = Testbed::new("haproxy", &PROGRAMS, folder).await?;
    let template = Template {
        file: "haproxy.cfg",
        text: include_str!("../../servers/haproxy.cfg"),
        ports: &PORTS,
        values: &[],
    };
    let server = testbed
        .start_configured(template, |haproxy, file, _| {
            haproxy.args(["-db", "-f", file])
        })
        .await?;
    let settings = [
        REQUIRED,
        Setting::new("verify optional", [2, 3]),
        Setting::new("verify optional crt-ignore-err all", [4, 5]),
    ];
    testbed
        .ask_all(&server, &settings, &Http::ALL, expected, report)
        .await?;
    let logged = "certificate error 23";
    failover::run(
        &testbed,
        &server,
        REQUIRED,
        Rejection::Alert,
        logged,
        report,
    )
    .await?;
    server.stop().await
}

fn expected(setting: &str, client: ClientCertificate, _: Tls, _: Http) -> (Expected, &'static str) {
    let is_ignoring = setting.ends_with("all");
    let rejected = Expected::by_alert(client, Problem::Required);
    match client {
        ClientCertificate::None if setting != REQUIRED.name => {
            (Expected::AcceptedWithout, "answered 200")
        }
        ClientCertificate::Good | ClientCertificate::Second => (Expected::Accepted, "answered 200"),
        _ if is_ignoring => (Expected::Accepted, "answered 200"),
        ClientCertificate::None => (rejected, "peer did not return a certificate"),
        ClientCertificate::UnknownCa => (rejected, "certificate error 20"),
        ClientCertificate::Expired => (rejected, "certificate error 10"),
        ClientCertificate::Revoked => (rejected, "certificate error 23"),
    }
}
