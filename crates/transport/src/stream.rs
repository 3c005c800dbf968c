//! A connection that never loses the server's last word.
//!
//! A server that refuses our certificate under TLS 1.3 sends an alert and closes, often while we are writing the
//! request. The write then fails with a reset although the alert lies unread in the socket; tokio-rustls reports
//! the reset. When a write fails, this stream looks at the read side before it says so, and keeps what it finds. If
//! the server has answered before it closed, as with "413 Content Too Large", the answer is left to be read.

pub(crate) mod head_limits;
pub(crate) mod head_reader;
mod readiness;
pub(crate) mod state;

use std::{
    fmt, io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use http::Extensions;
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
use crate::telemetry::Standing;

/// The stream that [`MtlsConnector`](crate::MtlsConnector) hands to an HTTP client.
pub struct MtlsStream<IO> {
    io: TokioIo<AlertKeeping<Box<TlsStream<TokioIo<IO>>>>>,
    heads: Option<HeadReader>,
    _standing: Standing,
}

impl<IO: Read + Write + Unpin> MtlsStream<IO> {
    pub(crate) fn new(
        tls: Box<TlsStream<TokioIo<IO>>>,
        info: ConnectionInfo,
        state: ConnectionState,
    ) -> Self {
        let handshake = info.tls().map_or(Handshake::Full, |tls| tls.handshake);
        Self {
            _standing: Standing::after(handshake),
            heads: None,
            io: TokioIo::new(AlertKeeping {
                inner: tls,
                info,
                state,
                broken: None,
                has_heard: false,
                readiness: Readiness::new(),
            }),
        }
    }

    /// The same, for a client that speaks HTTP/1.1 over it and wants the heads of responses read by [`HeadReader`].
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

    /// What is known of this connection.
    #[must_use]
    pub fn info(&self) -> &ConnectionInfo {
        &self.io.inner().info
    }
}

impl<IO: Read + Write + Connection + Unpin> Connection for MtlsStream<IO> {
    fn connected(&self) -> Connected {
        let stream = self.io.inner();
        // Everything in here is copied for each request, and the addresses are in the info.
        let mut beneath = Extensions::new();
        let connected = stream.inner.get_ref().0.inner().connected();
        connected.get_extras(&mut beneath);
        let connected = Connected::new().extra(stream.info.clone());
        let connected = match beneath.remove::<ProxyInfo>() {
            Some(proxy) => connected.extra(proxy),
            None => connected,
        };
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
        let stream = &mut *self;
        let is_pending = stream.io.inner().readiness.is_pending(cx.waker());
        let Some(heads) = &mut stream.heads else {
            return Pin::new(&mut stream.io).poll_read(cx, buf);
        };
        if is_pending && !heads.has_bytes() {
            return Poll::Pending; // as the stream would say, two layers further down
        }
        heads.poll_read(cx, Pin::new(&mut stream.io), buf)
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
    /// Why writing failed; nothing can be written after it.
    broken: Option<io::Error>,
    /// The server has sent something besides TLS's own.
    has_heard: bool,
    readiness: Readiness,
}

/// A TLS stream of which it can be known that the server has accepted our certificate.
trait Judged {
    /// Has it sent tickets? A server of TLS 1.3 has judged the certificate by then, as its own message before them
    /// needs our last one (RFC 8446, section 4.6.1).
    fn has_sent_tickets(&self) -> bool;
}

impl<IO> Judged for Box<TlsStream<IO>> {
    fn has_sent_tickets(&self) -> bool {
        self.get_ref().1.tls13_tickets_received() > 0
    }
}

impl<S: AsyncRead + AsyncBufRead + AsyncWrite + Judged + Unpin> AlertKeeping<S> {
    /// Names the error, keeps it for the request that cannot see it, and wraps it for the one that can.
    fn failed(&self, error: io::Error) -> io::Error {
        let kind = error.kind();
        let info = self.info.clone();
        let error = Error::from_tls_io(error, Phase::Request, info, self.acceptance());
        self.told(kind, error)
    }

    /// An orderly end. HTTP has its own words for one that comes too early; only who has never heard anything of a
    /// server that was to judge us says more.
    fn ended(&self) {
        if self.acceptance() == Acceptance::Unknown {
            self.failed(io::ErrorKind::UnexpectedEof.into());
        }
    }

    fn told(&self, kind: io::ErrorKind, error: Error) -> io::Error {
        let error = match self.state.has_answered() {
            true => error.on_used_connection(),
            false => error,
        };
        self.state.failed(error.clone());
        io::Error::new(kind, error)
    }

    /// A handshake of TLS 1.2 does not end before the server has judged (RFC 5246, section 7.3).
    fn acceptance(&self) -> Acceptance {
        let tls = self.info.tls();
        let is_judged_by_now =
            tls.is_none_or(|tls| tls.version == "TLSv1.2" || tls.handshake == Handshake::Resumed);
        if is_judged_by_now || self.has_heard || self.inner.has_sent_tickets() {
            Acceptance::Shown
        } else {
            Acceptance::Unknown
        }
    }

    /// Writes, until that fails; then says what the server said before it failed.
    ///
    /// While there are bytes of the server that nobody has read, what is written is dropped as if it were sent, so
    /// that the HTTP client goes on to read them: they may be an answer, and what comes after them may be an alert.
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
                // A stream beneath with one place for both directions wakes this task alone.
                self.readiness.place_taken();
            }
            match ready!(written) {
                Ok(written) => return Poll::Ready(Ok(written)),
                Err(error) => self.broken = Some(error),
            }
        }
        let last_word = ready!(self.poll_last_word(cx));
        // Looking has put this task in the reader's place.
        self.readiness.ask_again();
        Poll::Ready(last_word.map(|()| dropped))
    }

    /// What the server said last, or nothing while there is more of it to read.
    ///
    /// The socket is dead, so its read side ends too: with the alert, another error or the end. It may take a turn
    /// of the runtime's driver to notice, hence the waiting; the request's deadline bounds it.
    fn poll_last_word(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let broken = self.broken.as_ref().map(io::Error::kind);
        let is_peers_doing = self.broken.as_ref().is_some_and(is_reset);
        self.readiness.place_taken();
        // An alert that came right behind other bytes is held back for the next read, where only a read finds it.
        let held_back = Pin::new(&mut self.inner).poll_read(cx, &mut ReadBuf::new(&mut []));
        let look = match held_back {
            Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
            _ => Pin::new(&mut self.inner).poll_fill_buf(cx),
        };
        let last_word = match look {
            Poll::Pending if is_peers_doing => return Poll::Pending,
            Poll::Ready(Ok(unread)) if !unread.is_empty() => return Poll::Ready(Ok(())),
            Poll::Ready(Err(last_word)) if is_tls(&last_word) => Some(last_word),
            _ => None,
        };
        let kind = broken.unwrap_or(io::ErrorKind::BrokenPipe);
        let broken = self.broken.replace(kind.into());
        let error = last_word.or(broken).unwrap_or_else(|| kind.into());
        Poll::Ready(Err(self.failed(error)))
    }
}

fn is_tls(error: &io::Error) -> bool {
    error
        .get_ref()
        .is_some_and(|carried| carried.is::<rustls::Error>())
}

impl<S: AsyncRead + AsyncBufRead + AsyncWrite + Judged + Unpin> AsyncRead for AlertKeeping<S> {
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
            Ok(()) if buf.filled().len() > before => self.has_heard = true,
            Ok(()) if buf.remaining() > 0 => self.ended(),
            Ok(()) => {}
            Err(error) => return Poll::Ready(Err(self.failed(error))),
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncBufRead + AsyncWrite + Judged + Unpin> AsyncWrite for AlertKeeping<S> {
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
    use std::collections::VecDeque;

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

    type Look = Poll<io::Result<&'static [u8]>>;

    /// A dead socket: writes fail, and the read side says what the script has, one line a look, to the end for ever.
    #[derive(Default)]
    struct Dead {
        script: VecDeque<Look>,
        held_back: Option<io::Error>,
        /// Wakes nobody: whoever looked before has been put out of its place.
        forgetful: bool,
        has_sent_tickets: bool,
    }

    impl Judged for Dead {
        fn has_sent_tickets(&self) -> bool {
            self.has_sent_tickets
        }
    }

    impl AsyncRead for Dead {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            if let Some(error) = self.held_back.take() {
                return Poll::Ready(Err(error));
            }
            if buf.remaining() == 0 {
                return Poll::Ready(Ok(())); // a look, which takes nothing away
            }
            let unread = ready!(self.as_mut().poll_fill_buf(cx))?;
            buf.put_slice(unread);
            self.script.pop_front();
            Poll::Ready(Ok(()))
        }
    }

    impl AsyncBufRead for Dead {
        fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
            if !self.forgetful {
                cx.waker().wake_by_ref();
            }
            let script = &mut self.get_mut().script;
            match script.front() {
                Some(Poll::Ready(Ok(unread))) => Poll::Ready(Ok(*unread)),
                _ => script.pop_front().unwrap_or(Poll::Ready(Ok(&[]))),
            }
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
            Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn over(dead: Dead) -> AlertKeeping<Dead> {
        over_version(dead, "TLSv1.3", ClientAuth::Presented)
    }

    fn over_version(
        dead: Dead,
        version: &'static str,
        client_auth: ClientAuth,
    ) -> AlertKeeping<Dead> {
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
        AlertKeeping {
            inner: dead,
            info: info.established(client_auth, tls),
            state: ConnectionState::default(),
            broken: None,
            has_heard: false,
            readiness: Readiness::new(),
        }
    }

    fn saying(script: impl Into<VecDeque<Look>>) -> AlertKeeping<Dead> {
        over(Dead {
            script: script.into(),
            ..Dead::default()
        })
    }

    async fn verdict(mut stream: AlertKeeping<Dead>) -> ErrorKind {
        let error = stream.write(b"GET /").await.unwrap_err();
        let told = Error::find(&error).unwrap().kind();
        assert_eq!(stream.state.failure().unwrap().kind(), told);
        told
    }

    fn alert() -> io::Error {
        let alert = rustls::Error::AlertReceived(AlertDescription::CertificateExpired);
        io::Error::new(io::ErrorKind::InvalidData, alert)
    }

    #[tokio::test]
    async fn an_alert_unread_when_the_write_fails_is_the_reason() {
        assert_eq!(verdict(saying([Poll::Ready(Err(alert()))])).await, EXPIRED);
    }

    #[tokio::test]
    async fn once_the_certificate_was_accepted_an_alert_about_it_says_nothing_of_the_request() {
        let refusing = |has_sent_tickets| Dead {
            script: [Poll::Ready(Err(alert()))].into(),
            has_sent_tickets,
            ..Dead::default()
        };
        let mut heard = over(refusing(false));
        heard.has_heard = true;
        let old_tls = over_version(refusing(false), "TLSv1.2", ClientAuth::Presented);
        for mut stream in [over(refusing(true)), heard, old_tls] {
            let error = stream.write(b"POST /").await.unwrap_err();
            let error = Error::find(&error).unwrap();
            assert_eq!(error.kind(), EXPIRED);
            assert_eq!(error.retry_advice(), RetryAdvice::OnlyIfIdempotent);
            assert!(!error.is_refused_unseen());
        }
        let mut unjudged = over(refusing(false));
        let error = unjudged.write(b"POST /").await.unwrap_err();
        let error = Error::find(&error).unwrap();
        assert_eq!(error.retry_advice(), RetryAdvice::WithAnotherIdentity);
        assert!(error.is_refused_unseen());
    }

    #[tokio::test]
    async fn an_alert_that_shows_only_a_turn_later_is_the_reason() {
        let later = [Poll::Pending, Poll::Pending, Poll::Ready(Err(alert()))];
        assert_eq!(verdict(saying(later)).await, EXPIRED);
    }

    #[tokio::test]
    async fn an_alert_that_is_held_back_for_the_next_read_is_the_reason() {
        let reset = Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        let stream = over(Dead {
            script: [reset].into(),
            held_back: Some(alert()),
            ..Dead::default()
        });
        assert_eq!(verdict(stream).await, EXPIRED);
    }

    fn ends() -> [VecDeque<Look>; 2] {
        let end = Poll::Ready(Ok(&[][..]));
        let reset = Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        [[end].into(), [Poll::Pending, reset].into()]
    }

    #[tokio::test]
    async fn without_an_alert_the_reason_is_not_invented() {
        for script in ends() {
            let dead = Dead {
                script,
                has_sent_tickets: true,
                ..Dead::default()
            };
            assert_eq!(verdict(over(dead)).await, ErrorKind::Closed);
        }
        for (version, client_auth) in [
            ("TLSv1.2", ClientAuth::Presented),
            ("TLSv1.3", ClientAuth::NotRequested),
        ] {
            for script in ends() {
                let dead = Dead {
                    script,
                    ..Dead::default()
                };
                let stream = over_version(dead, version, client_auth);
                assert_eq!(verdict(stream).await, ErrorKind::Closed, "{version}");
            }
        }
    }

    #[tokio::test]
    async fn an_end_before_the_server_has_shown_that_it_accepts_us_is_a_suspicion() {
        for script in ends() {
            assert_eq!(verdict(saying(script)).await, SUSPECTED);
        }
        // As much as when the end is read, which HTTP takes for an answer that is cut off.
        let mut stream = saying([]);
        assert_eq!(stream.read(&mut [0; 8]).await.unwrap(), 0);
        assert_eq!(stream.state.failure().map(Error::kind), Some(SUSPECTED));
    }

    #[tokio::test]
    async fn an_answer_that_came_before_the_end_is_read_before_the_write_fails() {
        let mut stream = saying([Poll::Ready(Ok(&b"413"[..])), Poll::Ready(Err(alert()))]);
        stream.write_all(b"more than").await.unwrap();
        stream.flush().await.unwrap();
        assert!(stream.state.failure().is_none());

        let mut answer = [0; 3];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"413");

        assert_eq!(verdict(stream).await, EXPIRED);
    }

    #[tokio::test]
    async fn a_broken_stream_stays_broken() {
        let mut stream = saying([]);
        for _ in 0..3 {
            let error = stream.write(b"GET /").await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_reader_in_another_task_is_not_forgotten() {
        let (mut reader, mut writer) = tokio::io::split(over(Dead {
            script: [Poll::Pending].into(),
            forgetful: true,
            ..Dead::default()
        }));
        let reading = tokio::spawn(async move { reader.read(&mut [0; 8]).await });
        tokio::task::yield_now().await;

        assert!(writer.write(b"GET /").await.is_err());

        let a_while = std::time::Duration::from_secs(1);
        let read = tokio::time::timeout(a_while, reading).await.unwrap();
        assert_eq!(read.unwrap().unwrap(), 0);
    }
}
