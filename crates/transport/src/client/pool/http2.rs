//! An HTTP/2 connection: as many requests at once as the server takes.
//!
//! Requests are counted here, beside h2: what h2 is given beyond the server's limit waits inside of hyper, where it
//! cannot be told whether it was sent, and keeps all that follow waiting.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::Waker,
};

use atomic_waker::AtomicWaker;
use http::Request;
use http_body::Body;
use hyper::client::conn::http2::SendRequest;

use crate::client::pool::connection::Connection;
use crate::client::pool::outcome::Outcome;

/// The half that sends.
pub(super) struct Http2<B> {
    connection: Arc<Connection>,
    sender: Mutex<SendRequest<B>>,
    streams: Arc<Streams>,
}

/// How many requests the server takes at once, as far as is known.
pub(super) struct Streams {
    most: AtomicUsize,
    dispatcher: AtomicWaker,
}

impl Default for Streams {
    fn default() -> Self {
        Self {
            most: AtomicUsize::new(UNKNOWN),
            dispatcher: AtomicWaker::new(),
        }
    }
}

/// What h2 is told to take for the limit until the server has said it; no server says this.
pub(super) const UNKNOWN: usize = usize::MAX - 1;

impl<B> Http2<B> {
    pub(super) fn new(
        connection: Arc<Connection>,
        sender: SendRequest<B>,
        streams: Arc<Streams>,
    ) -> Arc<Self> {
        Arc::new(Self {
            connection,
            sender: Mutex::new(sender),
            streams,
        })
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    pub(super) fn is_ready(&self) -> bool {
        !self.locked().is_closed()
    }

    /// Takes one of the streams, if there is one left. Under the lock of the host, so that no two take the last.
    pub(super) fn take_stream(&self) -> bool {
        let has_room = self.connection.exchanges.load(Ordering::SeqCst) < self.streams.most();
        if has_room {
            self.connection.exchanges.fetch_add(1, Ordering::SeqCst);
        }
        has_room
    }

    pub(super) fn is_idle(&self) -> bool {
        self.connection.exchanges.load(Ordering::SeqCst) == 0
    }

    pub(super) fn streams(&self) -> &Streams {
        &self.streams
    }

    /// Closes it in an orderly way once what is under way on it has ended.
    ///
    /// hyper does so when the sender is gone, which is when the last one who was given a stream has sent its request.
    pub(super) fn close(&self) {
        self.connection.mark_retired();
        if self.is_idle() {
            self.connection.close_soon();
        }
    }

    fn locked(&self) -> MutexGuard<'_, SendRequest<B>> {
        self.sender.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B: Body + 'static> Http2<B> {
    /// The response to a request for which a stream was taken.
    #[inline]
    pub(super) fn send(&self, request: Request<B>) -> impl Future<Output = Outcome<B>> + use<B> {
        self.locked().try_send_request(request)
    }
}

impl Streams {
    /// Until the server has said how many it takes, the first request need not wait, and the others do: more could be
    /// refused, and hyper alone would know. `SETTINGS` are the first thing that a server sends ([RFC 9113, section
    /// 3.4](https://www.rfc-editor.org/rfc/rfc9113#section-3.4)).
    fn most(&self) -> usize {
        match self.most.load(Ordering::Relaxed) {
            UNKNOWN => 1,
            most => most,
        }
    }

    /// Has the server said how many it takes? One that takes none would take none on another connection either.
    pub(super) fn may_be_used_up(&self) -> bool {
        !matches!(self.most.load(Ordering::Relaxed), 0 | UNKNOWN)
    }

    /// Takes the limit that the server has said; returns whether it is another than before.
    pub(super) fn note(&self, most: usize) -> bool {
        let is_new = most != self.most.load(Ordering::Relaxed);
        if is_new {
            self.most.store(most, Ordering::Relaxed);
        }
        is_new
    }

    /// Wakes this task when the limit is to be looked at again.
    pub(super) fn register(&self, dispatcher: &Waker) {
        self.dispatcher.register(dispatcher);
    }

    /// Has the limit looked at again.
    pub(super) fn look_again(&self) {
        self.dispatcher.wake();
    }
}
