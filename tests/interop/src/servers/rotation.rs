//! Rotation at a server of others: another identity in the middle of the traffic, and no request
//! fails.

use anyhow::Context as _;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::{sync::watch, task::JoinSet};
use tower::ServiceExt as _;
use transport::{MtlsClient, MtlsConnector, TrustAnchors};

use crate::{
    report::{Report, Row},
    servers::{
        certificates::{Certificates, ClientCertificate},
        client_outcome::ServerReport,
        running_server::RunningServer,
        testbed::{Setting, Testbed},
        version::{Http, Tls},
    },
};

/// The tasks that send at once.
const SENDERS: usize = 8;
/// The requests of each task.
const REQUESTS: usize = 50;

/// The responses before the rotation.
const BEFORE: usize = SENDERS * REQUESTS / 4;

/// One request with its response.
struct Exchange {
    /// Whether it was sent after the rotation.
    is_after: bool,
    serial: String,
}

/// The words of the server's log before the serial number.
const LOGGED: &str = "answered 200 to serial=";

/// Rotates under each version, on the ports of a setting that takes both identities.
pub(super) async fn run(
    testbed: &Testbed,
    server: &RunningServer,
    setting: Setting<'_>,
    report: &mut Report,
) -> anyhow::Result<()> {
    for (tls, place) in Tls::ALL.into_iter().zip(setting.ports) {
        for http in Http::ALL {
            let port = server.port(place)?;
            let row = rotate(server, &testbed.certificates, http, port).await?;
            let case = format!("rotation, {tls}, {http}: {SENDERS} senders");
            report.add(testbed.row(Row { case, ..row }));
        }
    }
    Ok(())
}

async fn rotate(
    server: &RunningServer,
    certificates: &Certificates,
    http: Http,
    port: u16,
) -> anyhow::Result<Row> {
    let [old, new] = [ClientCertificate::Good, ClientCertificate::Second]
        .map(|client| certificates.identity(client));
    let (old, new) = (old.context("no identity")?, new.context("no identity")?);
    let connector = MtlsConnector::builder(TrustAnchors::from_pem(certificates.ca())?)
        .identity(old)
        .alpn(http.alpn())
        .build()?;
    let client = MtlsClient::<Full<Bytes>>::new(connector);
    let before = server.log()?.len();
    let (count, mut counted) = watch::channel(0);
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        senders.spawn(send(client.clone(), port, count.clone()));
    }
    drop(count);
    let first = client.generation();
    // If every sender fails, the count ends early, and the row has the failures.
    let _ = counted.wait_for(|it| *it >= BEFORE).await;
    client.rotate([new])?;
    let mut exchanges = Vec::new();
    let mut failures = Vec::new();
    while let Some(sent) = senders.join_next().await {
        match sent? {
            Ok(sent) => exchanges.extend(sent),
            Err(error) => failures.push(format!("{error:#}")),
        }
    }
    anyhow::ensure!(client.generation() > first, "nothing was rotated");

    let [old, new] = [old, new].map(|identity| identity.leaf().serial().to_lowercase());
    let count_of = |serial: &str| exchanges.iter().filter(|it| it.serial == serial).count();
    let (with_old, with_new) = (count_of(&old), count_of(&new));
    let is_late = |it: &&Exchange| it.is_after && it.serial != new;
    let late = exchanges.iter().filter(is_late).count();
    let log = server
        .log_until(before, |log| logged(log, "") == exchanges.len())
        .await?;
    let in_log = (logged(&log, &old), logged(&log, &new));
    let all = with_old + with_new == SENDERS * REQUESTS;
    Ok(Row {
        expected: "no failure, both certificates, the old one in no request that began later, and as many in the log".to_owned(),
        client_outcome: format!(
            "{} failures, {with_old} with the old certificate, {with_new} with the new, {late} late",
            failures.len()
        ),
        server_events: format!("{} with the old certificate, {} with the new", in_log.0, in_log.1),
        ok: failures.is_empty()
            && all
            && late == 0
            && with_old > 0
            && with_new > 0
            && in_log == (with_old, with_new),
        stdout: failures.join("\n"),
        ..Row::default()
    })
}

/// Sends the requests of one task.
async fn send(
    client: MtlsClient<Full<Bytes>>,
    port: u16,
    count: watch::Sender<usize>,
) -> anyhow::Result<Vec<Exchange>> {
    let first = client.generation();
    let mut exchanges = Vec::new();
    for _ in 0..REQUESTS {
        let is_after = client.generation() > first;
        let request = Request::get(format!("https://localhost:{port}/")).body(Full::default())?;
        let response = ServerReport::read(client.clone().oneshot(request).await?).await?;
        let serial = response.serial().context("no serial number")?;
        exchanges.push(Exchange { is_after, serial });
        count.send_modify(|it| *it += 1);
    }
    Ok(exchanges)
}

/// Counts the responses to this certificate in the log.
fn logged(log: &str, serial: &str) -> usize {
    let words = format!("{LOGGED}{serial}").to_lowercase();
    log.to_lowercase().matches(&words).count()
}
