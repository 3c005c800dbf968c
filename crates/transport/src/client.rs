//! An HTTP client over the connector: a pool, a timeout, errors that say which side rejected the
//! other.
//!
//! A request passes the layers of [`stack`]: the timeout sets its deadline, retries and failover
//! keep what they need to send it again, and the exchange sends it on a connection of the [`pool`]
//! of the current generation.

mod body;
pub(crate) mod builder;
#[cfg(feature = "metrics")]
mod counted_request;
mod deadline;
mod exchange;
mod explain;
mod failover;
mod form;
mod generations;
mod observation;
mod outgoing;
pub(crate) mod pool;
pub(crate) mod propagation;
mod repeat;
pub(crate) mod response_body;
pub(crate) mod retry;
pub(crate) mod rotation;
mod stack;
mod timeout;
mod upload;

use std::{
    error::Error as StdError,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use http::{Request, Response, Uri, uri::Scheme};
use http_body::Body;
use tower_service::Service;

#[cfg(feature = "metrics")]
use crate::client::counted_request::CountedRequest;
use crate::client::generations::Generations;
use crate::client::response_body::ResponseBody;
use crate::client::stack::{Layers, Stack};
use crate::client::timeout::Timeout;
use crate::connection::phase::Phase;
use crate::connector::{MtlsConnector, without_userinfo};
use crate::error::{Error, ErrorKind};
use crate::net::raw_connector::RawConnector;
use crate::net::tcp::TcpConnector;

/// A pooled HTTP/1.1 and HTTP/2 client that presents one identity, or the best of several; a
/// [`Service`] of [`Request`].
///
/// Requests need an absolute `https` URI; user information in it is dropped and never sent. Unless
/// a [`RetryPolicy`](crate::RetryPolicy) allows more, a request is sent again only where hyper
/// knows that none of it was sent, on a kept connection that had closed. No redirect is followed.
/// Cheap to clone; clones share the pool and [rotate](Self::rotate) together.
///
/// HTTP/1.1 upgrades, and tunnels (`CONNECT https://host:port/`) of both versions, are available by
/// `hyper::upgrade::on` the response. Each has a connection to itself. An HTTP/1.1 connection
/// belongs to the caller from then on, and no rotation ends it; an HTTP/2 connection is aborted
/// with the others of its identity. A request that a version of HTTP does not support is an error.
///
/// Every response has its [`ConnectionInfo`](crate::ConnectionInfo) in its extensions, and every
/// error in [`Error::connection`] if there was a connection.
///
/// Its futures need a tokio runtime with time and I/O enabled.
pub struct MtlsClient<B, C = TcpConnector> {
    service: Timeout<Stack<B, C>>,
    layers: Arc<Layers>,
}

impl<B, C> MtlsClient<B, C> {
    fn over(generations: Arc<Generations<B, C>>, layers: Arc<Layers>, timeout: Duration) -> Self {
        let inner = Stack::new(&layers, generations);
        let service = Timeout { inner, timeout };
        Self { service, layers }
    }

    fn generations(&self) -> &Arc<Generations<B, C>> {
        self.service.inner.generations()
    }

    fn timeout(&self) -> Duration {
        self.service.timeout
    }
}

impl<B, C> MtlsClient<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    /// Creates a client that connects with `connector` and keeps its timeouts; without failover and
    /// retries.
    #[must_use]
    pub fn new(connector: MtlsConnector<C>) -> Self {
        Self::builder(connector).build()
    }
}

impl<B, C> Service<Request<B>> for MtlsClient<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    type Response = Response<ResponseBody>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Error>> + Send>>;

    /// Returns at once: requests wait inside the pool.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let authority = request.uri().authority();
        if authority.is_some_and(|authority| authority.as_str().contains('@')) {
            *request.uri_mut() = without_userinfo(std::mem::take(request.uri_mut()));
        }
        let uri = request.uri();
        let response = match uri.authority().is_some() && is_https(uri) {
            true => self.service.call(request),
            false => Box::pin(async { Err(Error::new(ErrorKind::NotHttps, Phase::Resolve)) }),
        };
        #[cfg(feature = "metrics")]
        let response = CountedRequest::count(response);
        response
    }
}

fn is_https(uri: &Uri) -> bool {
    uri.scheme() == Some(&Scheme::HTTPS)
}

impl<B, C> Clone for MtlsClient<B, C> {
    fn clone(&self) -> Self {
        Self {
            service: self.service.clone(),
            layers: Arc::clone(&self.layers),
        }
    }
}

impl<B, C> fmt::Debug for MtlsClient<B, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MtlsClient")
            .field("generation", &self.generations().current().generation())
            .field("failover", &self.layers.has_failover)
            .field("retries", &self.layers.retries)
            .finish_non_exhaustive()
    }
}
