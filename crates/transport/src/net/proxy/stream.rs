//! The stream under our TLS: a tunnel through a proxy, or a direct connection.

use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use http::uri::Authority;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::{
    client::legacy::connect::{Connected, Connection},
    rt::TokioIo,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_rustls::client::TlsStream;

use crate::connection::phase::Phase;
use crate::error::proxy_problem::ProxyProblem;
use crate::error::{Error, ErrorKind};
use crate::net::proxy::connect::is_tls;

/// The proxy of a connection; in the extensions of every response that came through one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyInfo {
    authority: Authority,
}

impl ProxyInfo {
    /// Returns the host and, unless it was left out, the port of the proxy.
    #[must_use]
    pub fn authority(&self) -> &Authority {
        &self.authority
    }
}

/// The stream of a [`ProxyConnector`](crate::ProxyConnector): a tunnel, or a direct connection.
pub struct ProxyStream<IO> {
    io: TokioIo<Tunnel<IO>>,
    proxy: Option<ProxyInfo>,
}

impl<IO: Read + Write + Unpin> ProxyStream<IO> {
    pub(super) fn direct(io: IO) -> Self {
        Self::new(Leg::Clear(TokioIo::new(io)), Bytes::new(), None)
    }

    /// Creates a tunnel; `early` are its first bytes.
    pub(super) fn tunnel(leg: Leg<IO>, early: Bytes, authority: Authority) -> Self {
        Self::new(leg, early, Some(ProxyInfo { authority }))
    }

    fn new(leg: Leg<IO>, early: Bytes, proxy: Option<ProxyInfo>) -> Self {
        let io = TokioIo::new(Tunnel { leg, early });
        Self { io, proxy }
    }

    /// Returns the proxy; none if the connection is direct.
    #[must_use]
    pub fn proxy(&self) -> Option<&ProxyInfo> {
        self.proxy.as_ref()
    }
}

/// The addresses are those of the connection to the proxy.
impl<IO: Read + Write + Connection + Unpin> Connection for ProxyStream<IO> {
    fn connected(&self) -> Connected {
        let connected = match &self.io.inner().leg {
            Leg::Clear(io) => io.inner().connected(),
            Leg::Tls(tls) => tls.get_ref().0.inner().connected(),
        };
        // Not `Connected::proxy`: with it, hyper-util sends requests in absolute form, which is for
        // a proxy and not for the server behind it.
        match &self.proxy {
            Some(proxy) => connected.extra(proxy.clone()),
            None => connected,
        }
    }
}

impl<IO: Read + Write + Unpin> Read for ProxyStream<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io)
            .poll_read(cx, buf)
            .map_err(hide_proxy_tls)
    }
}

impl<IO: Read + Write + Unpin> Write for ProxyStream<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.io)
            .poll_write(cx, buf)
            .map_err(hide_proxy_tls)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io)
            .poll_flush(cx)
            .map_err(hide_proxy_tls)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io)
            .poll_shutdown(cx)
            .map_err(hide_proxy_tls)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.io).poll_write_vectored(cx, bufs);
        written.map_err(hide_proxy_tls)
    }
}

/// Replaces a TLS error of the proxy: to the layers above, it would look like one of the server.
fn hide_proxy_tls(error: io::Error) -> io::Error {
    if !is_tls(&error) {
        return error;
    }
    let of_the_proxy = ErrorKind::Proxy(ProxyProblem::Tls);
    io::Error::new(error.kind(), Error::new(of_the_proxy, Phase::Proxy))
}

impl<IO> fmt::Debug for ProxyStream<IO> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProxyStream")
            .field("proxy", &self.proxy)
            .finish_non_exhaustive()
    }
}

/// The bytes that followed the head of the proxy's reply, then the rest.
struct Tunnel<IO> {
    leg: Leg<IO>,
    early: Bytes,
}

/// The connection to the proxy.
pub(super) enum Leg<IO> {
    Clear(TokioIo<IO>),
    Tls(Box<TlsStream<TokioIo<IO>>>),
}

impl<IO: Read + Write + Unpin> AsyncRead for Tunnel<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.early.is_empty() {
            return Pin::new(&mut self.leg).poll_read(cx, buf);
        }
        // These bytes arrived with the proxy's reply and are the first of the server's.
        let length = self.early.len().min(buf.remaining());
        buf.put_slice(self.early.get(..length).unwrap_or_default());
        self.early.advance(length);
        Poll::Ready(Ok(()))
    }
}

impl<IO: Read + Write + Unpin> AsyncWrite for Tunnel<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.leg).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.leg).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.leg).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.leg.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.leg).poll_write_vectored(cx, bufs)
    }
}

impl<IO: Read + Write + Unpin> AsyncRead for Leg<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Clear(io) => Pin::new(io).poll_read(cx, buf),
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, buf),
        }
    }
}

impl<IO: Read + Write + Unpin> AsyncWrite for Leg<IO> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Clear(io) => Pin::new(io).poll_write(cx, buf),
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, buf),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Clear(io) => Pin::new(io).poll_flush(cx),
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut *self {
            Self::Clear(io) => Pin::new(io).poll_shutdown(cx),
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Clear(io) => io.is_write_vectored(),
            Self::Tls(tls) => tls.is_write_vectored(),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut *self {
            Self::Clear(io) => Pin::new(io).poll_write_vectored(cx, bufs),
            Self::Tls(tls) => Pin::new(tls).poll_write_vectored(cx, bufs),
        }
    }
}

#[cfg(test)]
mod tests {
    use rustls::AlertDescription;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::connection::client_auth::ClientAuth;
    use crate::connection::generation::Generation;
    use crate::connection::info::ConnectionInfo;
    use crate::error::classify::Acceptance;

    #[tokio::test]
    async fn early_bytes_come_first() {
        let (near, mut far) = tokio::io::duplex(64);
        let leg = Leg::Clear(TokioIo::new(TokioIo::new(near)));
        let proxy = Authority::from_static("proxy.example:3128");
        let stream = ProxyStream::tunnel(leg, Bytes::from_static(b"early, "), proxy);
        far.write_all(b"late").await.unwrap();
        drop(far);

        let mut stream = TokioIo::new(stream);
        let mut start = [0; 3];
        stream.read_exact(&mut start).await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();

        assert_eq!([&start[..], &rest].concat(), b"early, late");
    }

    #[test]
    fn proxy_alert_is_not_taken_for_the_servers() {
        let alert = rustls::Error::AlertReceived(AlertDescription::CertificateRequired);
        let alert = io::Error::new(io::ErrorKind::InvalidData, alert);
        let info = ConnectionInfo::before_tls("api.example", Generation::FIRST, None, None);
        let info = info.with_client_auth(ClientAuth::NoneAvailable);

        let error = Error::from_tls_io(
            hide_proxy_tls(alert),
            Phase::Request,
            info,
            Acceptance::Shown,
        );

        assert_eq!(error.kind(), ErrorKind::Closed);
        let cause = std::error::Error::source(&error).unwrap();
        let cause = Error::find(cause).unwrap();
        assert_eq!(cause.kind(), ErrorKind::Proxy(ProxyProblem::Tls));
    }
}
