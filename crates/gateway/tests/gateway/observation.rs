//! The span of a forwarded request by OpenTelemetry's conventions for HTTP servers: exactly these
//! fields.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{HeaderMap, HeaderValue, Request};
use http_body::Frame;
use http_body_util::BodyExt as _;
use mock_tls::{ConnectionEvent, Delivery, Point, Reply as ScriptedReply, Script};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    task::yield_now,
    time::timeout,
};
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::DefaultGuard,
};

use crate::child;
use crate::context::{BOTH, Running, Streaming, describing, full, head, rest, to, whole};
use crate::streaming::by_hand;

const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

type Fields = BTreeMap<&'static str, String>;

/// Keeps the spans of this thread: their names, fields and parents.
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
    parent: Option<&'static str>,
    fields: Fields,
}

impl Spans {
    fn listen() -> (Self, DefaultGuard) {
        let spans = Self::default();
        let guard = tracing::subscriber::set_default(spans.clone());
        (spans, guard)
    }

    fn named(&self, name: &str) -> Vec<Span> {
        let state = self.0.lock().unwrap();
        let named = state.spans.iter().filter(|span| span.name == name);
        named.cloned().collect()
    }

    /// Returns the fields of the requests that were forwarded, in order.
    fn requests(&self) -> Vec<Fields> {
        let spans = self.named("gateway.request").into_iter();
        spans.map(|span| span.fields).collect()
    }
}

fn place(id: &Id) -> usize {
    usize::try_from(id.into_u64()).unwrap() - 1
}

impl Subscriber for Spans {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let target = metadata.target();
        target.starts_with("gateway") || target.starts_with("transport")
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut fields = FieldsVisitor::default();
        attributes.record(&mut fields);
        let mut state = self.0.lock().unwrap();
        let parent = state.entered.last().map(|id| state.spans[place(id)].name);
        state.spans.push(Span {
            name: attributes.metadata().name(),
            parent,
            fields: fields.0,
        });
        Id::from_u64(state.spans.len() as u64)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let mut fields = FieldsVisitor::default();
        values.record(&mut fields);
        let mut state = self.0.lock().unwrap();
        state.spans[place(id)].fields.extend(fields.0);
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

/// Returns the fields that each GET over HTTP/1.1 has from the start, and these.
fn expected(more: &[(&'static str, &str)]) -> Fields {
    let known = [
        ("http.request.method", "GET"),
        ("network.protocol.version", "1.1"),
        ("otel.kind", "server"),
        ("otel.name", "GET"),
        ("url.scheme", "http"),
    ];
    let all = known.iter().chain(more);
    all.map(|(name, value)| (*name, (*value).to_owned()))
        .collect()
}

// Each in a process of its own: which spans are listened to is remembered by the whole process.
#[tokio::test]
async fn forwarded_request_has_a_span_around_its_attempts() {
    const TEST: &str = "observation::forwarded_request_has_a_span_around_its_attempts";
    if !child::is_child() {
        return child::run(TEST, &[]);
    }
    for alpn in BOTH {
        let server = describing().await;
        let gateway = Running::start(to(&server, alpn));
        let (spans, _listening) = Spans::listen();
        assert_eq!(gateway.get("/person?name=a", "").await.status, 200);
        // Not forwarded.
        assert_eq!(gateway.get("/", "Origin: null\r\n").await.status, 403);
        let uri = format!("http://{}/person", gateway.addr());
        let request = Request::builder().method("PURGE").uri(uri).body(full(""));
        let mut caller = gateway.http2().await;
        let response = caller.send_request(request.unwrap()).await.unwrap();
        assert_eq!(whole(response).await.0.status(), 200);
        let ok = ("http.response.status_code", "200");
        let purge = [
            ok,
            ("http.request.method", "_OTHER"),
            ("network.protocol.version", "2"),
            ("otel.name", "HTTP"),
        ];
        assert_eq!(spans.requests(), [expected(&[ok]), expected(&purge)]);
        let attempts = spans.named("transport.request");
        let parents: Vec<_> = attempts.iter().map(|attempt| attempt.parent).collect();
        assert_eq!(parents, [Some("gateway.request"); 2]);
    }
}

#[tokio::test]
async fn span_says_what_the_caller_got_in_place_of_success() {
    const TEST: &str = "observation::span_says_what_the_caller_got_in_place_of_success";
    if !child::is_child() {
        return child::run(TEST, &[]);
    }
    let server = describing().await;
    let gateway = Running::start(to(&server, BOTH[0]));
    let (spans, _listening) = Spans::listen();
    for status in [404, 500] {
        server.enqueue(Script::new().response(ScriptedReply::new(status)));
        assert_eq!(gateway.get("/", "").await.status, status);
    }
    let half = ScriptedReply::new(200).body("0123456789");
    let half = Script::new().response(half.delivery(Delivery::HalfThenCut));
    server.enqueue(half.gate(Point::MidBody, "half"));
    let mut caller = gateway.connect().await;
    caller.write_all(GET).await.unwrap();
    assert!(head(&mut caller).await.contains(" 200 "));
    server.open_gate("half");
    rest(&mut caller).await;
    server.shutdown().await;
    assert_eq!(gateway.get("/", "").await.status, 502);
    let error = ("otel.status_code", "ERROR");
    let status = |status| ("http.response.status_code", status);
    let all = [
        // The caller's own doing.
        expected(&[status("404")]),
        expected(&[status("500"), ("error.type", "500"), error]),
        expected(&[status("200"), ("error.type", "closed"), error]),
        expected(&[status("502"), ("error.type", "connect"), error]),
    ];
    assert_eq!(spans.requests(), all);
}

#[tokio::test]
async fn whole_response_is_no_error_however_it_ends() {
    const TEST: &str = "observation::whole_response_is_no_error_however_it_ends";
    if !child::is_child() {
        return child::run(TEST, &[]);
    }
    let ok = ("http.response.status_code", "200");
    // The end of its HTTP/2 streams is a frame of its own, after the announced length.
    let server = describing().await;
    server.repeat(
        Script::new()
            .response(ScriptedReply::new(200).body("0123456789"))
            .alpn(mock_tls::Alpn::Either),
    );
    let mut gateway = Running::start(to(&server, BOTH[1]));
    let (spans, listening) = Spans::listen();
    let mut caller = gateway.connect().await;
    for method in ["GET", "HEAD"] {
        let request = format!("{method} / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        caller.write_all(request.as_bytes()).await.unwrap();
        assert!(head(&mut caller).await.contains(" 200 "));
        if method == "GET" {
            caller.read_exact(&mut [0; 10]).await.unwrap();
        }
    }
    gateway.stop();
    gateway.ended().await;
    let of_head = [ok, ("http.request.method", "HEAD"), ("otel.name", "HEAD")];
    assert_eq!(spans.requests(), [expected(&[ok]), expected(&of_head)]);
    drop(listening);

    let streaming = Streaming::new();
    let mut gateway = Running::start(streaming.gateway(BOTH[1]));
    let (spans, _listening) = Spans::listen();
    let mut caller = gateway.http2().await;
    let (sender, body) = by_hand();
    let uri = format!("http://{}/echo", gateway.addr());
    let request = Request::post(uri).header("te", "trailers").body(body);
    let response = caller.send_request(request.unwrap());
    let mut trailers = HeaderMap::new();
    trailers.insert("checksum", HeaderValue::from_static("right"));
    sender.send(Ok(Frame::data("hello".into()))).await.unwrap();
    sender.send(Ok(Frame::trailers(trailers))).await.unwrap();
    drop(sender);
    let body = response.await.unwrap().into_body().collect().await.unwrap();
    assert_eq!(body.trailers().unwrap()["checksum"], "right");
    drop(caller);
    gateway.stop();
    gateway.ended().await;
    let of_post = [
        ok,
        ("http.request.method", "POST"),
        ("network.protocol.version", "2"),
        ("otel.name", "POST"),
    ];
    assert_eq!(spans.requests(), [expected(&of_post)]);
}

#[tokio::test]
async fn request_of_a_caller_that_leaves_is_cancelled() {
    const TEST: &str = "observation::request_of_a_caller_that_leaves_is_cancelled";
    if !child::is_child() {
        return child::run(TEST, &[]);
    }
    let error = [("error.type", "cancelled"), ("otel.status_code", "ERROR")];
    let ok = ("http.response.status_code", "200");
    for (point, known) in [
        (Point::BeforeResponse, expected(&error)),
        (Point::MidBody, expected(&[error[0], error[1], ok])),
    ] {
        let server = describing().await;
        let reply = ScriptedReply::new(200).body("0123456789");
        server.repeat(Script::new().response(reply).gate(point, "closed"));
        let gateway = Running::start(to(&server, BOTH[0]));
        let (spans, _listening) = Spans::listen();
        let mut caller = gateway.connect().await;
        caller.write_all(GET).await.unwrap();
        let is_there =
            |event: &mock_tls::Event| matches!(event.kind, ConnectionEvent::GateReached { .. });
        server.wait_for(is_there).await;
        if point == Point::MidBody {
            head(&mut caller).await;
        }
        drop(caller);
        let over = async {
            while !spans.requests()[0].contains_key("error.type") {
                yield_now().await;
            }
        };
        timeout(Duration::from_secs(60), over).await.unwrap();
        assert_eq!(spans.requests(), [known]);
    }
}
