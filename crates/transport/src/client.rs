//! An HTTP client over the connector: a pool, a deadline, errors that say who refused whom.

use std::{
    error::Error as StdError,
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use http::{Extensions, Request, Response, Uri, uri::Scheme};
use http_body::Body;
use hyper::rt::{Read, Write};
use hyper_util::{
    client::legacy::{Client, connect::Connection},
    rt::{TokioExecutor, TokioTimer},
};
use tokio::time::{Instant, timeout_at};
use tower_service::Service;

use crate::{
    ConnectionInfo, Error, ErrorKind, MtlsConnector, Phase, ResponseBody, TcpConnector,
    attempt::{Attempt, ConnectionState},
};

/// Connections that nobody uses are closed after this time, before most servers and firewalls do it.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(50);

/// A pooled HTTP/1.1 and HTTP/2 client with one identity; a [`Service`] of [`Request`].
///
/// Requests need an absolute `https` URI. A request is sent again only where hyper knows that none of it was
/// sent, on a kept connection that had closed. No redirect is followed. Cheap to clone; clones share the pool.
///
/// Every response has its [`ConnectionInfo`] in its extensions, and every error in [`Error::connection`].
///
/// Its futures need a tokio runtime with time and I/O enabled.
pub struct MtlsClient<B, C = TcpConnector> {
    inner: Client<MtlsConnector<C>, B>,
    request_deadline: Duration,
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
        let request_deadline = connector.deadlines().request;
        let inner = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE_TIMEOUT)
            .build(connector);
        Self {
            inner,
            request_deadline,
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

    fn call(&mut self, request: Request<B>) -> Self::Future {
        if request.uri().scheme() != Some(&Scheme::HTTPS) || request.uri().host().is_none() {
            return Box::pin(async { Err(Error::new(ErrorKind::NotHttps, Phase::Resolve)) });
        }
        let deadline = Instant::now() + self.request_deadline;
        let sending = self.inner.request(request);
        Box::pin(async move {
            let attempt = Attempt::default();
            match timeout_at(deadline, attempt.during(sending)).await {
                Ok(Ok(response)) => Ok(with_deadline(response, deadline)),
                Ok(Err(error)) => Err(explained(error, &attempt)),
                Err(_) => Err(Error::timeout(Phase::Request, attempt.last_info())),
            }
        })
    }
}

fn with_deadline(
    response: Response<hyper::body::Incoming>,
    deadline: Instant,
) -> Response<ResponseBody> {
    let connection = response.extensions().get::<ConnectionInfo>().cloned();
    response.map(|incoming| ResponseBody::new(incoming, deadline, connection))
}

/// Finds the reason of a failure: in the error's chain, on the connection it names, or on one it opened.
fn explained(error: hyper_util::client::legacy::Error, attempt: &Attempt) -> Error {
    if let Some(ours) = Error::find(&error) {
        return ours.clone();
    }
    let mut extras = Extensions::new();
    if let Some(connected) = error.connect_info() {
        connected.get_extras(&mut extras);
    }
    let state = extras.get::<ConnectionState>();
    let failure = match state {
        Some(state) => state.failure().cloned(),
        None => attempt.last_failure(),
    };
    failure.unwrap_or_else(|| {
        let info = state.and_then(ConnectionState::info).cloned();
        let info = info.or_else(|| attempt.last_info());
        Error::with_source(kind_of(&error), Phase::Request, info, error)
    })
}

fn kind_of(error: &hyper_util::client::legacy::Error) -> ErrorKind {
    let hyper = error
        .source()
        .and_then(|source| source.downcast_ref::<hyper::Error>());
    match hyper {
        Some(error) if error.is_parse() || error.is_user() => ErrorKind::Http,
        _ => ErrorKind::Closed,
    }
}

impl<B, C: Clone> Clone for MtlsClient<B, C> {
    fn clone(&self) -> Self {
        Self {
            inner: self.inner.clone(),
            request_deadline: self.request_deadline,
        }
    }
}

impl<B, C> fmt::Debug for MtlsClient<B, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MtlsClient")
            .field("request_deadline", &self.request_deadline)
            .finish_non_exhaustive()
    }
}
