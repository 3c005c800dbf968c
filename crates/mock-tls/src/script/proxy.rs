//! The behaviour of one accepted connection of the proxy port, as data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::point::Point;
use crate::script::is_default;

/// The behaviour of one connection of the proxy; [`ProxyScript::new`] is a proxy that works: plain
/// HTTP/1.1, CONNECT to loopback addresses, no credentials asked for.
///
/// As JSON, every member may be left out:
///
/// ```text
/// {"authentication":"basic","delivery":"one_byte_at_a_time","response":{"status":{"code":502}}}
/// ```
///
/// ```
/// use mock_tls::{ProxyResponse, ProxyScript, ProxyTls};
///
/// let script = ProxyScript::new()
///     .tls(ProxyTls::AsksForCertificate)
///     .response(ProxyResponse::Status { code: 502 });
/// assert_ne!(script, ProxyScript::new());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ProxyScript {
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) response: ProxyResponse,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) authentication: ProxyAuthentication,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) delivery: ProxyDelivery,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) gates: BTreeMap<Point, String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) tls: ProxyTls,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) version: ProxyVersion,
}

/// The response to a request to the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProxyResponse {
    /// The connection is closed in order, without a response.
    Close,
    /// The response's first line comes, then the connection is closed in order.
    CutHead,
    /// Bytes that are not HTTP, then an orderly end.
    Garbage,
    /// The head of a 200 with a header of so many bytes, and then the tunnel.
    HeadTooLarge {
        /// The length of the header's value.
        bytes: u32,
    },
    /// Nothing, until the client closes.
    Silence,
    /// This status and no body, then an orderly end; for example 403 or 502.
    Status {
        /// The status code.
        code: u16,
    },
    /// 200 and a tunnel to the target; 400, 403 or 405 for what the proxy does not take, 502 if the
    /// target takes no connection.
    #[default]
    Tunnel,
}

/// Which credentials the proxy asks for, before [`ProxyResponse::Tunnel`],
/// [`HeadTooLarge`](ProxyResponse::HeadTooLarge) and [`Status`](ProxyResponse::Status).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProxyAuthentication {
    /// [`Credentials::PROXY`](crate::Credentials::PROXY) by the scheme Basic, else 407, and the
    /// connection is kept for another try.
    Basic,
    /// 407 to everyone, with the scheme Negotiate on offer, and no other.
    Negotiate,
    /// None.
    #[default]
    NotAsked,
}

/// The delivery of the proxy's response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProxyDelivery {
    /// Each in a write of its own.
    OneByteAtATime,
    /// In one write.
    #[default]
    Whole,
}

/// Whether one speaks TLS to the proxy. Its certificate is then from the server CA, for
/// `localhost` and made for the occasion, and no session is resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProxyTls {
    /// TLS; a certificate is asked for, and any will do, or none.
    AsksForCertificate,
    /// Plain HTTP.
    #[default]
    Plain,
    /// TLS; a certificate from the client CA is required, else the handshake fails.
    RequiresCertificate,
    /// TLS; no client certificate is asked for.
    Tls,
}

/// The version of HTTP that the proxy's response has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ProxyVersion {
    /// HTTP/1.0, whose connections are not kept, so that a 407 ends one.
    Http10,
    /// HTTP/1.1.
    #[default]
    Http11,
}

impl ProxyScript {
    /// Returns the proxy that works, to be changed by the methods below.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what becomes of the request.
    #[must_use]
    pub fn response(mut self, response: ProxyResponse) -> Self {
        self.response = response;
        self
    }

    /// Sets which credentials are asked for.
    #[must_use]
    pub fn authentication(mut self, authentication: ProxyAuthentication) -> Self {
        self.authentication = authentication;
        self
    }

    /// Sets how the bytes of the response come.
    #[must_use]
    pub fn delivery(mut self, delivery: ProxyDelivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Stops at a point until the gate of this name is open, as
    /// [`Script::gate`](crate::Script::gate). [`Point::MidBody`] and [`Point::BeforeClose`] are
    /// never reached here, those of a handshake only with TLS.
    #[must_use]
    pub fn gate(mut self, point: Point, name: impl Into<String>) -> Self {
        self.gates.insert(point, name.into());
        self
    }

    /// Sets whether one speaks TLS to the proxy.
    #[must_use]
    pub fn tls(mut self, tls: ProxyTls) -> Self {
        self.tls = tls;
        self
    }

    /// Sets the version of HTTP that the response has.
    #[must_use]
    pub fn version(mut self, version: ProxyVersion) -> Self {
        self.version = version;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxy_script_json_is_as_documented() {
        let script = ProxyScript::new()
            .authentication(ProxyAuthentication::Basic)
            .delivery(ProxyDelivery::OneByteAtATime)
            .response(ProxyResponse::Status { code: 502 });
        let expected = serde_json::json!({
            "authentication": "basic",
            "delivery": "one_byte_at_a_time",
            "response": {"status": {"code": 502}},
        });
        let json = serde_json::to_value(&script).unwrap();
        assert_eq!(json, expected);
        assert_eq!(serde_json::from_value::<ProxyScript>(json).unwrap(), script);
    }

    #[test]
    fn a_misspelt_member_is_refused() {
        assert!(serde_json::from_str::<ProxyScript>(r#"{"tsl":"plain"}"#).is_err());
    }
}
