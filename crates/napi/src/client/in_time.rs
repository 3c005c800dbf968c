//! Ending what takes longer than a call may.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use crate::error::Error;

/// Awaits an outcome until the end of a call, if it has one.
pub(super) async fn by<T>(
    end: Option<Instant>,
    after: Duration,
    outcome: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    match end {
        None => outcome.await,
        Some(end) => match timeout_at(end, outcome).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Error::Timeout { after }),
        },
    }
}
