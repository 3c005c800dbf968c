//! The timeout of a request: sets the deadline that the layers below apply.
//!
//! It is not a timer around them: the code that waits for a name, a connection, a response or a
//! body knows in which step the deadline passed, and what was sent.

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
            resends: 0,
        })
    }
}
