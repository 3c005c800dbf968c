//! The events that a mock's log holds, so that tests assert on the server's view too.
//!
//! They serialise to JSON and read back. No password and no request body is ever in one.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::point::Point;
use crate::script::Script;
use crate::script::proxy::ProxyScript;
use crate::verdict::Verdict;

/// One thing that happened, in the order in which it happened.
///
/// `K` is the kind of event: [`ConnectionEvent`], or an enum of a service's own that has a variant
/// for it.
///
/// As JSON, the members of the kind stand beside the others:
///
/// ```text
/// {"sequence":0,"connection":1,"peer":"127.0.0.1:50112","event":"accepted"}
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Event<K = ConnectionEvent> {
    /// Position in the log: 0 for the first event of a mock, without gaps.
    pub sequence: u64,
    /// Number of the TCP connection, counted from 1 over all ports; 0 for calls of the library.
    pub connection: u64,
    /// The client's address; its port tells a test's connections apart. Port 0 for calls of the
    /// library.
    pub peer: SocketAddr,
    /// The event itself.
    #[serde(flatten)]
    pub kind: K,
}

/// An event of a connection: of TCP, TLS and scripts, whatever is served. The `Proxy…` kinds happen
/// at the proxy; handshakes, gates and ends are those of its connections too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConnectionEvent {
    /// A TCP connection was accepted.
    Accepted,
    /// The client presented a certificate, and this is the mock's verdict. Recorded before any
    /// alert goes out.
    ///
    /// Absent when a session is resumed, since no certificate is presented then.
    ClientCertificate {
        /// SHA-256 of the certificate's DER, lower-case hexadecimal.
        sha256: String,
        /// Serial number, lower-case hexadecimal; `None` if the certificate cannot be parsed.
        serial: Option<String>,
        /// The subject, as `C=CA, ST=British Columbia, ...`; `None` if the certificate cannot be
        /// parsed.
        subject: Option<String>,
        /// Whether it was accepted.
        #[serde(flatten)]
        verdict: Verdict,
    },
    /// The connection is over, whoever ended it and however. Always a connection's last event.
    Closed,
    /// The connection waits at a gate of its script, or passes if the gate is open already.
    GateReached {
        /// The gate's name.
        gate: String,
        /// Where the connection is.
        point: Point,
    },
    /// The TLS handshake is complete on the mock's side.
    HandshakeCompleted {
        /// `TLSv1.2` or `TLSv1.3`.
        tls_version: String,
        /// For example `TLS13_AES_256_GCM_SHA384`.
        cipher_suite: String,
        /// For example `X25519MLKEM768`; `None` if the handshake had no key exchange.
        key_exchange_group: Option<String>,
        /// `h2`, `http/1.1`, or `None` if the client offered none.
        alpn: Option<String>,
        /// The name that the client asked for; `None` for an IP address.
        server_name: Option<String>,
        /// Whether the client was asked for another key share.
        hello_retry_request: bool,
        /// Whether an earlier session was resumed, without a new look at the certificate.
        resumed: bool,
    },
    /// The TLS handshake failed. Recorded right after any alert was sent.
    HandshakeFailed {
        /// The alert that the mock sent, by its name in RFC 8446, section 6, in CamelCase, for
        /// example `CertificateRequired` or `UnknownCA`; `None` if none was, or if it is not known
        /// which.
        alert_sent: Option<String>,
        /// The alert that the client sent, for example `BadCertificate` when it refused the server.
        alert_received: Option<String>,
        /// The cause of the failure, for a person.
        description: String,
    },
    /// The proxy accepted a TCP connection.
    ProxyAccepted,
    /// The proxy heard a request. Recorded before the response goes out.
    ProxyRequest {
        /// The method, as a rule `CONNECT`; `None` if the request has no readable one.
        method: Option<String>,
        /// Host and port as sent; `None` if they are not readable as such.
        target: Option<String>,
        /// Which credentials came with it.
        credentials: ProxyCredentials,
        /// SHA-256 of the client certificate that was presented to the proxy itself, lower-case
        /// hexadecimal.
        client_certificate_sha256: Option<String>,
        /// The response's status code, if the script has it answer at all.
        status: Option<u16>,
    },
    /// A connection to the proxy took a script from its queue, or the repeated one.
    ProxyScriptTaken {
        /// The script.
        script: Box<ProxyScript>,
    },
    /// The body of a request that a script answers was read to its end, or as far as the client
    /// sent it. Absent if it was empty or not read.
    RequestBody {
        /// The number of bytes.
        bytes: u64,
    },
    /// A request was met by a script's response instead of the service. Recorded before the
    /// response goes out.
    RequestScripted {
        /// The method; `None` if the request has no readable one.
        method: Option<String>,
        /// The path as sent, without the query; `None` if the request has no readable one.
        path: Option<String>,
        /// The response's status code, if the script has it answer at all.
        status: Option<u16>,
    },
    /// A request was answered by the service. Recorded before the response goes out.
    RequestServed {
        /// The method, for example `GET`.
        method: String,
        /// The path as sent, still percent-encoded, without the query; of a very long one the
        /// beginning.
        path: String,
        /// The response's status code.
        status: u16,
        /// SHA-256 of the connection's client certificate, lower-case hexadecimal; `None` if it
        /// presented none.
        client_certificate_sha256: Option<String>,
    },
    /// A script resets the connection. Recorded before.
    Reset,
    /// The connection took a script from the queue, or the repeated one.
    ScriptTaken {
        /// The script.
        script: Box<Script>,
    },
}

/// The credentials of a request to the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProxyCredentials {
    /// None.
    None,
    /// [`Credentials::PROXY`](crate::Credentials::PROXY).
    Right,
    /// Something that is not Basic credentials.
    Unreadable,
    /// Any other user or password.
    Wrong,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::Refusal;

    fn event(kind: ConnectionEvent) -> Event {
        Event {
            sequence: 7,
            connection: 3,
            peer: "127.0.0.1:50112".parse().unwrap(),
            kind,
        }
    }

    #[test]
    fn a_verdict_lies_flat_in_the_json_of_its_event() {
        let event = event(ConnectionEvent::ClientCertificate {
            sha256: "00ff".into(),
            serial: Some("41".into()),
            subject: None,
            verdict: Verdict::Refused {
                reason: Refusal::UnknownCa,
            },
        });
        let json = serde_json::to_value(&event).unwrap();
        let expected = serde_json::json!({
            "sequence": 7, "connection": 3, "peer": "127.0.0.1:50112", "event": "client_certificate",
            "sha256": "00ff", "serial": "41", "subject": null, "verdict": "refused", "reason": "unknown_ca",
        });
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<Event>(json).unwrap(), event);
    }

    #[test]
    fn an_event_without_members_reads_back() {
        let event = event(ConnectionEvent::Closed);
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(
            json,
            r#"{"sequence":7,"connection":3,"peer":"127.0.0.1:50112","event":"closed"}"#
        );
        assert_eq!(serde_json::from_str::<Event>(&json).unwrap(), event);
    }
}
