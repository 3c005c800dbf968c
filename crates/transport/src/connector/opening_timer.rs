//! The one timer of a connection that is being opened, for its steps in turn.
//!
//! A timer that is due before all others has the runtime woken by a system call, so two timers did
//! that twice. This one is set for the earliest end that any step may have, and reset only if it
//! fires before the step that is being taken has to end.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Poll, ready},
};

use tokio::time::{Instant, Sleep, sleep_until};

use crate::timeouts::Timeouts;

/// Makes the timer of a connection that has to be open by `connect_by`.
pub(super) fn opening_timer(connect_by: Instant, timeouts: Timeouts) -> Sleep {
    sleep_until(connect_by.min(timeouts.tls_handshake_end()))
}

/// Runs a step; `None` if its end passes first.
pub(super) async fn before<F: Future>(
    end: Instant,
    mut timer: Pin<&mut Sleep>,
    step: F,
) -> Option<F::Output> {
    let mut step = pin!(step);
    // A step before may have moved it to an end of its own, later than that of this one.
    if timer.deadline() > end {
        timer.as_mut().reset(end);
    }
    poll_fn(|cx| {
        if let Poll::Ready(output) = step.as_mut().poll(cx) {
            return Poll::Ready(Some(output));
        }
        loop {
            ready!(timer.as_mut().poll(cx));
            if Instant::now() >= end {
                return Poll::Ready(None);
            }
            timer.as_mut().reset(end);
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::{future::pending, time::Duration};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn each_step_has_its_own_end() {
        let start = Instant::now();
        let timeouts = Timeouts::default().tls_handshake(2 * SECOND);
        for (end, expected) in [(5, 5), (20, 20)] {
            let connect_by = start + 20 * SECOND;
            let mut timer = pin!(opening_timer(connect_by, timeouts));
            let outcome = before(start + end * SECOND, timer.as_mut(), pending::<()>()).await;
            assert_eq!((outcome, start.elapsed()), (None, expected * SECOND));
            let outcome = before(connect_by, timer.as_mut(), async { 1 }).await;
            assert_eq!(outcome, Some(1), "what is there at once is in time");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn step_after_a_slow_one_has_its_own_end() {
        let start = Instant::now();
        let timeouts = Timeouts::default().tls_handshake(2 * SECOND);
        let connect_by = start + 20 * SECOND;
        let mut timer = pin!(opening_timer(connect_by, timeouts));
        let connected = sleep_until(start + 3 * SECOND);
        let connected = before(connect_by, timer.as_mut(), connected).await;
        assert!(connected.is_some());
        let end = connect_by.min(timeouts.tls_handshake_end());
        assert!(before(end, timer.as_mut(), pending::<()>()).await.is_none());
        assert_eq!(start.elapsed(), 5 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn step_that_begins_later_ends_later() {
        let start = Instant::now();
        let timeouts = Timeouts::default().tls_handshake(2 * SECOND);
        let connect_by = start + 5 * SECOND;
        let mut timer = pin!(opening_timer(connect_by, timeouts));
        let connected = sleep_until(start + SECOND);
        assert!(
            before(connect_by, timer.as_mut(), connected)
                .await
                .is_some()
        );
        let end = connect_by.min(timeouts.tls_handshake_end());
        assert!(before(end, timer.as_mut(), pending::<()>()).await.is_none());
        assert_eq!(start.elapsed(), 3 * SECOND);
    }
}
