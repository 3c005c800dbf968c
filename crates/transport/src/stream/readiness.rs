//! Whether there may be something to read.
//!
//! An HTTP client asks in each of its turns whether the server has sent something, four times for a small request, and
//! each time the question goes down through TLS to the socket. But whoever has said that nothing is there wakes the one
//! who asked as soon as that changes, as [`Future::poll`] has it, so until then it is not asked again.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// What the last read has said.
pub(super) struct Readiness {
    signal: Arc<Signal>,
    /// What the stream beneath wakes: the signal.
    beneath: Waker,
    /// What the signal wakes.
    reader: Option<Waker>,
    /// A read was pending when another task took its place.
    is_displaced: bool,
}

#[derive(Default)]
struct Signal {
    /// Something has happened since a read was pending.
    is_ready: AtomicBool,
    reader: Mutex<Option<Waker>>,
}

impl Readiness {
    pub(super) fn new() -> Self {
        let signal = Arc::new(Signal::default());
        Self {
            beneath: Waker::from(Arc::clone(&signal)),
            signal,
            reader: None,
            is_displaced: false,
        }
    }

    /// Returns whether the last read of this reader was pending, and nothing has happened since.
    #[inline]
    pub(super) fn is_pending(&self, reader: &Waker) -> bool {
        self.reader.as_ref().is_some_and(|it| it.will_wake(reader))
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
        if !self.reader.as_ref().is_some_and(|it| it.will_wake(reader)) {
            self.reader = Some(reader.clone());
            self.signal.wakes(reader.clone());
        }
        self.is_displaced = false;
        // Before the read: what happens from here on is said to the signal.
        self.signal.is_ready.store(false, Ordering::Release);
        let read = read(&mut Context::from_waker(&self.beneath));
        if read.is_ready() {
            self.signal.is_ready.store(true, Ordering::Release);
        }
        read
    }

    /// Notes that another task asks, and is the one that will be woken: the next read has to ask for itself.
    pub(super) fn place_taken(&mut self) {
        let was_pending = !self.signal.is_ready.swap(true, Ordering::AcqRel);
        self.is_displaced |= was_pending && self.reader.is_some();
    }

    /// Wakes a reader whose place was taken. Any other has not been waiting, and woken each time it would never rest.
    pub(super) fn ask_again(&mut self) {
        if std::mem::take(&mut self.is_displaced) {
            self.beneath.wake_by_ref();
        }
    }
}

impl Signal {
    fn wakes(&self, reader: Waker) {
        *self.reader.lock().unwrap_or_else(PoisonError::into_inner) = Some(reader);
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.is_ready.store(true, Ordering::Release);
        let reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reader) = &*reader {
            reader.wake_by_ref();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    #[derive(Default)]
    struct Counted(AtomicUsize);

    impl Wake for Counted {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn woken(reader: &Arc<Counted>) -> usize {
        reader.0.load(Ordering::SeqCst)
    }

    /// Whether the stream beneath is asked; it says that nothing is there, and keeps the waker.
    fn is_asked(
        readiness: &mut Readiness,
        reader: &Arc<Counted>,
        beneath: &mut Option<Waker>,
    ) -> bool {
        let mut is_asked = false;
        let waker = Waker::from(Arc::clone(reader));
        let read = readiness.poll(&Context::from_waker(&waker), |cx| {
            is_asked = true;
            *beneath = Some(cx.waker().clone());
            Poll::<()>::Pending
        });
        assert!(read.is_pending());
        is_asked
    }

    #[test]
    fn stream_without_news_is_asked_once() {
        let (mut readiness, reader) = (Readiness::new(), Arc::default());
        let mut beneath = None;
        assert!(is_asked(&mut readiness, &reader, &mut beneath));
        assert!(!is_asked(&mut readiness, &reader, &mut beneath));
        assert_eq!(woken(&reader), 0);

        beneath.clone().unwrap().wake();

        assert_eq!(woken(&reader), 1);
        assert!(is_asked(&mut readiness, &reader, &mut beneath));
        assert!(!is_asked(&mut readiness, &reader, &mut beneath));
    }

    #[test]
    fn stream_that_had_something_is_asked_for_more() {
        let mut readiness = Readiness::new();
        let mut read = || readiness.poll(&Context::from_waker(Waker::noop()), |_| Poll::Ready(()));
        assert!(read().is_ready() && read().is_ready());
    }

    #[test]
    fn another_reader_asks_and_is_woken() {
        let (mut readiness, mut beneath) = (Readiness::new(), None);
        let [first, second] = [Arc::default(), Arc::default()];
        assert!(is_asked(&mut readiness, &first, &mut beneath));
        assert!(is_asked(&mut readiness, &second, &mut beneath));
        beneath.take().unwrap().wake();
        assert_eq!((woken(&first), woken(&second)), (0, 1));
    }

    #[test]
    fn news_that_come_while_the_stream_is_asked_count() {
        let (mut readiness, reader) = (Readiness::new(), Arc::<Counted>::default());
        let waker = Waker::from(Arc::clone(&reader));
        let read = readiness.poll(&Context::from_waker(&waker), |cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        });
        assert!(read.is_pending() && woken(&reader) == 1);
        assert!(is_asked(&mut readiness, &reader, &mut None));
    }

    #[test]
    fn reader_whose_place_was_taken_asks_again() {
        let (mut readiness, reader) = (Readiness::new(), Arc::default());
        assert!(is_asked(&mut readiness, &reader, &mut None));
        readiness.place_taken();
        assert_eq!(woken(&reader), 0);
        readiness.ask_again();
        assert_eq!(woken(&reader), 1);
        assert!(is_asked(&mut readiness, &reader, &mut None));
    }

    #[test]
    fn reader_whose_place_was_taken_may_ask_before_it_is_woken() {
        let (mut readiness, reader) = (Readiness::new(), Arc::default());
        assert!(is_asked(&mut readiness, &reader, &mut None));
        readiness.place_taken();
        assert!(is_asked(&mut readiness, &reader, &mut None));
        readiness.ask_again();
        assert_eq!(woken(&reader), 0);
    }

    #[test]
    fn reader_that_has_not_been_waiting_is_not_woken() {
        let (mut readiness, reader) = (Readiness::new(), Arc::<Counted>::default());
        let waker = Waker::from(Arc::clone(&reader));
        let read = |readiness: &mut Readiness| {
            let read = readiness.poll(&Context::from_waker(&waker), |_| Poll::Ready(()));
            assert!(read.is_ready());
        };
        for _ in 0..3 {
            read(&mut readiness);
            readiness.place_taken();
            readiness.ask_again();
        }
        assert_eq!(woken(&reader), 0);
    }

    #[test]
    fn reader_whose_place_was_taken_twice_is_woken_once() {
        let (mut readiness, reader) = (Readiness::new(), Arc::default());
        assert!(is_asked(&mut readiness, &reader, &mut None));
        readiness.place_taken();
        readiness.place_taken();
        readiness.ask_again();
        readiness.ask_again();
        assert_eq!(woken(&reader), 1);
        assert!(is_asked(&mut readiness, &reader, &mut None));
    }
}
