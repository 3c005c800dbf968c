//! The layers of a client: timeout and exchange; retries and failover between them where a request
//! may be sent again.

use std::{
    error::Error as StdError,
    sync::Arc,
    task::{Context, Poll},
};

use http::Request;
use http_body::Body;
use tower_service::Service;

use crate::client::exchange::{Exchange, ExchangeFuture, ExchangeSettings};
use crate::client::generations::Generations;
use crate::client::outgoing::Timed;
use crate::client::propagation::Propagation;
use crate::client::repeat::RepeatLayer;
use crate::client::response_body::ResponseBody;
use crate::client::retry::{Retries, RetryPolicy};
use crate::error::Error;
use crate::net::raw_connector::RawConnector;

/// The layers below the timeout.
pub(super) enum Stack<B, C> {
    /// Each request is sent once.
    Once(Exchange<B, C>),
    /// A request may be sent again.
    Repeat(Arc<RepeatLayer<B, C>>),
}

/// The settings of all layers.
#[derive(Clone)]
pub(super) struct Layers {
    pub(super) exchange: ExchangeSettings,
    pub(super) has_failover: bool,
    pub(super) retries: Option<RetryPolicy>,
    pub(super) replay_limit: usize,
    pub(super) propagation: Option<Propagation>,
}

impl Default for Layers {
    fn default() -> Self {
        Self {
            exchange: ExchangeSettings::default(),
            has_failover: false,
            retries: None,
            replay_limit: 8 * 1024 * 1024,
            propagation: None,
        }
    }
}

impl<B, C> Stack<B, C> {
    pub(super) fn new(layers: &Layers, generations: Arc<Generations<B, C>>) -> Self {
        let settings = layers.exchange;
        let clock = generations.current().connector.clock();
        let exchange = Exchange {
            generations,
            settings,
            propagation: layers.propagation.clone(),
        };
        // Saves the copy of each request's head, which nothing would read.
        if !layers.has_failover && layers.retries.is_none() {
            return Self::Once(exchange);
        }
        let retries = layers.retries.clone();
        Self::Repeat(Arc::new(RepeatLayer {
            exchange,
            has_failover: layers.has_failover,
            retries: retries.map(|policy| Retries::new(policy, clock)),
            replay_limit: layers.replay_limit,
        }))
    }

    pub(super) fn generations(&self) -> &Arc<Generations<B, C>> {
        match self {
            Self::Once(exchange) => &exchange.generations,
            Self::Repeat(repeating) => &repeating.exchange.generations,
        }
    }
}

impl<B, C> Service<Timed<Request<B>>> for Stack<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    type Response = http::Response<ResponseBody>;
    type Error = Error;
    type Future = ExchangeFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    #[inline]
    fn call(&mut self, request: Timed<Request<B>>) -> ExchangeFuture {
        match self {
            Self::Once(exchange) => exchange.send(request.once()),
            Self::Repeat(repeating) => repeating.send(request),
        }
    }
}

impl<B, C> Clone for Stack<B, C> {
    fn clone(&self) -> Self {
        match self {
            Self::Once(exchange) => Self::Once(exchange.clone()),
            Self::Repeat(repeating) => Self::Repeat(Arc::clone(repeating)),
        }
    }
}
