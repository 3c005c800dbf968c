//! The span of a call: exactly these fields, and nothing of what was sent or received.

use std::{
    collections::BTreeMap,
    fmt,
    future::poll_fn,
    sync::{Arc, LazyLock, Mutex},
    task::Poll,
};

use http::Request;
use napi::{
    Authentication, Endpoint, Error, Operation, RequestBody, verifications::GetTransactionStatus,
};
use tracing::{
    Dispatch, Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::{DefaultGuard, NoSubscriber, set_default},
};

use crate::service::{Service, response};

type Fields = BTreeMap<&'static str, String>;

/// Keeps the spans of calls on this thread.
#[derive(Clone, Default)]
struct Calls(Arc<Mutex<Vec<Fields>>>);

impl Calls {
    fn all(&self) -> Vec<Fields> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Subscriber for Calls {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("napi") && metadata.is_span()
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        assert_eq!(attributes.metadata().name(), "napi.call");
        let mut fields = FieldsVisitor::default();
        attributes.record(&mut fields);
        let mut calls = self.0.lock().unwrap();
        calls.push(fields.0);
        Id::from_u64(calls.len() as u64)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        let mut fields = FieldsVisitor::default();
        values.record(&mut fields);
        let number = usize::try_from(id.into_u64()).unwrap();
        self.0.lock().unwrap()[number - 1].extend(fields.0);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
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

/// Returns the fields of a call of the status of a transaction, and these.
fn status_call(more: &[(&'static str, &str)]) -> Fields {
    let known = [
        ("http.request.method", "GET"),
        ("otel.name", "GetTransactionStatus"),
        ("server.address", "mtls.primary.prod.trulioo.com"),
        ("server.port", "443"),
        ("url.template", "/verifications/v1/transaction/{id}/status"),
    ];
    let all = known.iter().chain(more);
    all.map(|(name, value)| (*name, (*value).to_owned()))
        .collect()
}

fn failed<'a>(error_type: &'a str, status: Option<&'a str>) -> Fields {
    let status = status.map(|status| ("http.response.status_code", status));
    let error = [("error.type", error_type), ("otel.status_code", "ERROR")];
    status_call(&error.into_iter().chain(status).collect::<Vec<_>>())
}

/// Subscribers that stay. While there is one alone, `tracing` asks only the thread that comes upon
/// a span first: another test's, which has none, would settle that no one wants it.
static OTHERS: LazyLock<[Dispatch; 2]> =
    LazyLock::new(|| [(); 2].map(|()| Dispatch::new(NoSubscriber::default())));

fn listen(calls: &Calls) -> DefaultGuard {
    LazyLock::force(&OTHERS);
    set_default(calls.clone())
}

const COMPLETED: &str = r#"{"TransactionId": "Marker4711", "Status": "Completed"}"#;

#[tokio::test]
async fn each_outcome_of_a_call_is_named_by_its_span() {
    let calls = Calls::default();
    let _listening = listen(&calls);
    let service = Service::responding(COMPLETED)
        .then(response(404, "Marker4711"))
        .then(response(401, "Marker4711"))
        .then(response(200, "Marker4711"))
        .then_nothing();
    let client = service.client();
    let id = "Marker4711".into();
    client.transaction_status(&id).await.unwrap();
    for _ in 0..4 {
        client.transaction_status(&id).await.unwrap_err();
    }
    assert_eq!(
        calls.all(),
        [
            status_call(&[("http.response.status_code", "200")]),
            failed("404", Some("404")),
            failed("unauthorized", Some("401")),
            failed("decode", None),
            failed("transport", None),
        ]
    );
}

#[tokio::test]
async fn argument_that_cannot_be_sent_makes_no_call() {
    let calls = Calls::default();
    let _listening = listen(&calls);
    let error = Service::default().client().say_hello("").await;
    assert!(matches!(error, Err(Error::Argument { .. })));
    assert!(calls.all().is_empty());
}

#[tokio::test]
async fn call_that_is_dropped_is_cancelled() {
    let calls = Calls::default();
    let _listening = listen(&calls);
    let client = Service::responding(COMPLETED).client();
    let id = "Marker4711".into();
    let mut call = Box::pin(client.transaction_status(&id));
    let is_pending = poll_fn(|cx| Poll::Ready(call.as_mut().poll(cx).is_pending()));
    assert!(is_pending.await);
    drop(call);
    assert_eq!(calls.all(), [failed("cancelled", None)]);
}

#[tokio::test]
async fn raw_request_is_named_by_its_operation_or_raw() {
    let calls = Calls::default();
    let _listening = listen(&calls);
    let service = Service::responding("1")
        .then(response(200, "2"))
        .then(response(404, "3"));
    let client = service.client();
    let raw = || Request::get("/Marker4711?Marker4711").body(RequestBody::default());
    let mut named = raw().unwrap();
    let operation = Operation::new("Report", "/{id}");
    named.extensions_mut().insert(operation);
    for request in [raw().unwrap(), named] {
        client
            .send_raw(request, Authentication::Basic)
            .await
            .unwrap();
    }
    let any = client.send_raw_with_any_status(raw().unwrap()).await;
    assert_eq!(any.unwrap().status, 404);
    assert_eq!(service.sent()[1].operation, Some(operation));
    let names = calls.all().into_iter().map(|call| {
        let field = |name| call.get(name).cloned().unwrap_or_default();
        [
            field("otel.name"),
            field("url.template"),
            field("error.type"),
        ]
    });
    assert_eq!(
        names.collect::<Vec<_>>(),
        [["raw", "", ""], ["Report", "/{id}", ""], ["raw", "", "404"]]
    );
}

#[test]
fn request_of_an_operation_carries_its_name() {
    let request = GetTransactionStatus::new("1".into()).request().unwrap();
    let operation = request.extensions().get::<Operation>().unwrap();
    assert_eq!(operation.name(), "GetTransactionStatus");
}
