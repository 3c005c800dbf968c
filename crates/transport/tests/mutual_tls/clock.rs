//! Time that passes by a clock that is paused.

use std::time::Duration;

use tokio::{task::yield_now, time::advance};

/// More than an orderly end may take.
pub(crate) const CLOSING: Duration = Duration::from_secs(10);

/// Lets all tasks do what they can do.
pub(crate) async fn settle() {
    for _ in 0..200 {
        yield_now().await;
    }
}

pub(crate) async fn pass(time: Duration) {
    settle().await;
    for _ in 0..10 {
        advance(time / 10).await;
        settle().await;
    }
}
