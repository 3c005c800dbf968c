//! Drives a connection in a task of its own, and sees to its end.
//!
//! Idle for too long, too old, told to close, cut: each connection has one timer for all of it, in the task and thus in
//! the runtime that drives it. So none is forgotten because another runtime has ended.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::time::{Instant, Sleep, sleep_until};

use crate::client::pool::connection::Connection;
use crate::client::pool::host::Host;
use crate::client::pool::http1::Http1;
use crate::timeouts::from_now;

/// The task of a connection, around hyper's future that owns the stream.
pub(super) struct Driver<F, B> {
    /// None once it has ended.
    hyper: Option<Pin<Box<F>>>,
    connection: Arc<Connection>,
    host: Arc<Host<B>>,
    /// What is to be looked at whenever hyper has done something.
    http1: Option<Arc<Http1<B>>>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<F, B> Driver<F, B> {
    pub(super) fn new(
        hyper: F,
        connection: Arc<Connection>,
        host: Arc<Host<B>>,
        http1: Option<Arc<Http1<B>>>,
    ) -> Self {
        Self {
            hyper: Some(Box::pin(hyper)),
            connection,
            host,
            http1,
            timer: None,
        }
    }
}

impl<F: Future, B> Future for Driver<F, B> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        while this.connection.take_news(cx.waker()) {
            if this.look_at_the_clock().is_break() {
                return Poll::Ready(());
            }
        }
        let Some(hyper) = &mut this.hyper else {
            return Poll::Ready(());
        };
        let was_returning = this.connection.is_returning();
        if hyper.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        match &this.http1 {
            Some(http1) if http1.has_come_back(cx.waker()) => this.host.park(http1),
            Some(_) if was_returning => this.host.returns_late(&this.connection),
            Some(_) => {}
            // The server may have said how many requests it takes at once.
            None if this.host.is_waited_for() => this.host.look_again(&this.connection),
            None => {}
        }
        Poll::Pending
    }
}

impl<F, B> Driver<F, B> {
    /// Does what is due, and sets the timer for what is next.
    fn look_at_the_clock(&mut self) -> std::ops::ControlFlow<()> {
        let now = Instant::now();
        if let Some((end, reason)) = self.connection.closes_by()
            && end <= now
        {
            self.connection.cut(reason);
            return std::ops::ControlFlow::Break(());
        }
        if self.connection.expires().is_some_and(|end| end <= now) {
            self.host.retire(&self.connection);
        }
        let idle_timeout = self.host.idle_timeout();
        let idle_check = match self.host.end_idle(&self.connection, now) {
            Some(since) => since + idle_timeout,
            None => from_now(idle_timeout.max(SHORTEST_CHECK)),
        };
        let close_by = self.connection.closes_by().map(|(end, _)| end);
        let nexts = [close_by, self.connection.expires(), Some(idle_check)];
        let next = nexts.into_iter().flatten().min().unwrap_or(idle_check);
        let next = self.connection.alarms.ring(now, next);
        let timer = match &mut self.timer {
            Some(timer) => {
                timer.as_mut().reset(next);
                timer
            }
            None => self.timer.insert(Box::pin(sleep_until(next))),
        };
        // Once, and not with each poll of the connection: it wakes by way of the connection, as news.
        let waker = Waker::from(Arc::clone(&self.connection));
        if timer
            .as_mut()
            .poll(&mut Context::from_waker(&waker))
            .is_ready()
        {
            waker.wake();
        }
        std::ops::ControlFlow::Continue(())
    }
}

/// However short the idle timeout is, a busy connection is not looked at more often.
const SHORTEST_CHECK: Duration = Duration::from_millis(10);

/// Also where the task is dropped with its runtime.
impl<F, B> Drop for Driver<F, B> {
    fn drop(&mut self) {
        // First the stream, so that whoever hears of the end finds it closed.
        self.hyper = None;
        self.connection.ended();
        self.host.forget(&self.connection);
    }
}
