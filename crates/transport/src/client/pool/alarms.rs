//! The deadlines of the requests on one connection, for the one timer of its driver.
//!
//! A timer of its own cost each request 550 instructions. Most end long before their deadline, and
//! the next one's is later, so the driver's timer is hardly ever reset for them. Leaves out what
//! follows from a deadline that has passed.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    task::Waker,
};

use slab::Slab;
use tokio::time::Instant;

/// The deadlines.
#[derive(Default)]
pub(super) struct Alarms(Mutex<Watched>);

#[derive(Default)]
struct Watched {
    requests: Slab<Request>,
    /// When the driver looks next; none before it has looked at all.
    next_look: Option<Instant>,
    /// The driver has ended.
    has_ended: bool,
}

/// A request that waits.
struct Request {
    end: Instant,
    /// None once it has been woken.
    waker: Option<Waker>,
}

/// The state of an alarm that was to be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AlarmState {
    /// It is set.
    Pending,
    /// It is set, and due before the driver looks.
    Urgent,
    /// Its time has come.
    Due,
    /// No driver watches it.
    Unwatched,
}

impl Alarms {
    /// Sets an alarm, or takes another waker for the one of this key.
    pub(super) fn set(&self, key: &mut Option<usize>, end: Instant, waker: &Waker) -> AlarmState {
        let mut watched = self.locked();
        if watched.has_ended {
            return AlarmState::Unwatched;
        }
        let known = key.and_then(|key| watched.requests.get_mut(key));
        match known {
            Some(request) => match &mut request.waker {
                None => return AlarmState::Due,
                Some(known) => known.clone_from(waker), // which it does only where they differ
            },
            None => {
                let waker = Some(waker.clone());
                *key = Some(watched.requests.insert(Request { end, waker }));
            }
        }
        match watched.next_look {
            Some(next) if end < next => AlarmState::Urgent,
            _ => AlarmState::Pending,
        }
    }

    /// Removes an alarm.
    pub(super) fn clear(&self, key: usize) {
        self.locked().requests.try_remove(key);
    }

    /// Wakes the requests whose deadline has passed, and returns when to look next: `latest` or
    /// before.
    pub(super) fn ring(&self, now: Instant, latest: Instant) -> Instant {
        let mut due = Vec::new();
        let mut next = latest;
        let mut watched = self.locked();
        for (_, request) in &mut watched.requests {
            match request.end <= now {
                true => due.extend(request.waker.take()),
                false => next = next.min(request.end),
            }
        }
        watched.next_look = Some(next);
        drop(watched);
        due.into_iter().for_each(Waker::wake);
        next
    }

    /// Wakes all, since there is no driver any more.
    pub(super) fn end(&self) {
        let mut watched = self.locked();
        watched.has_ended = true;
        let requests = std::mem::take(&mut watched.requests);
        drop(watched);
        let wakers = requests
            .into_iter()
            .filter_map(|(_, request)| request.waker);
        wakers.for_each(Waker::wake);
    }

    fn locked(&self) -> MutexGuard<'_, Watched> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::Wake,
        time::Duration,
    };

    use super::*;

    #[derive(Default)]
    struct Counted(AtomicUsize);

    impl Wake for Counted {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    fn woken(task: &Arc<Counted>) -> usize {
        task.0.load(Ordering::SeqCst)
    }

    #[test]
    fn requests_are_woken_at_their_deadline_once() {
        let alarms = Alarms::default();
        let start = Instant::now();
        let tasks: [Arc<Counted>; 3] = Default::default();
        let mut keys = [None; 3];
        for (seconds, (task, key)) in (1..).zip(tasks.iter().zip(&mut keys)) {
            let waker = Waker::from(Arc::clone(task));
            let state = alarms.set(key, start + seconds * SECOND, &waker);
            assert_eq!(state, AlarmState::Pending, "the driver has not looked yet");
        }
        let latest = start + 60 * SECOND;
        assert_eq!(alarms.ring(start, latest), start + SECOND);
        assert_eq!(alarms.ring(start + 2 * SECOND, latest), start + 3 * SECOND);
        assert_eq!(tasks.each_ref().map(woken), [1, 1, 0]);
        let set = |key: &mut Option<usize>| alarms.set(key, start + SECOND, Waker::noop());
        assert_eq!(set(&mut keys[0]), AlarmState::Due);

        keys.into_iter().flatten().for_each(|key| alarms.clear(key));
        assert_eq!(alarms.ring(start + 3 * SECOND, latest), latest);
        assert_eq!(tasks.each_ref().map(woken), [1, 1, 0]);
    }

    #[test]
    fn only_what_is_due_before_the_next_look_is_urgent() {
        let alarms = Alarms::default();
        let start = Instant::now();
        alarms.ring(start, start + 5 * SECOND);
        let set = |seconds| alarms.set(&mut None, start + seconds * SECOND, Waker::noop());
        assert_eq!(
            [4, 5, 6].map(set),
            [AlarmState::Urgent, AlarmState::Pending, AlarmState::Pending]
        );
    }

    #[test]
    fn another_task_takes_the_place_of_the_first() {
        let alarms = Alarms::default();
        let (end, mut key) = (Instant::now(), None);
        let tasks: [Arc<Counted>; 2] = Default::default();
        for task in &tasks {
            alarms.set(&mut key, end, &Waker::from(Arc::clone(task)));
        }
        alarms.ring(end, end + SECOND);
        assert_eq!(tasks.each_ref().map(woken), [0, 1]);
    }

    #[test]
    fn end_of_the_driver_wakes_all() {
        let alarms = Alarms::default();
        let task = Arc::default();
        let (end, mut key) = (Instant::now() + SECOND, None);
        let mut set = || alarms.set(&mut key, end, &Waker::from(Arc::clone(&task)));
        assert_eq!(set(), AlarmState::Pending);
        alarms.end();
        assert_eq!((woken(&task), set()), (1, AlarmState::Unwatched));
    }
}
