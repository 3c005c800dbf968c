//! The HTTPS server of the JDK, which has a TLS library of its own.

use std::path::PathBuf;

use transport::ClientCertificateProblem as Problem;

use crate::{
    report::Report,
    servers::{
        certificates::ClientCertificate,
        expected::Expected,
        testbed::{Setting, Testbed},
        version::{Http, Tls},
    },
    tool::Program,
};

const PROGRAM: Program = Program::new("java", &["--version"], "Debian: default-jdk-headless");

const HTTPS_SERVER: Setting<'_> = Setting::new("HttpsServer", [0, 1]);
const SOCKET: Setting<'_> = Setting::new("SSLServerSocket", [2, 3]);

/// Asks it in both settings.
pub(super) async fn run(folder: PathBuf, report: &mut Report) -> anyhow::Result<()> {
    let testbed = Testbed::new("java", &[PROGRAM], folder).await?;
    let program = include_str!("../../servers/Server.java");
    let server = testbed.start_program("Server.java", program, 4).await?;
    let settings = [HTTPS_SERVER, SOCKET];
    testbed
        .ask_all(&server, &settings, &[Http::One], expected, report)
        .await?;
    server.stop().await
}

fn expected(setting: &str, client: ClientCertificate, _: Tls, _: Http) -> (Expected, &'static str) {
    let (expected, logged) = match client {
        ClientCertificate::Good | ClientCertificate::Second => {
            return (Expected::Accepted, "answered 200");
        }
        // Its TLS has one alert for whatever is wrong with a certificate: `certificate_unknown`.
        ClientCertificate::None => (Problem::Required, "Empty client certificate chain"),
        ClientCertificate::UnknownCa => {
            (Problem::Unknown, "unable to find valid certification path")
        }
        ClientCertificate::Expired => (Problem::Unknown, "NotAfter"),
        ClientCertificate::Revoked => (Problem::Unknown, "Certificate has been revoked"),
    };
    if setting == SOCKET.name {
        return (Expected::Alert(expected), logged);
    }
    // It closes the connection before the alert of its TLS has been sent, in every version.
    (Expected::Closed, logged)
}
