//! Faults by name, for a test or a person with curl.

use crate::script::Script;
use crate::script::client_auth::{Alert, ClientAuth, Ending};
use crate::script::handshake::{Alpn, Handshake, KeyExchange, Versions};
use crate::script::http2::Http2;
use crate::script::reply::{Afterwards, Body, Delivery, Framing, Reply};
use crate::script::response::ScriptedResponse;
use crate::server_certificate::ServerCertificate;

impl Script {
    /// Returns the script of a fault by its name, for example `refused-unknown-ca` or
    /// `iis-revoked`; `None` if there is none of that name.
    ///
    /// ```
    /// use mock_tls::{Reply, Script};
    ///
    /// assert!(Script::named("iis-revoked").is_some());
    /// assert_eq!(Script::named("iis-refused"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let fault = FAULTS.iter().find(|(other, _)| *other == name);
        fault.map(|(_, script)| script())
    }

    /// Returns the names that [`named`](Self::named) knows, in alphabetical order.
    pub fn names() -> impl Iterator<Item = &'static str> {
        FAULTS.iter().map(|(name, _)| *name)
    }
}

fn refused(alert: Alert, ending: Ending) -> Script {
    Script::new().client_auth(ClientAuth::Refused { alert, ending })
}

fn with_alert(alert: Alert) -> Script {
    refused(alert, Ending::AlertThenFin)
}

/// Returns a script that gives this response, in the protocol that is agreed on, to clients that
/// the service would accept.
fn response(response: impl Into<ScriptedResponse>) -> Script {
    Script::new().alpn(Alpn::Either).response(response)
}

/// Returns a refusal of a certificate that the handshake let pass, or of none.
fn refusal(reply: Reply) -> Script {
    response(reply).client_auth(ClientAuth::Unjudged)
}

fn body(delivery: Delivery) -> Script {
    response(json().delivery(delivery))
}

fn framed(framing: Framing) -> Script {
    response(json().framing(framing)).alpn(Alpn::AsResponse)
}

fn json() -> Reply {
    Reply::new(200)
        .header("content-type", "application/json; charset=utf-8")
        .body("\"Hello, halfway there\"")
}

fn server(kind: ServerCertificate) -> Script {
    Script::new().server_certificate(kind)
}

type Fault = (&'static str, fn() -> Script);

const FAULTS: &[Fault] = &[
    ("alert-after-server-hello", || {
        let alert = Alert::CertificateRevoked;
        Script::new().handshake(Handshake::AlertAfterServerHello { alert })
    }),
    ("alert-before-server-hello", || {
        let alert = Alert::CertificateRevoked;
        Script::new().handshake(Handshake::AlertBeforeServerHello { alert })
    }),
    ("alert-in-place-of-response", || {
        let alert = Alert::CertificateRevoked;
        response(ScriptedResponse::Alert { alert })
    }),
    ("alert-on-next-request", || {
        let alert = Alert::CertificateRevoked;
        response(json().afterwards(Afterwards::AlertOnNextRequest { alert }))
    }),
    ("apache-post-handshake", || {
        refusal(Reply::apache_post_handshake())
    }),
    ("api-gateway-forbidden", || {
        refusal(Reply::api_gateway_forbidden())
    }),
    ("bad-chunk", || framed(Framing::ChunkedBadSize)),
    ("chunks-without-end", || framed(Framing::ChunkedWithoutEnd)),
    ("closed-after-client-hello", || {
        Script::new().handshake(Handshake::ClosedAfterClientHello)
    }),
    ("closed-on-accept", || {
        Script::new().handshake(Handshake::ClosedOnAccept)
    }),
    ("cloudflare-forbidden", || {
        refusal(Reply::cloudflare_forbidden())
    }),
    ("content-too-large", || response(Reply::content_too_large())),
    ("empty", || response(ScriptedResponse::Empty)),
    ("endless-headers", || {
        response(ScriptedResponse::EndlessHeaders)
    }),
    ("garbage", || response(ScriptedResponse::Garbage)),
    ("go-away", || {
        response(ScriptedResponse::GoAway { error_code: 0 })
    }),
    ("half-then-close", || body(Delivery::HalfThenClose)),
    ("half-then-cut", || body(Delivery::HalfThenCut)),
    ("half-then-reset", || body(Delivery::HalfThenReset)),
    ("half-then-reset-stream", || {
        body(Delivery::HalfThenResetStream { error_code: 2 })
    }),
    ("head-control-character", || {
        response(json().control_character_cookie())
    }),
    ("head-folded", || response(json().folded_cookie())),
    ("head-hidden-chunks", || response(json().hidden_chunks())),
    ("head-large", || response(json().large_head(64))),
    ("head-line-without-colon", || {
        response(json().line_without_colon())
    }),
    ("head-lone-carriage-return", || {
        response(json().lone_carriage_return())
    }),
    ("head-many-fields", || response(json().many_fields(200))),
    ("head-nul", || response(json().nul_in_value())),
    ("head-second-length", || response(json().second_length())),
    ("hello-retry-request", || {
        Script::new().key_exchange(KeyExchange::Secp384r1)
    }),
    ("huge-body", || {
        response(Reply::new(200).body(Body::Filled { bytes: 1 << 32 }))
    }),
    ("iis-expired", || refusal(Reply::iis_certificate_expired())),
    (
        "iis-required",
        || refusal(Reply::iis_certificate_required()),
    ),
    ("iis-revoked", || refusal(Reply::iis_certificate_revoked())),
    ("iis-untrusted", || {
        refusal(Reply::iis_certificate_untrusted())
    }),
    ("internal-server-error", || {
        response(Reply::internal_server_error())
    }),
    ("longer-than-announced", || {
        framed(Framing::Announced { bytes: 4 })
    }),
    ("nginx-certificate-error", || {
        refusal(Reply::nginx_certificate_error())
    }),
    ("nginx-no-certificate", || {
        refusal(Reply::nginx_no_certificate())
    }),
    ("no-common-group", || {
        Script::new().key_exchange(KeyExchange::NoneInCommon)
    }),
    ("not-asked", || {
        Script::new().client_auth(ClientAuth::NotAsked)
    }),
    ("one-byte-at-a-time", || {
        Script::new().handshake(Handshake::OneByteAtATime)
    }),
    ("one-stream-at-a-time", || {
        let http2 = Http2::new().max_concurrent_streams(1);
        Script::new().http2(http2)
    }),
    ("refused-access-denied", || with_alert(Alert::AccessDenied)),
    ("refused-bad-certificate", || {
        with_alert(Alert::BadCertificate)
    }),
    ("refused-bad-certificate-status-response", || {
        with_alert(Alert::BadCertificateStatusResponse)
    }),
    ("refused-certificate-expired", || {
        with_alert(Alert::CertificateExpired)
    }),
    ("refused-certificate-required", || {
        with_alert(Alert::CertificateRequired)
    }),
    ("refused-certificate-revoked", || {
        with_alert(Alert::CertificateRevoked)
    }),
    ("refused-certificate-unknown", || {
        with_alert(Alert::CertificateUnknown)
    }),
    ("refused-decrypt-error", || with_alert(Alert::DecryptError)),
    ("refused-handshake-failure", || {
        with_alert(Alert::HandshakeFailure)
    }),
    ("refused-unknown-ca", || with_alert(Alert::UnknownCa)),
    ("refused-unsupported-certificate", || {
        with_alert(Alert::UnsupportedCertificate)
    }),
    ("refused-with-alert-and-reset", || {
        refused(Alert::UnknownCa, Ending::AlertThenReset)
    }),
    ("refused-with-alert-and-silence", || {
        refused(Alert::UnknownCa, Ending::AlertThenSilence)
    }),
    ("refused-with-reset", || {
        refused(Alert::UnknownCa, Ending::Reset)
    }),
    ("refused-with-silence", || {
        refused(Alert::UnknownCa, Ending::Silence)
    }),
    ("request-timeout", || response(Reply::request_timeout())),
    ("reset", || response(ScriptedResponse::Reset)),
    ("reset-after-client-hello", || {
        Script::new().handshake(Handshake::ResetAfterClientHello)
    }),
    ("reset-stream", || {
        response(ScriptedResponse::ResetStream { error_code: 7 })
    }),
    ("server-expired", || server(ServerCertificate::Expired)),
    ("server-other-name", || server(ServerCertificate::OtherName)),
    ("server-revoked", || server(ServerCertificate::Revoked)),
    ("server-self-signed", || {
        server(ServerCertificate::SelfSigned)
    }),
    ("server-unknown-ca", || server(ServerCertificate::UnknownCa)),
    ("service-unavailable", || {
        response(Reply::service_unavailable("120"))
    }),
    ("service-unavailable-page", || {
        response(Reply::service_unavailable_page())
    }),
    ("tiny-window", || {
        response(json().afterwards(Afterwards::Keep)).http2(Http2::new().initial_window(8))
    }),
    ("tls12", || Script::new().versions(Versions::Tls12)),
    ("tls13", || Script::new().versions(Versions::Tls13)),
    ("too-many-requests", || {
        response(Reply::too_many_requests("120"))
    }),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_and_none_stands_twice() {
        let names: Vec<_> = Script::names().collect();
        assert!(FAULTS.is_sorted_by_key(|(name, _)| name));
        assert!(names.windows(2).all(|two| two[0] != two[1]));
    }

    #[test]
    fn every_name_is_a_fault_that_reads_back_from_json() {
        for name in Script::names() {
            let script = Script::named(name).unwrap();
            assert_ne!(script, Script::new(), "{name}");
            let json = serde_json::to_string(&script).unwrap();
            assert_eq!(serde_json::from_str::<Script>(&json).unwrap(), script);
        }
    }
}
