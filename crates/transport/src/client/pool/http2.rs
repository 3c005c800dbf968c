//! An HTTP/2 connection: as many concurrent requests as the server allows.
//!
//! Requests are counted here, beside h2: a request beyond the server's limit waits inside hyper,
//! where it is unknown whether it was sent, and delays all that follow.

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

/// The sending half.
pub(super) struct Http2<B> {
    connection: Arc<Connection>,
    sender: Mutex<SendRequest<B>>,
    streams: Arc<Streams>,
}

/// The server's limit of concurrent requests, as far as it is known.
pub(super) struct Streams {
    max: AtomicUsize,
    dispatcher: AtomicWaker,
}

impl Default for Streams {
    fn default() -> Self {
        Self {
            max: AtomicUsize::new(UNKNOWN),
            dispatcher: AtomicWaker::new(),
        }
    }
}

/// The limit that h2 assumes until the server's SETTINGS arrive; no server sends this value.
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

    /// Reserves a stream, if one is free. Called under the lock of the host, so that no two take
    /// the last.
    pub(super) fn take_stream(&self) -> bool {
        // hyper would accept more and queue them without saying so.
        let has_room = self.connection.exchanges.load(Ordering::SeqCst) < self.streams.max();
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

    /// Closes the connection gracefully once its requests have ended.
    ///
    /// hyper does so when the sender is dropped, which is when the last request with a reserved
    /// stream has been sent.
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
    /// Sends a request for which a stream was reserved.
    #[inline]
    pub(super) fn send(&self, request: Request<B>) -> impl Future<Output = Outcome<B>> + use<B> {
        self.locked().try_send_request(request)
    }
}

impl Streams {
    /// Returns the limit. Until the server's SETTINGS arrive, one request is sent and the others
    /// wait: more could be refused, and only hyper would know. SETTINGS are the first frame of a
    /// server ([RFC 9113, section 3.4](https://www.rfc-editor.org/rfc/rfc9113#section-3.4)).
    fn max(&self) -> usize {
        match self.max.load(Ordering::Relaxed) {
            UNKNOWN => 1,
            max => max,
        }
    }

    /// Checks whether the server has set a limit. One of zero would be the same on another
    /// connection.
    pub(super) fn may_be_used_up(&self) -> bool {
        !matches!(self.max.load(Ordering::Relaxed), 0 | UNKNOWN)
    }

    /// Notes the server's limit; returns whether it has changed.
    pub(super) fn note(&self, max: usize) -> bool {
        let is_new = max != self.max.load(Ordering::Relaxed);
        if is_new {
            self.max.store(max, Ordering::Relaxed);
        }
        is_new
    }

    /// Registers the task that reads the limit again.
    pub(super) fn register(&self, dispatcher: &Waker) {
        self.dispatcher.register(dispatcher);
    }

    /// Makes the dispatcher read the limit again.
    pub(super) fn recheck(&self) {
        self.dispatcher.wake();
    }
}
