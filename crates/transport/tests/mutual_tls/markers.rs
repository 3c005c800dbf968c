//! A marker in each place where a person's data or a secret may be, looked for in all that this
//! crate and its dependencies tell at `trace`.
//!
//! hyper tells something only in a build with `--cfg hyper_unstable_tracing`, hyper-util only with
//! its feature `tracing`.

use std::{
    cell::Cell,
    collections::BTreeSet,
    fmt,
    sync::{Mutex, OnceLock, mpsc},
    thread,
};

use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use mock_tls::Ca;
use tower::ServiceExt;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use transport::{MtlsConnectorBuilder, Proxy};

use crate::{
    Body, Client, HTTP_VERSIONS, TLS_VERSIONS,
    certificates::{Issue, new_ca},
    child, failing_over,
    server::{Server, Settings},
    trusting,
};

/// All that was told, and the crates that told it.
#[derive(Default)]
struct Told {
    text: String,
    targets: BTreeSet<String>,
}

static TOLD: OnceLock<Mutex<Told>> = OnceLock::new();

thread_local! {
    /// Whether this is the server's thread: its telling is its own affair.
    static IS_SERVER: Cell<bool> = const { Cell::new(false) };
}

fn tell(target: &str, text: &str) {
    if IS_SERVER.get() {
        return;
    }
    let mut told = TOLD.get_or_init(Mutex::default).lock().unwrap();
    told.text.push_str(&format!("{target}: {text}\n"));
    let of_crate = target.split("::").next().unwrap_or_default();
    told.targets.insert(of_crate.to_owned());
}

/// Listens to every span and event of the process, and to every record of `log`.
struct Listener;

impl log::Log for Listener {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        tell(record.target(), &record.args().to_string());
    }

    fn flush(&self) {}
}

#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        let mut text = Text(attributes.metadata().name().to_owned());
        attributes.record(&mut text);
        tell(attributes.metadata().target(), &text.0);
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut text = Text::default();
        values.record(&mut text);
        tell("record", &text.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        tell(event.metadata().target(), &text.0);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// Starts a server with a thread to itself; returns its port.
fn start_server(settings: Settings) -> u16 {
    let (sender, port) = mpsc::channel();
    thread::spawn(move || {
        IS_SERVER.set(true);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let server = Server::start(settings).await;
            sender.send(server.addr().port()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    port.recv().unwrap()
}

fn request(uri: &str, method: Method) -> Request<Body> {
    Request::builder()
        .method(method)
        .uri(uri)
        .header(header::AUTHORIZATION, "Basic TWFya2VyLUJhc2lj")
        .header(header::COOKIE, "person=Marker-Cookie")
        .header("idempotency-key", "Marker-Key")
        .header("x-person", "Marker-Field")
        .header("x-Marker-Name", "1")
        .body(Full::from("{\"FirstGivenName\": \"Marker-Body\"}"))
        .unwrap()
}

/// Makes requests that succeed, fail and are tried again with these settings.
async fn exchange(settings: impl Fn() -> MtlsConnectorBuilder, ca: &Ca, port: u16) {
    let (rejected, good) = (new_ca().client(), ca.client());
    let client = failing_over(settings().identities([&rejected, &good]));
    let send = async |client: &Client, path: &str, method: Method| {
        let uri = format!("https://Marker-User:Marker-Password@localhost:{port}{path}");
        let response = client.clone().oneshot(request(&uri, method)).await?;
        let collected = response.into_body().collect().await?;
        Ok::<_, transport::Error>(collected.to_bytes())
    };
    let paths = [
        "/echo?born=Marker-Query",
        "/person/Marker-Path",
        "/nginx-rejects?Marker-Query",
        "/cut?Marker-Query",
        "/marker?Marker-Query",
    ];
    for path in paths {
        let outcome = send(&client, path, Method::POST).await;
        tell("outcome", &format!("{:?}", outcome.map(|body| body.len())));
    }
    let unknown = Method::from_bytes(b"Marker-Method").unwrap();
    send(&client, "/", unknown).await.unwrap();

    // A proxy that does not exist, with credentials.
    let proxy = Proxy::http("http://Marker-User:Marker-Password@localhost:1").unwrap();
    let proxied = settings().identity(&good).resolve("localhost", []);
    let proxied = transport::MtlsClient::new(proxied.proxy(proxy).build().unwrap());
    let uri = format!("https://localhost:{port}/Marker-Path");
    let error = proxied.oneshot(request(&uri, Method::GET)).await;
    let error = error.unwrap_err();
    tell("outcome", &format!("{error} {error:?} {client:?}"));
}

// In a process of its own, whose only listener it is.
#[tokio::test]
async fn nothing_personal_is_told_at_trace_by_any_crate() {
    const TEST: &str = "markers::nothing_personal_is_told_at_trace_by_any_crate";
    if !child::is_child() {
        return child::run(TEST, &[]);
    }
    log::set_logger(&Listener).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    tracing::subscriber::set_global_default(Listener).unwrap();
    let ca = new_ca();
    for versions in TLS_VERSIONS {
        let port = start_server(Settings::mutual(&ca).versions(versions));
        for alpn in HTTP_VERSIONS {
            exchange(|| trusting(&ca).alpn(alpn), &ca, port).await;
        }
    }
    let told = TOLD.get().unwrap().lock().unwrap();
    for target in ["h2", "rustls", "transport"] {
        assert!(told.targets.contains(target), "{:?}", told.targets);
    }
    for event in [
        "trying the next one",
        "transport.connect",
        "connection failed",
    ] {
        assert!(told.text.contains(event), "{event}");
    }
    // As text, in base64, in hexadecimal and as a list of bytes.
    let marker = [
        "Marker",
        "TWFya2Vy",
        "4d61726b6572",
        "77, 97, 114, 107, 101, 114",
    ];
    let text = told.text.to_lowercase();
    for line in text.lines() {
        for marker in marker {
            assert!(!line.contains(&marker.to_lowercase()), "{line}");
        }
    }
}
