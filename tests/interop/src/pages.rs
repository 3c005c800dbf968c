//! Pages of code for users to copy, in seven languages: hello, a verification, and one whose result
//! comes by a callback.
//!
//! The files in `clients`. Each does its three things against the mock, and two that must fail;
//! what the program printed and what the mock saw have to agree. Hello in Node, Ruby and Python is
//! asked in all its cases by the group `clients`.

mod files;
mod language;

use std::time::Duration;

use anyhow::Context as _;
use mock_napi::{ConnectionEvent, Denial, ErrorLevel, EventKind, Outcome, ServiceSettings};
use test_support::{Mock, Portal};
use tokio::time::timeout;

use crate::{
    context::Context,
    pages::{
        files::Files,
        language::{LANGUAGES, Language},
    },
    report::{Report, Row},
    tool::{Output, Tool},
};

/// The witnesses of this group: the languages.
pub(crate) const WITNESSES: &[&str] = &[
    "page-csharp",
    "page-go",
    "page-java",
    "page-node",
    "page-php",
    "page-python",
    "page-ruby",
];

/// One thing that a page does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    /// Says hello.
    Hello,
    /// Verifies somebody who matches.
    Verify,
    /// Verifies, with an error of the service in the place of a result.
    NoResult,
    /// Verifies, as a user of another organization than the certificate's.
    OtherAccount,
    /// Verifies without a certificate.
    NoCertificate,
    /// Verifies somebody and waits for callbacks: two that come too early, the second forged, and
    /// the last twice.
    Callback,
}

const TASKS: &[Task] = &[
    Task::Hello,
    Task::Verify,
    Task::NoResult,
    Task::OtherAccount,
    Task::NoCertificate,
    Task::Callback,
];

/// Asks each language.
pub(crate) async fn run(context: &Context, report: &mut Report) -> anyhow::Result<()> {
    let asked = context.selection().of("pages");
    if asked.is_empty() {
        return Ok(());
    }
    let mock = Mock::start().await?;
    let files = Files::new(context, &mock).await?;
    for language in LANGUAGES.iter().filter(|it| asked.contains(&it.name)) {
        match language.find(&files).await {
            Err(error) => report.add_missing("pages", language.name, &error),
            Ok(tool) => {
                for task in TASKS {
                    if *task == Task::Hello && !language.has_hello {
                        continue;
                    }
                    report.add(ask(language, &tool, *task, &mock, &files).await?);
                }
            }
        }
    }
    Ok(())
}

async fn ask(
    language: &Language,
    tool: &Tool,
    task: Task,
    mock: &Mock,
    files: &Files,
) -> anyhow::Result<Row> {
    let portal = mock.portal();
    portal.set_service(&task.settings(language)).await?;
    let before = portal.events().await?.len();
    let command = language.command(tool, task, mock, files);
    let mut running = std::pin::pin!(command.run());
    let output = tokio::select! {
        output = &mut running => output?,
        ended = end_the_transaction(&portal, before, language), if task == Task::Callback => {
            ended?;
            running.await?
        }
    };
    let events = since(&portal, before, task).await?;
    let words = task.words(language);
    let is_said = output.code == Some(task.code()) && output.both().contains(words);
    Ok(Row {
        group: "pages",
        witness: language.name.to_owned(),
        version: tool.version().to_owned(),
        what: task.what().to_owned(),
        expected: format!("exit {} and `{words}`; {}", task.code(), task.expected()),
        client_saw: said(&output, words),
        server_saw: seen(&events),
        ok: is_said && task.is_seen(&events),
        ..Row::default()
    }
    .with_output(&output))
}

/// Opens the gate before the end of the transaction, once both early callbacks are answered and the
/// page has asked how far it is: what it is told then is that there is no result yet.
async fn end_the_transaction(
    portal: &Portal,
    before: usize,
    language: &Language,
) -> anyhow::Result<()> {
    loop {
        let events = portal.events().await?.into_iter().skip(before);
        let kinds: Vec<_> = events.map(|event| event.kind).collect();
        let callbacks = kinds.iter().filter(|it| callback(it).is_some()).count();
        let mut paths = requests(&kinds).into_iter().map(|(path, ..)| path);
        if callbacks == 2 && paths.any(|path| path.ends_with("/status")) {
            return portal.open_gate(language.name).await;
        }
        tokio::task::yield_now().await;
    }
}

fn said(output: &Output, words: &str) -> String {
    match output.both().contains(words) {
        true => format!("{output}, `{words}`"),
        false => format!("{output}, without `{words}`"),
    }
}

/// What the mock saw; of callbacks all, of which the last is in the log only after its answer.
async fn since(portal: &Portal, before: usize, task: Task) -> anyhow::Result<Vec<EventKind>> {
    let wanted = if task == Task::Callback {
        CALLBACKS.len()
    } else {
        0
    };
    let complete = async {
        loop {
            let events = portal.events().await?;
            let kinds: Vec<_> = events.into_iter().skip(before).map(|it| it.kind).collect();
            let callbacks = kinds.iter().filter(|it| callback(it).is_some());
            if callbacks.count() >= wanted {
                return anyhow::Ok(kinds);
            }
        }
    };
    let patience = Duration::from_secs(20);
    let complete = timeout(patience, complete).await;
    complete.context("the mock has not posted all callbacks")?
}

/// What callbacks say, in their order.
const CALLBACKS: [&str; 4] = ["InProgress", "Completed", "Completed", "Completed"];

impl Task {
    fn what(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Verify => "a verification",
            Self::NoResult => "a verification without a result",
            Self::OtherAccount => "certificate of another organization",
            Self::NoCertificate => "no certificate",
            Self::Callback => "a verification with callbacks",
        }
    }

    fn settings(self, language: &Language) -> ServiceSettings {
        let settings = ServiceSettings::new();
        match self {
            Self::NoResult => settings.outcome(Outcome::Error {
                code: 1000,
                level: ErrorLevel::Request,
            }),
            // It ends by its gate, however often it is asked about.
            Self::Callback => settings
                .polls(u32::MAX)
                .completion_gate(language.name)
                .progress_callbacks(1)
                .forged_callbacks(1)
                .callback_times(2),
            _ => settings,
        }
    }

    fn code(self) -> i32 {
        i32::from(!matches!(self, Self::Hello | Self::Verify | Self::Callback))
    }

    fn words(self, language: &Language) -> &'static str {
        match self {
            Self::Hello => "Hello acme-api",
            Self::Verify | Self::Callback => "match ",
            Self::NoResult => "no result; transaction ",
            Self::OtherAccount => "HTTP 401",
            Self::NoCertificate => language.no_certificate,
        }
    }

    fn expected(self) -> &'static str {
        match self {
            Self::Hello => "one request, answered 200",
            Self::Verify => "one request, answered 200, and a match",
            Self::NoResult => "one request, answered 200, and no match",
            Self::OtherAccount => "one request, answered 401 for the certificate",
            Self::NoCertificate => "the alert certificate_required, and no request",
            Self::Callback => {
                "one verification, its status asked for after each callback, and its record once"
            }
        }
    }

    fn is_seen(self, events: &[EventKind]) -> bool {
        let requests = requests(events);
        let paths: Vec<_> = requests.iter().map(|(path, ..)| *path).collect();
        let all = |status, denial| requests.iter().all(|it| (it.1, it.2) == (status, denial));
        let once = |path: &str| paths == [path];
        match self {
            Self::Hello => once("/connection/v1/testauthentication") && all(200, None),
            Self::Verify => once(VERIFY) && all(200, None) && matches(events) == [true],
            Self::NoResult => once(VERIFY) && all(200, None) && matches(events) == [false],
            Self::OtherAccount => {
                once(VERIFY) && all(401, Some(Denial::CertificateOfAnotherAccount))
            }
            Self::NoCertificate => paths.is_empty() && is_alerted(events),
            Self::Callback => {
                let callbacks: Vec<_> = events.iter().filter_map(callback).collect();
                let states: Vec<_> = callbacks.iter().map(|(state, _)| *state).collect();
                // Those of the end may find the page gone, if what it asked after an early one was
                // answered late.
                let mut early = callbacks.iter().take(2);
                let is_answered = early.all(|(_, status)| *status == Some(204));
                let of = |part: &str| paths.iter().filter(|path| path.contains(part)).count();
                states == CALLBACKS
                    && is_answered
                    && all(200, None)
                    && matches(events) == [true]
                    && of(VERIFY) == 1
                    && (1..=4).contains(&of("/status"))
                    && of("/transactionrecord/") == 1
            }
        }
    }
}

const VERIFY: &str = "/verifications/v1/verify";

fn requests(events: &[EventKind]) -> Vec<(&str, u16, Option<Denial>)> {
    let request = |kind| match kind {
        &EventKind::Request {
            ref path,
            status,
            denial,
            ..
        } => Some((path.as_str(), status, denial)),
        _ => None,
    };
    events.iter().filter_map(request).collect()
}

/// Whether each verification matches.
fn matches(events: &[EventKind]) -> Vec<bool> {
    let is_match = |kind: &EventKind| match kind {
        EventKind::Transaction { is_match, .. } => Some(*is_match),
        _ => None,
    };
    events.iter().filter_map(is_match).collect()
}

fn is_alerted(events: &[EventKind]) -> bool {
    let is_alert = |kind: &EventKind| {
        matches!(kind, EventKind::Connection(ConnectionEvent::HandshakeFailed { alert_sent: Some(alert), .. })
            if alert == "CertificateRequired")
    };
    events.iter().any(is_alert)
}

/// What a callback said, and how it was answered.
fn callback(kind: &EventKind) -> Option<(&str, Option<u16>)> {
    match kind {
        EventKind::Callback { state, status, .. } => Some((state, *status)),
        _ => None,
    }
}

/// Requests and callbacks in a few words.
fn seen(events: &[EventKind]) -> String {
    let words = events.iter().filter_map(|kind| match kind {
        EventKind::Request { path, status, .. } => {
            let word = path.split('/').rfind(|word| !word.contains('-'));
            Some(format!("{} {status}", word.unwrap_or_default()))
        }
        EventKind::Connection(ConnectionEvent::HandshakeFailed {
            alert_sent: Some(alert),
            ..
        }) => Some(format!("sent alert {alert}")),
        _ => callback(kind).map(|(state, status)| match status {
            Some(status) => format!("{state} answered {status}"),
            None => format!("{state} not answered"),
        }),
    });
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_witness_is_a_language() {
        let names: Vec<_> = LANGUAGES.iter().map(|it| it.name).collect();
        assert_eq!(names, WITNESSES);
    }

    fn request(path: &str, status: u16) -> EventKind {
        let event = serde_json::json!({
            "event": "request", "method": "GET", "path": path, "status": status, "user": "acme-api",
            "account": "acme", "denial": null, "client_certificate_sha256": null,
        });
        serde_json::from_value(event).unwrap()
    }

    fn called_back(state: &str, status: Option<u16>) -> EventKind {
        EventKind::Callback {
            transaction_id: String::new(),
            path: String::new(),
            state: state.to_owned(),
            status,
        }
    }

    #[test]
    fn a_page_that_trusts_a_callback_is_not_good() {
        let transaction = serde_json::json!({
            "event": "transaction", "transaction_id": "1", "transaction_record_id": "2", "country": "AU",
            "inputs": [], "is_match": true, "is_pending": true,
        });
        let begun = [
            request(VERIFY, 200),
            serde_json::from_value(transaction).unwrap(),
        ];
        let called = CALLBACKS.map(|state| called_back(state, Some(204)));
        let record = |status| request("/verifications/v1/transactionrecord/2", status);
        let status = request("/verifications/v1/transaction/1/status", 200);
        let good = [&begun[..], &called, &[status.clone(), record(200)]].concat();
        assert!(Task::Callback.is_seen(&good));
        let without_asking = [&begun[..], &called, &[record(200)]].concat();
        assert!(!Task::Callback.is_seen(&without_asking));
        let forged = [&begun[..], &called, &[record(400), status, record(200)]].concat();
        assert!(!Task::Callback.is_seen(&forged));
    }
}
