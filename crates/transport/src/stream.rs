//! A connection that never loses the server's last word.
//!
//! A server that refuses our certificate under TLS 1.3 sends an alert and closes, often while we are writing the
//! request. The write then fails with a reset although the alert lies unread in the socket; tokio-rustls reports
//! the reset. When a write fails, this stream reads once more before it says so, and keeps what it finds.

use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::{
    client::legacy::connect::{Connected, Connection},
    rt::TokioIo,
};
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;

use crate::{ConnectionInfo, Error, Phase, attempt::ConnectionState};

/// The stream that [`MtlsConnector`](crate::MtlsConnector) hands to an HTTP client.
pub struct MtlsStream<IO> {
    io: TokioIo<AlertKeeping<TlsStream<TokioIo<IO>>>>,
}

impl<IO: Read + Write + Unpin> MtlsStream<IO> {
    pub(crate) fn new(
        tls: TlsStream<TokioIo<IO>>,
        info: ConnectionInfo,
        state: ConnectionState,
    ) -> Self {
        Self {
            io: TokioIo::new(AlertKeeping {
                inner: tls,
                info,
                state,
                broken: None,
            }),
        }
    }

    /// What is known of this connection.
    #[must_use]
    pub fn info(&self) -> &ConnectionInfo {
        &self.io.inner().info
    }
}

impl<IO: Read + Write + Connection + Unpin> Connection for MtlsStream<IO> {
    fn connected(&self) -> Connected {
        let stream = self.io.inner();
        let connected = stream.inner.get_ref().0.inner().connected();
        let connected = connected
            .extra(stream.info.clone())
            .extra(stream.state.clone());
        match stream.info.tls().and_then(|tls| tls.alpn.as_deref()) {
            Some("h2") => connected.negotiated_h2(),
            _ => connected,
        }
    }
}

impl<IO: Read + Write + Unpin> Read for MtlsStream<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<IO: Read + Write + Unpin> Write for MtlsStream<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io).poll_write_vectored(cx, bufs)
    }
}

impl<IO> fmt::Debug for MtlsStream<IO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MtlsStream")
            .field("info", &self.io.inner().info)
            .finish_non_exhaustive()
    }
}

struct AlertKeeping<S> {
    inner: S,
    info: ConnectionInfo,
    state: ConnectionState,
    /// Why the last write failed, while the server's last word is awaited.
    broken: Option<io::Error>,
}

impl<S: AsyncBufRead + Unpin> AlertKeeping<S> {
    /// Names the error, keeps it for the request that cannot see it, and wraps it for the one that can.
    fn failed(&self, error: io::Error) -> io::Error {
        let kind = error.kind();
        let error = Error::from_tls_io(error, Phase::Request, self.info.clone());
        self.state.failed(error.clone());
        io::Error::new(kind, error)
    }

    /// The result of a write, or what the server said before the write failed.
    ///
    /// The socket is dead, so its read side ends too: with the alert, another error or the end. It may take a turn
    /// of the runtime's driver to notice, hence the waiting; the request's deadline bounds it.
    fn poll_written<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: io::Result<T>,
    ) -> Poll<io::Result<T>> {
        let error = match written {
            Ok(written) => return Poll::Ready(Ok(written)),
            Err(error) => error,
        };
        match Pin::new(&mut self.inner).poll_fill_buf(cx) {
            Poll::Pending if is_peers_doing(&error) => {
                self.broken = Some(error);
                Poll::Pending
            }
            Poll::Ready(Err(last_word)) if is_tls(&last_word) => {
                Poll::Ready(Err(self.failed(last_word)))
            }
            _ => Poll::Ready(Err(self.failed(error))),
        }
    }
}

fn is_peers_doing(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(
        error.kind(),
        BrokenPipe | ConnectionAborted | ConnectionReset
    )
}

fn is_tls(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(|carried| carried.is::<rustls::Error>())
}

impl<S: AsyncRead + AsyncBufRead + Unpin> AsyncRead for AlertKeeping<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = ready!(Pin::new(&mut self.inner).poll_read(cx, buf));
        Poll::Ready(read.map_err(|error| self.failed(error)))
    }
}

impl<S: AsyncWrite + AsyncBufRead + Unpin> AsyncWrite for AlertKeeping<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = match self.broken.take() {
            Some(error) => Err(error),
            None => ready!(Pin::new(&mut self.inner).poll_write(cx, buf)),
        };
        self.poll_written(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let written = match self.broken.take() {
            Some(error) => Err(error),
            None => ready!(Pin::new(&mut self.inner).poll_flush(cx)),
        };
        self.poll_written(cx, written)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = match self.broken.take() {
            Some(error) => Err(error),
            None => ready!(Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)),
        };
        self.poll_written(cx, written)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use rustls::AlertDescription;
    use tokio::io::AsyncWriteExt;

    use super::*;
    use crate::{ClientAuth, ClientCertificateProblem, ErrorKind};

    /// A dead socket: writes fail, and the read side says what the script has, one line a look.
    struct Dead(VecDeque<Poll<io::Result<&'static [u8]>>>);

    impl AsyncRead for Dead {
        fn poll_read(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            unreachable!("a look must not take anything away")
        }
    }

    impl AsyncBufRead for Dead {
        fn poll_fill_buf(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
        ) -> Poll<io::Result<&[u8]>> {
            cx.waker().wake_by_ref();
            self.0.pop_front().unwrap_or(Poll::Ready(Ok(&[])))
        }

        fn consume(self: Pin<&mut Self>, _: usize) {
            unreachable!("a look must not take anything away")
        }
    }

    impl AsyncWrite for Dead {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    async fn verdict(script: impl Into<VecDeque<Poll<io::Result<&'static [u8]>>>>) -> ErrorKind {
        let info = ConnectionInfo::before_tls("localhost", None, None);
        let mut stream = AlertKeeping {
            inner: Dead(script.into()),
            info: info.refused(ClientAuth::Presented),
            state: ConnectionState::default(),
            broken: None,
        };
        let error = stream.write(b"GET /").await.unwrap_err();
        let told = Error::find(&error).unwrap().kind();
        assert_eq!(stream.state.failure().unwrap().kind(), told);
        told
    }

    fn alert() -> Poll<io::Result<&'static [u8]>> {
        let alert = rustls::Error::AlertReceived(AlertDescription::CertificateExpired);
        Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, alert)))
    }

    #[tokio::test]
    async fn an_alert_unread_when_the_write_fails_is_the_reason() {
        let expired = ErrorKind::ClientCertificate(ClientCertificateProblem::Expired);
        assert_eq!(verdict([alert()]).await, expired);
    }

    #[tokio::test]
    async fn an_alert_that_shows_only_a_turn_later_is_the_reason() {
        let expired = ErrorKind::ClientCertificate(ClientCertificateProblem::Expired);
        assert_eq!(
            verdict([Poll::Pending, Poll::Pending, alert()]).await,
            expired
        );
    }

    #[tokio::test]
    async fn without_an_alert_the_reason_is_not_invented() {
        assert_eq!(verdict([Poll::Ready(Ok(&[][..]))]).await, ErrorKind::Closed);
        let reset = Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        assert_eq!(verdict([Poll::Pending, reset]).await, ErrorKind::Closed);
    }
}
