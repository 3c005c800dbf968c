//! Requests that may be sent again: as they are, or with another identity.
//!
//! The first attempt is a request as any other, beside a copy of its head; the loop is made where
//! that attempt was not enough. `tower::retry::Retry` copies policy and service for each request
//! and makes its loop for all of them. Of tower, the budget and the back-off are used.

use std::{
    error::Error as StdError,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use http_body::Body;
use tokio::time::{Instant, sleep_until};

use crate::client::exchange::{Exchange, ExchangeFuture};
use crate::client::failover;
use crate::client::outgoing::{Repeatable, Timed};
use crate::client::response_body::ResponseBody;
use crate::client::retry::Retries;
use crate::connection::phase::Phase;
use crate::error::{Error, ErrorKind};
use crate::net::raw_connector::RawConnector;
use crate::telemetry;

/// Sends each request, and sends it again if retries or failover call for it.
pub(super) struct RepeatLayer<B, C> {
    pub(super) exchange: Exchange<B, C>,
    pub(super) has_failover: bool,
    pub(super) retries: Option<Retries>,
    /// The number of bytes of a body that are buffered.
    pub(super) replay_limit: usize,
}

type Outcome = Result<Response<ResponseBody>, Error>;

impl<B, C> RepeatLayer<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    #[inline]
    pub(super) fn send(self: &Arc<Self>, request: Timed<Request<B>>) -> ExchangeFuture {
        let (first, request) = request.repeatable(self.replay_limit);
        Box::pin(Attempt {
            current: self.exchange.send(first),
            again: Some(Again {
                layers: Arc::clone(self),
                request,
            }),
        })
    }

    /// Returns whether the outcome of the first attempt is that of the request.
    fn is_final(&self, outcome: &Outcome) -> bool {
        match (outcome, &self.retries) {
            (Ok(response), Some(retries)) => retries.is_final(response),
            (Ok(_), None) => true,
            (Err(_), _) => false,
        }
    }
}

/// The first attempt, and the copy for later ones.
struct Attempt<B, C> {
    current: ExchangeFuture,
    again: Option<Again<B, C>>,
}

struct Again<B, C> {
    layers: Arc<RepeatLayer<B, C>>,
    request: Repeatable<B>,
}

impl<B, C> Future for Attempt<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let outcome = ready!(self.current.as_mut().poll(cx));
        let again = self.again.take();
        match again.filter(|again| !again.layers.is_final(&outcome)) {
            None => Poll::Ready(outcome),
            Some(again) => {
                self.current = Box::pin(again.decide(outcome));
                self.current.as_mut().poll(cx)
            }
        }
    }
}

impl<B, C> Again<B, C>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    /// Continues after an outcome: at once with another identity, later with a retry.
    async fn decide(self, mut outcome: Outcome) -> Outcome {
        let RepeatLayer {
            exchange,
            has_failover,
            retries,
            ..
        } = &*self.layers;
        let mut course = retries.as_ref().map(Retries::course);
        loop {
            if *has_failover && let Err(error) = outcome {
                outcome = failover::next(exchange, &self.request, error).await;
            }
            let course = course.as_mut();
            let wait = course.and_then(|course| course.wait(&self.request, &outcome));
            let Some(wait) = wait else {
                return outcome;
            };
            // An unread response keeps its stream or connection, which the retry may wait for.
            drop(outcome);
            telemetry::retried();
            let host = self.request.authority().map(tracing::field::display);
            tracing::info!(host, ?wait, "the request is sent again");
            let end = Instant::now() + wait;
            sleep_until(end).await;
            outcome = match self.request.at(end) {
                Some(request) => exchange.send(request).await,
                None => Err(unrepeatable()),
            };
        }
    }
}

/// Returns an error for a request that cannot be sent again; the loop above checks that before.
fn unrepeatable() -> Error {
    Error::new(ErrorKind::Http, Phase::Request)
}
