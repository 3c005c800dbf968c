//! The deadline of a request, from the call to the last byte of the response.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{
    runtime::{Handle, Id},
    time::{Instant, Sleep, sleep_until},
};

use crate::client::pool::alarm::Alarm;
use crate::client::pool::alarms::AlarmState;
use crate::client::pool::connection::Connection;

/// A point in time, and what waits for it once something has to wait.
pub(crate) struct Deadline {
    end: Instant,
    /// While the request is on a connection.
    alarm: Option<Alarm>,
    /// While it is on none, or on one of another runtime; one serves all steps.
    timer: Option<Timer>,
}

struct Timer {
    /// The runtime of the timer. Polling the timer after its end would panic.
    runtime: Id,
    sleep: Pin<Box<Sleep>>,
}

impl Deadline {
    pub(crate) fn at(end: Instant) -> Self {
        Self {
            end,
            alarm: None,
            timer: None,
        }
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

    /// Waits for it while something is awaited on this connection.
    pub(crate) fn poll_passed_on(
        &mut self,
        connection: &Arc<Connection>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let Ok(runtime) = Handle::try_current() else {
            // Outside a runtime no timer can wake the task; the connection's end does.
            return self.passed();
        };
        let alarm = self.alarm.take().filter(|alarm| alarm.is_on(connection));
        let alarm = self
            .alarm
            .insert(alarm.unwrap_or_else(|| Alarm::on(connection)));
        match alarm.set(self.end, cx.waker(), runtime.id()) {
            AlarmState::Pending | AlarmState::Urgent => Poll::Pending,
            AlarmState::Due => Poll::Ready(()),
            AlarmState::Unwatched => self.poll_timer(runtime.id(), cx),
        }
    }

    /// Waits for it while nothing has been sent.
    fn poll_passed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match Handle::try_current() {
            Ok(runtime) => self.poll_timer(runtime.id(), cx),
            Err(_) => self.passed(),
        }
    }

    fn passed(&self) -> Poll<()> {
        match self.has_passed() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    }

    fn poll_timer(&mut self, runtime: Id, cx: &mut Context<'_>) -> Poll<()> {
        let timer = self.timer.take().filter(|timer| timer.runtime == runtime);
        let timer = timer.unwrap_or_else(|| Timer {
            runtime,
            sleep: Box::pin(sleep_until(self.end)),
        });
        self.timer.insert(timer).sleep.as_mut().poll(cx)
    }
}
