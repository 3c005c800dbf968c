//! Which script the next connection takes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The scripts that wait for connections: first those of the queue, each once; then the repeated
/// one, if there is one.
#[derive(Debug)]
pub struct ScriptQueue<S> {
    waiting: Mutex<Waiting<S>>,
}

#[derive(Debug)]
struct Waiting<S> {
    queue: VecDeque<S>,
    repeated: Option<S>,
}

impl<S: Clone> ScriptQueue<S> {
    /// Adds scripts at the end of the queue.
    pub fn enqueue(&self, scripts: impl IntoIterator<Item = S>) {
        self.waiting().queue.extend(scripts);
    }

    /// Takes this script for every connection that finds the queue empty.
    pub fn repeat(&self, script: S) {
        self.waiting().repeated = Some(script);
    }

    /// Returns the scripts that wait in the queue, the next one first.
    pub fn queued(&self) -> Vec<S> {
        self.waiting().queue.iter().cloned().collect()
    }

    /// Returns the script of every connection that finds the queue empty.
    pub fn repeated(&self) -> Option<S> {
        self.waiting().repeated.clone()
    }

    /// Forgets all scripts.
    pub fn clear(&self) {
        *self.waiting() = Waiting::default();
    }

    /// Takes the script of a connection that was just accepted; `None` for the normal service.
    pub fn take(&self) -> Option<S> {
        let mut waiting = self.waiting();
        // Under one lock, so that two connections never take the same script of the queue.
        let queued = waiting.queue.pop_front();
        queued.or_else(|| waiting.repeated.clone())
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<S>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S> Default for ScriptQueue<S> {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
        }
    }
}

impl<S> Default for Waiting<S> {
    fn default() -> Self {
        Self {
            queue: VecDeque::new(),
            repeated: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::Script;
    use crate::script::handshake::Versions;

    #[test]
    fn the_queue_comes_before_the_repeated_script() {
        let scripts = ScriptQueue::default();
        assert_eq!(scripts.take(), None);
        let [first, second, repeated] = [Versions::Tls12, Versions::Tls13, Versions::Both]
            .map(|versions| Script::new().versions(versions));
        scripts.repeat(repeated.clone());
        scripts.enqueue([first.clone(), second.clone()]);

        assert_eq!(scripts.take(), Some(first));
        assert_eq!(scripts.take(), Some(second));
        assert_eq!(scripts.take(), Some(repeated.clone()));
        assert_eq!(scripts.take(), Some(repeated));
        scripts.clear();
        assert_eq!(scripts.take(), None);
    }
}
