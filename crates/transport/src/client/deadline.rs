//! The deadline of a request, from the call to the last byte of the response.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll},
};

use tokio::{
    runtime::{Handle, Id},
    time::{Instant, Sleep, sleep_until},
};

/// A point in time, and the timer for it once a step has to wait; one timer serves all steps.
pub(crate) struct Deadline {
    end: Instant,
    timer: Option<Timer>,
}

struct Timer {
    /// The runtime of the timer. Polling the timer after its end would panic.
    runtime: Id,
    sleep: Pin<Box<Sleep>>,
}

impl Deadline {
    pub(crate) fn at(end: Instant) -> Self {
        Self { end, timer: None }
    }

    pub(crate) fn has_passed(&self) -> bool {
        Instant::now() >= self.end
    }

    /// Runs a step; returns `None` if the deadline passes first.
    pub(crate) async fn during<F: Future>(&mut self, step: F) -> Option<F::Output> {
        let mut step = pin!(step);
        poll_fn(|cx| match step.as_mut().poll(cx) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => self.poll_passed(cx).map(|()| None),
        })
        .await
    }

    pub(crate) fn poll_passed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Ok(runtime) = Handle::try_current() else {
            // Outside a runtime no timer can wake the task; the connection's end does.
            return match self.has_passed() {
                true => Poll::Ready(()),
                false => Poll::Pending,
            };
        };
        let runtime = runtime.id();
        let timer = self.timer.take().filter(|timer| timer.runtime == runtime);
        let timer = timer.unwrap_or_else(|| Timer {
            runtime,
            sleep: Box::pin(sleep_until(self.end)),
        });
        self.timer.insert(timer).sleep.as_mut().poll(cx)
    }
}
