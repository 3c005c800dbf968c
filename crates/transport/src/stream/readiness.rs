//! Readiness of a stream for reading.
//!
//! An HTTP client polls for bytes in each of its turns, four times for a small request, and each
//! poll goes down through TLS to the socket. But a stream that returned `Pending` wakes the task
//! when that changes (see [`Future::poll`]), so until then it is not polled again.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// The readiness after the last read.
pub(super) struct Readiness {
    signal: Arc<Signal>,
    /// The waker given to the inner stream: it wakes the signal.
    inner: Waker,
    /// The task that the signal wakes.
    reader: Option<Waker>,
    /// A read was pending when another task replaced its waker.
    is_displaced: bool,
}

#[derive(Default)]
struct Signal {
    /// Something has happened since a read was pending.
    is_ready: AtomicBool,
    waiting: Mutex<Waiting>,
}

/// The tasks that are woken by the next thing that happens.
#[derive(Default)]
struct Waiting {
    reader: Option<Waker>,
    /// Only where a write waits for something to read.
    writer: Option<Waker>,
}

impl Readiness {
    pub(super) fn new() -> Self {
        let signal = Arc::new(Signal::default());
        Self {
            inner: Waker::from(Arc::clone(&signal)),
            signal,
            reader: None,
            is_displaced: false,
        }
    }

    /// Checks whether the last read of this task was pending, and nothing has happened since.
    #[inline]
    pub(super) fn is_pending(&self, reader: &Waker) -> bool {
        self.reader
            .as_ref()
            .is_some_and(|waker| waker.will_wake(reader))
            && !self.signal.is_ready.load(Ordering::Acquire)
    }

    /// Reads, unless the last read was pending and nothing has happened since.
    #[inline]
    pub(super) fn poll<T>(
        &mut self,
        cx: &Context<'_>,
        read: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        let reader = cx.waker();
        if self.is_pending(reader) {
            return Poll::Pending;
        }
        if !self
            .reader
            .as_ref()
            .is_some_and(|waker| waker.will_wake(reader))
        {
            self.reader = Some(reader.clone());
            self.signal.waiting().reader = Some(reader.clone());
        }
        self.is_displaced = false;
        // Before the read: an event from here on must set the flag again.
        self.signal.is_ready.store(false, Ordering::Release);
        let read = read(&mut Context::from_waker(&self.inner));
        if read.is_ready() {
            self.signal.is_ready.store(true, Ordering::Release);
        }
        read
    }

    /// Polls the read side for a writer.
    ///
    /// The inner stream wakes only the task that polled last, and the halves of a split stream are
    /// two tasks. So the waker is the reader's, which wakes both.
    pub(super) fn poll_for_writer<T>(
        &self,
        cx: &Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<T> {
        // Before the poll: an event from here on has to wake it.
        self.signal.waiting().writer = Some(cx.waker().clone());
        let polled = poll(&mut Context::from_waker(&self.inner));
        if polled.is_ready() {
            self.signal.waiting().writer = None;
        }
        polled
    }

    /// Notes that another task polls and will be woken in place of the reader, which has to poll
    /// again.
    pub(super) fn displace_reader(&mut self) {
        let was_pending = !self.signal.is_ready.swap(true, Ordering::AcqRel);
        self.is_displaced |= was_pending && self.reader.is_some();
    }

    /// Wakes a displaced reader. Any other was not waiting: waking it each time would keep it busy
    /// without end.
    pub(super) fn wake_displaced(&mut self) {
        if std::mem::take(&mut self.is_displaced) {
            self.inner.wake_by_ref();
        }
    }
}

impl Signal {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_ready.store(true, Ordering::Release);
        let mut waiting = self.waiting();
        if let Some(reader) = &waiting.reader {
            reader.wake_by_ref();
        }
        if let Some(writer) = waiting.writer.take() {
            writer.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct WakeCounter(AtomicUsize);

    impl Wake for WakeCounter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn woken(reader: &Arc<WakeCounter>) -> usize {
        reader.0.load(Ordering::SeqCst)
    }

    /// Returns whether the inner stream was polled; it returns `Pending` and keeps the waker.
    fn is_polled(
        readiness: &mut Readiness,
        reader: &Arc<WakeCounter>,
        inner: &mut Option<Waker>,
    ) -> bool {
        let mut is_polled = false;
        let waker = Waker::from(Arc::clone(reader));
        let read = readiness.poll(&Context::from_waker(&waker), |cx| {
            is_polled = true;
            *inner = Some(cx.waker().clone());
            Poll::<()>::Pending
        });
        assert!(read.is_pending());
        is_polled
    }

    #[test]
    fn pending_stream_is_polled_once() {
        let (mut readiness, reader) = (Readiness::new(), Arc::default());
        let mut inner = None;
        assert!(is_polled(&mut readiness, &reader, &mut inner));
        assert!(!is_polled(&mut readiness, &reader, &mut inner));
        assert_eq!(woken(&reader), 0);

        inner.clone().unwrap().wake();

        assert_eq!(woken(&reader), 1);
        assert!(is_polled(&mut readiness, &reader, &mut inner));
        assert!(!is_polled(&mut readiness, &reader, &mut inner));
    }

    #[test]
    fn ready_stream_is_polled_again() {
        let mut readiness = Readiness::new();
        let mut read = || readiness.poll(&Context::from_waker(Waker::noop()), |_| Poll::Ready(()));
        assert!(read().is_ready() && read().is_ready());
    }

    #[test]
    fn another_reader_polls_and_is_woken() {
        let (mut readiness, mut inner) = (Readiness::new(), None);
        let [first, second] = [Arc::default(), Arc::default()];
        assert!(is_polled(&mut readiness, &first, &mut inner));
        assert!(is_polled(&mut readiness, &second, &mut inner));
        inner.take().unwrap().wake();
        assert_eq!((woken(&first), woken(&second)), (0, 1));
    }

    #[test]
    fn event_during_the_poll_counts() {
        let (mut readiness, reader) = (Readiness::new(), Arc::<WakeCounter>::default());
        let waker = Waker::from(Arc::clone(&reader));
        let read = readiness.poll(&Context::from_waker(&waker), |cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        });
        assert!(read.is_pending() && woken(&reader) == 1);
        assert!(is_polled(&mut readiness, &reader, &mut None));
    }

    #[test]
    fn displaced_reader_polls_again() {
        let (mut readiness, reader) = (Readiness::new(), Arc::default());
        assert!(is_polled(&mut readiness, &reader, &mut None));
        readiness.displace_reader();
        assert_eq!(woken(&reader), 0);
        readiness.wake_displaced();
        assert_eq!(woken(&reader), 1);
        assert!(is_polled(&mut readiness, &reader, &mut None));
    }

    #[test]
    fn displaced_reader_may_poll_before_it_is_woken() {
        let (mut readiness, reader) = (Readiness::new(), Arc::default());
        assert!(is_polled(&mut readiness, &reader, &mut None));
        readiness.displace_reader();
        assert!(is_polled(&mut readiness, &reader, &mut None));
        readiness.wake_displaced();
        assert_eq!(woken(&reader), 0);
    }

    #[test]
    fn reader_that_was_not_waiting_is_not_woken() {
        let (mut readiness, reader) = (Readiness::new(), Arc::<WakeCounter>::default());
        let waker = Waker::from(Arc::clone(&reader));
        let read = |readiness: &mut Readiness| {
            let read = readiness.poll(&Context::from_waker(&waker), |_| Poll::Ready(()));
            assert!(read.is_ready());
        };
        for _ in 0..3 {
            read(&mut readiness);
            readiness.displace_reader();
            readiness.wake_displaced();
        }
        assert_eq!(woken(&reader), 0);
    }

    #[test]
    fn reader_displaced_twice_is_woken_once() {
        let (mut readiness, reader) = (Readiness::new(), Arc::default());
        assert!(is_polled(&mut readiness, &reader, &mut None));
        readiness.displace_reader();
        readiness.displace_reader();
        readiness.wake_displaced();
        readiness.wake_displaced();
        assert_eq!(woken(&reader), 1);
        assert!(is_polled(&mut readiness, &reader, &mut None));
    }
}
