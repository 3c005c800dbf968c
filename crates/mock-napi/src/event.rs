//! The events of the portal and the API; those of connections are [`ConnectionEvent`]'s.
//!
//! The same types serialise to the control port's JSON and read it back. No password and no request
//! body is ever in one.

use mock_tls::ConnectionEvent;
use serde::{Deserialize, Serialize};

use crate::problem::ProblemCode;

/// One thing that happened, in the order in which it happened.
pub type Event = mock_tls::Event<EventKind>;

/// Writes events of one connection.
pub(crate) type ConnectionLog = mock_tls::ConnectionLog<EventKind>;

/// A kind of event. The `Certificate…` kinds and `EnforcementChanged` happen in the portal, the
/// control or the library, all others on connections. Requests are those of both endpoints.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// A callback was posted to its receiver. Recorded after its response, in the name of the
    /// connection that asked for it, which may be closed by then.
    Callback {
        /// The transaction that it is about.
        transaction_id: String,
        /// The path of the receiver, without the query.
        path: String,
        /// The status of the transaction that it told, such as `InProgress` or `Completed`.
        state: String,
        /// The status of the receiver's response; `None` without one.
        status: Option<u16>,
    },
    /// The portal issued a certificate.
    CertificateIssued {
        /// The account that it is bound to.
        account: String,
        /// Serial number, lower-case hexadecimal.
        serial: String,
        /// SHA-256 of the certificate's DER, lower-case hexadecimal.
        sha256: String,
        /// The subject, as `C=CA, ST=British Columbia, ...`.
        subject: String,
    },
    /// The portal refused a certification request.
    CertificateRefused {
        /// The account that asked.
        account: String,
        /// Every reason, in the order in which the response lists them.
        problems: Vec<ProblemCode>,
    },
    /// The portal revoked a certificate.
    CertificateRevoked {
        /// The account that it was bound to.
        account: String,
        /// Serial number, lower-case hexadecimal.
        serial: String,
        /// SHA-256 of the certificate's DER, lower-case hexadecimal.
        sha256: String,
    },
    /// A parent account's switch was turned: its users are rejected by the plain endpoint from now
    /// on, or let in again.
    EnforcementChanged {
        /// The parent account.
        account: String,
        /// Whether mutual TLS is enforced from now on.
        enforced: bool,
    },
    /// A TCP connection to the plain endpoint was accepted: TLS without a client certificate.
    PlainAccepted,
    /// A request was answered. Recorded before the response goes out.
    Request {
        /// The method, for example `GET`.
        method: String,
        /// The path as sent, still percent-encoded, without the query; of a very long one the
        /// beginning.
        path: String,
        /// The response's status code.
        status: u16,
        /// The API user, if the credentials named one that exists, even when they were wrong.
        user: Option<String>,
        /// The parent account that the connection's client certificate is bound to; `None` on the
        /// plain endpoint.
        account: Option<String>,
        /// Why the caller was rejected, which the response does not say.
        denial: Option<Denial>,
        /// SHA-256 of the connection's client certificate, lower-case hexadecimal.
        client_certificate_sha256: Option<String>,
    },
    /// A request was rejected without a response, as
    /// [`PlainRejection::Closed`](crate::PlainRejection::Closed) has it. Recorded before the
    /// connection (of HTTP/2, the stream) ends.
    RequestUnanswered {
        /// The method.
        method: String,
        /// As of a `Request`.
        path: String,
        /// As of a `Request`.
        user: Option<String>,
        /// As of a `Request`.
        denial: Option<Denial>,
    },
    /// A verification or a search was understood. Recorded before its response goes out; none of
    /// what was sent is in it but its country and the names of its inputs.
    Transaction {
        /// By this its status is asked for.
        transaction_id: String,
        /// By this its record is fetched, once there is one.
        transaction_record_id: String,
        /// The country.
        country: String,
        /// The paths of the inputs, such as `PersonInfo.DayOfBirth`, in alphabetical order and up
        /// to 500. A name that the vendor does not have is `?`.
        inputs: Vec<String>,
        /// Whether it matches, or a search has found something.
        is_match: bool,
        /// Whether the response is that the result comes later.
        is_pending: bool,
    },
    /// An event of a connection, whatever is served. In JSON its members stand where those of the
    /// other kinds do.
    #[serde(untagged)]
    Connection(ConnectionEvent),
}

impl From<ConnectionEvent> for EventKind {
    fn from(event: ConnectionEvent) -> Self {
        Self::Connection(event)
    }
}

/// Why a caller was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Denial {
    /// The user exists and the password is right, but the client certificate belongs to another
    /// parent account.
    CertificateOfAnotherAccount,
    /// User and password are right, but the plain endpoint was called, and the organization
    /// enforces mutual TLS.
    MutualTlsEnforced,
    /// No readable Basic credentials.
    NoCredentials,
    /// No account has this API user.
    UnknownUser,
    /// A token that was never given out, or has ended.
    UnknownToken,
    /// The user exists, the password is another.
    WrongPassword,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: EventKind) -> Event {
        let json = serde_json::json!({"sequence": 7, "connection": 3, "peer": "127.0.0.1:50112"});
        let mut json = json.as_object().unwrap().clone();
        json.extend(
            serde_json::to_value(kind)
                .unwrap()
                .as_object()
                .unwrap()
                .clone(),
        );
        serde_json::from_value(json.into()).unwrap()
    }

    #[test]
    fn events_of_connections_and_of_the_service_read_back() {
        let reset = EventKind::Connection(ConnectionEvent::Reset);
        let json = serde_json::to_value(event(reset.clone())).unwrap();
        let expected = serde_json::json!({
            "sequence": 7, "connection": 3, "peer": "127.0.0.1:50112", "event": "reset",
        });
        assert_eq!(json, expected);
        assert_eq!(event(reset.clone()).kind, reset);
        let enforced = EventKind::EnforcementChanged {
            account: "acme".to_owned(),
            enforced: true,
        };
        assert_eq!(event(enforced.clone()).kind, enforced);
    }
}
