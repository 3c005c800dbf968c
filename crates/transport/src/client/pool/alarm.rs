//! One request's deadline among the alarms of its connection.

use std::{sync::Arc, task::Waker};

use tokio::{runtime::Id, time::Instant};

use crate::client::pool::alarms::AlarmState;
use crate::client::pool::connection::Connection;

/// An alarm that may be set on a connection. Dropped, it wakes no one any more.
pub(crate) struct Alarm {
    connection: Arc<Connection>,
    key: Option<usize>,
}

impl Alarm {
    pub(crate) fn on(connection: &Arc<Connection>) -> Self {
        Self {
            connection: Arc::clone(connection),
            key: None,
        }
    }

    pub(crate) fn is_on(&self, connection: &Arc<Connection>) -> bool {
        Arc::ptr_eq(&self.connection, connection)
    }

    /// Asks for this task to be woken at the end, if the driver is in this runtime: another may
    /// stand still.
    pub(crate) fn set(&mut self, end: Instant, waker: &Waker, runtime: Id) -> AlarmState {
        if self.connection.runtime() != Some(runtime) {
            return AlarmState::Unwatched;
        }
        let state = self.connection.alarms.set(&mut self.key, end, waker);
        if state == AlarmState::Urgent {
            self.connection.notify_driver();
        }
        state
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.connection.alarms.clear(key);
        }
    }
}
