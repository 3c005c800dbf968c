//! An HTTP/2 connection: as many requests at once as the server takes.
//!
//! Requests are counted here, beside h2: what h2 is given beyond the server's limit waits inside of hyper, where it
//! cannot be told whether it was sent, and keeps all that follow waiting.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use atomic_waker::AtomicWaker;
use http::Request;
use http_body::Body;
use hyper::{client::conn::http2::SendRequest, rt::Executor};

use crate::client::pool::connection::Connection;
use crate::client::pool::driver::Driver;
use crate::client::pool::host::Host;
use crate::client::pool::ready::Outcome;

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

    /// Has the server said how many it takes?
    pub(super) fn is_known(&self) -> bool {
        self.most.load(Ordering::Relaxed) != UNKNOWN
    }

    /// Has the limit looked at again.
    pub(super) fn look_again(&self) {
        self.dispatcher.wake();
    }
}

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
            tokio::spawn(future);
            return;
        }
        spawning.has_driver.store(true, Ordering::Relaxed);
        let connection = Arc::clone(&spawning.connection);
        let host = Arc::clone(&spawning.host);
        tokio::spawn(Driver::new(future, connection, host, None));
    }
}

/// The task of hyper's that takes requests from their senders to the connection.
pub(super) struct Dispatcher<F, B> {
    hyper: F,
    /// Reads how many requests the server takes from hyper's connection.
    most: fn(&F) -> usize,
    streams: Arc<Streams>,
    connection: Arc<Connection>,
    host: Arc<Host<B>>,
}

impl<F, B> Dispatcher<F, B> {
    pub(super) fn new(
        hyper: F,
        most: fn(&F) -> usize,
        streams: Arc<Streams>,
        connection: Arc<Connection>,
        host: Arc<Host<B>>,
    ) -> Self {
        Self {
            hyper,
            most,
            streams,
            connection,
            host,
        }
    }
}

impl<F: Future + Unpin, B> Future for Dispatcher<F, B> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.streams.dispatcher.register(cx.waker());
        let ended = Pin::new(&mut this.hyper).poll(cx);
        let most = (this.most)(&this.hyper);
        if most != this.streams.most.load(Ordering::Relaxed) {
            this.streams.most.store(most, Ordering::Relaxed);
            this.host.serve();
        }
        if ended.is_ready() {
            // A GOAWAY ends it before the connection: what has been sent goes on, and nothing more is.
            this.host.retire(&this.connection);
        }
        ended.map(drop)
    }
}
