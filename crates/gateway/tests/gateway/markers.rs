//! A marker in each part of a request, looked for in all that the gateway and its dependencies tell
//! at `trace`.

use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

use crate::child;
use crate::context::{BOTH, Running, describing, to};

/// Keeps all that is told on this thread, up to a level.
#[derive(Clone)]
struct Listener {
    level: Level,
    told: Arc<Mutex<Told>>,
}

#[derive(Default)]
struct Told {
    text: String,
    targets: BTreeSet<&'static str>,
}

impl Listener {
    fn new(level: Level) -> Self {
        let told = Arc::default();
        Self { level, told }
    }

    fn tell(&self, metadata: &'static Metadata<'static>, text: &str) {
        let mut told = self.told.lock().unwrap();
        told.text
            .push_str(&format!("{}: {text}\n", metadata.target()));
        let of_crate = metadata.target().split("::").next().unwrap();
        told.targets.insert(of_crate);
    }

    fn lines_with_marker(&self) -> Vec<String> {
        let told = self.told.lock().unwrap();
        let text = told.text.to_lowercase();
        let markers = ["marker", "twfya2vy", "77, 97, 114, 107, 101, 114"];
        let has_marker = |line: &&str| markers.iter().any(|marker| line.contains(marker));
        text.lines().filter(has_marker).map(str::to_owned).collect()
    }
}

#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut text = Text::default();
        attributes.record(&mut text);
        let metadata = attributes.metadata();
        self.tell(metadata, &format!("{}{}", metadata.name(), text.0));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut text = Text::default();
        values.record(&mut text);
        self.told.lock().unwrap().text.push_str(&text.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        self.tell(event.metadata(), &text.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

async fn send_over_both_versions(gateway: &Running) {
    let head = format!(
        "POST /Marker-Path?q=Marker-Query HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
         Authorization: Basic TWFya2VyOk1hcmtlcg==\r\nX-Person: Marker-Field\r\n\
         Traceparent: Marker\r\nContent-Length: 11\r\n\r\nMarker-Body",
        gateway.addr()
    );
    gateway.raw(&head).await;
    let mut caller = gateway.http2().await;
    let uri = format!("http://{}/Marker-Path?q=Marker-Query", gateway.addr());
    let request = Request::post(uri)
        .header("authorization", "Basic TWFya2VyOk1hcmtlcg==")
        .header("x-person", "Marker-Field")
        .body(Full::new(Bytes::from_static(b"Marker-Body")));
    let response = caller.send_request(request.unwrap()).await.unwrap();
    response.into_body().collect().await.unwrap();
}

// In a process of its own: which spans are listened to is remembered by the whole process.
#[tokio::test]
async fn nothing_of_a_request_is_told_at_trace() {
    const TEST: &str = "markers::nothing_of_a_request_is_told_at_trace";
    if !child::is_child() {
        return child::run(TEST, &[]);
    }
    let listener = Listener::new(Level::TRACE);
    let _listening = tracing::subscriber::set_default(listener.clone());
    for alpn in BOTH {
        let server = describing().await;
        let gateway = Running::start(to(&server, alpn));
        send_over_both_versions(&gateway).await;
        drop(server);
        // Now the request fails, and is told of.
        send_over_both_versions(&gateway).await;
    }
    assert_eq!(listener.lines_with_marker(), [""; 0]);
    let told = listener.told.lock().unwrap();
    for target in ["gateway", "h2", "transport"] {
        assert!(told.targets.contains(target), "{:?}", told.targets);
    }
    let spans = told.text.matches(" gateway.request ").count();
    assert_eq!(spans, 4 * BOTH.len(), "{}", told.text);
}

/// Sends a request over HTTP/2 whose path has a space, and waits until its stream is reset.
async fn send_malformed_path(gateway: &Running) {
    let mut stream = gateway.connect().await;
    let path = b"/Marker Path";
    // HPACK (RFC 7541, appendix A): method GET, scheme http, authority and path as literals.
    let mut block = vec![0x82, 0x86, 0x41, 1, b'a', 0x44];
    block.push(u8::try_from(path.len()).unwrap());
    block.extend(path);
    let mut sent = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    sent.extend([0, 0, u8::try_from(block.len()).unwrap(), 1, 5, 0, 0, 0, 1]);
    sent.extend(block);
    stream.write_all(&sent).await.unwrap();
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await.unwrap();
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        stream.read_exact(&mut payload).await.unwrap();
        let is_reset = head[3] == 3;
        if is_reset {
            return;
        }
    }
}

// The exception, which docs/observability.md names. If this fails, h2 has mended it: take it out.
#[tokio::test]
async fn h2_tells_a_malformed_path_at_debug() {
    let server = describing().await;
    for (level, lines) in [(Level::DEBUG, 1), (Level::INFO, 0)] {
        let listener = Listener::new(level);
        let _listening = tracing::subscriber::set_default(listener.clone());
        let gateway = Running::start(to(&server, BOTH[0]));
        send_malformed_path(&gateway).await;
        let found = listener.lines_with_marker();
        assert_eq!(found.len(), lines, "{found:?}");
        assert!(found.iter().all(|line| line.starts_with("h2::server:")));
    }
}
