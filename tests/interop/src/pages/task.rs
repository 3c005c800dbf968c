//! The tasks of a page, and the events of the mock that show that each was done.

use mock_napi::{ConnectionEvent, Denial, ErrorLevel, EventKind, Outcome, ServiceSettings};

/// A task of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Task {
    /// Says hello.
    Hello,
    /// Verifies a person who matches.
    Verify,
    /// Verifies, with an error of the service in place of a result.
    NoResult,
    /// Verifies, as a user of another organization than the certificate's.
    OtherAccount,
    /// Verifies without a certificate.
    NoCertificate,
    /// Verifies a person and waits for callbacks: two that come too early, the second forged, and
    /// the last twice.
    Callback,
}

impl Task {
    /// Every task, in its order.
    pub(super) const ALL: &[Self] = &[
        Self::Hello,
        Self::Verify,
        Self::NoResult,
        Self::OtherAccount,
        Self::NoCertificate,
        Self::Callback,
    ];

    /// Returns the name in the report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Verify => "a verification",
            Self::NoResult => "a verification without a result",
            Self::OtherAccount => "certificate of another organization",
            Self::NoCertificate => "no certificate",
            Self::Callback => "a verification with callbacks",
        }
    }

    /// Returns the settings of the mock's service; a gate of this name ends the transaction.
    pub(super) fn settings(self, gate: &str) -> ServiceSettings {
        let settings = ServiceSettings::new();
        match self {
            Self::NoResult => settings.outcome(Outcome::Error {
                code: 1000,
                level: ErrorLevel::Request,
            }),
            // It ends by its gate, however often it is asked about.
            Self::Callback => settings
                .polls(u32::MAX)
                .completion_gate(gate)
                .progress_callbacks(1)
                .forged_callbacks(1)
                .callback_times(2),
            _ => settings,
        }
    }

    /// Returns the expected exit code.
    pub(super) fn code(self) -> i32 {
        i32::from(!matches!(self, Self::Hello | Self::Verify | Self::Callback))
    }

    /// Returns the words that have to be printed; `no_certificate` are those for the alert.
    pub(super) fn words(self, no_certificate: &'static str) -> &'static str {
        match self {
            Self::Hello => "Hello acme-api",
            Self::Verify | Self::Callback => "match ",
            Self::NoResult => "no result; transaction ",
            Self::OtherAccount => "HTTP 401",
            Self::NoCertificate => no_certificate,
        }
    }

    /// Describes the expected events of the mock.
    pub(super) fn expected(self) -> &'static str {
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

    /// Tells whether the events of the mock are those of the task.
    pub(super) fn is_met(self, events: &[EventKind]) -> bool {
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
                // Callbacks of the end may find the page gone: a late response to its question
                // after
                // an early callback can say that the transaction has ended.
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

/// The states of the callbacks, in their order.
pub(super) const CALLBACKS: [&str; 4] = ["InProgress", "Completed", "Completed", "Completed"];

/// The path of a verification.
const VERIFY: &str = "/verifications/v1/verify";

/// Returns path, status and denial of each request.
pub(super) fn requests(events: &[EventKind]) -> Vec<(&str, u16, Option<Denial>)> {
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

/// Returns whether each verification matches.
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

/// Returns the state that a callback named, and the status of the response to it.
pub(super) fn callback(kind: &EventKind) -> Option<(&str, Option<u16>)> {
    match kind {
        EventKind::Callback { state, status, .. } => Some((state, *status)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn page_that_trusts_a_callback_is_rejected() {
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
        assert!(Task::Callback.is_met(&good));
        let without_asking = [&begun[..], &called, &[record(200)]].concat();
        assert!(!Task::Callback.is_met(&without_asking));
        let forged = [&begun[..], &called, &[record(400), status, record(200)]].concat();
        assert!(!Task::Callback.is_met(&forged));
    }
}
