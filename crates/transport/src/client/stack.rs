//! The layers of a client: timeout, then retries, failover and exchange; or the exchange alone where a request is never
//! sent again.

use std::{
    error::Error as StdError,
    sync::Arc,
    task::{Context, Poll},
};

use http::Request;
use http_body::Body;
use tower::retry::Retry;
use tower_service::Service;

use crate::client::exchange::{Exchange, ExchangeFuture, ExchangeSettings};
use crate::client::failover::Failover;
use crate::client::generations::Generations;
use crate::client::outgoing::Timed;
use crate::client::response_body::ResponseBody;
use crate::client::retry::{RetryPolicy, RetryState};
use crate::error::Error;
use crate::net::raw_connector::RawConnector;

/// What lies beneath the timeout.
pub(super) enum Stack<B, C> {
    /// Each request is sent once.
    Once(Exchange<B, C>),
    /// A request may be sent again, if no more than so many bytes of its body have been read by then.
    Repeating(Retry<RetryState, Failover<B, C>>, usize),
}

/// The settings of all layers.
#[derive(Clone)]
pub(super) struct Layers {
    pub(super) exchange: ExchangeSettings,
    pub(super) has_failover: bool,
    pub(super) retries: Option<RetryPolicy>,
    pub(super) replay_limit: usize,
}

impl Default for Layers {
    fn default() -> Self {
        Self {
            exchange: ExchangeSettings::default(),
            has_failover: false,
            retries: None,
            replay_limit: 8 * 1024 * 1024,
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
        };
        if !layers.has_failover && layers.retries.is_none() {
            return Self::Once(exchange);
        }
        let failover = Failover {
            exchange,
            is_on: layers.has_failover,
        };
        let policy = RetryState::new(layers.retries.clone(), clock);
        Self::Repeating(Retry::new(policy, failover), layers.replay_limit)
    }

    pub(super) fn generations(&self) -> &Arc<Generations<B, C>> {
        match self {
            Self::Once(exchange) => &exchange.generations,
            Self::Repeating(retry, _) => &retry.get_ref().exchange.generations,
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
            Self::Once(exchange) => exchange.call(request.once()),
            Self::Repeating(retry, replay_limit) => {
                Box::pin(retry.call(request.repeatable(*replay_limit)))
            }
        }
    }
}

impl<B, C> Clone for Stack<B, C> {
    fn clone(&self) -> Self {
        match self {
            Self::Once(exchange) => Self::Once(exchange.clone()),
            Self::Repeating(retry, replay_limit) => Self::Repeating(retry.clone(), *replay_limit),
        }
    }
}
