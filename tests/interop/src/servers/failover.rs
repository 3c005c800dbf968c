//! Failover against a server of somebody else: a revoked certificate first, a good one next, and
//! one answer to a POST.

use anyhow::Context as _;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tower::ServiceExt as _;
use transport::{Error, MtlsClient, MtlsConnector, TrustAnchors};

use super::{
    Bench, Setting,
    certificates::Client,
    client_outcome::Answer,
    serving::Serving,
    version::{Http, Tls},
};
use crate::report::{Report, Row};

/// Where a server says what it thinks of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    ByAlert,
    ByAnswer,
}

/// Asks under each version; the server's log has to have these words of the first certificate.
pub(super) async fn run(
    bench: &Bench,
    serving: &Serving,
    setting: Setting<'_>,
    refusal: Refusal,
    refused: &str,
    report: &mut Report,
) -> anyhow::Result<()> {
    for (tls, place) in Tls::ALL.into_iter().zip(setting.ports) {
        for http in Http::ALL {
            let before = serving.log()?.len();
            let uri = format!("https://localhost:{}{}", serving.port(place)?, setting.path);
            let answer = sent(bench, http, refusal, &uri).await?;
            let good = bench.certificates.identity(Client::Good);
            let good = good.context("no identity")?.leaf().serial();
            let answered = format!("serial={good}");
            let log = serving.log_with(before, &answered).await?;
            let (was_refused, was_answered) = (log.contains(refused), log.contains(&answered));
            let is_answered = match &answer {
                Ok(answer) => answer.is_success() && answer.names(good),
                Err(_) => false,
            };
            report.add(bench.row(Row {
                what: format!("failover, {tls}, {http}: POST, revoked, then good"),
                expected: format!("an answer to the good one; the log has {refused:?} before"),
                client_saw: match &answer {
                    Ok(answer) if answer.names(good) => "an answer to the good certificate".into(),
                    Ok(_) => "an answer to somebody else".into(),
                    Err(error) => error.to_string(),
                },
                server_saw: format!("refused: {was_refused}, answered: {was_answered}"),
                ok: is_answered && was_refused && was_answered,
                stderr: log,
                ..Row::default()
            }));
        }
    }
    Ok(())
}

async fn sent(
    bench: &Bench,
    http: Http,
    refusal: Refusal,
    uri: &str,
) -> anyhow::Result<Result<Answer, Error>> {
    let both = [Client::Revoked, Client::Good];
    let both = both
        .iter()
        .flat_map(|&client| bench.certificates.identity(client));
    let connector = MtlsConnector::builder(TrustAnchors::pem(bench.certificates.authority())?)
        .identities(both)
        .alpn(http.alpn())
        .build()?;
    let client = MtlsClient::<Full<Bytes>>::builder(connector);
    let client = match refusal {
        Refusal::ByAlert => client.failover(),
        Refusal::ByAnswer => client.failover_on_http_refusals(),
    };
    let request = Request::post(uri).body(Full::from("a body"))?;
    match client.build().oneshot(request).await {
        Ok(response) => Ok(Ok(Answer::read(response).await?)),
        Err(error) => Ok(Err(error)),
    }
}
