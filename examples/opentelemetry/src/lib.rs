//! Calls of NAPI in OpenTelemetry: their spans, and the context of the trace on the way to the
//! server.
//!
//! The libraries name neither OpenTelemetry nor an exporter: they have spans of `tracing` with the
//! names of its conventions, and a [`Propagation`] that the program gives them.

use http::{HeaderMap, HeaderName, HeaderValue};
use mock_napi::{Account, ClientIdentity, MockNapi};
use napi::{BaseUrl, Client, Credentials, RequestBody};
use opentelemetry::{
    propagation::{Injector, TextMapPropagator},
    trace::TracerProvider,
};
use opentelemetry_sdk::{
    propagation::TraceContextPropagator,
    trace::{SdkTracerProvider, SpanExporter},
};
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
};
use transport::{MtlsClient, MtlsConnector, Propagation, TrustAnchors};

/// The error of any step.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Returns a subscriber whose spans go to the exporter, and the provider, which a program shuts
/// down at its end.
///
/// A program gives it the exporter of `opentelemetry-otlp`, and has `with_batch_exporter`.
pub fn subscriber(
    exporter: impl SpanExporter + 'static,
) -> (impl Subscriber + Send + Sync + 'static, SdkTracerProvider) {
    let provider = SdkTracerProvider::builder()
        .with_simple_exporter(exporter)
        .build();
    let spans = tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("opentelemetry-example"))
        .with_location(false);
    // Calls and requests; `transport.connect` is at the level debug.
    let ours = Targets::new()
        .with_target("napi", LevelFilter::INFO)
        .with_target("transport", LevelFilter::DEBUG);
    let subscriber = tracing_subscriber::registry().with(ours).with(spans);
    (subscriber, provider)
}

/// Returns what writes `traceparent` and `tracestate` of the span that a request is sent in.
///
/// Not `baggage`: what other parts of a program have put there may be about a person.
#[must_use]
pub fn propagation() -> Propagation {
    let propagator = TraceContextPropagator::new();
    Propagation::new(move |fields| {
        let context = Span::current().context();
        propagator.inject_context(&context, &mut Fields(fields));
    })
}

/// Header fields as OpenTelemetry writes them.
struct Fields<'a>(&'a mut HeaderMap);

impl Injector for Fields<'_> {
    fn set(&mut self, name: &str, value: String) {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::try_from(value)) {
            self.0.insert(name, value);
        }
    }
}

/// Makes a client of the mock, as one of the service is made.
pub fn client(
    mock: &MockNapi,
    files: &ClientIdentity,
    propagation: Propagation,
) -> Result<Client, Error> {
    let (certificate, key) = (files.certificate_pem(), files.secret_key_pem());
    let loaded = identity::Loader::new().load(certificate.as_bytes(), key.as_bytes())?;
    let connector = MtlsConnector::builder(TrustAnchors::from_pem(mock.ca_certificate_pem())?)
        .identity(loaded.identity())
        .build()?;
    let transport: MtlsClient<RequestBody> = MtlsClient::builder(connector)
        .failover_on_http_refusals()
        .propagation(propagation)
        .build();
    let user = Account::ACME.api();
    let credentials = Credentials::basic(user.user(), user.secret_password())?;
    let base_url: BaseUrl = mock.base_url().parse()?;
    Ok(Client::new(transport, base_url, credentials))
}
