//! The progress of a connection that is being opened: the current step, and the duration of each.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::connection::info::ConnectionInfo;
use crate::connection::phase::Phase;
use crate::connection::timings::ConnectTimings;

/// The progress of one connection that is being opened. Cheap to clone; all clones share it.
///
/// The connectors of this crate are given it before they are called, so that a caller whose timeout
/// expires can name the step. Those of others count as one step, [`Phase::Connect`].
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    progress: Arc<Mutex<Progress>>,
    /// The steps to a proxy count as one phase.
    is_to_proxy: bool,
}

#[derive(Debug)]
struct Progress {
    phase: Phase,
    timings: ConnectTimings,
    info: Option<ConnectionInfo>,
    is_signing: bool,
}

/// The step that a connection is at.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) phase: Phase,
    /// The connection, if there is one yet.
    pub(crate) info: Option<ConnectionInfo>,
    /// Whether the device that has our key is waited for.
    pub(crate) is_signing: bool,
}

/// Passes the steps of the connection that is opened next to the inner connector, if it accepts
/// them.
pub(crate) type SetSteps<C> = fn(&mut C, &Steps);

impl Default for Steps {
    fn default() -> Self {
        let progress = Progress {
            phase: Phase::Connect,
            timings: ConnectTimings::default(),
            info: None,
            is_signing: false,
        };
        Self {
            progress: Arc::new(Mutex::new(progress)),
            is_to_proxy: false,
        }
    }
}

impl Steps {
    /// Returns the same progress, for the connector to the proxy.
    pub(crate) fn to_proxy(&self) -> Self {
        Self {
            is_to_proxy: true,
            ..self.clone()
        }
    }

    /// Notes that a step begins.
    pub(crate) fn begin(&self, phase: Phase) {
        if !self.is_to_proxy {
            self.locked().phase = phase;
        }
    }

    /// Notes that TLS begins on this connection.
    pub(crate) fn begin_tls(&self, info: &ConnectionInfo) {
        let mut progress = self.locked();
        progress.phase = Phase::Tls;
        progress.info = Some(info.clone());
        progress.is_signing = false;
    }

    /// Notes whether the device that has our key is waited for.
    pub(crate) fn set_signing(&self, is_signing: bool) {
        self.locked().is_signing = is_signing;
    }

    pub(crate) fn note_resolve(&self, took: Duration) {
        self.locked().timings.resolve = Some(took);
    }

    pub(crate) fn note_proxy(&self, took: Duration) {
        self.locked().timings.proxy = Some(took);
    }

    /// Returns the current step.
    pub(crate) fn current(&self) -> Step {
        let progress = self.locked();
        Step {
            phase: progress.phase,
            info: progress.info.clone(),
            is_signing: progress.is_signing,
        }
    }

    /// Returns the timings, if all that comes before TLS took `so_far`.
    pub(crate) fn until_tls(&self, so_far: Duration) -> ConnectTimings {
        let noted = self.locked().timings;
        // TCP is what remains: it may be several attempts in parallel, so it has no timer of its
        // own.
        let others = noted.resolve.unwrap_or_default() + noted.proxy.unwrap_or_default();
        ConnectTimings {
            tcp: Some(so_far.saturating_sub(others)),
            ..noted
        }
    }

    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.progress, &other.progress)
    }

    fn locked(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_of_no_other_step_is_tcp() {
        let second = Duration::from_secs(1);
        let steps = Steps::default();
        steps.note_resolve(second);
        steps.to_proxy().note_proxy(3 * second);
        let timings = steps.until_tls(10 * second);
        assert_eq!(timings.resolve, Some(second));
        assert_eq!(timings.tcp, Some(6 * second));
        assert_eq!(timings.proxy, Some(3 * second));
        assert_eq!(Steps::default().until_tls(second).resolve, None);
    }

    #[test]
    fn steps_to_a_proxy_are_one_phase() {
        let steps = Steps::default();
        assert_eq!(steps.current().phase, Phase::Connect);
        steps.begin(Phase::Proxy);
        steps.to_proxy().begin(Phase::Resolve);
        assert_eq!(steps.current().phase, Phase::Proxy);
        steps.begin(Phase::Resolve);
        assert_eq!(steps.current().phase, Phase::Resolve);
    }
}
