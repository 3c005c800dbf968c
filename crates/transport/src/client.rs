//! An HTTP client over the connector: a pool, a deadline, errors that say who refused whom.

mod exchange;
mod failover;
mod lineup;
mod pool;
mod rotation;

use std::{
    error::Error as StdError,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{Request, Response, uri::Scheme};
use http_body::Body;
use tower_service::Service;

use crate::{Error, ErrorKind, MtlsConnector, Phase, RawConnector, ResponseBody, TcpConnector};

use failover::Replay;
use lineup::Lineup;
use pool::Pool;
use rotation::Generations;

pub use rotation::Successor;

/// A pooled HTTP/1.1 and HTTP/2 client that presents one identity, or the best of several; a [`Service`] of
/// [`Request`].
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
    replay: Option<Replay<B>>,
}

impl<B, C> MtlsClient<B, C>
where
    B: Body + Send,
    B::Data: Send,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    /// A client that connects with `connector` and keeps its deadlines.
    #[must_use]
    pub fn new(connector: MtlsConnector<C>) -> Self {
        let lineup = Lineup::of_one(Pool::new(connector, None));
        Self {
            generations: Arc::new(Generations::starting_with(lineup)),
            replay: None,
        }
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

    /// Always ready: the pool grows as it must.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let authority = match request.uri().authority() {
            Some(authority) if request.uri().scheme() == Some(&Scheme::HTTPS) => authority.clone(),
            _ => return Box::pin(async { Err(Error::new(ErrorKind::NotHttps, Phase::Resolve)) }),
        };
        let (lineup, replay) = (self.generations.current(), self.replay);
        Box::pin(failover::send(lineup, request, authority, replay))
    }
}

impl<B, C> Clone for MtlsClient<B, C> {
    fn clone(&self) -> Self {
        Self {
            generations: Arc::clone(&self.generations),
            replay: self.replay,
        }
    }
}

impl<B, C> fmt::Debug for MtlsClient<B, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MtlsClient")
            .field("generation", &self.generations.current().generation())
            .field("failover", &self.replay.is_some())
            .finish_non_exhaustive()
    }
}
