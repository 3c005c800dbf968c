//! The stream of a caller, whose reads are noted, and whose end is a reset where an orderly one
//! would pass for the end of a response.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::Instant,
};
use tokio_util::either::Either;

use crate::connection::opening::TlsStream;
use crate::listener::{Stream, reset};
use crate::requests::{Requests, Unframed};

/// The stream of a caller, plain or over TLS.
pub(super) type Wire = Either<Stream, TlsStream>;

/// Notes when the head of an HTTP/1.1 request begins; hyper reports it once it is complete.
pub(super) struct WatchedStream {
    stream: Wire,
    requests: Arc<Requests>,
    protocol: Protocol,
    /// Everything has been written: hyper ends a connection so, and no other.
    is_shut_down: bool,
    /// Nothing has been written since all was flushed.
    is_flushed: bool,
}

#[derive(Clone, Copy, Debug)]
enum Protocol {
    /// So many bytes of the preface of HTTP/2 have come.
    Unknown(usize),
    Http1,
    /// Frames come between requests too, and its heads are one frame as a rule.
    Http2,
}

/// The beginning of the preface that no method has (RFC 9113, section 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0";

impl WatchedStream {
    pub(super) fn new(stream: Wire, requests: Arc<Requests>) -> Self {
        Self {
            stream,
            requests,
            protocol: Protocol::Unknown(0),
            is_shut_down: false,
            is_flushed: true,
        }
    }

    fn received(&mut self, bytes: &[u8]) {
        if let Protocol::Unknown(so_far) = self.protocol {
            let left = PREFACE.get(so_far..).unwrap_or_default();
            let common = left.iter().zip(bytes).take_while(|(a, b)| a == b).count();
            self.protocol = match () {
                () if common == left.len() => Protocol::Http2,
                () if common == bytes.len() => Protocol::Unknown(so_far + common),
                () => Protocol::Http1,
            };
        }
        if !bytes.is_empty() && !matches!(self.protocol, Protocol::Http2) {
            self.requests.received(Instant::now());
        }
    }
}

impl Drop for WatchedStream {
    fn drop(&mut self) {
        // Whoever gave the connection up: the server, the caller's timeout, or a gateway that
        // stops. Over TLS, the `close_notify` that is missing shows it.
        let is_cut_off = match self.requests.unframed() {
            Unframed::None => false,
            Unframed::Begun => !self.is_shut_down,
            // As after a response that came before the caller had sent its request.
            Unframed::Whole => !self.is_shut_down && !self.is_flushed,
        };
        if let Wire::Left(stream) = &self.stream
            && is_cut_off
        {
            reset(stream);
        }
    }
}

impl AsyncRead for WatchedStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buffer);
        if let Poll::Ready(Ok(())) = &read {
            this.received(buffer.filled().get(before..).unwrap_or_default());
        }
        read
    }
}

impl AsyncWrite for WatchedStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.is_flushed = false;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.is_flushed = false;
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.is_flushed |= matches!(flushed, Poll::Ready(Ok(())));
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut_down = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.is_shut_down |= matches!(shut_down, Poll::Ready(Ok(())));
        shut_down
    }
}
