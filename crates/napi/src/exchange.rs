//! One request over an HTTP service, and what its response is.

use std::future::poll_fn;

use bytes::Bytes;
use http::{Request, Response, header};

use crate::error::Error;
use crate::error_response;
use crate::http_service::HttpService;
use crate::inflate;
use crate::received;
use crate::request_body::RequestBody;
use crate::response;

/// The most that is read of an error response, in bytes: its message comes first.
const LONGEST_REFUSAL: usize = 256 * 1024;

pub(crate) const USER_AGENT: &str = concat!("napi-rust/", env!("CARGO_PKG_VERSION"));

/// Decides what becomes of a response that is no success.
pub(crate) type OnRejection = fn(Response<Bytes>) -> Result<Response<Bytes>, Error>;

/// Makes an error of a response that is no success.
pub(crate) fn rejected(response: Response<Bytes>) -> Result<Response<Bytes>, Error> {
    Err(error_response::read(&response))
}

/// Sends a request. What is read of the body of a response that is no success is bounded.
pub(crate) async fn exchange<S: HttpService>(
    mut service: S,
    request: Request<RequestBody>,
    max_response_body: usize,
    on_rejection: OnRejection,
) -> Result<Response<Bytes>, Error> {
    // `Service::call` may panic on a clone that was not polled until it was ready.
    poll_fn(|cx| service.poll_ready(cx))
        .await
        .map_err(Error::no_response)?;
    let response = service.call(request).await.map_err(Error::no_response)?;
    let (head, body) = response.into_parts();
    if head.status.is_success() {
        let (body, error) = received::collect(body, max_response_body).await;
        return match error {
            // There is a response, so it was billed: what came of it may name the transaction.
            Some(error) => {
                let part = Response::from_parts(head, body);
                let (part, _) = inflate::inflate_what_can_be(part, max_response_body);
                Err(error.with_found(response::transaction_of(&part)))
            }
            None => inflated(Response::from_parts(head, body), max_response_body),
        };
    }
    // The status says more than a body that broke off, as after "413" to an upload; and what came
    // of it may have the words.
    let limit = max_response_body.min(LONGEST_REFUSAL);
    let (body, _) = received::collect(body, limit).await;
    let (response, _) = inflate::inflate_what_can_be(Response::from_parts(head, body), limit);
    on_rejection(response)
}

/// Takes the coding off a response. Of one that breaks off, the transaction may be found in what
/// came out.
fn inflated(response: Response<Bytes>, max_response_body: usize) -> Result<Response<Bytes>, Error> {
    if !response.headers().contains_key(header::CONTENT_ENCODING) {
        return Ok(response);
    }
    match inflate::inflate_what_can_be(response, max_response_body) {
        (response, None) => Ok(response),
        // What came out may name a transaction, which was billed then.
        (response, Some(Error::Compression)) => Err(response::broken_off(&response)),
        (part, Some(error)) => Err(error.with_found(response::transaction_of(&part))),
    }
}
