//! Spans and metrics of requests by OpenTelemetry's conventions: exactly these fields and labels.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{HeaderMap, HeaderValue, Method, Request};
use http_body_util::{BodyExt, Full};
use tokio::task::yield_now;
use tower::ServiceExt;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::DefaultGuard,
};
use transport::{Alpn, MtlsClient, Operation, Propagation, RetryPolicy};

use crate::{
    Body, Client, HTTP_VERSIONS,
    certificates::{Issue, new_ca},
    child, failing_over, get,
    server::{Server, Settings},
    trusting,
};

type Fields = BTreeMap<&'static str, String>;

/// Keeps the spans of this thread: their names and fields.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    spans: Vec<Span>,
    entered: Vec<Id>,
}

#[derive(Clone)]
struct Span {
    name: &'static str,
    fields: Fields,
}

impl Spans {
    fn listen() -> (Self, DefaultGuard) {
        let spans = Self::default();
        let guard = tracing::subscriber::set_default(spans.clone());
        (spans, guard)
    }

    /// Returns the fields of the attempts, in order.
    fn attempts(&self) -> Vec<Fields> {
        let state = self.0.lock().unwrap();
        let spans = state.spans.iter();
        let attempts = spans.filter(|span| span.name == "transport.request");
        attempts.map(|span| span.fields.clone()).collect()
    }
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("transport") || metadata.target().starts_with(module_path!())
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut fields = FieldsVisitor::default();
        attributes.record(&mut fields);
        let mut state = self.0.lock().unwrap();
        state.spans.push(Span {
            name: attributes.metadata().name(),
            fields: fields.0,
        });
        Id::from_u64(state.spans.len() as u64)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let mut fields = FieldsVisitor::default();
        values.record(&mut fields);
        let number = usize::try_from(id.into_u64()).unwrap();
        self.0.lock().unwrap().spans[number - 1]
            .fields
            .extend(fields.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, id: &Id) {
        self.0.lock().unwrap().entered.push(id.clone());
    }

    fn exit(&self, id: &Id) {
        let mut state = self.0.lock().unwrap();
        let left = state.entered.iter().rposition(|entered| entered == id);
        state.entered.remove(left.unwrap());
    }
}

#[derive(Default)]
struct FieldsVisitor(Fields);

impl Visit for FieldsVisitor {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
}

/// Returns the fields that each attempt at this server has from the start, and these.
fn expected(server: &Server, more: &[(&'static str, &str)]) -> Fields {
    let port = server.addr().port().to_string();
    let known = [
        ("generation", "1"),
        ("http.request.method", "GET"),
        ("otel.kind", "client"),
        ("otel.name", "GET"),
        ("server.address", "localhost"),
        ("server.port", &port),
    ];
    let all = known.iter().chain(more);
    all.map(|(name, value)| (*name, (*value).to_owned()))
        .collect()
}

const fn version(alpn: Alpn) -> &'static str {
    match alpn {
        Alpn::Http11 => "1.1",
        _ => "2",
    }
}

async fn read(client: &Client, request: Request<Body>) -> u16 {
    let response = client.clone().oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    response.into_body().collect().await.unwrap();
    status
}

fn request(uri: &str) -> Request<Body> {
    Request::get(uri).body(Full::default()).unwrap()
}

// Each in a process of its own: which spans are listened to is remembered by the whole process.
#[tokio::test]
async fn response_leaves_its_status_and_the_template_of_its_path() {
    const TEST: &str = "observation::response_leaves_its_status_and_the_template_of_its_path";
    if !child::is_child() {
        return child::run(TEST, &[]);
    }
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let client = crate::client(trusting(&ca).identity(&ca.client()).alpn(alpn));
        let (spans, _listening) = Spans::listen();
        let mut of_operation = request(&server.uri("/person/4711?born=1970"));
        let operation = Operation::new("GetPerson", "/person/{id}");
        of_operation.extensions_mut().insert(operation);
        assert_eq!(read(&client, of_operation).await, 200);
        assert_eq!(read(&client, request(&server.uri("/too-large"))).await, 413);
        let ok = [
            ("http.response.status_code", "200"),
            ("network.protocol.version", version(alpn)),
            ("otel.name", "GET /person/{id}"),
            ("url.template", "/person/{id}"),
        ];
        let too_large = [
            ("error.type", "413"),
            ("http.response.status_code", "413"),
            ("network.protocol.version", version(alpn)),
            ("otel.status_code", "ERROR"),
        ];
        let both = [expected(&server, &ok), expected(&server, &too_large)];
        assert_eq!(spans.attempts(), both);
    }
}

#[tokio::test]
async fn request_without_response_leaves_the_kind_of_its_error() {
    const TEST: &str = "observation::request_without_response_leaves_the_kind_of_its_error";
    if !child::is_child() {
        return child::run(TEST, &[]);
    }
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let unknown = crate::client(trusting(&new_ca()).alpn(alpn));
        let rejected = crate::client(trusting(&ca).alpn(alpn));
        let (spans, _listening) = Spans::listen();
        get(&unknown, &server.uri("/")).await.unwrap_err();
        get(&rejected, &server.uri("/")).await.unwrap_err();
        let refused_by_us = [
            ("error.type", "server_certificate_bad_signature"),
            ("otel.status_code", "ERROR"),
        ];
        let refused_by_server = [
            ("error.type", "client_certificate_required"),
            ("network.protocol.version", version(alpn)),
            ("otel.status_code", "ERROR"),
        ];
        assert_eq!(
            spans.attempts(),
            [
                expected(&server, &refused_by_us),
                expected(&server, &refused_by_server)
            ]
        );
    }
}

#[tokio::test]
async fn page_that_rejects_the_certificate_leaves_status_and_kind() {
    const TEST: &str = "observation::page_that_rejects_the_certificate_leaves_status_and_kind";
    if !child::is_child() {
        return child::run(TEST, &[]);
    }
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let client = crate::client(trusting(&ca).identity(&ca.client()).alpn(Alpn::Http2));
    let (spans, _listening) = Spans::listen();
    let error = get(&client, &server.uri("/nginx-rejects")).await;
    assert!(error.unwrap_err().is_client_certificate_rejected());
    let rejected = [
        ("error.type", "client_certificate_unknown"),
        ("http.response.status_code", "400"),
        ("network.protocol.version", "2"),
        ("otel.status_code", "ERROR"),
    ];
    assert_eq!(spans.attempts(), [expected(&server, &rejected)]);
}

#[tokio::test]
async fn each_retry_and_failover_is_an_attempt_with_its_number() {
    const TEST: &str = "observation::each_retry_and_failover_is_an_attempt_with_its_number";
    if !child::is_child() {
        return child::run(TEST, &[]);
    }
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let at_once = Duration::from_millis(1);
        let policy = RetryPolicy::default().backoff(at_once, at_once);
        let connector = trusting(&ca).identity(&ca.client()).alpn(alpn).build();
        let retrying = MtlsClient::builder(connector.unwrap());
        let retrying = retrying.retries(policy).build();
        let (spans, _listening) = Spans::listen();
        assert_eq!(read(&retrying, request(&server.uri("/busy"))).await, 503);
        let busy = |more: &[(&'static str, &str)]| {
            let mut fields = expected(&server, more);
            fields.extend(expected(
                &server,
                &[
                    ("error.type", "503"),
                    ("http.response.status_code", "503"),
                    ("network.protocol.version", version(alpn)),
                    ("otel.status_code", "ERROR"),
                ],
            ));
            fields
        };
        let again = |number| busy(&[("http.request.resend_count", number)]);
        assert_eq!(spans.attempts(), [busy(&[]), again("1"), again("2")]);

        let (spans, _listening) = Spans::listen();
        let identities = [&new_ca().client(), &ca.client()];
        let two = failing_over(trusting(&ca).identities(identities).alpn(alpn));
        assert_eq!(read(&two, request(&server.uri("/"))).await, 200);
        let attempts = spans.attempts();
        let first = [
            ("error.type", "client_certificate_signature_rejected"),
            ("network.protocol.version", version(alpn)),
            ("otel.status_code", "ERROR"),
        ];
        let second = [
            ("http.request.resend_count", "1"),
            ("http.response.status_code", "200"),
            ("network.protocol.version", version(alpn)),
        ];
        let both = [expected(&server, &first), expected(&server, &second)];
        assert_eq!(attempts, both);
    }
}

#[tokio::test]
async fn request_whose_caller_goes_away_is_cancelled() {
    const TEST: &str = "observation::request_whose_caller_goes_away_is_cancelled";
    if !child::is_child() {
        return child::run(TEST, &[]);
    }
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let client = crate::client(trusting(&ca).identity(&ca.client()));
    let (spans, _listening) = Spans::listen();
    {
        let purge = Method::from_bytes(b"Marker4711").unwrap();
        let mut request = request(&server.uri("/no-answer"));
        *request.method_mut() = purge;
        let response = client.oneshot(request);
        tokio::select! {
            biased;
            response = response => panic!("{response:?}"),
            () = yield_now() => {}
        }
    }
    let cancelled = [
        ("error.type", "cancelled"),
        ("http.request.method", "_OTHER"),
        ("otel.name", "HTTP"),
        ("otel.status_code", "ERROR"),
    ];
    assert_eq!(spans.attempts(), [expected(&server, &cancelled)]);
}

#[tokio::test]
async fn context_is_written_for_each_attempt_inside_its_span() {
    const TEST: &str = "observation::context_is_written_for_each_attempt_inside_its_span";
    if !child::is_child() {
        return child::run(TEST, &[]);
    }
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let identities = [&new_ca().client(), &ca.client()];
        let connector = trusting(&ca).identities(identities).alpn(alpn).build();
        let (spans, _listening) = Spans::listen();
        let current = spans.clone();
        let propagation = Propagation::new(move |fields: &mut HeaderMap| {
            let state = current.0.lock().unwrap();
            let id = state.entered.last().unwrap().into_u64();
            fields.insert("traceparent", HeaderValue::from(id));
        });
        let client = MtlsClient::builder(connector.unwrap()).failover();
        let client = client.propagation(propagation).build();
        let mut request = request(&server.uri("/traceparent"));
        let of_caller = HeaderValue::from_static("of the caller");
        request.headers_mut().insert("traceparent", of_caller);
        let response = client.oneshot(request).await.unwrap();
        let sent = response.into_body().collect().await.unwrap().to_bytes();
        let sent: usize = std::str::from_utf8(&sent).unwrap().parse().unwrap();
        let span = spans.0.lock().unwrap().spans[sent - 1].clone();
        assert_eq!(span.name, "transport.request");
        assert_eq!(span.fields["http.request.resend_count"], "1");
        assert_eq!(span.fields["http.response.status_code"], "200");
    }
}

#[cfg(feature = "metrics")]
mod metrics {
    use super::*;
    use crate::telemetry::metrics::Sums;

    #[tokio::test]
    async fn attempts_are_timed_and_requests_are_counted() {
        let ca = new_ca();
        for alpn in HTTP_VERSIONS {
            let sums = Sums::default();
            let _recording = ::metrics::set_default_local_recorder(&sums);
            let server = Server::start(Settings::mutual(&ca)).await;
            let identities = [&new_ca().client(), &ca.client()];
            let client = failing_over(trusting(&ca).identities(identities).alpn(alpn));
            let mut first = request(&server.uri("/person/4711"));
            let operation = Operation::new("GetPerson", "/person/{id}");
            first.extensions_mut().insert(operation);
            assert_eq!(read(&client, first).await, 200);
            assert_eq!(read(&client, request(&server.uri("/too-large"))).await, 413);
            drop(client);
            let not_https = request("http://localhost/");
            let none = crate::client(trusting(&ca).alpn(alpn));
            none.clone().oneshot(not_https).await.unwrap_err();
            {
                let waiting = none.oneshot(request(&server.uri("/no-answer")));
                tokio::select! {
                    biased;
                    response = waiting => panic!("{response:?}"),
                    () = yield_now() => {}
                }
            }
            let port = server.addr().port();
            let version = version(alpn);
            let server = format!("server.address=localhost server.port={port}");
            let duration = "http.client.request.duration http.request.method=GET";
            let template = "url.template=/person/{id}";
            let expected = [
                format!(
                    "{duration} {template} {server} network.protocol.version={version} error.type=client_certificate_signature_rejected"
                ),
                format!(
                    "{duration} {template} {server} http.response.status_code=200 network.protocol.version={version}"
                ),
                format!(
                    "{duration} {server} http.response.status_code=413 network.protocol.version={version} error.type=413"
                ),
                format!("{duration} {server} error.type=cancelled"),
            ];
            for expected in &expected {
                assert_eq!(sums.of(expected), 1.0, "{expected} in {:?}", sums.keys());
            }
            let durations = sums.keys();
            let durations = durations.iter().filter(|key| key.starts_with("http."));
            assert_eq!(durations.count(), expected.len());
            for result in ["2xx", "4xx", "not_https", "cancelled"] {
                let counted = format!("transport_requests_total result={result}");
                assert_eq!(sums.of(&counted), 1.0, "{counted}");
            }
        }
    }
}
