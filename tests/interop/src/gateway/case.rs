//! The cases of a caller, and the events of the server that show how each went.

use mock_napi::{ConnectionEvent, Denial, EventKind};

/// A case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// Says hello and verifies, with the caller's own user and password.
    Guide,
    /// The same with another password.
    WrongPassword,
    /// The same, with a gateway whose certificate was revoked.
    Revoked,
    /// 64 KiB each way, to a server that keeps what it receives.
    LongBodies,
}

impl Case {
    /// Every case, in its order.
    pub(super) const ALL: [Self; 4] = [
        Self::Guide,
        Self::WrongPassword,
        Self::Revoked,
        Self::LongBodies,
    ];

    /// Returns the name in the report.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Guide => "hello and a verification",
            Self::WrongPassword => "wrong password",
            Self::Revoked => "revoked certificate of the gateway",
            Self::LongBodies => "64 KiB each way",
        }
    }

    /// Tells whether the caller gets what it asked for.
    pub(super) fn is_answered(self) -> bool {
        matches!(self, Self::Guide | Self::LongBodies)
    }

    /// Describes the expected events of the server.
    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::Guide => {
                "two requests with the gateway's certificate and the caller's user, answered 200, and a match"
            }
            Self::WrongPassword => "one request with the gateway's certificate, answered 401",
            Self::Revoked => "the alert CertificateRevoked, and no request",
            Self::LongBodies => {
                "both requests with the gateway's certificate, `Via`, the server's `Host`, the caller's credentials and every byte"
            }
        }
    }

    /// Tells whether the events of the server are those of the case.
    pub(super) fn is_met(self, events: &[EventKind]) -> bool {
        let requests = requests(events);
        let acme = |request: &Request<'_>| request.account == Some("acme");
        match self {
            Self::Guide => {
                let all =
                    |it: &Request<'_>| it.status == 200 && it.user == Some("acme-api") && acme(it);
                let matched = |kind: &EventKind| {
                    matches!(kind, EventKind::Transaction { is_match: true, .. })
                };
                let paths: Vec<_> = requests.iter().map(|it| it.path).collect();
                paths == [HELLO, VERIFY]
                    && requests.iter().all(all)
                    && events.iter().filter(|it| matched(it)).count() == 1
            }
            Self::WrongPassword => match &*requests {
                [it] => {
                    it.path == HELLO
                        && it.status == 401
                        && it.denial == Some(Denial::WrongPassword)
                        && acme(it)
                }
                _ => false,
            },
            Self::Revoked => requests.is_empty() && alerts(events).contains(&"CertificateRevoked"),
            // The server keeps the requests themselves.
            Self::LongBodies => true,
        }
    }
}

const HELLO: &str = "/connection/v1/testauthentication";
const VERIFY: &str = "/verifications/v1/verify";

/// A request as the mock has met it.
struct Request<'a> {
    path: &'a str,
    status: u16,
    user: Option<&'a str>,
    /// The account of the client certificate.
    account: Option<&'a str>,
    denial: Option<Denial>,
}

fn requests(events: &[EventKind]) -> Vec<Request<'_>> {
    let request = |kind| match kind {
        &EventKind::Request {
            ref path,
            status,
            ref user,
            ref account,
            denial,
            ..
        } => Some(Request {
            path: path.as_str(),
            status,
            user: user.as_deref(),
            account: account.as_deref(),
            denial,
        }),
        _ => None,
    };
    events.iter().filter_map(request).collect()
}

fn alerts(events: &[EventKind]) -> Vec<&str> {
    let alert = |kind| match kind {
        &EventKind::Connection(ConnectionEvent::HandshakeFailed {
            alert_sent: Some(ref alert),
            ..
        }) => Some(alert.as_str()),
        _ => None,
    };
    events.iter().filter_map(alert).collect()
}

/// Shows requests, alerts and whole requests that were kept in a few words.
pub(super) fn summary(events: &[EventKind], kept: &[http::Request<bytes::Bytes>]) -> String {
    let requests = requests(events);
    let requests = requests.iter().map(|it| {
        let word = it.path.rsplit('/').next().unwrap_or_default();
        format!("{word} {}", it.status)
    });
    let alerts = alerts(events).into_iter();
    let alerts = alerts.map(|alert| format!("sent alert {alert}"));
    let kept = kept.iter().map(|it| format!("{} bytes", it.body().len()));
    requests
        .chain(alerts)
        .chain(kept)
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(json: serde_json::Value) -> EventKind {
        serde_json::from_value(json).unwrap()
    }

    fn request(path: &str, status: u16, account: Option<&str>) -> EventKind {
        event(serde_json::json!({
            "event": "request", "method": "GET", "path": path, "status": status, "user": "acme-api",
            "account": account, "denial": null, "client_certificate_sha256": null,
        }))
    }

    #[test]
    fn request_without_the_gateways_certificate_is_not_enough() {
        let transaction = event(serde_json::json!({
            "event": "transaction", "transaction_id": "1", "transaction_record_id": "2",
            "country": "AU", "inputs": [], "is_match": true, "is_pending": false,
        }));
        let events = |account| {
            let verification = request(VERIFY, 200, account);
            [
                request(HELLO, 200, account),
                verification,
                transaction.clone(),
            ]
        };
        assert!(Case::Guide.is_met(&events(Some("acme"))));
        assert!(!Case::Guide.is_met(&events(None)));
        assert!(!Case::Guide.is_met(&events(Some("acme"))[..2]));
        assert!(!Case::WrongPassword.is_met(&events(Some("acme"))));
        assert!(!Case::Revoked.is_met(&[]));
    }
}
