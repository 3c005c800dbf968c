//! The spans that OpenTelemetry gets of a call, and the context that the server gets.

use std::sync::{Arc, Mutex};

use http::HeaderMap;
use opentelemetry::trace::{SpanId, SpanKind, Status};
use opentelemetry_example::{Error, client, propagation, subscriber};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SpanData};
use transport::Propagation;

/// Returns the attribute of a span as text.
fn attribute(span: &SpanData, name: &str) -> Option<String> {
    let mut attributes = span.attributes.iter();
    let attribute = attributes.find(|attribute| attribute.key.as_str() == name)?;
    Some(attribute.value.to_string())
}

#[tokio::test]
async fn request_is_a_client_span_inside_its_call() -> Result<(), Error> {
    let mock = mock_napi::MockNapi::builder().start().await?;
    let exporter = InMemorySpanExporter::default();
    let (subscriber, provider) = subscriber(exporter.clone());
    let _listening = tracing::subscriber::set_default(subscriber);

    // Keeps what the program's propagation has written.
    let written = Arc::new(Mutex::new(HeaderMap::new()));
    let (inject, kept) = (propagation(), Arc::clone(&written));
    let propagation = Propagation::new(move |fields| {
        inject.write(fields);
        kept.lock().expect("no one panics").clone_from(fields);
    });
    let client = client(&mock, &mock.client_identity("acme")?, propagation)?;
    client.test_authentication().await?;
    provider.force_flush()?;

    let spans = exporter.get_finished_spans()?;
    let named = |name: &str| spans.iter().find(|span| span.name == name).expect(name);
    let call = named("TestAuthentication");
    let request = named("GET /connection/v1/testauthentication");
    let connect = named("transport.connect");
    assert_eq!(call.span_kind, SpanKind::Internal);
    assert_eq!(call.parent_span_id, SpanId::INVALID);
    assert_eq!(request.span_kind, SpanKind::Client);
    assert_eq!(request.parent_span_id, call.span_context.span_id());
    assert_eq!(connect.parent_span_id, request.span_context.span_id());
    for span in [call, request] {
        let status = attribute(span, "http.response.status_code");
        assert_eq!(status.as_deref(), Some("200"));
        assert_eq!(span.status, Status::Unset);
    }
    let traceparent = format!(
        "00-{}-{}-01",
        request.span_context.trace_id(),
        request.span_context.span_id()
    );
    assert_eq!(
        written.lock().expect("no one panics")["traceparent"],
        traceparent
    );
    Ok(())
}
