//! The connections of one generation, so that they can be ended when it is over.
//!
//! Leaves out when that is.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    runtime::Handle,
    time::{Instant, sleep_until},
};

use crate::{
    connection_state::{ConnectionState, WeakState},
    deadlines::from_now,
};

/// All connections that stand. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Connections(Arc<Shared>);

#[derive(Default)]
struct Shared {
    standing: Mutex<Vec<WeakState>>,
    is_over: AtomicBool,
    /// Where the newest connection is driven, as older ones may have ended with their runtime; whoever ends them may be
    /// elsewhere.
    runtime: Mutex<Option<Handle>>,
    /// An end that is set and that no runtime was there to wait for.
    unawaited: Mutex<Option<Instant>>,
}

impl Connections {
    /// One more stands; it is cut at once if the generation is over.
    pub(crate) fn add(&self, connection: &ConnectionState) {
        if let Ok(runtime) = Handle::try_current() {
            if let Some(end) = locked(&self.0.unawaited).take() {
                self.await_end(&runtime, end);
            }
            *locked(&self.0.runtime) = Some(runtime);
        }
        {
            let mut standing = self.standing();
            if standing.len() == standing.capacity() {
                standing.retain(|state| !state.is_gone());
            }
            standing.push(connection.downgrade());
        }
        // After it was added: a cut that comes in between finds it in the list.
        if self.0.is_over.load(Ordering::SeqCst) {
            connection.cut();
        }
    }

    /// Cuts all that still stand after `grace`, and all that come later.
    pub(crate) fn end_after(&self, grace: Duration) {
        let end = from_now(grace);
        let runtime = locked(&self.0.runtime).clone();
        match runtime.or_else(|| Handle::try_current().ok()) {
            Some(runtime) => self.await_end(&runtime, end),
            // There has been no connection yet, and there may be one that is being opened.
            None => *locked(&self.0.unawaited) = Some(end),
        }
    }

    fn await_end(&self, runtime: &Handle, end: Instant) {
        let connections = self.clone();
        runtime.spawn(async move {
            sleep_until(end).await;
            connections.end();
        });
    }

    fn end(&self) {
        self.0.is_over.store(true, Ordering::SeqCst);
        let standing = std::mem::take(&mut *self.standing());
        let mut cut = 0_usize;
        for state in standing.iter().filter_map(WeakState::upgrade) {
            state.cut();
            cut += 1;
        }
        if cut > 0 {
            tracing::info!(connections = cut, "connections of an old identity were cut");
        }
    }

    fn standing(&self) -> MutexGuard<'_, Vec<WeakState>> {
        locked(&self.0.standing)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const GRACE: Duration = Duration::from_secs(30);

    async fn tick() {
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_grace_all_are_cut_and_so_is_what_comes_late() {
        let connections = Connections::default();
        let early = ConnectionState::default();
        connections.add(&early);
        connections.end_after(GRACE);
        tick().await;
        let meanwhile = ConnectionState::default();
        connections.add(&meanwhile);
        advance(GRACE - Duration::from_millis(1)).await;
        tick().await;
        assert!(!early.is_cut() && !meanwhile.is_cut());
        advance(Duration::from_millis(2)).await;
        tick().await;
        assert!(early.is_cut() && meanwhile.is_cut());
        let late = ConnectionState::default();
        connections.add(&late);
        assert!(late.is_cut());
    }

    #[tokio::test]
    async fn those_that_are_gone_take_no_room() {
        let connections = Connections::default();
        for _ in 0..10_000 {
            connections.add(&ConnectionState::default());
        }
        assert!(connections.standing().capacity() < 64);
    }

    #[test]
    fn what_stands_on_a_second_runtime_is_cut_though_the_first_is_gone() {
        let runtime = || {
            tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()
                .unwrap()
        };
        let connections = Connections::default();
        let first = runtime();
        first.block_on(async { connections.add(&ConnectionState::default()) });
        drop(first);
        let second = runtime();
        let standing = ConnectionState::default();
        second.block_on(async { connections.add(&standing) });
        connections.end_after(GRACE); // from a thread without a runtime
        second.block_on(async {
            tick().await;
            advance(GRACE + Duration::from_millis(1)).await;
            tick().await;
        });
        assert!(standing.is_cut());
    }

    #[test]
    fn a_generation_without_connections_ends_without_a_runtime() {
        Connections::default().end_after(GRACE);
    }

    #[test]
    fn an_end_set_without_a_runtime_is_that_of_a_connection_that_comes_later() {
        let connections = Connections::default();
        connections.end_after(Duration::ZERO);
        let late = ConnectionState::default();
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.enable_time().build().unwrap();
        runtime.block_on(async {
            connections.add(&late);
            while !late.is_cut() {
                tokio::task::yield_now().await;
            }
        });
    }
}
