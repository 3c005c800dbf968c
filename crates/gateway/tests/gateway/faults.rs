//! The table of faults, as a caller sees each of them: status and `type`, whose side, and whether
//! it may be sent again. Or the service's own response, whole or cut off.

use std::time::Duration;

use gateway::Gateway;
use http::Request;
use http_body_util::BodyExt;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use mock_tls::Script;
use transport::{Alpn, MtlsConnector, Timeouts, TrustAnchors};

use crate::context::{Running, describing, full, new_identity};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    /// A whole response of the server's.
    Passed(u16),
    /// The head of the server's response, and then an end that no caller takes for a whole body.
    CutOff,
    /// A problem of the gateway's: status, end of `type`, `side` and `retry`.
    Problem(u16, &'static str, &'static str, &'static str),
}
use Seen::{CutOff, Passed, Problem};

const CLOSED: Seen = Problem(502, "closed", "either", "only_if_idempotent");
/// Before the request: whatever its method, it may be sent again.
const CLOSED_EARLY: Seen = Problem(502, "closed", "either", "not_processed");
/// Or the clock of the gateway is wrong.
const EXPIRED: Seen = Problem(502, "server-certificate", "either", "never");
const HEAD: Seen = Problem(502, "unreadable-head", "server", "never");
const HTTP: Seen = Problem(502, "http", "server", "never");
const REJECTED: Seen = Problem(
    502,
    "client-certificate",
    "gateway",
    "with_another_identity",
);
/// Once it had been accepted: the request may have been processed before.
const REJECTED_LATE: Seen = Problem(502, "client-certificate", "gateway", "only_if_idempotent");
/// For what the server itself should have.
const REJECTED_BY_MISTAKE: Seen =
    Problem(502, "client-certificate", "server", "with_another_identity");
/// By an alert or a response that says less than why.
const REJECTED_UNEXPLAINED: Seen =
    Problem(502, "client-certificate", "either", "with_another_identity");
/// Nothing was said, but a certificate had been asked for.
const SUSPECTED: Seen = Problem(502, "client-certificate", "either", "only_if_idempotent");
const TIMEOUT: Seen = Problem(504, "timeout", "server", "only_if_idempotent");
const TLS: Seen = Problem(502, "tls", "either", "never");
const UNTRUSTED: Seen = Problem(502, "server-certificate", "gateway", "never");

/// By name: over HTTP/1.1, and where the server may choose HTTP/2.
const FAULTS: &[(&str, Seen, Seen)] = &[
    ("alert-after-server-hello", TLS, TLS),
    ("alert-before-server-hello", TLS, TLS),
    ("alert-in-place-of-response", REJECTED_LATE, REJECTED_LATE),
    ("alert-on-next-request", Passed(200), Passed(200)),
    ("apache-post-handshake", Passed(403), Passed(403)),
    ("api-gateway-forbidden", Passed(403), Passed(403)),
    ("bad-chunk", CutOff, CutOff),
    ("chunks-without-end", CutOff, CutOff),
    ("closed-after-client-hello", CLOSED_EARLY, CLOSED_EARLY),
    ("closed-on-accept", CLOSED_EARLY, CLOSED_EARLY),
    ("cloudflare-forbidden", Passed(403), Passed(403)),
    ("content-too-large", Passed(413), Passed(413)),
    ("empty", CLOSED, CLOSED),
    ("endless-headers", HEAD, HTTP),
    ("garbage", HTTP, HTTP),
    ("go-away", HTTP, CLOSED_EARLY),
    ("half-then-close", CutOff, CutOff),
    ("half-then-cut", CutOff, CutOff),
    ("half-then-reset", CutOff, CutOff),
    ("half-then-reset-stream", CutOff, CutOff),
    ("head-control-character", Passed(200), HTTP),
    ("head-folded", Passed(200), HTTP),
    ("head-hidden-chunks", HEAD, HTTP),
    ("head-large", Passed(200), Passed(200)),
    ("head-line-without-colon", HEAD, HTTP),
    ("head-lone-carriage-return", HEAD, HTTP),
    ("head-many-fields", Passed(200), Passed(200)),
    ("head-nul", HEAD, HTTP),
    ("head-second-length", HEAD, HTTP),
    ("hello-retry-request", Passed(200), Passed(200)),
    ("huge-body", CutOff, CutOff),
    ("iis-expired", REJECTED, REJECTED),
    ("iis-required", Passed(403), Passed(403)),
    ("iis-revoked", REJECTED, REJECTED),
    ("iis-untrusted", REJECTED, REJECTED),
    ("internal-server-error", Passed(500), Passed(500)),
    ("longer-than-announced", Passed(200), Passed(200)),
    (
        "nginx-certificate-error",
        REJECTED_UNEXPLAINED,
        REJECTED_UNEXPLAINED,
    ),
    ("nginx-no-certificate", Passed(400), Passed(400)),
    ("no-common-group", TLS, TLS),
    ("not-asked", Passed(200), Passed(200)),
    ("one-byte-at-a-time", Passed(200), Passed(200)),
    ("one-stream-at-a-time", Passed(200), Passed(200)),
    ("refused-access-denied", REJECTED, REJECTED),
    ("refused-bad-certificate", REJECTED, REJECTED),
    (
        "refused-bad-certificate-status-response",
        REJECTED_BY_MISTAKE,
        REJECTED_BY_MISTAKE,
    ),
    ("refused-certificate-expired", REJECTED, REJECTED),
    ("refused-certificate-required", REJECTED, REJECTED),
    ("refused-certificate-revoked", REJECTED, REJECTED),
    (
        "refused-certificate-unknown",
        REJECTED_UNEXPLAINED,
        REJECTED_UNEXPLAINED,
    ),
    ("refused-decrypt-error", REJECTED, REJECTED),
    (
        "refused-handshake-failure",
        REJECTED_UNEXPLAINED,
        REJECTED_UNEXPLAINED,
    ),
    ("refused-unknown-ca", REJECTED, REJECTED),
    ("refused-unsupported-certificate", REJECTED, REJECTED),
    ("refused-with-alert-and-reset", REJECTED, REJECTED),
    ("refused-with-alert-and-silence", REJECTED, REJECTED),
    ("refused-with-reset", SUSPECTED, SUSPECTED),
    ("refused-with-silence", TIMEOUT, TIMEOUT),
    ("request-timeout", Passed(408), Passed(408)),
    ("reset", CLOSED, CLOSED),
    ("reset-after-client-hello", CLOSED_EARLY, CLOSED_EARLY),
    ("reset-stream", HTTP, CLOSED_EARLY),
    ("server-expired", EXPIRED, EXPIRED),
    ("server-other-name", UNTRUSTED, UNTRUSTED),
    ("server-revoked", Passed(200), Passed(200)),
    ("server-self-signed", UNTRUSTED, UNTRUSTED),
    ("server-unknown-ca", UNTRUSTED, UNTRUSTED),
    ("service-unavailable", Passed(503), Passed(503)),
    ("service-unavailable-page", Passed(503), Passed(503)),
    ("tiny-window", Passed(200), Passed(200)),
    ("tls12", Passed(200), Passed(200)),
    ("tls13", Passed(200), Passed(200)),
    ("too-many-requests", Passed(429), Passed(429)),
];

#[tokio::test]
async fn each_fault_has_its_status_and_type() {
    let names = FAULTS.iter().map(|(name, ..)| *name);
    assert!(names.eq(Script::names()), "a fault is missing");
    let mut others = Vec::new();
    for (name, over_http1, over_either) in FAULTS {
        for (alpn, expected) in [
            (Alpn::Http11, over_http1),
            (Alpn::Http2AndHttp11, over_either),
        ] {
            let seen = seen(name, alpn).await;
            if seen != *expected {
                others.push(format!("{name} {alpn:?}: {seen:?}, not {expected:?}"));
            }
        }
    }
    assert!(others.is_empty(), "{others:#?}");
}

/// Sends a request that is not idempotent to a server that has this fault on every connection.
async fn seen(name: &str, alpn: Alpn) -> Seen {
    let server = describing().await;
    server.repeat(Script::named(name).unwrap());
    let anchors = TrustAnchors::from_pem(server.ca_certificate_pem()).unwrap();
    let timeouts = Timeouts::default().tls_handshake(Duration::from_secs(2));
    let connector = MtlsConnector::builder(anchors)
        .alpn(alpn)
        .timeouts(timeouts.request(Duration::from_secs(3)))
        .identity(&new_identity(&server));
    let client = Gateway::client(connector.build().unwrap()).build();
    let gateway = Gateway::builder(client, server.base_url().parse().unwrap());
    let gateway = Running::start(gateway);
    let request = Request::post("/").header("host", "localhost");
    let request = request.body(full("hello")).unwrap();
    let stream = TokioIo::new(gateway.connect().await);
    let mut http = http1::Builder::new();
    let (mut caller, connection) = http.max_headers(1100).handshake(stream).await.unwrap();
    tokio::spawn(connection);
    // If the end comes at once, not even the head is sent.
    let Ok(response) = caller.send_request(request).await else {
        return CutOff;
    };
    let status = response.status().as_u16();
    let is_problem = response.headers().get("content-type");
    let is_problem = is_problem.is_some_and(|it| it == "application/problem+json");
    let mut body = response.into_body();
    let mut start = Vec::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return CutOff;
        };
        if start.len() < 64 * 1024 {
            start.extend_from_slice(frame.data_ref().map_or(&[], |data| data));
        }
    }
    if !is_problem {
        return Passed(status);
    }
    let problem: serde_json::Value = serde_json::from_slice(&start).unwrap();
    assert_eq!(problem["status"], status);
    let name = problem["type"].as_str().unwrap().to_owned();
    let name = name
        .strip_prefix("urn:napi-mtls:gateway:")
        .unwrap()
        .to_owned();
    let member = |member: &str| -> &str { problem[member].as_str().unwrap().to_owned().leak() };
    let retry = member("retry");
    let is_retryable = matches!(retry, "not_processed" | "only_if_idempotent");
    assert_eq!(problem["retryable"], is_retryable, "{problem}");
    assert!(!problem["remedy"].as_str().unwrap().is_empty(), "{problem}");
    Problem(status, name.leak(), member("side"), retry)
}
