//! Takes requests to an HTTP/2 connection, and sees how many its server allows.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use crate::client::pool::connection::Connection;
use crate::client::pool::host::Host;
use crate::client::pool::http2::Streams;

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
        this.streams.register(cx.waker());
        let ended = Pin::new(&mut this.hyper).poll(cx);
        let most = (this.most)(&this.hyper);
        if this.streams.note(most) {
            this.host.serve();
        }
        if ended.is_ready() {
            // A GOAWAY ends it before the connection: what has been sent goes on, and nothing more is.
            this.host.retire(&this.connection);
        }
        ended.map(drop)
    }
}
