//! An HTTP client over the connector: a pool, a deadline, errors that say who refused whom.

mod pool;
mod rotation;

use std::{
    error::Error as StdError,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{
    Extensions, Request, Response, Uri,
    uri::{Authority, Scheme},
};
use http_body::Body;
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::{
    self,
    connect::{CaptureConnection, Connection, capture_connection},
};
use tokio::time::{Instant, timeout_at};
use tower_service::Service;

use crate::{
    Error, ErrorKind, MtlsConnector, Phase, ResponseBody, TcpConnector,
    attempt::{Attempt, ConnectionState},
};

use pool::Pool;
use rotation::Generations;

pub use rotation::Successor;

/// A pooled HTTP/1.1 and HTTP/2 client with one identity at a time; a [`Service`] of [`Request`].
///
/// Requests need an absolute `https` URI. A request is sent again only where hyper knows that none of it was
/// sent, on a kept connection that had closed. No redirect is followed. Cheap to clone; clones share the pool and
/// [rotate](Self::rotate) together.
///
/// Every response has its [`ConnectionInfo`](crate::ConnectionInfo) in its extensions, and every error in
/// [`Error::connection`] if it got as far as a connection.
///
/// Its futures need a tokio runtime with time and I/O enabled.
pub struct MtlsClient<B, C = TcpConnector> {
    generations: Arc<Generations<B, C>>,
}

impl<B, C> MtlsClient<B, C>
where
    B: Body + Send,
    B::Data: Send,
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Read + Write + Connection + Send + Unpin + 'static,
    C::Error: Into<Box<dyn StdError + Send + Sync>>,
    C::Future: Send + 'static,
{
    /// A client that connects with `connector` and keeps its deadlines.
    #[must_use]
    pub fn new(connector: MtlsConnector<C>) -> Self {
        let pool = Arc::new(Pool::new(connector));
        Self {
            generations: Arc::new(Generations::starting_with(pool)),
        }
    }
}

impl<B, C> Service<Request<B>> for MtlsClient<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Read + Write + Connection + Send + Unpin + 'static,
    C::Error: Into<Box<dyn StdError + Send + Sync>>,
    C::Future: Send + 'static,
{
    type Response = Response<ResponseBody>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>> + Send>>;

    /// Always ready: the pool grows as it must.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let authority = match request.uri().authority() {
            Some(authority) if request.uri().scheme() == Some(&Scheme::HTTPS) => authority.clone(),
            _ => return Box::pin(async { Err(Error::new(ErrorKind::NotHttps, Phase::Resolve)) }),
        };
        let pool = self.generations.current();
        let deadline = pool.connector.deadlines().request_end();
        let used = capture_connection(&mut request);
        let attempt = Attempt::new(pool.last_failure.clone());
        let sending = pool.client.request(request);
        Box::pin(async move {
            match timeout_at(deadline, attempt.during(sending)).await {
                Ok(Ok(response)) => Ok(with_deadline(response, deadline)),
                Ok(Err(error)) => Err(explained(error, state_of(&used), &attempt, &authority)),
                Err(_) => {
                    let used = state_of(&used).and_then(|state| state.info().cloned());
                    let info = used.or_else(|| attempt.last_info());
                    Err(Error::timeout(Phase::Request, info))
                }
            }
        })
    }
}

fn with_deadline(
    response: Response<hyper::body::Incoming>,
    deadline: Instant,
) -> Response<ResponseBody> {
    let state = response.extensions().get::<ConnectionState>().cloned();
    response.map(|incoming| ResponseBody::new(incoming, deadline, state.unwrap_or_default()))
}

/// The connection that a request was sent on, be it new or out of the pool.
fn state_of(used: &CaptureConnection) -> Option<ConnectionState> {
    let mut extras = Extensions::new();
    if let Some(connected) = &*used.connection_metadata() {
        connected.get_extras(&mut extras);
    }
    extras.remove()
}

/// Finds the reason of a failure: in the error's chain, on the connection that was used, on one that the request
/// opened, or on one that it waited for.
fn explained(
    error: legacy::Error,
    used: Option<ConnectionState>,
    attempt: &Attempt,
    authority: &Authority,
) -> Error {
    if let Some(ours) = Error::find(&error) {
        return ours.clone();
    }
    let failure = match &used {
        Some(state) => state.failure().cloned(),
        None => attempt
            .last_failure()
            .or_else(|| attempt.failure_waited_for(authority)),
    };
    failure.unwrap_or_else(|| {
        let info = used.and_then(|state| state.info().cloned());
        let info = info.or_else(|| attempt.last_info());
        Error::with_source(kind_of(&error), Phase::Request, info, error)
    })
}

fn kind_of(error: &legacy::Error) -> ErrorKind {
    match error.source() {
        // Of hyper-util's own errors, only those about the request itself have no source.
        None => ErrorKind::Http,
        Some(source) => match source.downcast_ref::<hyper::Error>() {
            Some(error) if error.is_parse() || error.is_user() => ErrorKind::Http,
            _ => ErrorKind::Closed,
        },
    }
}

impl<B, C> Clone for MtlsClient<B, C> {
    fn clone(&self) -> Self {
        Self {
            generations: Arc::clone(&self.generations),
        }
    }
}

impl<B, C> fmt::Debug for MtlsClient<B, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MtlsClient")
            .field("connector", &self.generations.current().connector)
            .finish_non_exhaustive()
    }
}
