//! `openssl s_server`: the library without a server above it, and one that renegotiates.

use std::path::PathBuf;

use tokio::io::AsyncWriteExt as _;
use transport::{ClientCertificateProblem as Problem, ErrorKind, Phase};

use crate::{
    programs::OPENSSL,
    report::Report,
    servers::{
        certificates::ClientCertificate,
        expected::Expected,
        running_server::RunningServer,
        scenario::Scenario,
        testbed::Testbed,
        version::{Http, Tls},
    },
    tool::Invocation,
};

pub(super) async fn run(folder: PathBuf, report: &mut Report) -> anyhow::Result<()> {
    let testbed = Testbed::new("openssl", &[OPENSSL], folder).await?;
    for tls in Tls::ALL {
        let arguments = ["-www", "-Verify", "1", "-verify_return_error"];
        let server = start(&testbed, tls, &arguments).await?;
        for client in ClientCertificate::ALL {
            let (expected, logged) = expected(client);
            let scenario = Scenario {
                setting: "-Verify 1 -verify_return_error",
                port: server.port(0)?,
                path: "/",
                tls,
                http: Http::One,
                client,
                expected,
                logged,
            };
            testbed.ask(&server, scenario, report).await?;
        }
        server.stop().await?;
    }
    renegotiation(&testbed, report).await
}

/// Lets it renegotiate: it asks for a certificate after it has read the request, at `R` on its
/// standard input.
async fn renegotiation(testbed: &Testbed, report: &mut Report) -> anyhow::Result<()> {
    let mut server = start(testbed, Tls::V12, &[]).await?;
    let mut stdin = server.take_stdin()?;
    let scenario = Scenario {
        setting: "R (renegotiation)",
        port: server.port(0)?,
        path: "/",
        tls: Tls::V12,
        http: Http::One,
        client: ClientCertificate::Good,
        expected: Expected::Error(ErrorKind::Renegotiation, Phase::Request),
        logged: "no renegotiation",
    };
    let asking = testbed.ask(&server, scenario, report);
    let command = async {
        server.log_with(0, "GET / HTTP/1.1").await?;
        anyhow::Ok(stdin.write_all(b"R\n").await?)
    };
    let (asked, commanded) = tokio::join!(asking, command);
    asked.and(commanded)?;
    server.stop().await
}

/// Starts a server that speaks one version of TLS.
async fn start(testbed: &Testbed, tls: Tls, arguments: &[&str]) -> anyhow::Result<RunningServer> {
    let version = match tls {
        Tls::V12 => "-tls1_2",
        Tls::V13 => "-tls1_3",
    };
    RunningServer::start(&testbed.folder, 1, |ports, _| {
        let command = testbed
            .tool
            .command()
            .folder(&testbed.folder)
            .arg("s_server");
        let command = command.args(["-cert", "server.pem", "-key", "server.key"]);
        let command = command.args(["-CAfile", "ca.pem", "-CRL", "crl.pem", "-crl_check"]);
        let command = command.args([version, "-accept"]);
        let accept = ports.iter().map(|port| format!("127.0.0.1:{port}"));
        Ok(Invocation::args(command.args(accept), arguments))
    })
    .await
}

fn expected(client: ClientCertificate) -> (Expected, &'static str) {
    let expected = Expected::by_alert(client, Problem::Required);
    let logged = match client {
        ClientCertificate::Good | ClientCertificate::Second => "CN = good certificate",
        ClientCertificate::None => "peer did not return a certificate",
        ClientCertificate::UnknownCa => "unable to get local issuer certificate",
        ClientCertificate::Expired => "certificate has expired",
        ClientCertificate::Revoked => "certificate revoked",
    };
    (expected, logged)
}
