//! The body of a request as the caller sends it, with a limit and a timeout.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
    time::Duration,
};

use bytes::Bytes;
use http::Version;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::caller_wait::CallerWait;
use crate::fields::clean_trailers;

/// The body of a request on its way from the caller to the server: the type of the
/// [client](crate::Gateway::client) behind a gateway. Only the gateway makes one.
pub struct CallerBody {
    incoming: Incoming,
    is_http2: bool,
    left: u64,
    timeout: Duration,
    received: u64,
    /// The time that was spent waiting for pieces.
    waited: Duration,
    waiting_since: Option<Instant>,
    /// Made for the first piece that has to be waited for.
    timer: Option<Pin<Box<Sleep>>>,
    wait: CallerWait,
    failure: CallerFailure,
}

/// The reason why the body of a request did not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CallerBodyError {
    /// The caller's connection broke, or what it sent is no body.
    #[error("the caller's request body broke off")]
    Broken,
    /// It is longer than the limit.
    #[error("the caller's request body is longer than the limit")]
    TooLarge,
    /// The next piece did not come in time, all of them came too slowly, or it was waited for when
    /// another request needed the place.
    #[error("the caller's request body stopped coming, or came too slowly")]
    TooSlow,
}

/// The failure of a body, seen from where it has been handed on.
#[derive(Clone, Default)]
pub(crate) struct CallerFailure(Arc<OnceLock<CallerBodyError>>);

impl CallerFailure {
    pub(crate) fn reason(&self) -> Option<CallerBodyError> {
        self.0.get().copied()
    }
}

/// The least bytes in a second, on average over the time that was spent waiting for them: callers
/// that send a byte now and then would keep their places for days.
const LEAST_RATE: u64 = 500;

impl CallerBody {
    pub(crate) fn new(incoming: Incoming, version: Version, limit: u64, timeout: Duration) -> Self {
        Self {
            incoming,
            is_http2: version == Version::HTTP_2,
            left: limit,
            timeout,
            received: 0,
            waited: Duration::ZERO,
            waiting_since: None,
            timer: None,
            wait: CallerWait::default(),
            failure: CallerFailure::default(),
        }
    }

    /// Checks whether the announced length is within the limit.
    pub(crate) fn is_within_limit(&self) -> bool {
        self.incoming.size_hint().lower() <= self.left
    }

    pub(crate) fn failure(&self) -> CallerFailure {
        self.failure.clone()
    }

    pub(crate) fn wait(&self) -> CallerWait {
        self.wait.clone()
    }

    fn fail(&self, reason: CallerBodyError) -> CallerBodyError {
        *self.failure.0.get_or_init(|| reason)
    }

    /// Returns whether the time for the next piece is over, or another request needs the place.
    fn poll_timeout(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let timer = match (&mut self.timer, self.waiting_since) {
            (Some(timer), Some(_)) => timer,
            (timer, _) => {
                let now = Instant::now();
                let for_all = self.timeout + Duration::from_secs(self.received / LEAST_RATE);
                let left = for_all.saturating_sub(self.waited).min(self.timeout);
                let timer = timer.get_or_insert_with(|| Box::pin(sleep_until(now)));
                timer.as_mut().reset(now + left);
                self.waiting_since = Some(now);
                self.wait.begin(now);
                timer
            }
        };
        if self.wait.poll_given_up(cx.waker()) {
            return Poll::Ready(());
        }
        timer.as_mut().poll(cx)
    }

    /// Notes that the next piece is there.
    fn end_wait(&mut self) {
        if let Some(since) = self.waiting_since.take() {
            self.waited += since.elapsed();
            self.wait.end();
        }
    }
}

impl Body for CallerBody {
    type Data = Bytes;
    type Error = CallerBodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, CallerBodyError>>> {
        let this = &mut *self;
        let frame = match Pin::new(&mut this.incoming).poll_frame(cx) {
            Poll::Ready(frame) => frame,
            Poll::Pending => {
                ready!(this.poll_timeout(cx));
                return Poll::Ready(Some(Err(this.fail(CallerBodyError::TooSlow))));
            }
        };
        this.end_wait();
        let mut frame = match frame {
            // hyper takes a reset with `NO_ERROR` for an end.
            None if this.is_http2 && !this.incoming.is_end_stream() => {
                return Poll::Ready(Some(Err(this.fail(CallerBodyError::Broken))));
            }
            None => return Poll::Ready(None),
            Some(Err(_)) => return Poll::Ready(Some(Err(this.fail(CallerBodyError::Broken)))),
            Some(Ok(frame)) => frame,
        };
        let length = frame.data_ref().map_or(0, |data| data.len() as u64);
        this.received = this.received.saturating_add(length);
        match this.left.checked_sub(length) {
            Some(left) => this.left = left,
            None => return Poll::Ready(Some(Err(this.fail(CallerBodyError::TooLarge)))),
        }
        if let Some(trailers) = frame.trailers_mut() {
            clean_trailers(trailers);
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl fmt::Debug for CallerBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallerBody").finish_non_exhaustive()
    }
}
