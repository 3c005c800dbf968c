//! The stream of a client that has connected over TLS.

use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll},
    time::SystemTime,
};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio_rustls::server::TlsStream;

use crate::acceptor::validity;

/// The stream that [`TlsAcceptor`](crate::TlsAcceptor) returns to an HTTP server.
pub struct TlsServerStream<IO>(TokioIo<Box<TlsStream<TokioIo<IO>>>>);

impl<IO: Read + Write + Unpin> TlsServerStream<IO> {
    pub(super) fn new(tls: Box<TlsStream<TokioIo<IO>>>) -> Self {
        Self(TokioIo::new(tls))
    }

    /// Returns the time from which on the client's certificate is no longer valid, or one that it
    /// has sent with it if that is earlier and still ahead; none without a certificate.
    ///
    /// TLS looks at it in the handshake alone: a server that keeps connections ends them then.
    #[must_use]
    pub fn client_certificate_end(&self, now: SystemTime) -> Option<SystemTime> {
        let (_, connection) = self.0.inner().get_ref();
        validity::end(connection.peer_certificates()?, now)
    }
}

impl<IO: Read + Write + Unpin> Read for TlsServerStream<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<IO: Read + Write + Unpin> Write for TlsServerStream<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, bufs)
    }
}

impl<IO> fmt::Debug for TlsServerStream<IO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsServerStream").finish_non_exhaustive()
    }
}
