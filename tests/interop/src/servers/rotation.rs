//! Rotation against a server of somebody else: another identity in the middle of the traffic, and
//! no request fails.

use anyhow::Context as _;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::{sync::watch, task::JoinSet};
use tower::ServiceExt as _;
use transport::{MtlsClient, MtlsConnector, TrustAnchors};

use super::{
    Bench, Setting,
    certificates::{Certificates, Client},
    client_outcome::Answer,
    serving::Serving,
    version::{Http, Tls},
};
use crate::report::{Report, Row};

/// How many send at once, and how many requests each.
const SENDERS: usize = 8;
const REQUESTS: usize = 50;

/// After how many answers the identity is replaced.
const BEFORE: usize = SENDERS * REQUESTS / 4;

/// One answered request.
struct Answered {
    /// It was sent when the identity had been replaced.
    is_after: bool,
    serial: String,
}

/// What is written into the server's log of an answer, before the serial number.
pub(super) const LOGGED: &str = "answered 200 to serial=";

/// Rotates under each version, on the ports of a setting that takes both identities.
pub(super) async fn run(
    bench: &Bench,
    serving: &Serving,
    setting: Setting<'_>,
    report: &mut Report,
) -> anyhow::Result<()> {
    for (tls, place) in Tls::ALL.into_iter().zip(setting.ports) {
        for http in Http::ALL {
            let port = serving.port(place)?;
            let row = rotated(serving, &bench.certificates, http, port).await?;
            let what = format!("rotation, {tls}, {http}: {SENDERS} senders");
            report.add(bench.row(Row { what, ..row }));
        }
    }
    Ok(())
}

async fn rotated(
    serving: &Serving,
    certificates: &Certificates,
    http: Http,
    port: u16,
) -> anyhow::Result<Row> {
    let [old, new] = [Client::Good, Client::Second].map(|client| certificates.identity(client));
    let (old, new) = (old.context("no identity")?, new.context("no identity")?);
    let connector = MtlsConnector::builder(TrustAnchors::pem(certificates.authority())?)
        .identity(old)
        .alpn(http.alpn())
        .build()?;
    let client = MtlsClient::<Full<Bytes>>::new(connector);
    let before = serving.log()?.len();
    let (answered, mut counted) = watch::channel(0);
    let mut senders = JoinSet::new();
    for _ in 0..SENDERS {
        senders.spawn(send(client.clone(), port, answered.clone()));
    }
    drop(answered);
    let first = client.generation();
    // If every sender fails, nobody counts any more, and the row says what failed.
    let _ = counted.wait_for(|count| *count >= BEFORE).await;
    client.rotate([new])?;
    let mut answers = Vec::new();
    let mut failures = Vec::new();
    while let Some(sent) = senders.join_next().await {
        match sent? {
            Ok(sent) => answers.extend(sent),
            Err(error) => failures.push(format!("{error:#}")),
        }
    }
    anyhow::ensure!(client.generation() > first, "nothing was rotated");

    let [old, new] = [old, new].map(|identity| identity.leaf().serial().to_lowercase());
    let count = |serial: &str| answers.iter().filter(|it| it.serial == serial).count();
    let (with_old, with_new) = (count(&old), count(&new));
    let is_late = |it: &&Answered| it.is_after && it.serial != new;
    let late = answers.iter().filter(is_late).count();
    let log = serving
        .log_until(before, |log| logged(log, "") == answers.len())
        .await?;
    let seen = (logged(&log, &old), logged(&log, &new));
    let all = with_old + with_new == SENDERS * REQUESTS;
    Ok(Row {
        expected: "no failure, both certificates, the old one in no request that began later, and as many in the log".to_owned(),
        client_saw: format!(
            "{} failures, {with_old} with the old certificate, {with_new} with the new, {late} late",
            failures.len()
        ),
        server_saw: format!("{} with the old certificate, {} with the new", seen.0, seen.1),
        ok: failures.is_empty()
            && all
            && late == 0
            && with_old > 0
            && with_new > 0
            && seen == (with_old, with_new),
        stdout: failures.join("\n"),
        ..Row::default()
    })
}

async fn send(
    client: MtlsClient<Full<Bytes>>,
    port: u16,
    answered: watch::Sender<usize>,
) -> anyhow::Result<Vec<Answered>> {
    let first = client.generation();
    let mut answers = Vec::new();
    for _ in 0..REQUESTS {
        let is_after = client.generation() > first;
        let request = Request::get(format!("https://localhost:{port}/")).body(Full::default())?;
        let answer = Answer::read(client.clone().oneshot(request).await?).await?;
        let serial = answer.serial().context("no serial number")?;
        answers.push(Answered { is_after, serial });
        answered.send_modify(|count| *count += 1);
    }
    Ok(answers)
}

/// How many answers to this certificate are in the log.
fn logged(log: &str, serial: &str) -> usize {
    let words = format!("{LOGGED}{serial}").to_lowercase();
    log.to_lowercase().matches(&words).count()
}
