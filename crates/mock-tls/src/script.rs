//! The behaviour of one accepted connection, as data.
//!
//! A script says in which respects a connection differs from the normal service; what it leaves out
//! is as ever. It is set through [`MockServer`](crate::MockServer), and has a form in JSON.

pub(crate) mod client_auth;
pub(crate) mod handshake;
pub(crate) mod http2;
mod named;
pub(crate) mod proxy;
pub(crate) mod queue;
pub(crate) mod reply;
pub(crate) mod response;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::point::Point;
use crate::script::client_auth::ClientAuth;
use crate::script::handshake::{Alpn, Handshake, KeyExchange, Tickets, Versions};
use crate::script::http2::Http2;
use crate::script::response::ScriptedResponse;
use crate::server_certificate::ServerCertificate;

/// The behaviour of one accepted connection; [`Script::new`] is the normal service.
///
/// As JSON, every member may be left out:
///
/// ```text
/// {"versions":"tls12","client_auth":{"refused":{"alert":"unknown_ca","ending":"reset"}},
///  "gates":{"before_verdict":"hold"}}
/// ```
///
/// ```
/// use mock_tls::{Alert, ClientAuth, Ending, Point, Script, Versions};
///
/// let script = Script::new()
///     .versions(Versions::Tls12)
///     .client_auth(ClientAuth::Refused {
///         alert: Alert::UnknownCa,
///         ending: Ending::Reset,
///     })
///     .gate(Point::BeforeVerdict, "hold");
/// assert_ne!(script, Script::new());
/// ```
///
#[doc = include_str!("../FAULTS.md")]
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Script {
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) alpn: Alpn,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) response: ScriptedResponse,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) client_auth: ClientAuth,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) gates: BTreeMap<Point, String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) handshake: Handshake,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) http2: Http2,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) key_exchange: KeyExchange,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) server_certificate: Option<ServerCertificate>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) tickets: Tickets,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) versions: Versions,
}

impl Script {
    /// Returns the normal service, to be changed by the methods below.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets which application protocols the mock takes.
    #[must_use]
    pub fn alpn(mut self, alpn: Alpn) -> Self {
        self.alpn = alpn;
        self
    }

    /// Sets what becomes of requests.
    #[must_use]
    pub fn response(mut self, response: impl Into<ScriptedResponse>) -> Self {
        self.response = response.into();
        self
    }

    /// Sets whether a client certificate is asked for, and what becomes of it.
    #[must_use]
    pub fn client_auth(mut self, client_auth: ClientAuth) -> Self {
        self.client_auth = client_auth;
        self
    }

    /// Stops at a point until the gate of this name is open. Several points and several scripts may
    /// share a gate.
    #[must_use]
    pub fn gate(mut self, point: Point, name: impl Into<String>) -> Self {
        self.gates.insert(point, name.into());
        self
    }

    /// Sets how the bytes of the handshake come, if they come.
    #[must_use]
    pub fn handshake(mut self, handshake: Handshake) -> Self {
        self.handshake = handshake;
        self
    }

    /// Sets what is different where HTTP/2 is spoken.
    #[must_use]
    pub fn http2(mut self, http2: Http2) -> Self {
        self.http2 = http2;
        self
    }

    /// Sets which key exchange groups the mock takes.
    #[must_use]
    pub fn key_exchange(mut self, key_exchange: KeyExchange) -> Self {
        self.key_exchange = key_exchange;
        self
    }

    /// Sets another server certificate than the one that the mock was started with.
    #[must_use]
    pub fn server_certificate(mut self, certificate: ServerCertificate) -> Self {
        self.server_certificate = Some(certificate);
        self
    }

    /// Sets what becomes of session tickets.
    #[must_use]
    pub fn tickets(mut self, tickets: Tickets) -> Self {
        self.tickets = tickets;
        self
    }

    /// Sets which versions of TLS the mock takes.
    #[must_use]
    pub fn versions(mut self, versions: Versions) -> Self {
        self.versions = versions;
        self
    }

    /// Returns whether the connection may stop at a gate during the handshake.
    pub(crate) fn gates_handshake(&self) -> bool {
        [Point::BeforeServerHello, Point::BeforeVerdict]
            .iter()
            .any(|point| self.gates.contains_key(point))
    }
}

pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::client_auth::{Alert, Ending};
    use crate::script::reply::Reply;

    fn round_trip(script: &Script) -> serde_json::Value {
        let json = serde_json::to_value(script).unwrap();
        assert_eq!(
            &serde_json::from_value::<Script>(json.clone()).unwrap(),
            script
        );
        json
    }

    #[test]
    fn the_normal_service_is_an_empty_object() {
        assert_eq!(round_trip(&Script::new()), serde_json::json!({}));
    }

    #[test]
    fn the_json_of_a_script_is_what_its_documentation_shows() {
        let script = Script::new()
            .versions(Versions::Tls12)
            .client_auth(ClientAuth::Refused {
                alert: Alert::UnknownCa,
                ending: Ending::Reset,
            })
            .gate(Point::BeforeVerdict, "hold");
        let expected = serde_json::json!({
            "versions": "tls12",
            "client_auth": {"refused": {"alert": "unknown_ca", "ending": "reset"}},
            "gates": {"before_verdict": "hold"},
        });
        assert_eq!(round_trip(&script), expected);
    }

    #[test]
    fn a_reply_reads_back() {
        let reply = Reply::too_many_requests("120");
        round_trip(&Script::new().response(reply));
    }

    #[test]
    fn faults_page_json_equals_its_example() {
        let page = include_str!("../FAULTS.md");
        let (_, json) = page.split_once("```json\n").unwrap();
        let (json, _) = json.split_once("```").unwrap();
        let expected = [
            Script::new()
                .client_auth(ClientAuth::Refused {
                    alert: Alert::CertificateRevoked,
                    ending: Ending::AlertThenReset,
                })
                .gate(Point::BeforeVerdict, "verdict"),
            Script::new().response(Reply::too_many_requests("120")),
        ];
        let read: Vec<Script> = serde_json::from_str(json).unwrap();
        assert_eq!(read, expected);
    }

    #[test]
    fn a_misspelt_member_is_refused() {
        let read = serde_json::from_str::<Script>(r#"{"version":"tls12"}"#);
        assert!(read.is_err());
    }
}
