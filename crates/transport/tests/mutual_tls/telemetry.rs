//! Telemetry: events, spans and, with the feature, metrics. The current thread alone receives them,
//! so no test is in another's way.

use std::sync::{Arc, Mutex};

use http::Request;
use http_body_util::{BodyExt, Full};
use tower::ServiceExt;
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};
use transport::Proxy;

use crate::{
    certificates::{Issue, new_ca},
    child,
    device::{Behaviour, Device},
    failing_over,
    server::{Server, Settings},
    trusting,
};

/// Writes down all that this crate tells, and what the name of each span is.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    spans: Vec<&'static str>,
    text: String,
}

impl Listener {
    fn heard(&self, name: &'static str, record: impl FnOnce(&mut Words)) {
        let mut words = Words(format!("{name}:"));
        record(&mut words);
        let mut heard = self.0.lock().unwrap();
        heard.text.push_str(&words.0);
        heard.text.push('\n');
    }
}

struct Words(String);

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push_str(&format!(" {}={value:?}", field.name()));
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("transport") && *metadata.level() <= Level::TRACE
    }

    fn new_span(&self, span: &span::Attributes<'_>) -> span::Id {
        let name = span.metadata().name();
        self.heard(name, |words| span.record(words));
        self.0.lock().unwrap().spans.push(name);
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, values: &span::Record<'_>) {
        self.heard("record", |words| values.record(words));
    }

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        self.heard("event", |words| event.record(words));
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

// In a process of its own: which places are listened to is remembered by the whole process.
#[tokio::test]
async fn spans_have_names_and_no_secret() {
    const TEST: &str = "telemetry::spans_have_names_and_no_secret";
    if !child::is_child() {
        return child::run(TEST, &[]);
    }
    let listener = Listener::default();
    let _listening = tracing::subscriber::set_default(listener.clone());
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let (refused, good) = (new_ca().client(), ca.client());
    let client = failing_over(trusting(&ca).identities([&refused, &good]));
    let secret_request = || {
        Request::get(server.uri("/person/Marker-Path?born=Marker-Query"))
            .header("authorization", "Basic TWFya2VyLUJhc2lj")
            .header("x-person", "Marker-Header")
            .body(Full::from("Marker-Body"))
            .unwrap()
    };
    let answer = client.clone().oneshot(secret_request()).await.unwrap();
    answer.into_body().collect().await.unwrap();
    client.rotate([&good]).unwrap();
    client.clone().oneshot(secret_request()).await.unwrap();
    let with_userinfo = server
        .uri("/")
        .replace("//", "//Marker-User:Marker-Password@");
    let request = Request::get(&with_userinfo).body(Full::default()).unwrap();
    client.clone().oneshot(request).await.unwrap();

    // A proxy that does not exist, with credentials.
    let proxy = Proxy::http("http://Marker-User:Marker-Password@localhost:1").unwrap();
    let settings = trusting(&ca).identity(&good).resolve("localhost", []);
    let proxied = transport::MtlsClient::new(settings.proxy(proxy).build().unwrap());
    let error = proxied.oneshot(secret_request()).await.unwrap_err();

    let (certificate, key) = ca.client_pem(2020, 2040);
    let schemes = [identity::SignatureScheme::RsaPssSha256];
    let gone = Behaviour::Fails(identity::SignerProblem::DeviceGone);
    let device = Device::new(&key, &schemes, gone).identity(&certificate);
    let failing = crate::client(trusting(&ca).identity(&device));
    failing.oneshot(secret_request()).await.unwrap_err();

    let heard = listener.0.lock().unwrap();
    for name in ["transport.request", "transport.connect"] {
        assert!(heard.spans.contains(&name), "{:?}", heard.spans);
    }
    for told in [
        "trying the next one",
        "rotated",
        "connected",
        "connection failed",
        "our key could not sign",
    ] {
        assert!(
            heard.text.contains(told),
            "{told} is missing from {}",
            heard.text
        );
    }
    let all = format!("{} {error:?} {error} {client:?}", heard.text);
    let key = good.secret_key().unwrap().secret_pkcs8_der();
    let key_bytes = format!("{:?}", &key[key.len() - 16..]);
    for secret in ["Marker", "TWFya2Vy", key_bytes.trim_matches(['[', ']'])] {
        assert!(!all.contains(secret), "{secret} is in {all}");
    }
}

#[cfg(feature = "metrics")]
pub(crate) mod metrics {
    use std::collections::BTreeMap;

    use ::metrics::{
        Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata,
        Recorder, SharedString, Unit,
    };

    use super::*;
    use crate::{HTTP_VERSIONS, get};

    /// Adds up what it is told, by name and labels.
    #[derive(Clone, Default)]
    pub(crate) struct Sums(Arc<Mutex<BTreeMap<String, f64>>>);

    struct Sum(Sums, String);

    impl Sums {
        pub(crate) fn of(&self, key: &str) -> f64 {
            self.0.lock().unwrap().get(key).copied().unwrap_or_default()
        }

        pub(crate) fn keys(&self) -> Vec<String> {
            self.0.lock().unwrap().keys().cloned().collect()
        }

        fn entry(&self, key: &Key) -> Arc<Sum> {
            let labels = key
                .labels()
                .map(|label| format!(" {}={}", label.key(), label.value()));
            let name = format!("{}{}", key.name(), labels.collect::<String>());
            Arc::new(Sum(self.clone(), name))
        }
    }

    impl Sum {
        fn change(&self, change: impl FnOnce(&mut f64)) {
            change(self.0.0.lock().unwrap().entry(self.1.clone()).or_default());
        }
    }

    impl CounterFn for Sum {
        fn increment(&self, value: u64) {
            self.change(|sum| *sum += value as f64);
        }

        fn absolute(&self, value: u64) {
            self.change(|sum| *sum = value as f64);
        }
    }

    impl GaugeFn for Sum {
        fn increment(&self, value: f64) {
            self.change(|sum| *sum += value);
        }

        fn decrement(&self, value: f64) {
            self.change(|sum| *sum -= value);
        }

        fn set(&self, value: f64) {
            self.change(|sum| *sum = value);
        }
    }

    /// Counts the values.
    impl HistogramFn for Sum {
        fn record(&self, _: f64) {
            self.change(|sum| *sum += 1.0);
        }
    }

    impl Recorder for Sums {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
            Counter::from_arc(self.entry(key))
        }

        fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::from_arc(self.entry(key))
        }

        fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::from_arc(self.entry(key))
        }
    }

    #[tokio::test]
    async fn a_rejection_by_a_response_is_counted_as_one() {
        let ca = new_ca();
        for alpn in HTTP_VERSIONS {
            let sums = Sums::default();
            let _recording = ::metrics::set_default_local_recorder(&sums);
            let server = Server::start(Settings::mutual(&ca)).await;
            let settings = trusting(&ca).identity(&ca.client());
            let client = failing_over(settings.alpn(alpn));
            let error = get(&client, &server.uri("/nginx-rejects")).await;
            assert!(error.unwrap_err().is_client_certificate_rejected());
            let handshake = "transport_handshakes_total result=ok resumed=false";
            assert_eq!(sums.of(handshake), 1.0);
            assert_eq!(sums.of("transport_refusals_total by=response"), 1.0);
            let rejected = "transport_handshakes_total result=client_certificate resumed=false";
            for nothing in [rejected, "transport_refusals_total by=alert"] {
                assert_eq!(sums.of(nothing), 0.0, "{nothing}");
            }
        }
    }

    #[tokio::test]
    async fn ends_of_trust_anchors_and_lists_are_gauges() {
        let ca = new_ca();
        let sums = Sums::default();
        let _recording = ::metrics::set_default_local_recorder(&sums);
        let list = |until| ca.crl(&[], until).der().to_vec();
        let trust = || transport::TrustAnchors::from_pem(ca.pem()).unwrap();
        let client = crate::client(trusting(&ca));
        let (anchor, lists) = ("part=anchor", "part=list");
        let left = |part: &str| sums.of(&format!("transport_trust_seconds_to_expiry {part}"));

        // Those that are out of date end nothing where they are allowed to be.
        let expired = trust().crl_der(list(2021)).allow_expired_revocation_lists();
        client.rotate_trust(expired).unwrap();
        assert!(left(anchor) > 0.0);
        assert_eq!(left(lists), f64::INFINITY);
        let two = trust().crl_der(list(2090)).crl_der(list(2080));
        client.rotate_trust(two).unwrap();
        let until_2080 = 3_471_292_800.0;
        assert!(0.0 < left(lists) && left(lists) < until_2080 - 1_600_000_000.0);
        client.rotate_trust(trust().crl_der(list(2021))).unwrap();
        assert!(left(lists) < 0.0);
        client.rotate_trust(trust()).unwrap();
        assert_eq!(left(lists), f64::INFINITY);

        // What a reloader finds in use is counted at each step, without a connection.
        let new = trust().crl_der(list(2080));
        client.rotate_trust(new).unwrap();
        let first = left(lists);
        sums.0.lock().unwrap().clear();
        let identities = [Arc::new(ca.client())];
        let set = identity::IdentitySet::new(identities, 5).unwrap();
        transport::IdentityReloader::new(client, set)
            .poll_once()
            .await;
        assert!(first - 60.0 < left(lists) && left(lists) <= first);
    }

    #[tokio::test]
    async fn handshakes_connections_failovers_and_rotations_are_counted() {
        let ca = new_ca();
        for alpn in HTTP_VERSIONS {
            let sums = Sums::default();
            let _recording = ::metrics::set_default_local_recorder(&sums);
            let server = Server::start(Settings::mutual(&ca)).await;
            let (refused, good) = (new_ca().client(), ca.client());
            let settings = trusting(&ca).identities([&refused, &good]);
            let client = failing_over(settings.alpn(alpn));
            let answer = get(&client, &server.uri("/")).await.unwrap();
            let first = crate::info(&answer).local_addr().unwrap();
            answer.into_body().collect().await.unwrap();

            let failed = "transport_handshakes_total result=client_certificate resumed=false";
            assert_eq!(
                sums.of(failed),
                1.0,
                "{alpn:?} {:?}",
                sums.0.lock().unwrap()
            );
            assert_eq!(sums.of("transport_failovers_total"), 1.0);
            assert_eq!(sums.of("transport_refusals_total by=alert"), 1.0);
            assert_eq!(
                sums.of("transport_connections"),
                1.0,
                "{:?}",
                sums.0.lock().unwrap()
            );
            assert_eq!(sums.of("transport_rotations_total"), 0.0);

            client.rotate([&good]).unwrap();
            server.closed(first).await;
            get(&client, &server.uri("/close"))
                .await
                .unwrap()
                .into_body()
                .collect()
                .await
                .unwrap();
            let answer = get(&client, &server.uri("/")).await.unwrap();
            let last = crate::info(&answer).local_addr().unwrap();
            answer.into_body().collect().await.unwrap();
            assert_eq!(sums.of("transport_rotations_total"), 1.0);
            assert_eq!(sums.of("transport_identity_generation"), 2.0);
            let left = sums.of("transport_identity_seconds_to_expiry");
            let year_2039 = 2_177_452_800.0 - 1_600_000_000.0;
            assert!(0.0 < left && left < year_2039, "{left}");
            if alpn == transport::Alpn::Http11 {
                assert_eq!(
                    sums.of("transport_handshakes_total result=ok resumed=true"),
                    1.0
                );
            }
            assert_eq!(sums.of("transport_connections"), 1.0);
            drop(client);
            server.closed(last).await;
            assert_eq!(sums.of("transport_connections"), 0.0);
        }
    }
}
