//! Spawns the tasks that hyper makes for one HTTP/2 connection.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use hyper::rt::Executor;

use crate::client::pool::connection::Connection;
use crate::client::pool::driver::Driver;
use crate::client::pool::host::Host;

/// An executor for hyper's tasks of one connection: the first task owns the stream and is driven
/// like all connections; the others belong to one request each.
pub(super) struct Spawner<B>(Arc<SpawnerState<B>>);

struct SpawnerState<B> {
    connection: Arc<Connection>,
    host: Arc<Host<B>>,
    has_driver: AtomicBool,
}

impl<B> Spawner<B> {
    pub(super) fn new(connection: Arc<Connection>, host: Arc<Host<B>>) -> Self {
        Self(Arc::new(SpawnerState {
            connection,
            host,
            has_driver: AtomicBool::new(false),
        }))
    }
}

impl<B> Clone for Spawner<B> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<B, F> Executor<F> for Spawner<B>
where
    B: Send + 'static,
    F: Future + Send + 'static,
    F::Output: Send,
{
    fn execute(&self, future: F) {
        let state = &*self.0;
        if state.has_driver.load(Ordering::Relaxed) {
            // Boxed, and so copied once: hyper gives it the size of a whole connection, and tokio
            // copies a task ten times before it runs, which was a tenth of the cost of a small
            // request.
            tokio::spawn(Box::pin(future));
            return;
        }
        state.has_driver.store(true, Ordering::Relaxed);
        let connection = Arc::clone(&state.connection);
        let host = Arc::clone(&state.host);
        tokio::spawn(Driver::new(future, connection, host, None));
    }
}
