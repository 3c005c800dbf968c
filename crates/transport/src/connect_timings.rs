//! How long the steps to a connection took.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What each step to a connection took; `None` where there was no such step, or it is hidden by a connector beneath.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConnectTimings {
    /// Looking up the name, of the server or of the proxy.
    pub resolve: Option<Duration>,
    /// From there to a TCP connection, all addresses that were tried included.
    pub tcp: Option<Duration>,
    /// Opening a tunnel through a connected proxy.
    pub proxy: Option<Duration>,
    /// The TLS handshake with the server.
    pub tls: Option<Duration>,
}

/// Where the steps beneath the connector leave their times. They are found through a task-local, because between them
/// and the connector are services of others.
#[derive(Clone, Default)]
pub(crate) struct StepTimes(Arc<Mutex<ConnectTimings>>);

tokio::task_local! {
    static STEPS: StepTimes;
}

impl StepTimes {
    pub(crate) async fn during<F: Future>(&self, connecting: F) -> F::Output {
        STEPS.scope(self.clone(), connecting).await
    }

    pub(crate) fn note_resolve(took: Duration) {
        let _ = STEPS.try_with(|steps| steps.locked().resolve = Some(took));
    }

    pub(crate) fn note_proxy(took: Duration) {
        let _ = STEPS.try_with(|steps| steps.locked().proxy = Some(took));
    }

    /// The times, if all that comes before TLS took `so_far`.
    pub(crate) fn until_tls(&self, so_far: Duration) -> ConnectTimings {
        let noted = *self.locked();
        let others = noted.resolve.unwrap_or_default() + noted.proxy.unwrap_or_default();
        ConnectTimings {
            tcp: Some(so_far.saturating_sub(others)),
            ..noted
        }
    }

    fn locked(&self) -> MutexGuard<'_, ConnectTimings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_no_other_step_took_was_tcp() {
        let second = Duration::from_secs(1);
        let steps = StepTimes::default();
        let noting = async {
            StepTimes::note_resolve(second);
            StepTimes::note_proxy(3 * second);
        };
        steps.during(noting).await;
        let timings = steps.until_tls(10 * second);
        assert_eq!(timings.resolve, Some(second));
        assert_eq!(timings.tcp, Some(6 * second));
        assert_eq!(timings.proxy, Some(3 * second));
        // Outside of a connection there is nobody to tell.
        StepTimes::note_resolve(second);
        assert_eq!(StepTimes::default().until_tls(second).resolve, None);
    }
}
