//! A service in memory that sends the responses it is given, and records what it was sent.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response};
use http_body_util::Full;
use napi::{BaseUrl, Client, Credentials, Operation, RequestBody, Version1};
use serde_json::Value;
use tokio::{task::yield_now, time::Instant};
use tower::{service_fn, util::BoxCloneSyncService};

pub(crate) type HttpClient<V = Version1> =
    Client<BoxCloneSyncService<Request<RequestBody>, Response<Full<Bytes>>, io::Error>, V>;

/// A request as the service saw it.
pub(crate) struct Sent {
    pub(crate) method: Method,
    pub(crate) host: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) at: Instant,
    pub(crate) operation: Option<Operation>,
}

impl Sent {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

type Responses = VecDeque<Result<Response<Bytes>, io::Error>>;

#[derive(Clone, Default)]
pub(crate) struct Service {
    responses: Arc<Mutex<Responses>>,
    sent: Arc<Mutex<Vec<Sent>>>,
}

impl Service {
    /// Makes a service that responds with this body, with status 200.
    pub(crate) fn responding(body: impl Into<Bytes>) -> Self {
        Self::default().then(response(200, body))
    }

    /// Adds the response after those before.
    pub(crate) fn then(self, response: Response<Bytes>) -> Self {
        self.responses.lock().unwrap().push_back(Ok(response));
        self
    }

    /// Adds a broken connection after the responses before.
    pub(crate) fn then_nothing(self) -> Self {
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        self.responses.lock().unwrap().push_back(Err(reset));
        self
    }

    /// Returns a client of it for version 1. A request for which there is no response left fails
    /// the test.
    pub(crate) fn client(&self) -> HttpClient {
        self.client_of(Credentials::basic("acme-api", "acme-password").unwrap())
    }

    /// Returns a client of it with any credentials.
    pub(crate) fn client_of<V>(&self, credentials: Credentials<V>) -> HttpClient<V> {
        let this = self.clone();
        let service = service_fn(move |request: Request<RequestBody>| {
            let (head, body) = request.into_parts();
            let operation = head.extensions.get::<Operation>().copied();
            if let Some(operation) = operation {
                assert_fits(operation.url_template(), head.uri.path());
            }
            this.sent.lock().unwrap().push(Sent {
                method: head.method,
                host: head.uri.host().unwrap().to_owned(),
                path: head.uri.path_and_query().unwrap().to_string(),
                headers: head.headers,
                body: body.into_bytes(),
                at: Instant::now(),
                operation,
            });
            let response = this.responses.lock().unwrap().pop_front();
            let response = response
                .expect("one request too many")
                .map(|it| it.map(Full::new));
            async move {
                yield_now().await; // let others send theirs in between
                response
            }
        });
        Client::new(
            BoxCloneSyncService::new(service),
            BaseUrl::MTLS,
            credentials,
        )
    }

    /// Returns what was sent until now.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.sent.lock().unwrap())
    }

    /// Returns the one request that was sent.
    pub(crate) fn only_sent(&self) -> Sent {
        let mut sent = self.sent();
        assert_eq!(sent.len(), 1);
        sent.remove(0)
    }
}

/// Checks that a path ends with the template: each part of it is the same, or an argument.
fn assert_fits(template: &str, path: &str) {
    let parts = |text: &str| text.trim_start_matches('/').split('/').count();
    let mut pairs = template.rsplit('/').zip(path.rsplit('/'));
    let fits = pairs.all(|(template, part)| {
        template.starts_with('{') || template.is_empty() || template == part
    });
    assert!(
        fits && parts(template) <= parts(path),
        "{path} is none of {template}"
    );
}

pub(crate) fn response(status: u16, body: impl Into<Bytes>) -> Response<Bytes> {
    let response = Response::builder().status(status);
    response.body(body.into()).unwrap()
}
