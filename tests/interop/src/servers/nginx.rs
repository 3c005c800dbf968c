//! nginx: it completes the handshake with every certificate, and rejects in a response.

use std::path::PathBuf;

use transport::{ClientCertificateProblem as Problem, ErrorKind, Phase, ServerCertificateProblem};

use crate::{
    report::Report,
    servers::{
        certificates::ClientCertificate,
        expected::Expected,
        failover::{self, Rejection},
        rotation,
        running_server::RunningServer,
        scenario::Scenario,
        testbed::{Setting, Template, Testbed},
        version::{Http, Tls},
    },
    tool::Program,
};

const PROGRAM: Program = Program::new("nginx", &["-v"], "Debian: nginx");

/// Debian has it outside of the search path of users.
const PROGRAMS: [Program; 2] = [PROGRAM.named("/usr/sbin/nginx"), PROGRAM];

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

const REQUIRED: Setting<'_> = Setting::new("ssl_verify_client on", [0, 1]);
const NO_CA: Setting<'_> = Setting::new("ssl_verify_client optional_no_ca", [4, 5]);

/// Asks it in every setting, rotates an identity, fails over, and refuses its certificates.
pub(super) async fn run(folder: PathBuf, report: &mut Report) -> anyhow::Result<()> {
    let testbed = Testbed::new("nginx", &PROGRAMS, folder).await?;
    let template = Template {
        file: "nginx.conf",
        text: include_str!("../../servers/nginx.conf"),
        ports: &PORTS,
        values: &[],
    };
    let server = testbed
        .start_configured(template, |nginx, file, log| {
            nginx.args(["-e", log, "-c", file])
        })
        .await?;
    let settings = [
        REQUIRED,
        Setting::new("ssl_verify_client optional", [2, 3]),
        NO_CA,
    ];
    testbed
        .ask_all(&server, &settings, &Http::ALL, expected, report)
        .await?;
    rotation::run(&testbed, &server, REQUIRED, report).await?;
    let logged = "certificate revoked";
    failover::run(
        &testbed,
        &server,
        REQUIRED,
        Rejection::Response,
        logged,
        report,
    )
    .await?;
    refused_by_us(&testbed, &server, report).await?;
    server.stop().await
}

/// Returns the outcome; the log alone has the problem of a certificate.
fn expected(setting: &str, client: ClientCertificate, _: Tls, _: Http) -> (Expected, &'static str) {
    let rejected = Expected::Response(400, Problem::Unknown);
    match client {
        ClientCertificate::Good | ClientCertificate::Second => (Expected::Accepted, "answered 200"),
        ClientCertificate::None if setting == REQUIRED.name => (
            Expected::Response(400, Problem::Required),
            "client sent no required SSL certificate",
        ),
        ClientCertificate::None => (Expected::AcceptedWithout, "answered 200"),
        ClientCertificate::UnknownCa if setting == NO_CA.name => {
            (Expected::Accepted, "answered 200")
        }
        ClientCertificate::UnknownCa => (rejected, "unable to verify the first certificate"),
        ClientCertificate::Expired => (rejected, "certificate has expired"),
        ClientCertificate::Revoked => (rejected, "certificate revoked"),
    }
}

/// Connects to server certificates that we refuse; the log has our alert.
async fn refused_by_us(
    testbed: &Testbed,
    server: &RunningServer,
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
            "its certificate of an unknown CA",
            8,
            UnknownIssuer,
            "alert unknown ca",
        ),
    ] {
        let scenario = Scenario {
            setting,
            port: server.port(place)?,
            path: "/",
            tls: Tls::V13,
            http: Http::Two,
            client: ClientCertificate::Good,
            expected: Expected::Error(ErrorKind::ServerCertificate(problem), Phase::Tls),
            logged,
        };
        testbed.ask(server, scenario, report).await?;
    }
    Ok(())
}
