//! For tests of programs that call NAPI: a service in memory, and responses built from models
//! instead of JSON.
//!
//! ```
//! use napi::testing::{self, FakeService};
//! use napi::verifications::{PersonInfo, RecordStatus, VerifyRequest};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), napi::Error> {
//! let service = FakeService::new();
//! service.respond(&testing::verify_result(RecordStatus::NOMATCH));
//! let client = service.client(); // hand it to what is to be tested
//!
//! let person = PersonInfo::named("Adelina", "Mancini");
//! let verification = client.verify(&VerifyRequest::new("IT".parse()?, person)).await?;
//! assert_eq!(verification.completed().unwrap().status(), Some(&RecordStatus::NOMATCH));
//! assert_eq!(service.requests()[0].uri().path(), "/verifications/v1/verify");
//! # Ok(())
//! # }
//! ```
//!
//! For a whole service, over mutual TLS, use `mock-napi`.

use std::{
    collections::VecDeque,
    fmt,
    future::{Ready, ready},
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use serde::Serialize;
use tower_service::Service;

use crate::base_url::BaseUrl;
use crate::business::{
    BusinessDatasourceResult, BusinessRecord, BusinessResult, BusinessSearchResponse,
};
use crate::client::Client;
use crate::credentials::Credentials;
use crate::error::Error;
use crate::request_body::RequestBody;
use crate::service_error::{ErrorCode, ServiceError};
use crate::verifications::{
    Record, RecordStatus, TransactionRecord, TransactionState, TransactionStatus, VerifyResult,
};

/// The transaction of the responses that are built here.
pub const TRANSACTION_ID: &str = "00000000-0000-4000-8000-000000000001";
/// Its record.
pub const TRANSACTION_RECORD_ID: &str = "00000000-0000-4000-8000-000000000002";

/// A service that responds what it is told to, in order, and keeps the requests. Clones are the
/// same service.
#[derive(Clone, Default)]
pub struct FakeService(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    outcomes: VecDeque<io::Result<Response<RequestBody>>>,
    requests: Vec<Request<Bytes>>,
}

impl FakeService {
    /// Makes a service without any response yet. A request for which there is none fails as a
    /// broken connection does.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a response with status 200 and a model as its JSON.
    pub fn respond(&self, model: &impl Serialize) -> &Self {
        let outcome = match serde_json::to_vec(model) {
            Ok(json) => Ok(response(
                StatusCode::OK,
                "application/json; charset=utf-8",
                json,
            )),
            Err(error) => Err(io::Error::other(error)),
        };
        self.then(outcome)
    }

    /// Adds a response with a status and text, such as an error response.
    pub fn respond_text(&self, status: StatusCode, text: &str) -> &Self {
        self.then(Ok(response(
            status,
            "text/plain; charset=utf-8",
            text.to_owned(),
        )))
    }

    /// Adds a failure of the connection in the place of a response.
    pub fn fail(&self, error: io::Error) -> &Self {
        self.then(Err(error))
    }

    /// Returns a client of it for version 1, of the user `user`.
    ///
    /// # Panics
    ///
    /// Never.
    #[must_use]
    #[expect(clippy::expect_used, reason = "there is nothing wrong with this user")]
    pub fn client(&self) -> Client<Self> {
        let credentials = Credentials::basic("user", "password").expect("a user without a colon");
        Client::new(self.clone(), BaseUrl::MTLS, credentials)
    }

    /// Returns the requests that came, in order.
    #[must_use]
    pub fn requests(&self) -> Vec<Request<Bytes>> {
        self.state().requests.clone()
    }

    fn then(&self, outcome: io::Result<Response<RequestBody>>) -> &Self {
        self.state().outcomes.push_back(outcome);
        self
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn response(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<RequestBody> {
    let mut response = Response::new(RequestBody::from(body.into()));
    *response.status_mut() = status;
    let content_type = HeaderValue::from_static(content_type);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}

impl Service<Request<RequestBody>> for FakeService {
    type Response = Response<RequestBody>;
    type Error = io::Error;
    type Future = Ready<io::Result<Self::Response>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let mut state = self.state();
        state.requests.push(request.map(RequestBody::into_bytes));
        let none = || Err(io::Error::other("the fake service has no response left"));
        ready(state.outcomes.pop_front().unwrap_or_else(none))
    }
}

/// Shows how many requests came and how many responses are left; what they hold may be personal.
impl fmt::Debug for FakeService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("FakeService")
            .field("requests", &state.requests.len())
            .field("responses_left", &state.outcomes.len())
            .finish()
    }
}

/// Builds the result of a verification that is done.
#[must_use]
pub fn verify_result(status: RecordStatus) -> VerifyResult {
    VerifyResult {
        transaction_id: Some(TRANSACTION_ID.into()),
        record: Some(record(status)),
        ..VerifyResult::default()
    }
}

/// Builds the response to a verification that goes on, with the `nomatch` that the service writes
/// into it.
#[must_use]
pub fn pending_result() -> VerifyResult {
    let record = Record {
        record_status: Some(RecordStatus::NOMATCH),
        ..Record::default()
    };
    VerifyResult {
        transaction_id: Some(TRANSACTION_ID.into()),
        record: Some(record),
        ..VerifyResult::default()
    }
}

/// Builds the record of a verification that is done.
#[must_use]
pub fn transaction_record(status: RecordStatus) -> TransactionRecord {
    TransactionRecord {
        transaction_id: Some(TRANSACTION_ID.into()),
        record: Some(record(status)),
        ..TransactionRecord::default()
    }
}

/// Builds the status of a transaction, which has a record once it is completed.
#[must_use]
pub fn transaction_status(state: TransactionState) -> TransactionStatus {
    let record_id = state.is_completed().then(|| TRANSACTION_RECORD_ID.into());
    TransactionStatus {
        transaction_id: Some(TRANSACTION_ID.into()),
        transaction_record_id: record_id,
        status: Some(state),
        ..TransactionStatus::default()
    }
}

/// Builds the result of a search that found companies of these names.
#[must_use]
pub fn search_result<'a>(names: impl IntoIterator<Item = &'a str>) -> BusinessSearchResponse {
    let company = |name: &str| BusinessResult {
        business_name: Some(name.to_owned()),
        ..BusinessResult::default()
    };
    let source = BusinessDatasourceResult {
        results: names.into_iter().map(company).collect(),
        ..BusinessDatasourceResult::default()
    };
    BusinessSearchResponse {
        transaction_id: Some(TRANSACTION_ID.into()),
        record: Some(BusinessRecord {
            transaction_record_id: Some(TRANSACTION_RECORD_ID.into()),
            datasource_results: vec![source],
            ..BusinessRecord::default()
        }),
        ..BusinessSearchResponse::default()
    }
}

/// Builds an error of the service, for the `errors` of a result, its record or a data source.
#[must_use]
pub fn service_error(code: ErrorCode, message: &str) -> ServiceError {
    ServiceError {
        code: Some(code),
        message: Some(message.to_owned()),
        ..ServiceError::default()
    }
}

/// Builds the error of an HTTP status, as a client returns it.
#[must_use]
pub fn status_error(status: StatusCode, message: &str) -> Error {
    Error::Status {
        status,
        message: Some(message.into()),
        code: None,
        retry_after: None,
    }
}

fn record(status: RecordStatus) -> Record {
    Record {
        transaction_record_id: Some(TRANSACTION_RECORD_ID.into()),
        record_status: Some(status),
        ..Record::default()
    }
}
