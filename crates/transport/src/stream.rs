//! A TLS stream that still reports the server's alert when a write fails first.
//!
//! A server that rejects our certificate under TLS 1.3 sends an alert and closes, often while the
//! request is being written. The write then fails with a reset although the alert is unread in the
//! socket, and tokio-rustls reports the reset. When a write fails, this stream reads on before it
//! reports the error, and keeps the alert that it finds. If the server has responded before it
//! closed, as with "413 Content Too Large", the response is left to be read.

pub(crate) mod head_limits;
pub(crate) mod head_reader;
mod readiness;
pub(crate) mod state;

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

use crate::connection::info::{ConnectionInfo, Handshake};
use crate::connection::phase::Phase;
use crate::error::Error;
use crate::error::classify::{Acceptance, is_reset};
use crate::net::proxy::stream::ProxyInfo;
use crate::stream::head_limits::HeadLimits;
use crate::stream::head_reader::HeadReader;
use crate::stream::readiness::Readiness;
use crate::stream::state::ConnectionState;
use crate::telemetry::OpenConnection;

/// The stream that [`MtlsConnector`](crate::MtlsConnector) returns to an HTTP client.
pub struct MtlsStream<IO> {
    io: TokioIo<AlertKeeper<Box<TlsStream<TokioIo<IO>>>>>,
    heads: Option<HeadReader>,
    proxy: Option<ProxyInfo>,
    _open: OpenConnection,
}

impl<IO: Read + Write + Unpin> MtlsStream<IO> {
    pub(crate) fn new(
        tls: Box<TlsStream<TokioIo<IO>>>,
        info: ConnectionInfo,
        state: ConnectionState,
        proxy: Option<ProxyInfo>,
    ) -> Self {
        let handshake = info.tls().map_or(Handshake::Full, |tls| tls.handshake);
        Self {
            _open: OpenConnection::after(handshake),
            heads: None,
            proxy,
            io: TokioIo::new(AlertKeeper {
                inner: tls,
                info,
                state,
                broken: None,
                has_received: false,
                readiness: Readiness::new(),
            }),
        }
    }

    /// Makes [`HeadReader`] read the heads of responses, unless the protocol is HTTP/2.
    pub(crate) fn reading_heads(mut self, limits: Option<HeadLimits>) -> Self {
        let info = self.info();
        let limits = limits.filter(|_| info.alpn() != Some("h2"));
        let reader = |limits| HeadReader::new(limits, Some(info.clone()), self.state().clone());
        self.heads = limits.map(reader);
        self
    }

    pub(crate) fn state(&self) -> &ConnectionState {
        &self.io.inner().state
    }

    /// Returns the proxy that the connection goes through.
    pub(crate) fn proxy(&self) -> Option<&ProxyInfo> {
        self.proxy.as_ref()
    }

    /// Returns the facts of this connection.
    #[must_use]
    pub fn info(&self) -> &ConnectionInfo {
        &self.io.inner().info
    }
}

impl<IO: Read + Write + Unpin> Connection for MtlsStream<IO> {
    fn connected(&self) -> Connected {
        // Everything in here is copied for each request, and the addresses are in the info.
        let info = self.info();
        let connected = Connected::new().extra(info.clone());
        let connected = match &self.proxy {
            Some(proxy) => connected.extra(proxy.clone()),
            None => connected,
        };
        match info.alpn() {
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
        let stream = &mut *self;
        let is_pending = stream.io.inner().readiness.is_pending(cx.waker());
        let Some(heads) = &mut stream.heads else {
            return Pin::new(&mut stream.io).poll_read(cx, buf);
        };
        if is_pending && !heads.has_bytes() {
            return Poll::Pending; // the same result as two layers further down, for less
        }
        heads.poll_read(cx, &mut stream.io, buf)
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

/// Keeps the server's alert for the request that caused it, on the stream of one connection.
struct AlertKeeper<S> {
    inner: S,
    info: ConnectionInfo,
    state: ConnectionState,
    /// The error that writing failed with; nothing can be written after it.
    broken: Option<io::Error>,
    /// The server has sent application data.
    has_received: bool,
    readiness: Readiness,
}

/// Reports whether NewSessionTicket messages have arrived.
trait SessionTickets {
    /// Checks whether the server has sent tickets. A TLS 1.3 server has verified our certificate by
    /// then: it sends them only after our Finished (RFC 8446, section 4.6.1).
    fn has_sent_tickets(&self) -> bool;
}

impl<IO> SessionTickets for Box<TlsStream<IO>> {
    fn has_sent_tickets(&self) -> bool {
        self.get_ref().1.tls13_tickets_received() > 0
    }
}

impl<S: AsyncRead + AsyncBufRead + AsyncWrite + SessionTickets + Unpin> AlertKeeper<S> {
    /// Classifies the error, keeps it for the request, which may not see it, and wraps it for the
    /// caller.
    fn failed(&self, error: io::Error) -> io::Error {
        let kind = error.kind();
        let info = self.info.clone();
        let error = Error::from_tls_io(error, Phase::Request, info, self.acceptance());
        self.record(kind, error)
    }

    /// Records a suspected rejection at an orderly end, if the server requested a certificate and
    /// has sent nothing since. hyper reports any other premature end itself.
    fn record_end(&self) {
        if self.acceptance() == Acceptance::Unknown {
            self.failed(io::ErrorKind::UnexpectedEof.into());
        }
    }

    fn record(&self, kind: io::ErrorKind, error: Error) -> io::Error {
        let error = match self.state.has_responded() {
            true => error.on_used_connection(),
            false => error,
        };
        self.state.failed(error.clone());
        io::Error::new(kind, error)
    }

    /// Returns the evidence that our certificate was accepted. A TLS 1.2 handshake does not end
    /// before the server has verified it (RFC 5246, section 7.3).
    fn acceptance(&self) -> Acceptance {
        let tls = self.info.tls();
        let is_verified_by_now =
            tls.is_none_or(|tls| tls.version == "TLSv1.2" || tls.handshake == Handshake::Resumed);
        if is_verified_by_now || self.has_received || self.inner.has_sent_tickets() {
            Acceptance::Shown
        } else {
            Acceptance::Unknown
        }
    }

    /// Writes until that fails; then reads until the end, and returns the alert or the error found
    /// there.
    ///
    /// While there are unread bytes of the server, writes are dropped as if they succeeded, so that
    /// the HTTP client goes on reading: the bytes may be a response, and an alert may follow them.
    fn poll_written<T>(
        &mut self,
        cx: &mut Context<'_>,
        dropped: T,
        write: impl FnOnce(Pin<&mut S>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if self.broken.is_none() {
            let written = write(Pin::new(&mut self.inner), cx);
            self.state.write_blocked(written.is_pending());
            if written.is_pending() {
                // An inner stream with one waker for both directions would wake this task alone.
                self.readiness.displace_reader();
            }
            match ready!(written) {
                Ok(written) => return Poll::Ready(Ok(written)),
                Err(error) => self.broken = Some(error),
            }
        }
        let found = ready!(self.poll_final_error(cx));
        // It is the reader's as well, who may be waiting for it in another task.
        self.readiness.displace_reader();
        self.readiness.wake_displaced();
        Poll::Ready(found.map(|()| dropped))
    }

    /// Returns the final error, or `Ok` while there are unread bytes.
    ///
    /// The socket is dead, so its read side ends too: with the alert, another error or the end. The
    /// I/O driver may take a turn to notice, hence `Pending`; the request's timeout bounds the
    /// wait.
    fn poll_final_error(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let broken = self.broken.as_ref().map(io::Error::kind);
        let is_reset_by_peer = self.broken.as_ref().is_some_and(is_reset);
        let inner = &mut self.inner;
        let rest = self.readiness.poll_for_writer(cx, |cx| {
            // rustls holds an alert right behind other bytes back until the next read, so an empty
            // read comes first.
            let held_back = Pin::new(&mut *inner).poll_read(cx, &mut ReadBuf::new(&mut []));
            match held_back {
                Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
                _ => {
                    let unread = Pin::new(inner).poll_fill_buf(cx);
                    unread.map_ok(|unread| !unread.is_empty())
                }
            }
        });
        let alert = match rest {
            Poll::Pending if is_reset_by_peer => return Poll::Pending,
            Poll::Ready(Ok(true)) => return Poll::Ready(Ok(())),
            Poll::Ready(Err(error)) if is_tls(&error) => Some(error),
            _ => None,
        };
        let kind = broken.unwrap_or(io::ErrorKind::BrokenPipe);
        let broken = self.broken.replace(kind.into());
        let error = alert.or(broken).unwrap_or_else(|| kind.into());
        Poll::Ready(Err(self.failed(error)))
    }
}

fn is_tls(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(|carried| carried.is::<rustls::Error>())
}

impl<S: AsyncRead + AsyncBufRead + AsyncWrite + SessionTickets + Unpin> AsyncRead
    for AlertKeeper<S>
{
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let this = &mut *self;
        let inner = Pin::new(&mut this.inner);
        let read = this.readiness.poll(cx, |cx| inner.poll_read(cx, buf));
        match ready!(read) {
            Ok(()) if buf.filled().len() > before => self.has_received = true,
            Ok(()) if buf.remaining() > 0 => self.record_end(),
            Ok(()) => {}
            Err(error) => return Poll::Ready(Err(self.failed(error))),
        }
        Poll::Ready(Ok(()))
    }
}

/// Returns bytes that stay unread. The end is left to the read that follows.
impl<S: AsyncRead + AsyncBufRead + AsyncWrite + SessionTickets + Unpin> AsyncBufRead
    for AlertKeeper<S>
{
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.get_mut();
        let inner = Pin::new(&mut this.inner);
        // An empty read takes nothing, and finds an alert that rustls has held back.
        let nothing = &mut ReadBuf::new(&mut []);
        let read = this.readiness.poll(cx, |cx| inner.poll_read(cx, nothing));
        if let Err(error) = ready!(read) {
            return Poll::Ready(Err(this.failed(error)));
        }
        Pin::new(&mut this.inner).poll_fill_buf(cx)
    }

    fn consume(mut self: Pin<&mut Self>, amount: usize) {
        self.has_received |= amount > 0;
        Pin::new(&mut self.inner).consume(amount);
    }
}

impl<S: AsyncRead + AsyncBufRead + AsyncWrite + SessionTickets + Unpin> AsyncWrite
    for AlertKeeper<S>
{
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_written(cx, buf.len(), |inner, cx| inner.poll_write(cx, buf))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_written(cx, (), |inner, cx| inner.poll_flush(cx))
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
        let length = bufs.iter().map(|buf| buf.len()).sum();
        self.poll_written(cx, length, |inner, cx| inner.poll_write_vectored(cx, bufs))
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::VecDeque,
        sync::{
            Arc, Mutex,
            atomic::{AtomicBool, Ordering},
        },
        task::{Wake, Waker},
    };

    use rustls::AlertDescription;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::connection::client_auth::ClientAuth;
    use crate::connection::generation::Generation;
    use crate::connection::info::TlsInfo;
    use crate::error::ErrorKind;
    use crate::error::client_certificate::ClientCertificateProblem;
    use crate::error::retry_advice::RetryAdvice;

    const SUSPECTED: ErrorKind = ErrorKind::ClientCertificate(ClientCertificateProblem::Suspected);
    const EXPIRED: ErrorKind = ErrorKind::ClientCertificate(ClientCertificateProblem::Expired);

    type ScriptEntry = Poll<io::Result<&'static [u8]>>;

    /// A dead socket: writes fail, and reads return the script's entries in order, then the end.
    #[derive(Default)]
    struct DeadSocket {
        script: VecDeque<ScriptEntry>,
        held_back: Option<io::Error>,
        /// Wakes no one, as if another task had replaced the waker.
        loses_waker: bool,
        /// The waker of the last poll, where it is not woken.
        last_waker: Arc<Mutex<Option<Waker>>>,
        has_sent_tickets: bool,
    }

    impl SessionTickets for DeadSocket {
        fn has_sent_tickets(&self) -> bool {
            self.has_sent_tickets
        }
    }

    impl AsyncRead for DeadSocket {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if let Some(error) = self.held_back.take() {
                return Poll::Ready(Err(error));
            }
            if buf.remaining() == 0 {
                return Poll::Ready(Ok(())); // an empty read consumes nothing
            }
            let unread = ready!(self.as_mut().poll_fill_buf(cx))?;
            buf.put_slice(unread);
            self.script.pop_front();
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncBufRead for DeadSocket {
        fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
            match self.loses_waker {
                true => *self.last_waker.lock().unwrap() = Some(cx.waker().clone()),
                false => cx.waker().wake_by_ref(),
            }
            let script = &mut self.get_mut().script;
            match script.front() {
                Some(Poll::Ready(Ok(unread))) => Poll::Ready(Ok(*unread)),
                _ => script.pop_front().unwrap_or(Poll::Ready(Ok(&[]))),
            }
        }

        fn consume(self: Pin<&mut Self>, _: usize) {
            unreachable!("the search for an alert must not consume anything")
        }
    }

    impl AsyncWrite for DeadSocket {
        fn poll_write(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
            _: &[u8],
        ) -> Poll<io::Result<usize>> {
            Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn over(dead: DeadSocket) -> AlertKeeper<DeadSocket> {
        over_version(dead, "TLSv1.3", ClientAuth::Presented)
    }

    fn over_version(
        dead: DeadSocket,
        version: &'static str,
        client_auth: ClientAuth,
    ) -> AlertKeeper<DeadSocket> {
        let info = ConnectionInfo::before_tls("localhost", Generation::FIRST, None, None);
        let tls = TlsInfo {
            version,
            cipher_suite: String::new(),
            key_exchange_group: None,
            alpn: None,
            handshake: Handshake::Full,
            handshake_time: std::time::Duration::ZERO,
            peer_certificates: Vec::new(),
        };
        AlertKeeper {
            inner: dead,
            info: info.established(client_auth, tls),
            state: ConnectionState::default(),
            broken: None,
            has_received: false,
            readiness: Readiness::new(),
        }
    }

    fn scripted(script: impl Into<VecDeque<ScriptEntry>>) -> AlertKeeper<DeadSocket> {
        over(DeadSocket {
            script: script.into(),
            ..DeadSocket::default()
        })
    }

    async fn verdict(mut stream: AlertKeeper<DeadSocket>) -> ErrorKind {
        let error = stream.write(b"GET /").await.unwrap_err();
        let kind = Error::find(&error).unwrap().kind();
        assert_eq!(stream.state.failure().unwrap().kind(), kind);
        kind
    }

    fn alert() -> io::Error {
        let alert = rustls::Error::AlertReceived(AlertDescription::CertificateExpired);
        io::Error::new(io::ErrorKind::InvalidData, alert)
    }

    #[tokio::test]
    async fn unread_alert_is_reported_when_a_write_fails() {
        assert_eq!(
            verdict(scripted([Poll::Ready(Err(alert()))])).await,
            EXPIRED
        );
    }

    #[tokio::test]
    async fn request_may_be_processed_if_alert_follows_acceptance() {
        let rejecting = |has_sent_tickets| DeadSocket {
            script: [Poll::Ready(Err(alert()))].into(),
            has_sent_tickets,
            ..DeadSocket::default()
        };
        let mut received = over(rejecting(false));
        received.has_received = true;
        let old_tls = over_version(rejecting(false), "TLSv1.2", ClientAuth::Presented);
        for mut stream in [over(rejecting(true)), received, old_tls] {
            let error = stream.write(b"POST /").await.unwrap_err();
            let error = Error::find(&error).unwrap();
            assert_eq!(error.kind(), EXPIRED);
            assert_eq!(error.retry_advice(), RetryAdvice::OnlyIfIdempotent);
            assert!(!error.is_rejected_before_request());
        }
        let mut unverified = over(rejecting(false));
        let error = unverified.write(b"POST /").await.unwrap_err();
        let error = Error::find(&error).unwrap();
        assert_eq!(error.retry_advice(), RetryAdvice::WithAnotherIdentity);
        assert!(error.is_rejected_before_request());
    }

    #[tokio::test]
    async fn alert_that_arrives_later_is_reported() {
        let later = [Poll::Pending, Poll::Pending, Poll::Ready(Err(alert()))];
        assert_eq!(verdict(scripted(later)).await, EXPIRED);
    }

    #[tokio::test]
    async fn alert_held_back_for_the_next_read_is_reported() {
        let reset = Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        let stream = over(DeadSocket {
            script: [reset].into(),
            held_back: Some(alert()),
            ..DeadSocket::default()
        });
        assert_eq!(verdict(stream).await, EXPIRED);
    }

    fn ends() -> [VecDeque<ScriptEntry>; 2] {
        let end = Poll::Ready(Ok(&[][..]));
        let reset = Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        [[end].into(), [Poll::Pending, reset].into()]
    }

    #[tokio::test]
    async fn end_after_acceptance_is_no_suspicion() {
        for script in ends() {
            let dead = DeadSocket {
                script,
                has_sent_tickets: true,
                ..DeadSocket::default()
            };
            assert_eq!(verdict(over(dead)).await, ErrorKind::Closed);
        }
        for (version, client_auth) in [
            ("TLSv1.2", ClientAuth::Presented),
            ("TLSv1.3", ClientAuth::NotRequested),
        ] {
            for script in ends() {
                let dead = DeadSocket {
                    script,
                    ..DeadSocket::default()
                };
                let stream = over_version(dead, version, client_auth);
                assert_eq!(verdict(stream).await, ErrorKind::Closed, "{version}");
            }
        }
    }

    #[tokio::test]
    async fn end_before_acceptance_is_a_suspicion() {
        for script in ends() {
            assert_eq!(verdict(scripted(script)).await, SUSPECTED);
        }
        // The same when the end is read, which hyper reports as a truncated response.
        let mut stream = scripted([]);
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
        assert_eq!(stream.state.failure().map(Error::kind), Some(SUSPECTED));
    }

    #[tokio::test]
    async fn response_is_read_before_the_write_fails() {
        let mut stream = scripted([Poll::Ready(Ok(&b"413"[..])), Poll::Ready(Err(alert()))]);
        stream.write_all(b"more than").await.unwrap();
        stream.flush().await.unwrap();
        assert!(stream.state.failure().is_none());

        let mut response = [0; 3];
        stream.read_exact(&mut response).await.unwrap();
        assert_eq!(&response, b"413");

        assert_eq!(verdict(stream).await, EXPIRED);
    }

    #[tokio::test]
    async fn broken_stream_stays_broken() {
        let mut stream = scripted([]);
        for _ in 0..3 {
            let error = stream.write(b"GET /").await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn reader_in_another_task_is_woken() {
        let (mut reader, mut writer) = tokio::io::split(over(DeadSocket {
            script: [Poll::Pending].into(),
            loses_waker: true,
            ..DeadSocket::default()
        }));
        let reading = tokio::spawn(async move { reader.read(&mut [0; 8]).await });
        tokio::task::yield_now().await;

        assert!(writer.write(b"GET /").await.is_err());

        let a_while = std::time::Duration::from_secs(1);
        let read = tokio::time::timeout(a_while, reading).await.unwrap();
        assert_eq!(read.unwrap().unwrap(), 0);
    }

    #[derive(Default)]
    struct Woken(AtomicBool);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    #[test]
    fn halves_in_two_tasks_are_both_woken() {
        for is_writer_first in [true, false] {
            let last_waker = Arc::default();
            let (mut reader, mut writer) = tokio::io::split(over(DeadSocket {
                script: [Poll::Pending, Poll::Pending].into(),
                loses_waker: true,
                last_waker: Arc::clone(&last_waker),
                ..DeadSocket::default()
            }));
            let tasks: [Arc<Woken>; 2] = Default::default();
            let wakers = tasks.clone().map(Waker::from);
            let [mut reads, mut writes] = wakers.each_ref().map(Context::from_waker);
            for is_writer in [is_writer_first, !is_writer_first] {
                let is_pending = match is_writer {
                    true => {
                        let write = Pin::new(&mut writer).poll_write(&mut writes, b"GET /");
                        write.is_pending()
                    }
                    false => {
                        let mut room = [0; 8];
                        let mut room = ReadBuf::new(&mut room);
                        let read = Pin::new(&mut reader).poll_read(&mut reads, &mut room);
                        read.is_pending()
                    }
                };
                assert!(is_pending);
            }

            last_waker.lock().unwrap().take().unwrap().wake();

            let woken = tasks.map(|task| task.0.load(Ordering::SeqCst));
            assert_eq!(woken, [true, true], "writer first: {is_writer_first}");
        }
    }
}
