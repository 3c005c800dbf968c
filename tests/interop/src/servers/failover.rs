//! Failover at a server of others: a revoked certificate first, a good one next, and one response
//! to a POST.

use anyhow::Context as _;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tower::ServiceExt as _;
use transport::{Error, MtlsClient, MtlsConnector, TrustAnchors};

use crate::{
    report::{Report, Row},
    servers::{
        certificates::ClientCertificate,
        client_outcome::ServerReport,
        running_server::RunningServer,
        testbed::{Setting, Testbed},
        version::{Http, Tls},
    },
};

/// The way in which a server rejects a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rejection {
    Alert,
    Response,
}

/// Asks under each version; `logged` are the log's words for the first certificate.
pub(super) async fn run(
    testbed: &Testbed,
    server: &RunningServer,
    setting: Setting<'_>,
    rejection: Rejection,
    logged: &str,
    report: &mut Report,
) -> anyhow::Result<()> {
    for (tls, place) in Tls::ALL.into_iter().zip(setting.ports) {
        for http in Http::ALL {
            let before = server.log()?.len();
            let uri = format!("https://localhost:{}{}", server.port(place)?, setting.path);
            let response = send(testbed, http, rejection, &uri).await?;
            let good = testbed.certificates.identity(ClientCertificate::Good);
            let good = good.context("no identity")?.leaf().serial();
            let answered = format!("serial={good}");
            let log = server.log_with(before, &answered).await?;
            let (is_rejected, is_answered) = (log.contains(logged), log.contains(&answered));
            let is_good = match &response {
                Ok(report) => report.is_success() && report.names(good),
                Err(_) => false,
            };
            report.add(testbed.row(Row {
                case: format!("failover, {tls}, {http}: POST, revoked, then good"),
                expected: format!("a response to the good one; the log has {logged:?} before"),
                client_outcome: match &response {
                    Ok(report) if report.names(good) => "a response to the good certificate".into(),
                    Ok(_) => "a response to another".into(),
                    Err(error) => error.to_string(),
                },
                server_events: format!("rejected: {is_rejected}, answered: {is_answered}"),
                ok: is_good && is_rejected && is_answered,
                stderr: log,
                ..Row::default()
            }));
        }
    }
    Ok(())
}

async fn send(
    testbed: &Testbed,
    http: Http,
    rejection: Rejection,
    uri: &str,
) -> anyhow::Result<Result<ServerReport, Error>> {
    let both = [ClientCertificate::Revoked, ClientCertificate::Good];
    let both = both
        .iter()
        .flat_map(|&client| testbed.certificates.identity(client));
    let connector = MtlsConnector::builder(TrustAnchors::from_pem(testbed.certificates.ca())?)
        .identities(both)
        .alpn(http.alpn())
        .build()?;
    let client = MtlsClient::<Full<Bytes>>::builder(connector);
    let client = match rejection {
        Rejection::Alert => client.failover(),
        Rejection::Response => client.failover_on_http_refusals(),
    };
    let request = Request::post(uri).body(Full::from("a body"))?;
    match client.build().oneshot(request).await {
        Ok(response) => Ok(Ok(ServerReport::read(response).await?)),
        Err(error) => Ok(Err(error)),
    }
}
