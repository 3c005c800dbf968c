//! The events of the mock that belong to one run of a peer tool, in order and in short.

use std::{fmt, net::SocketAddr};

use anyhow::Context as _;
use mock_napi::{ConnectionEvent, Denial, Event, EventKind, Refusal, Verdict};
use test_support::{Mock, Portal};
use tokio::net::TcpStream;

/// A place in the event log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark(usize);

/// The events on the mutual TLS port after a mark.
#[derive(Debug)]
pub(crate) struct ServerEvents(Vec<EventKind>);

impl Mark {
    /// Returns the present end of the log.
    pub(crate) async fn now(portal: &Portal) -> anyhow::Result<Self> {
        Ok(Self(portal.events().await?.len()))
    }
}

impl ServerEvents {
    /// Returns the events of a peer tool, which has ended, since the mark.
    ///
    /// A connection of our own follows those of the peer tool: connections are accepted in the
    /// order in which they came, so once ours is closed, none is missing.
    pub(crate) async fn since(mark: Mark, mock: &Mock) -> anyhow::Result<Self> {
        let portal = mock.portal();
        let ours = connect_and_close(mock).await?;
        portal.events_of(ours).await?;
        let events = portal.events().await?;
        let is_new = |event: &&Event| event.sequence as usize >= mark.0 && event.peer != ours;
        let new = events.iter().filter(is_new);
        let accepted =
            new.filter(|event| event.kind == EventKind::Connection(ConnectionEvent::Accepted));
        let mut kinds = Vec::new();
        for connection in accepted {
            let events = portal.events_of(connection.peer).await?;
            let of_it = events
                .into_iter()
                .filter(|event| event.connection == connection.connection);
            kinds.extend(of_it.map(|event| event.kind));
        }
        Ok(Self(kinds))
    }

    /// Tells whether no connection got further than TCP.
    pub(crate) fn is_nothing(&self) -> bool {
        let harmless = |kind: &EventKind| {
            matches!(
                kind,
                EventKind::Connection(ConnectionEvent::Accepted)
                    | EventKind::Connection(ConnectionEvent::Closed)
                    | EventKind::Connection(ConnectionEvent::ScriptTaken { .. })
                    | EventKind::Connection(ConnectionEvent::HandshakeFailed {
                        alert_sent: None,
                        alert_received: None,
                        ..
                    })
            )
        };
        self.0.iter().all(harmless)
    }

    /// Tells whether a certificate was refused for this reason, and no request came.
    pub(crate) fn is_refused(&self, reason: Refusal) -> bool {
        let refused = |kind: &EventKind| {
            matches!(kind, EventKind::Connection(ConnectionEvent::ClientCertificate { verdict, .. })
                if *verdict == Verdict::Refused { reason })
        };
        self.0.iter().any(refused) && self.requests().is_empty()
    }

    /// Tells whether the server ended a handshake by this alert, and no request came.
    pub(crate) fn is_alerted(&self, alert: &str) -> bool {
        let alerted = |kind: &EventKind| matches!(kind, EventKind::Connection(ConnectionEvent::HandshakeFailed { alert_sent: Some(sent), .. }) if sent == alert);
        self.0.iter().any(alerted) && self.requests().is_empty()
    }

    /// Tells whether the client ended a handshake, with or without an alert, and showed no
    /// certificate.
    pub(crate) fn is_ended_by_client(&self) -> bool {
        let ended = |kind: &EventKind| {
            matches!(
                kind,
                EventKind::Connection(ConnectionEvent::HandshakeFailed {
                    alert_sent: None,
                    ..
                })
            )
        };
        let shown = |kind: &EventKind| {
            matches!(
                kind,
                EventKind::Connection(ConnectionEvent::ClientCertificate { .. })
            )
        };
        self.0.iter().any(ended) && !self.0.iter().any(shown) && self.requests().is_empty()
    }

    /// Tells whether there was one request, over a connection whose certificate was accepted, with
    /// this response.
    pub(crate) fn is_answered(&self, status: u16, denial: Option<Denial>) -> bool {
        let accepted = self.0.iter().any(|kind| {
            matches!(
                kind,
                EventKind::Connection(ConnectionEvent::ClientCertificate {
                    verdict: Verdict::Accepted,
                    ..
                })
            )
        });
        accepted && self.requests() == [(status, denial)]
    }

    /// Tells whether a script answered a request with this status.
    pub(crate) fn is_scripted(&self, expected: u16) -> bool {
        let answered = |kind: &EventKind| {
            matches!(kind, EventKind::Connection(ConnectionEvent::RequestScripted { status: Some(status), .. })
                if *status == expected)
        };
        self.0.iter().any(answered)
    }

    fn requests(&self) -> Vec<(u16, Option<Denial>)> {
        let answered = |kind: &EventKind| match kind {
            EventKind::Request { status, denial, .. } => Some((*status, *denial)),
            _ => None,
        };
        self.0.iter().filter_map(answered).collect()
    }
}

/// Shows the events in a few words, the same for the same events.
impl fmt::Display for ServerEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.0.iter().filter_map(words).collect();
        match words.is_empty() {
            true => f.write_str("no connection"),
            false => f.write_str(&words.join(", ")),
        }
    }
}

fn words(kind: &EventKind) -> Option<String> {
    Some(match kind {
        EventKind::Connection(ConnectionEvent::ClientCertificate { verdict, .. }) => {
            match verdict {
                Verdict::Accepted => "certificate accepted".to_owned(),
                Verdict::Refused { reason } => format!("certificate refused: {reason:?}"),
                _ => format!("{verdict:?}"),
            }
        }
        EventKind::Connection(ConnectionEvent::HandshakeCompleted { tls_version, .. }) => {
            tls_version.clone()
        }
        EventKind::Connection(ConnectionEvent::HandshakeFailed {
            alert_sent: Some(alert),
            ..
        }) => format!("sent alert {alert}"),
        EventKind::Connection(ConnectionEvent::HandshakeFailed {
            alert_received: Some(alert),
            ..
        }) => format!("received alert {alert}"),
        EventKind::Connection(ConnectionEvent::HandshakeFailed { .. }) => {
            "the client hung up".to_owned()
        }
        EventKind::Connection(ConnectionEvent::RequestScripted {
            status: Some(status),
            ..
        }) => format!("{status} by a script"),
        EventKind::Connection(ConnectionEvent::Reset) => "reset".to_owned(),
        EventKind::Request {
            status,
            user,
            denial,
            ..
        } => {
            let user = user.as_deref().unwrap_or("no user");
            match denial {
                None => format!("{status} for {user}"),
                Some(denial) => format!("{status} for {user}: {denial:?}"),
            }
        }
        _ => return None,
    })
}

/// Connects and closes again; returns the local address.
async fn connect_and_close(mock: &Mock) -> anyhow::Result<SocketAddr> {
    let (_, port) = mock
        .base_url()
        .rsplit_once(':')
        .context("the mock has no port")?;
    let stream = TcpStream::connect(("127.0.0.1", port.parse::<u16>()?)).await?;
    Ok(stream.local_addr()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(status: u16) -> EventKind {
        let event = serde_json::json!({
            "event": "request", "method": "GET", "path": "/", "status": status, "user": "acme-api",
            "account": "acme", "denial": null, "client_certificate_sha256": null,
        });
        serde_json::from_value(event).unwrap()
    }

    fn certificate(verdict: Verdict) -> EventKind {
        EventKind::Connection(ConnectionEvent::ClientCertificate {
            sha256: String::new(),
            serial: None,
            subject: None,
            verdict,
        })
    }

    fn failed(sent: Option<&str>, received: Option<&str>) -> EventKind {
        EventKind::Connection(ConnectionEvent::HandshakeFailed {
            alert_sent: sent.map(str::to_owned),
            alert_received: received.map(str::to_owned),
            description: String::new(),
        })
    }

    #[test]
    fn response_counts_only_over_an_accepted_certificate() {
        let accepted = certificate(Verdict::Accepted);
        assert!(ServerEvents(vec![accepted, request(200)]).is_answered(200, None));
        assert!(!ServerEvents(vec![request(200)]).is_answered(200, None));
    }

    #[test]
    fn response_counts_only_with_its_status_and_alone() {
        let accepted = || certificate(Verdict::Accepted);
        assert!(!ServerEvents(vec![accepted(), request(401)]).is_answered(200, None));
        let twice = ServerEvents(vec![accepted(), request(200), request(200)]);
        assert!(!twice.is_answered(200, None));
    }

    #[test]
    fn closed_connection_is_nothing_and_an_alert_is_something() {
        assert!(
            ServerEvents(vec![
                EventKind::Connection(ConnectionEvent::Accepted),
                failed(None, None)
            ])
            .is_nothing()
        );
        assert!(!ServerEvents(vec![failed(None, Some("UnknownCA"))]).is_nothing());
        assert!(!ServerEvents(vec![failed(Some("UnknownCA"), None)]).is_nothing());
    }

    #[test]
    fn refusal_counts_only_for_its_reason_and_before_any_request() {
        let reason = Refusal::Expired;
        let refused = || certificate(Verdict::Refused { reason });
        assert!(ServerEvents(vec![refused()]).is_refused(Refusal::Expired));
        assert!(!ServerEvents(vec![refused()]).is_refused(Refusal::Revoked));
        assert!(!ServerEvents(vec![refused(), request(200)]).is_refused(Refusal::Expired));
    }

    #[test]
    fn client_that_shows_its_certificate_accepts_the_server() {
        let ended = || failed(None, Some("UnknownCA"));
        assert!(ServerEvents(vec![ended()]).is_ended_by_client());
        let shown = certificate(Verdict::Accepted);
        assert!(!ServerEvents(vec![shown, ended()]).is_ended_by_client());
        assert!(!ServerEvents(Vec::new()).is_ended_by_client());
    }
}
