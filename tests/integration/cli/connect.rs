//! `napi-mtls connect`: the right diagnosis for each fault that the mock has by name.

use std::collections::BTreeSet;

use cli::{Exit, Format, Rendered};
use mock_napi::{Account, ConnectionEvent, EventKind, fault_names, named_fault};
use serde_json::Value;
use test_support::{Customer, Mock};

use super::{napi, path, secret};
use crate::kinds;

/// A mock, and the arguments of a customer with a good certificate.
struct Context {
    mock: Mock,
    arguments: Vec<String>,
    _customer: Customer,
    _folder: tempfile::TempDir,
}

async fn context() -> Context {
    let mock = Mock::with_proxy().await.unwrap();
    let customer = Customer::enrolled(Account::ACME, &mock.portal()).await;
    let customer = customer.unwrap();
    let folder = tempfile::tempdir().unwrap();
    secret(&folder, "password", Account::ACME.api().secret_password());
    std::fs::write(path(&folder, "ca.pem"), mock.ca_pem()).unwrap();
    let text = |path: std::path::PathBuf| path.to_str().unwrap().to_owned();
    let arguments = [
        ("--certificate", text(customer.certificate_path())),
        ("--key", text(customer.key_path().unwrap())),
        ("--password-file", path(&folder, "password")),
        ("--ca-file", path(&folder, "ca.pem")),
        ("--base-url", mock.base_url().to_owned()),
        ("--user", "acme-api".to_owned()),
        ("--timeout", "4".to_owned()),
        ("--proxy", "none".to_owned()),
    ];
    let arguments = arguments.map(|(option, value)| [option.to_owned(), value]);
    Context {
        mock,
        arguments: arguments.concat(),
        _customer: customer,
        _folder: folder,
    }
}

impl Context {
    /// Runs the command with other arguments at the end; returns its data and exit code.
    async fn connect(&self, more: &[&str]) -> (Value, Exit) {
        let arguments = self.arguments.iter().map(String::as_str);
        let words: Vec<&str> = arguments.chain(more.iter().copied()).collect();
        let shown = Rendered::of(&napi("connect", &words).await, Format::Json);
        let data = serde_json::from_str(&shown.out);
        (data.unwrap_or_else(|_| panic!("{shown:?}")), shown.exit)
    }

    /// Sets an argument that is there already.
    fn set(&mut self, option: &str, value: &str) {
        let at = self.arguments.iter().position(|it| it == option).unwrap();
        *self.arguments.get_mut(at + 1).unwrap() = value.to_owned();
    }
}

fn step<'a>(data: &'a Value, name: &str) -> &'a Value {
    let steps = data["steps"].as_array().unwrap();
    steps.iter().find(|it| it["step"] == name).unwrap()
}

/// Returns the failed step, the kind and the side; empty where nothing failed.
fn diagnosis(data: &Value) -> [String; 3] {
    let steps = data.get("steps").and_then(Value::as_array).unwrap();
    let is_failed = |step: &&Value| step.get("verdict").is_some_and(|it| it == "failed");
    let text = |value: Option<&Value>| {
        let text = value.and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let failed = steps.iter().find(is_failed);
    [
        text(failed.and_then(|step| step.get("step"))),
        text(data.pointer("/error/kind")),
        text(data.pointer("/error/side")),
    ]
}

/// The names of faults, and what the command says of each: failed step, kind, side, exit code.
type Row = (&'static [&'static str], [&'static str; 3], Exit);

const TABLE: &[Row] = &[
    (
        &[
            "hello-retry-request",
            "one-byte-at-a-time",
            "one-stream-at-a-time",
            "server-revoked",
            "tls12",
            "tls13",
        ],
        ["", "", ""],
        Exit::Good,
    ),
    (
        &[
            "alert-after-server-hello",
            "alert-before-server-hello",
            "no-common-group",
        ],
        ["tls", "tls", "either"],
        Exit::Unreachable,
    ),
    (
        &[
            "closed-after-client-hello",
            "closed-on-accept",
            "reset-after-client-hello",
        ],
        ["tls", "closed", "either"],
        Exit::Unreachable,
    ),
    (
        &["server-expired"],
        ["server_certificate", "server_certificate_expired", "either"],
        Exit::Unreachable,
    ),
    (
        &["server-other-name"],
        [
            "server_certificate",
            "server_certificate_wrong_name",
            "client",
        ],
        Exit::Unreachable,
    ),
    (
        &["server-self-signed", "server-unknown-ca"],
        [
            "server_certificate",
            "server_certificate_unknown_issuer",
            "client",
        ],
        Exit::Unreachable,
    ),
    (
        &["not-asked"],
        [
            "client_certificate",
            "client_certificate_not_requested",
            "either",
        ],
        Exit::Rejected,
    ),
    (
        &["refused-access-denied"],
        [
            "client_certificate",
            "client_certificate_access_denied",
            "client",
        ],
        Exit::Rejected,
    ),
    (
        &["refused-bad-certificate"],
        ["client_certificate", "client_certificate_bad", "client"],
        Exit::Rejected,
    ),
    (
        &["refused-bad-certificate-status-response"],
        [
            "client_certificate",
            "client_certificate_bad_status_response",
            "server",
        ],
        Exit::Rejected,
    ),
    (
        &["refused-certificate-expired", "iis-expired"],
        ["client_certificate", "client_certificate_expired", "client"],
        Exit::Rejected,
    ),
    (
        &["refused-certificate-required"],
        [
            "client_certificate",
            "client_certificate_required",
            "client",
        ],
        Exit::Rejected,
    ),
    (
        &[
            "refused-certificate-revoked",
            "iis-revoked",
            "alert-in-place-of-response",
        ],
        ["client_certificate", "client_certificate_revoked", "client"],
        Exit::Rejected,
    ),
    (
        &[
            "refused-certificate-unknown",
            "refused-handshake-failure",
            "nginx-certificate-error",
        ],
        ["client_certificate", "client_certificate_unknown", "either"],
        Exit::Rejected,
    ),
    (
        &["refused-decrypt-error"],
        [
            "client_certificate",
            "client_certificate_signature_rejected",
            "client",
        ],
        Exit::Rejected,
    ),
    (
        &[
            "refused-unknown-ca",
            "refused-with-alert-and-silence",
            "iis-untrusted",
        ],
        [
            "client_certificate",
            "client_certificate_unknown_ca",
            "client",
        ],
        Exit::Rejected,
    ),
    (
        &["refused-unsupported-certificate"],
        [
            "client_certificate",
            "client_certificate_unsupported",
            "client",
        ],
        Exit::Rejected,
    ),
    (
        &["refused-with-reset"],
        [
            "client_certificate",
            "client_certificate_suspected",
            "either",
        ],
        Exit::Unreachable,
    ),
    (
        &[
            "apache-post-handshake",
            "iis-required",
            "nginx-no-certificate",
        ],
        ["client_certificate", "client_certificate_doubted", "server"],
        Exit::Rejected,
    ),
    (
        &["api-gateway-forbidden", "cloudflare-forbidden"],
        ["client_certificate", "client_certificate_doubted", "either"],
        Exit::Rejected,
    ),
    (
        &["refused-with-silence"],
        ["http", "timeout", "server"],
        Exit::Unreachable,
    ),
    (
        &[
            "chunks-without-end",
            "empty",
            "go-away",
            "half-then-close",
            "half-then-cut",
            "half-then-reset",
            "half-then-reset-stream",
            "reset",
            "reset-stream",
        ],
        ["http", "closed", "either"],
        Exit::Unreachable,
    ),
    (
        &[
            "bad-chunk",
            "endless-headers",
            "garbage",
            "head-control-character",
            "head-folded",
            "head-hidden-chunks",
            "head-line-without-colon",
            "head-lone-carriage-return",
            "head-nul",
            "head-second-length",
        ],
        ["http", "http", "server"],
        Exit::Unreachable,
    ),
    (
        &["huge-body"],
        ["http", "body_too_large", "server"],
        Exit::Unreachable,
    ),
    (
        &[
            "internal-server-error",
            "request-timeout",
            "service-unavailable",
            "service-unavailable-page",
            "too-many-requests",
        ],
        ["http", "status", "server"],
        Exit::Unreachable,
    ),
    (
        &[
            "content-too-large",
            "rejection-cut-gzip",
            "rejection-deflate",
            "rejection-plain-as-gzip",
            "rejection-zlib",
        ],
        ["http", "status", "client"],
        Exit::Rejected,
    ),
    (
        &[
            "alert-on-next-request",
            "head-large",
            "head-many-fields",
            "tiny-window",
            "document-base64url",
            "document-data-url",
            "document-mime-lines",
            "document-without-padding",
        ],
        ["hello", "hello", "server"],
        Exit::Unreachable,
    ),
    (
        &[
            "longer-than-announced",
            "body-bomb",
            "body-byte-order-mark",
            "body-cut",
            "body-deflate",
            "body-gzip-twice",
            "body-iso-8859-1",
            "body-plain-as-deflate",
            "body-plain-as-gzip",
            "body-trailing-garbage",
            "body-utf-16",
            "body-zlib",
            "document-raw",
            "entities-float-for-whole",
            "entities-overlong-number",
            "entities-text-for-number",
            "status-digit-for-truth",
            "value-damaged-utf-8",
            "value-line-break",
            "value-list-for-single",
            "value-lone-surrogate",
            "value-nan",
            "value-null-for-list",
            "value-number-for-text",
            "value-of-another-type",
            "value-older-date",
            "value-other-case",
            "value-record-id-respelt",
            "value-single-for-list",
            "value-twice-contradicting",
            "value-twice-same",
        ],
        ["hello", "decode", "server"],
        Exit::Unreachable,
    ),
];

/// Whether its alert survives the reset is up to the system of the client.
const ALERT_AND_RESET: &str = "refused-with-alert-and-reset";

#[tokio::test]
async fn each_named_fault_has_its_diagnosis() {
    let context = context().await;
    let mut wrong = Vec::new();
    let mut seen = BTreeSet::new();
    for (names, expected, exit) in TABLE {
        for name in *names {
            seen.insert(*name);
            let portal = context.mock.portal();
            portal.enqueue(&[named_fault(name).unwrap()]).await.unwrap();
            let before = portal.events().await.unwrap().len();
            let (data, code) = context.connect(&[]).await;
            let found = diagnosis(&data);
            if found != *expected || code != *exit {
                wrong.push(format!(
                    "{name}: {found:?} {code:?} {}",
                    data["error"]["message"]
                ));
            }
            // The fault is what the mock did, and there was one connection.
            let events = portal.events().await.unwrap();
            let taken = kinds(&events[before..]).into_iter().filter(|kind| {
                matches!(
                    kind,
                    EventKind::Connection(ConnectionEvent::ScriptTaken { .. })
                )
            });
            assert_eq!(taken.count(), 1, "{name}: {events:?}");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let all: BTreeSet<_> = fault_names().into_iter().collect();
    seen.insert(ALERT_AND_RESET);
    let missing: Vec<_> = all.difference(&seen).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[tokio::test]
async fn alert_before_a_reset_is_a_rejection_or_a_suspicion() {
    let context = context().await;
    let script = named_fault(ALERT_AND_RESET).unwrap();
    context.mock.portal().enqueue(&[script]).await.unwrap();
    let (data, _) = context.connect(&[]).await;
    let [step, kind, _] = diagnosis(&data);
    assert_eq!(step, "client_certificate", "{data}");
    let kinds = [
        "client_certificate_unknown_ca",
        "client_certificate_suspected",
    ];
    assert!(kinds.contains(&&*kind), "{data}");
}

#[tokio::test]
async fn good_connection_shows_each_step_with_time_and_detail() {
    let context = context().await;
    let (data, exit) = context.connect(&[]).await;
    assert_eq!(
        (diagnosis(&data), exit),
        (Default::default(), Exit::Good),
        "{data}"
    );
    for (name, verdict) in [("tcp", "good"), ("proxy", "none"), ("hello", "good")] {
        assert_eq!(step(&data, name)["verdict"], verdict, "{data}");
    }
    for name in ["tcp", "tls", "http"] {
        assert!(step(&data, name)["milliseconds"].is_number(), "{data}");
    }
    let detail = |name| step(&data, name)["detail"].as_str().unwrap().to_owned();
    assert!(detail("tls").starts_with("TLSv1.3, TLS_"), "{data}");
    assert_eq!(
        detail("client_certificate"),
        "asked for, presented and accepted"
    );
    assert!(detail("server_certificate").contains("issued by"), "{data}");

    let events = context.mock.portal().events().await.unwrap();
    let answered = kinds(&events).into_iter().filter(|kind| {
        matches!(kind, EventKind::Request { status: 200, user: Some(user), .. } if user == "acme-api")
    });
    assert_eq!(answered.count(), 1);
}

#[tokio::test]
async fn proxy_on_the_way_is_a_step_of_its_own() {
    let mut context = context().await;
    let proxy = context.mock.proxy_url().unwrap().to_owned();
    context.set("--proxy", &proxy);
    let (data, exit) = context.connect(&[]).await;
    assert_eq!(exit, Exit::Good, "{data}");
    assert_eq!(step(&data, "proxy")["verdict"], "good");
    let events = context.mock.portal().events().await.unwrap();
    let tunnels = kinds(&events).into_iter().filter(|kind| {
        matches!(
            kind,
            EventKind::Connection(ConnectionEvent::ProxyRequest {
                status: Some(200),
                ..
            })
        )
    });
    assert_eq!(tunnels.count(), 1);

    context.set("--proxy", "http://127.0.0.1:1");
    let (data, exit) = context.connect(&[]).await;
    let expected = ["proxy", "proxy_unreachable", "network"].map(str::to_owned);
    assert_eq!(
        (diagnosis(&data), exit),
        (expected, Exit::Unreachable),
        "{data}"
    );
    assert_eq!(step(&data, "tls")["verdict"], "not_reached");
}

#[tokio::test]
async fn name_port_and_password_fail_at_their_own_steps() {
    let mut context = context().await;
    let url = context.mock.base_url().to_owned();
    for (option, value, expected, code) in [
        (
            "--base-url",
            "https://127.0.0.1:1",
            ["tcp", "connect", "network"],
            Exit::Unreachable,
        ),
        (
            "--base-url",
            "https://name.invalid",
            ["name", "resolve", "network"],
            Exit::Unreachable,
        ),
    ] {
        context.set(option, value);
        let (data, exit) = context.connect(&[]).await;
        assert_eq!(
            (diagnosis(&data), exit),
            (expected.map(str::to_owned), code),
            "{data}"
        );
        assert_eq!(step(&data, "tls")["verdict"], "not_reached");
    }
    context.set("--base-url", &url);
    let folder = tempfile::tempdir().unwrap();
    secret(&folder, "wrong", "no password");
    context.set("--password-file", &path(&folder, "wrong"));
    let (data, exit) = context.connect(&[]).await;
    let expected = ["basic_auth", "unauthorized", "client"].map(str::to_owned);
    assert_eq!(
        (diagnosis(&data), exit),
        (expected, Exit::Rejected),
        "{data}"
    );
    // What was done before is known, although the response is an error.
    assert_eq!(
        step(&data, "client_certificate")["detail"],
        "asked for, presented and accepted"
    );
    assert_eq!(step(&data, "hello")["verdict"], "not_reached");
}
