//! The HTTP service that a client sends through.

use std::task::{Context, Poll};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::error::BoxError;
use crate::request_body::RequestBody;

/// An HTTP service that a [`Client`](crate::Client) sends through.
///
/// Implemented for each [`tower_service::Service`] of requests that can be cloned and whose futures
/// and bodies can move between threads, and for nothing else: a name for these bounds.
///
/// ```
/// async fn hello<S: napi::HttpService>(client: &napi::Client<S>) -> Result<String, napi::Error> {
///     client.test_authentication().await
/// }
/// ```
pub trait HttpService: sealed::Sealed + Clone + Send + 'static {
    /// The body of a response.
    type Body: Body<Data: Send, Error: Into<BoxError>> + Send + 'static;
    /// Why there is no response.
    type Error: Into<BoxError>;
    /// A response on its way.
    type Future: Future<Output = Result<Response<Self::Body>, Self::Error>> + Send;

    /// Returns what [`Service::poll_ready`] does.
    ///
    /// # Errors
    ///
    /// If the service will never be ready.
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>>;

    /// Sends a request, as [`Service::call`] does.
    fn call(&mut self, request: Request<RequestBody>) -> Self::Future;
}

impl<S, B> HttpService for S
where
    S: Service<Request<RequestBody>, Response = Response<B>, Error: Into<BoxError>, Future: Send>,
    S: Clone + Send + 'static,
    B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    type Body = B;
    type Error = <S as Service<Request<RequestBody>>>::Error;
    type Future = <S as Service<Request<RequestBody>>>::Future;

    #[inline]
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Service::poll_ready(self, cx)
    }

    #[inline]
    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        Service::call(self, request)
    }
}

mod sealed {
    use crate::http_service::{Request, RequestBody, Service};

    /// Keeps implementations of [`HttpService`](super::HttpService) inside this crate.
    #[expect(unnameable_types, reason = "a sealed trait must not be nameable")]
    pub trait Sealed {}

    impl<S: Service<Request<RequestBody>>> Sealed for S {}
}
