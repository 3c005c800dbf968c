//! Drives a connection in a task of its own, until its end.
//!
//! Idle timeout, max age, drain timeout, close timeout: each connection has one timer for all of
//! them, in the task and thus in the runtime that drives it. So none is leaked when another runtime
//! ends.

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

/// The task of a connection, around hyper's future, which owns the stream.
pub(super) struct Driver<F, B> {
    /// None once it has ended.
    hyper: Option<Pin<Box<F>>>,
    connection: Arc<Connection>,
    host: Arc<Host<B>>,
    /// The sending half that is checked for reuse after each turn of hyper.
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
        while this.connection.take_events(cx.waker()) {
            if this.check_timers().is_break() {
                return Poll::Ready(());
            }
        }
        let Some(hyper) = &mut this.hyper else {
            return Poll::Ready(());
        };
        let was_expected = this.connection.is_reuse_expected();
        if hyper.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        match &this.http1 {
            Some(http1) if http1.becomes_reusable(cx.waker()) => this.host.park(http1),
            Some(_) if was_expected => this.host.reuse_is_late(&this.connection),
            Some(_) => {}
            // hyper may have received SETTINGS with another limit of streams.
            None if this.host.has_waiters() => this.host.recheck_streams(&this.connection),
            None => {}
        }
        Poll::Pending
    }
}

impl<F, B> Driver<F, B> {
    /// Applies the limits that have been reached, and sets the timer for the next one.
    fn check_timers(&mut self) -> std::ops::ControlFlow<()> {
        let now = Instant::now();
        if self.http1.is_none() {
            self.connection.keep_for_requests();
        }
        if let Some((end, reason)) = self.connection.abort_time()
            && end <= now
        {
            self.connection.abort(reason);
            return std::ops::ControlFlow::Break(());
        }
        let retire_times = || [self.connection.expires(), self.connection.upload_end()];
        if retire_times().into_iter().flatten().any(|end| end <= now) {
            self.host.retire(&self.connection);
        }
        let idle_timeout = self.host.idle_timeout();
        let idle_check = match self.host.end_idle(&self.connection, now) {
            Some(since) => since + idle_timeout,
            None => from_now(idle_timeout.max(SHORTEST_CHECK)),
        };
        let abort_time = self.connection.abort_time().map(|(end, _)| end);
        let nexts = retire_times().into_iter().chain([abort_time]);
        let next = nexts.flatten().fold(idle_check, Instant::min);
        let next = self.connection.alarms.ring(now, next);
        let timer = match &mut self.timer {
            Some(timer) => {
                timer.as_mut().reset(next);
                timer
            }
            None => self.timer.insert(Box::pin(sleep_until(next))),
        };
        // Polled once, and not with each poll of the connection: it wakes the connection, as an
        // event.
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

/// The shortest time between two checks of a busy connection, however short the idle timeout is.
const SHORTEST_CHECK: Duration = Duration::from_millis(10);

/// Also runs when the task is dropped with its runtime.
impl<F, B> Drop for Driver<F, B> {
    fn drop(&mut self) {
        // The stream first, so that the connection is closed when others learn of its end.
        self.hyper = None;
        self.connection.mark_ended();
        self.host.remove(&self.connection);
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::Weak};

    use bytes::Bytes;
    use http::{Uri, uri::Authority};
    use http_body_util::Empty;
    use tokio::{runtime::Handle, task::yield_now, time::advance};

    use super::*;
    use crate::client::pool::connection::{CLOSE_TIMEOUT, ConnectionOwner};
    use crate::client::pool::host::{Dial, Target};
    use crate::connection::generation::Generation;
    use crate::connection::info::ConnectionInfo;
    use crate::connection::steps::Steps;
    use crate::stream::state::ConnectionState;
    use crate::tls::client_config::Alpn;

    type Requests = Empty<Bytes>;

    struct NoDial;

    impl Dial<Requests> for NoDial {
        fn dial(&self, _: Arc<Host<Requests>>, _: Steps, _: &Handle) {}
    }

    fn host() -> Arc<Host<Requests>> {
        let target = Target {
            authority: Authority::from_static("api.example"),
            uri: Uri::from_static("https://api.example/"),
            host: None,
        };
        Host::new(target, Alpn::Http2, Arc::default(), Arc::new(NoDial), None)
    }

    async fn pass(time: Duration) {
        advance(time).await;
        for _ in 0..8 {
            yield_now().await;
        }
    }

    /// Covers the moment in which a request ends, another one gets the connection, and its age
    /// ends: the first sees that it was the last on a retired connection.
    #[tokio::test(start_paused = true)]
    async fn http2_request_outlives_a_close_that_came_late() {
        let host = host();
        let owner: Weak<dyn ConnectionOwner> = Arc::downgrade(&host) as _;
        let info = ConnectionInfo::before_tls("api.example", Generation::FIRST, None, None);
        let connection = Connection::new(info, None, ConnectionState::default(), owner, None);
        connection
            .exchanges
            .store(1, std::sync::atomic::Ordering::SeqCst);
        connection.mark_retired();
        connection.close_soon();
        let driver = Driver::new(pending::<()>(), Arc::clone(&connection), host, None);
        let driver = tokio::spawn(driver);
        pass(CLOSE_TIMEOUT * 10).await;
        assert!(!driver.is_finished(), "its request is still waiting");
        assert!(connection.failure().is_none());

        connection.stream_ended();
        pass(CLOSE_TIMEOUT / 2).await;
        assert!(!driver.is_finished(), "it may close by itself");
        pass(CLOSE_TIMEOUT).await;
        assert!(driver.is_finished());
    }
}
