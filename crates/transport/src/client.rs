//! An HTTP client over the connector: a pool, a deadline, errors that say who refused whom.

use std::{
    error::Error as StdError,
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::{
    Extensions, Request, Response, Uri,
    uri::{Authority, Scheme},
};
use http_body::Body;
use hyper::rt::{Read, Write};
use hyper_util::{
    client::legacy::{
        self, Client,
        connect::{CaptureConnection, Connection, capture_connection},
    },
    rt::{TokioExecutor, TokioTimer},
};
use tokio::time::{Instant, timeout_at};
use tower_service::Service;

use crate::{
    Deadlines, Error, ErrorKind, MtlsConnector, Phase, ResponseBody, TcpConnector,
    attempt::{Attempt, ConnectionState, LastFailure},
};

/// Connections that nobody uses are closed after this time, before most servers and firewalls do it.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(50);
/// All requests share one HTTP/2 connection; while one of them waits, the server is asked for a sign of life this
/// often, so that a connection that a firewall has dropped is not used until each request meets its deadline.
const HTTP2_PING_INTERVAL: Duration = Duration::from_secs(20);
/// How long the server has for the sign.
const HTTP2_PING_TIMEOUT: Duration = Duration::from_secs(20);

/// A pooled HTTP/1.1 and HTTP/2 client with one identity; a [`Service`] of [`Request`].
///
/// Requests need an absolute `https` URI. A request is sent again only where hyper knows that none of it was
/// sent, on a kept connection that had closed. No redirect is followed. Cheap to clone; clones share the pool.
///
/// Every response has its [`ConnectionInfo`](crate::ConnectionInfo) in its extensions, and every error in
/// [`Error::connection`] if it got as far as a connection.
///
/// Its futures need a tokio runtime with time and I/O enabled.
pub struct MtlsClient<B, C = TcpConnector> {
    inner: Client<MtlsConnector<C>, B>,
    deadlines: Deadlines,
    last_failure: LastFailure,
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
        let deadlines = connector.deadlines();
        let inner = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .http2_keep_alive_interval(HTTP2_PING_INTERVAL)
            .http2_keep_alive_timeout(HTTP2_PING_TIMEOUT)
            .build(connector);
        Self {
            inner,
            deadlines,
            last_failure: LastFailure::default(),
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
        let deadline = self.deadlines.request_end();
        let used = capture_connection(&mut request);
        let attempt = Attempt::new(self.last_failure.clone());
        let sending = self.inner.request(request);
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

impl<B, C: Clone> Clone for MtlsClient<B, C> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            deadlines: self.deadlines,
            last_failure: self.last_failure.clone(),
        }
    }
}

impl<B, C> fmt::Debug for MtlsClient<B, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MtlsClient")
            .field("deadlines", &self.deadlines)
            .finish_non_exhaustive()
    }
}
