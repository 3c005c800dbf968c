//! The one deadline of a request, from the call to the last byte of the answer.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll},
};

use tokio::time::{Instant, Sleep, sleep_until};

/// A point in time and the timer that waits for it; one timer serves all steps of a request.
pub(crate) struct Deadline {
    sleep: Pin<Box<Sleep>>,
}

impl Deadline {
    pub(crate) fn at(end: Instant) -> Self {
        Self {
            sleep: Box::pin(sleep_until(end)),
        }
    }

    pub(crate) fn end(&self) -> Instant {
        self.sleep.deadline()
    }

    /// Runs a step; `None` if the deadline passes first.
    pub(crate) async fn during<F: Future>(&mut self, step: F) -> Option<F::Output> {
        let mut step = pin!(step);
        poll_fn(|cx| match step.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => self.poll_passed(cx).map(|()| None),
        })
        .await
    }

    pub(crate) fn poll_passed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.sleep.as_mut().poll(cx)
    }
}
