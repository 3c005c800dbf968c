//! A request that was given to its connection, until its response has come.
//!
//! A future by hand: in an `async` block each step would have a place of its own for what it hands on, and the copies
//! between them were a tenth of what a small request costs.

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
use crate::client::exchange::connecting::connected;
use crate::client::exchange::response::{Answered, answered};
use crate::client::exchange::terms::{Exchanging, Terms};
use crate::client::explain::explained;
use crate::client::form;
use crate::client::pool::in_flight::InFlight;
use crate::client::pool::outcome::Outcome;
use crate::client::pool::ready::{Given, Ready, TargetOf};
use crate::client::response_body::ResponseBody;
use crate::connection::phase::Phase;
use crate::error::Error;
use crate::net::raw_connector::RawConnector;

/// Gives a request to a connection.
#[inline]
pub(super) fn given<B, C>(
    terms: Terms<B, C>,
    ready: Ready<RequestBody<B>>,
    request: Request<RequestBody<B>>,
) -> Exchanging
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    let target = ready.target();
    match ready.send(request) {
        Ok(sent) => Box::pin(Awaited::new(sent.reply, sent.given, target, terms)),
        Err(mut request) => {
            form::restore(&mut request, target.uri());
            once_connected(terms, Box::new(request))
        }
    }
}

/// Waits for a connection, and gives the request to it.
///
/// A future of its own: it is rare, and would grow that of every request.
pub(super) fn once_connected<B, C>(
    mut terms: Terms<B, C>,
    request: Box<Request<RequestBody<B>>>,
) -> Exchanging
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    Box::pin(async move {
        let connected = connected(&terms.pool, request, &mut terms.deadline).await?;
        let (ready, request) = *connected;
        given(terms, ready, request).await
    })
}

pin_project! {
    /// The response to come.
    struct Awaited<B, C, F> {
        #[pin]
        reply: F,
        // None once the reply has come.
        course: Option<Course<B, C>>,
        // Where the reply was not the end of it, which is rare.
        rest: Option<Exchanging>,
    }
}

/// What goes on while the reply is awaited.
struct Course<B, C> {
    given: Given,
    target: TargetOf<RequestBody<B>>,
    terms: Terms<B, C>,
}

impl<B, C, F> Awaited<B, C, F> {
    fn new(reply: F, given: Given, target: TargetOf<RequestBody<B>>, terms: Terms<B, C>) -> Self {
        let course = Course {
            given,
            target,
            terms,
        };
        Self {
            reply,
            course: Some(course),
            rest: None,
        }
    }
}

impl<B, C, F> Future for Awaited<B, C, F>
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
        let Some(course) = this.course else {
            return Poll::Pending; // it has been told, and is not to be polled again
        };
        let outcome = match this.reply.poll(cx) {
            Poll::Ready(outcome) => Some(outcome),
            Poll::Pending => {
                let connection = course.given.in_flight.connection();
                ready!(course.terms.deadline.poll_passed_on(connection, cx));
                None
            }
        };
        let Some(course) = this.course.take() else {
            return Poll::Pending;
        };
        let rest = match outcome {
            Some(Ok(response)) => match course.answered(response) {
                Answered::Whole(outcome) => return Poll::Ready(outcome),
                Answered::Judged(rest) => rest,
            },
            Some(Err(mut error)) => match error.take_message() {
                // It was still in the queue when the connection ended, as kept ones do.
                Some(mut request) if course.given.is_kept => {
                    form::restore(&mut request, course.target.uri());
                    once_connected(course.terms, Box::new(request))
                }
                message => {
                    let (error, is_unsent) = (error.into_error(), message.is_some());
                    let connection = course.given.in_flight.connection();
                    return Poll::Ready(Err(explained(error, connection, is_unsent)));
                }
            },
            None => return Poll::Ready(Err(timed_out(&course.given.in_flight))),
        };
        this.rest.insert(rest).as_mut().poll(cx)
    }
}

impl<B, C> Course<B, C> {
    #[inline]
    fn answered(self, response: Response<Incoming>) -> Answered {
        let Terms {
            deadline, settings, ..
        } = self.terms;
        answered(response, self.given.in_flight, deadline, settings)
    }
}

fn timed_out(in_flight: &InFlight) -> Error {
    in_flight.waited_in_vain();
    Error::timeout(Phase::Request, Some(in_flight.connection().info().clone()))
}
