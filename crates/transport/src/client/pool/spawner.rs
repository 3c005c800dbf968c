//! Spawns the tasks that hyper makes for one HTTP/2 connection.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use hyper::rt::Executor;

use crate::client::pool::connection::Connection;
use crate::client::pool::driver::Driver;
use crate::client::pool::host::Host;

/// Where hyper spawns the tasks of one connection: the first is the one that owns the stream, which is driven as all
/// connections are; the others are of one request each.
pub(super) struct Spawner<B>(Arc<Spawning<B>>);

struct Spawning<B> {
    connection: Arc<Connection>,
    host: Arc<Host<B>>,
    has_driver: AtomicBool,
}

impl<B> Spawner<B> {
    pub(super) fn new(connection: Arc<Connection>, host: Arc<Host<B>>) -> Self {
        Self(Arc::new(Spawning {
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
        let spawning = &*self.0;
        if spawning.has_driver.load(Ordering::Relaxed) {
            // Boxed, and so copied once: hyper gives it the size of a whole connection, and tokio copies a task ten
            // times before it runs, which was a tenth of what a small request costs.
            tokio::spawn(Box::pin(future));
            return;
        }
        spawning.has_driver.store(true, Ordering::Relaxed);
        let connection = Arc::clone(&spawning.connection);
        let host = Arc::clone(&spawning.host);
        tokio::spawn(Driver::new(future, connection, host, None));
    }
}
