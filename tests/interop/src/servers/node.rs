//! Node: it closes the connection of a certificate that it rejects, without an alert.

use std::path::PathBuf;

use transport::ClientCertificateProblem as Problem;

use crate::{
    programs::NODE,
    report::Report,
    servers::{
        certificates::ClientCertificate,
        expected::Expected,
        testbed::{Setting, Testbed},
        version::{Http, Tls},
    },
};

/// Asks it under each version.
pub(super) async fn run(folder: PathBuf, report: &mut Report) -> anyhow::Result<()> {
    let testbed = Testbed::new("node", &[NODE], folder).await?;
    let program = include_str!("../../servers/server.mjs");
    let server = testbed.start_program("server.mjs", program, 2).await?;
    let settings = [Setting::new("rejectUnauthorized", [0, 1])];
    testbed
        .ask_all(&server, &settings, &Http::ALL, expected, report)
        .await?;
    server.stop().await
}

/// Returns the outcome: OpenSSL reports a missing certificate, and Node verifies one itself, after
/// the handshake.
fn expected(_: &str, client: ClientCertificate, _: Tls, _: Http) -> (Expected, &'static str) {
    let closed = Expected::Closed;
    match client {
        ClientCertificate::Good | ClientCertificate::Second => (Expected::Accepted, "answered 200"),
        ClientCertificate::None => (
            Expected::Alert(Problem::Required),
            "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE",
        ),
        ClientCertificate::UnknownCa => (closed, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
        ClientCertificate::Expired => (closed, "CERT_HAS_EXPIRED"),
        ClientCertificate::Revoked => (closed, "CERT_REVOKED"),
    }
}
