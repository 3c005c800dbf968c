//! Passes requests to an HTTP/2 connection, and observes its limit of streams.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use crate::client::pool::connection::Connection;
use crate::client::pool::host::Host;
use crate::client::pool::http2::Streams;

/// hyper's task that passes requests from their senders to the connection.
pub(super) struct Dispatcher<F, B> {
    hyper: F,
    /// Reads the server's limit of streams from hyper's connection.
    max: fn(&F) -> usize,
    streams: Arc<Streams>,
    connection: Arc<Connection>,
    host: Arc<Host<B>>,
}

impl<F, B> Dispatcher<F, B> {
    pub(super) fn new(
        hyper: F,
        max: fn(&F) -> usize,
        streams: Arc<Streams>,
        connection: Arc<Connection>,
        host: Arc<Host<B>>,
    ) -> Self {
        Self {
            hyper,
            max,
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
        let max = (this.max)(&this.hyper);
        if this.streams.note(max) {
            this.host.serve();
        }
        if ended.is_ready() {
            // A GOAWAY ends the dispatcher before the connection: sent requests go on, and no new
            // ones are sent.
            this.host.retire(&this.connection);
        }
        ended.map(drop)
    }
}
