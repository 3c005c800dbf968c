//! Sessions with a token, kept from one signature to the next.
//!
//! Opening one costs a login and a search, and tokens allow only so many. Leaves out how one is
//! opened.

use std::mem;
use std::sync::{Condvar, Mutex, PoisonError};

use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;

use crate::module::locked;

/// A session of the user, and the key in it.
pub(crate) struct KeySession {
    pub(crate) session: Session,
    pub(crate) key: ObjectHandle,
    /// The start of the module that it belongs to.
    pub(crate) start: u64,
}

impl KeySession {
    /// Closes it, if the module was not started anew since.
    ///
    /// Its number may be that of a session of today, which is not to be closed.
    fn discard(self, start: u64) {
        if self.start != start {
            mem::forget(self.session);
        }
    }
}

/// The sessions of one key.
pub(crate) struct SessionPool {
    state: Mutex<State>,
    returned: Condvar,
    most: usize,
}

#[derive(Default)]
struct State {
    idle: Vec<KeySession>,
    /// Those that are used or being opened.
    out: usize,
}

impl SessionPool {
    /// Makes a pool of at most so many sessions, if the token has a limit.
    pub(crate) fn new(limit: Option<u64>) -> Self {
        let limit = limit.and_then(|limit| usize::try_from(limit).ok());
        Self {
            state: Mutex::default(),
            returned: Condvar::new(),
            most: limit.unwrap_or(MOST_SESSIONS).clamp(1, MOST_SESSIONS),
        }
    }

    /// Runs `work` with a session, one that is idle or else one that `open` opens; waits if too
    /// many are used. One with which it fails is closed.
    ///
    /// The caller has entered the module, at the start of this number.
    pub(crate) fn with<T, E>(
        &self,
        start: u64,
        open: impl FnOnce() -> Result<KeySession, E>,
        work: impl FnOnce(&KeySession) -> Result<T, E>,
    ) -> Result<T, E> {
        let idle = self.take(start);
        let _out = Out(self);
        let session = match idle {
            Some(session) => session,
            None => open()?,
        };
        let outcome = work(&session);
        match &outcome {
            Ok(_) => locked(&self.state).idle.push(session),
            Err(_) => session.discard(start),
        }
        outcome
    }

    /// Takes an idle session, or the right to open one.
    fn take(&self, start: u64) -> Option<KeySession> {
        let mut state = locked(&self.state);
        loop {
            while let Some(session) = state.idle.pop() {
                if session.start == start {
                    state.out += 1;
                    return Some(session);
                }
                session.discard(start);
            }
            if state.out < self.most {
                state.out += 1;
                return None;
            }
            let woken = self.returned.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Closes the idle sessions; the caller has entered the module, at the start of this number.
    pub(crate) fn clear(&self, start: u64) {
        let idle = mem::take(&mut locked(&self.state).idle);
        idle.into_iter().for_each(|session| session.discard(start));
    }
}

/// A session that is used, until it is returned or closed.
struct Out<'a>(&'a SessionPool);

impl Drop for Out<'_> {
    fn drop(&mut self) {
        locked(&self.0.state).out -= 1;
        self.0.returned.notify_one();
    }
}

/// Few enough for devices that serve several programs; more do not sign faster.
const MOST_SESSIONS: usize = 16;
