//! A request that was sent, until its response has come.
//!
//! A future by hand: in an `async` block each step would have its own storage for the values that
//! it passes on, and the copies between them were a tenth of the cost of a small request.

use std::{
    error::Error as StdError,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use pin_project_lite::pin_project;

use crate::client::body::RequestBody;
use crate::client::exchange::connecting::checkout;
use crate::client::exchange::context::{ExchangeContext, ExchangeFuture};
use crate::client::exchange::response::{HeadOutcome, accept_head};
use crate::client::explain::explain;
use crate::client::form;
use crate::client::pool::in_flight::InFlight;
use crate::client::pool::outcome::Outcome;
use crate::client::pool::ready::{Ready, SentState, TargetOf};
use crate::client::response_body::ResponseBody;
use crate::connection::phase::Phase;
use crate::error::Error;
use crate::net::raw_connector::RawConnector;

/// Sends a request on a connection.
#[inline]
pub(super) fn send<B, C>(
    context: ExchangeContext<B, C>,
    ready: Ready<RequestBody<B>>,
    mut request: Request<RequestBody<B>>,
) -> ExchangeFuture
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    let target = ready.target();
    // Over HTTP/1.1 the connection itself shows it.
    let upload = match ready.is_http2() {
        true => request.body_mut().watch(),
        false => None,
    };
    match ready.send(request) {
        Ok(mut sent) => {
            sent.state.in_flight.watch(upload);
            Box::pin(ResponseFuture::new(sent.reply, sent.state, target, context))
        }
        Err(mut request) => {
            form::restore(&mut request, target.uri());
            send_when_connected(context, Box::new(request))
        }
    }
}

/// Waits for a connection, and sends the request on it.
///
/// A future of its own: it is rare, and would grow that of every request.
pub(super) fn send_when_connected<B, C>(
    mut context: ExchangeContext<B, C>,
    request: Box<Request<RequestBody<B>>>,
) -> ExchangeFuture
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    Box::pin(async move {
        let checkout = checkout(&context.pool, request, &mut context.deadline).await?;
        let (ready, request) = *checkout;
        send(context, ready, request).await
    })
}

pin_project! {
    /// The response to come.
    struct ResponseFuture<B, C, F> {
        #[pin]
        reply: F,
        // None once the reply has come.
        exchange: Option<PendingExchange<B, C>>,
        // What follows the reply, which is rarely needed.
        rest: Option<ExchangeFuture>,
    }
}

/// The state while the reply is awaited.
struct PendingExchange<B, C> {
    sent: SentState,
    target: TargetOf<RequestBody<B>>,
    context: ExchangeContext<B, C>,
}

impl<B, C, F> ResponseFuture<B, C, F> {
    fn new(
        reply: F,
        sent: SentState,
        target: TargetOf<RequestBody<B>>,
        context: ExchangeContext<B, C>,
    ) -> Self {
        let exchange = PendingExchange {
            sent,
            target,
            context,
        };
        Self {
            reply,
            exchange: Some(exchange),
            rest: None,
        }
    }
}

impl<B, C, F> Future for ResponseFuture<B, C, F>
where
    F: Future<Output = Outcome<RequestBody<B>>>,
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    type Output = Result<Response<ResponseBody>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Some(rest) = this.rest {
            return rest.as_mut().poll(cx);
        }
        let Some(exchange) = this.exchange else {
            return Poll::Pending; // the output has been returned, so it must not be polled again
        };
        let outcome = match this.reply.poll(cx) {
            Poll::Ready(outcome) => Some(outcome),
            Poll::Pending => {
                let connection = exchange.sent.in_flight.connection();
                ready!(exchange.context.deadline.poll_passed_on(connection, cx));
                None
            }
        };
        let Some(exchange) = this.exchange.take() else {
            return Poll::Pending;
        };
        let rest = match outcome {
            Some(Ok(response)) => match exchange.accept_head(response) {
                HeadOutcome::Complete(outcome) => return Poll::Ready(outcome),
                HeadOutcome::Pending(rest) => rest,
            },
            Some(Err(mut error)) => match error.take_message() {
                // It was still queued when the connection ended, as happens with kept ones.
                Some(mut request) if exchange.sent.is_kept => {
                    form::restore(&mut request, exchange.target.uri());
                    send_when_connected(exchange.context, Box::new(request))
                }
                message => {
                    let (error, is_unsent) = (error.into_error(), message.is_some());
                    let connection = exchange.sent.in_flight.connection();
                    return Poll::Ready(Err(explain(error, connection, is_unsent)));
                }
            },
            None => return Poll::Ready(Err(timed_out(&exchange.sent.in_flight))),
        };
        this.rest.insert(rest).as_mut().poll(cx)
    }
}

impl<B, C> PendingExchange<B, C> {
    #[inline]
    fn accept_head(self, response: Response<Incoming>) -> HeadOutcome {
        let ExchangeContext {
            deadline, settings, ..
        } = self.context;
        accept_head(response, self.sent.in_flight, deadline, settings)
    }
}

fn timed_out(in_flight: &InFlight) -> Error {
    in_flight.note_timeout();
    Error::timeout(Phase::Request, Some(in_flight.connection().info().clone()))
}
