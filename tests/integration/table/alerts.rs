//! Refusals of our certificate: every alert, whatever follows it, and no alert at all.

use std::time::Duration;

use mock_napi::{Alert, ClientAuth, Ending, Point, Script};
use transport::{ClientCertificateProblem as Problem, ErrorKind, Phase, RetryAdvice, Timeouts};

use super::{Ask, Bench, Saw, Told, setting::Setting, told_of};

const ALERTS: [(Alert, Saw, Problem); 11] = [
    (
        Alert::AccessDenied,
        Saw::Alert("AccessDenied"),
        Problem::AccessDenied,
    ),
    (
        Alert::BadCertificate,
        Saw::Alert("BadCertificate"),
        Problem::Bad,
    ),
    (
        Alert::BadCertificateStatusResponse,
        Saw::Alert("BadCertificateStatusResponse"),
        Problem::BadStatusResponse,
    ),
    (
        Alert::CertificateExpired,
        Saw::Alert("CertificateExpired"),
        Problem::Expired,
    ),
    (
        Alert::CertificateRequired,
        Saw::SomeAlert,
        Problem::Required,
    ),
    (
        Alert::CertificateRevoked,
        Saw::Alert("CertificateRevoked"),
        Problem::Revoked,
    ),
    (
        Alert::CertificateUnknown,
        Saw::Alert("CertificateUnknown"),
        Problem::Unknown,
    ),
    (
        Alert::DecryptError,
        Saw::Alert("DecryptError"),
        Problem::SignatureRejected,
    ),
    (
        Alert::HandshakeFailure,
        Saw::Alert("HandshakeFailure"),
        Problem::Unknown,
    ),
    (
        Alert::UnknownCa,
        Saw::Alert("UnknownCA"),
        Problem::UnknownCa,
    ),
    (
        Alert::UnsupportedCertificate,
        Saw::Alert("UnsupportedCertificate"),
        Problem::Unsupported,
    ),
];

fn refusal(alert: Alert, ending: Ending) -> Script {
    Script::new().client_auth(ClientAuth::Refused { alert, ending })
}

/// Returns the outcome of an alert, which is never lost and means that nothing was processed.
fn named(problem: Problem) -> Told {
    Told::Failed(
        ErrorKind::ClientCertificate(problem),
        Phase::Tls,
        RetryAdvice::WithAnotherIdentity,
    )
}

#[tokio::test]
async fn every_alert_with_an_orderly_end() {
    let bench = Bench::new().await;
    for (alert, sent, problem) in ALERTS {
        for setting in Setting::all() {
            let script = refusal(alert, Ending::AlertThenFin);
            let saw = [sent, Saw::NoHandshake, Saw::NoRequest];
            bench
                .check(setting, &script, Ask::Get, named(problem), &saw)
                .await;
        }
    }
}

#[tokio::test]
async fn every_alert_with_a_reset_behind_it() {
    let bench = Bench::new().await;
    for (alert, sent, problem) in ALERTS {
        for setting in Setting::all() {
            let script = refusal(alert, Ending::AlertThenReset);
            let saw = [sent, Saw::Reset, Saw::NoRequest];
            bench
                .check(setting, &script, Ask::Get, named(problem), &saw)
                .await;
        }
    }
}

#[tokio::test]
async fn every_alert_with_silence_behind_it() {
    let bench = Bench::new().await;
    for (alert, sent, problem) in ALERTS {
        for setting in Setting::all() {
            let script = refusal(alert, Ending::AlertThenSilence);
            let saw = [sent, Saw::NoHandshake, Saw::NoRequest];
            bench
                .check(setting, &script, Ask::Get, named(problem), &saw)
                .await;
        }
    }
}

// The request, or as much of it as the system takes, is written before the verdict.
#[tokio::test]
async fn every_alert_that_comes_while_the_request_is_being_written() {
    let bench = Bench::new().await;
    for (number, (alert, sent, problem)) in ALERTS.into_iter().enumerate() {
        for (place, setting) in Setting::all().enumerate() {
            for ask in [Ask::Get, Ask::Upload] {
                for ending in [Ending::AlertThenFin, Ending::AlertThenReset] {
                    let gate = format!("{number}-{place}-{}-{ending:?}", matches!(ask, Ask::Get));
                    let script = refusal(alert, ending).gate(Point::BeforeVerdict, &gate);
                    let portal = bench.mock.portal();
                    let opening = async {
                        portal.gate_reached(&gate).await.unwrap();
                        portal.open_gate(&gate).await.unwrap();
                    };
                    let saw = [sent, Saw::NoHandshake, Saw::NoRequest];
                    let checking = bench.check(setting, &script, ask, named(problem), &saw);
                    tokio::join!(checking, opening);
                }
            }
        }
    }
}

/// Returns the outcomes of an end without a verdict. Under TLS 1.3 it is a race whether the request
/// is on the connection by then.
fn suspected(setting: Setting) -> Vec<Told> {
    let before = (Phase::Tls, RetryAdvice::NotProcessed);
    let after = (Phase::Request, RetryAdvice::OnlyIfIdempotent);
    let told = |(phase, advice)| {
        let kind = ErrorKind::ClientCertificate(Problem::Suspected);
        Told::Failed(kind, phase, advice)
    };
    match setting.is_tls12() {
        true => vec![told(before)],
        false => vec![told(before), told(after)],
    }
}

#[tokio::test]
async fn a_reset_instead_of_a_verdict() {
    let bench = Bench::new().await;
    for setting in Setting::all() {
        for ask in [Ask::Get, Ask::Upload] {
            let script = refusal(Alert::UnknownCa, Ending::Reset);
            let saw = [Saw::NoAlert, Saw::Reset, Saw::NoRequest];
            let (outcome, events) = bench.run(setting, &script, ask, Timeouts::default()).await;
            let told = suspected(setting);
            let was_told = told_of(&outcome);
            let told = told.into_iter().find(|it| *it == was_told);
            let told = told.unwrap_or_else(|| panic!("{setting:?} {outcome:?}\n{events:#?}"));
            bench.assert(setting, &script, &outcome, &events, told, &saw);
        }
    }
}

#[tokio::test]
async fn silence_instead_of_a_verdict() {
    let bench = Bench::new().await;
    for setting in Setting::all() {
        let script = refusal(Alert::UnknownCa, Ending::Silence);
        let timeouts = Timeouts::default()
            .tls_handshake(Duration::from_secs(1))
            .request(Duration::from_secs(2));
        let (outcome, events) = bench.run(setting, &script, Ask::Get, timeouts).await;
        let told = match setting.is_tls12() {
            true => Told::Failed(ErrorKind::Timeout, Phase::Tls, RetryAdvice::NotProcessed),
            false => Told::Failed(
                ErrorKind::Timeout,
                Phase::Request,
                RetryAdvice::OnlyIfIdempotent,
            ),
        };
        let saw = [Saw::NoAlert, Saw::NoRequest];
        bench.assert(setting, &script, &outcome, &events, told, &saw);
    }
}

// The same every time: what decides is what the server did, and not which of two system calls came
// first.
#[tokio::test(flavor = "multi_thread")]
async fn five_hundred_alerts_before_a_reset_are_all_reported() {
    let bench = Bench::new().await;
    for (number, setting) in Setting::all()
        .collect::<Vec<_>>()
        .into_iter()
        .cycle()
        .take(500)
        .enumerate()
    {
        let (alert, sent, problem) = ALERTS[number % ALERTS.len()];
        let script = refusal(alert, Ending::AlertThenReset);
        let ask = if number % 3 == 0 {
            Ask::Upload
        } else {
            Ask::Get
        };
        let saw = [sent, Saw::Reset, Saw::NoRequest];
        bench
            .check(setting, &script, ask, named(problem), &saw)
            .await;
    }
}
