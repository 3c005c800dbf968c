//! A service in the process that is killed, whose log the kill does not touch.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use napi::testing;
use napi::verifications::RecordStatus;
use napi::{BaseUrl, Client, Credentials, RequestBody};
use tower_service::Service;

use crate::process::step;

/// A service that writes down what it sees.
#[derive(Clone)]
pub(crate) struct LoggedService {
    file: Arc<File>,
}

impl LoggedService {
    /// Returns a client of it.
    pub(crate) fn client(log: &Path) -> Client<Self> {
        let credentials = Credentials::basic("user", "password").unwrap();
        Client::new(Self::new(log), BaseUrl::MTLS, credentials)
    }

    fn new(path: &Path) -> Self {
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .open(path)
            .unwrap();
        Self {
            file: Arc::new(file),
        }
    }

    /// Writes a line at once: a kill leaves none half-written.
    fn note(&self, event: &str, reference: &str) {
        let line = format!("{event} {reference}\n");
        (&*self.file).write_all(line.as_bytes()).unwrap();
    }
}

impl Service<Request<RequestBody>> for LoggedService {
    type Response = Response<RequestBody>;
    type Error = std::io::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move {
            let body: Bytes = request.into_body().into_bytes();
            let json: serde_json::Value = serde_json::from_slice(&body).unwrap();
            let reference = json["CustomerReferenceID"].as_str().unwrap();
            service.note("request", reference);
            step();
            tokio::task::yield_now().await;
            let result = testing::verify_result(RecordStatus::MATCH);
            let body = serde_json::to_vec(&result).unwrap();
            service.note("response", reference);
            Ok(Response::new(RequestBody::from(Bytes::from(body))))
        })
    }
}
