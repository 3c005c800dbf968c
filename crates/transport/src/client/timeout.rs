//! The timeout of a request: the layers below keep to the deadline that is set here.
//!
//! It is not a timer around them: whoever waits for a name, a connection, a response or a body knows in which step the
//! time ran out, and what has been sent.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use http::Request;
use tokio::time::Instant;
use tower_service::Service;

use crate::client::outgoing::Timed;
use crate::timeouts::UNLIMITED;

/// The outermost layer.
#[derive(Clone)]
pub(super) struct Timeout<S> {
    pub(super) inner: S,
    pub(super) timeout: Duration,
}

impl<B, S> Service<Request<B>> for Timeout<S>
where
    S: Service<Timed<Request<B>>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    #[inline]
    fn call(&mut self, request: Request<B>) -> S::Future {
        let now = Instant::now();
        self.inner.call(Timed {
            request,
            now,
            deadline: now + self.timeout.min(UNLIMITED),
        })
    }
}
