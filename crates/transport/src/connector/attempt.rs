//! One attempt to open a connection: name and TCP by the inner connector, then TLS with one of the
//! identities.
//!
//! Leaves out the checks of a URI, and the use of the connection.

use std::{
    future::poll_fn,
    pin::{Pin, pin},
    sync::Arc,
};

use http::{Extensions, Uri, uri::Authority};
use hyper::rt::{Read, Write};
use hyper_util::{
    client::legacy::connect::{Connection, HttpInfo},
    rt::TokioIo,
};
use rustls_pki_types::ServerName;
use tokio::time::{Instant, Sleep};
use tokio_rustls::client::TlsStream;

use crate::connection::client_auth::ClientAuth;
use crate::connection::generation::Generation;
use crate::connection::info::{ConnectionInfo, TlsInfo};
use crate::connection::phase::Phase;
use crate::connection::server_proof::AlertOrigin;
use crate::connection::steps::{SetSteps, Steps};
use crate::connector::opening_timer::{before, opening_timer};
use crate::error::{Error, ErrorKind};
use crate::identities::candidates::{Candidates, Choice};
use crate::net::proxy::stream::ProxyInfo;
use crate::net::raw_connector::RawConnector;
use crate::stream::MtlsStream;
use crate::stream::head_limits::HeadLimits;
use crate::stream::state::ConnectionState;
use crate::timeouts::Timeouts;
use crate::tls::client_auth_record::ClientAuthRecord;

/// The parts of one call of the connector, apart from the inner connector.
pub(super) struct ConnectAttempt {
    pub(super) uri: Uri,
    pub(super) authority: Authority,
    pub(super) server_name: ServerName<'static>,
    pub(super) candidates: Arc<Candidates>,
    pub(super) head_limits: Option<HeadLimits>,
    pub(super) generation: Generation,
    pub(super) timeouts: Timeouts,
    pub(super) connect_by: Instant,
    pub(super) steps: Steps,
}

/// Boxed: it is a kilobyte, and is moved many times.
type BoxedTls<IO> = Box<TlsStream<TokioIo<IO>>>;

/// A finished handshake, and the record of it.
struct HandshakeOutcome<IO> {
    result: Result<(BoxedTls<IO>, ConnectionInfo), Error>,
    /// The proxy that the connection goes through.
    proxy: Option<ProxyInfo>,
    record: ClientAuthRecord,
}

impl ConnectAttempt {
    /// Opens a connection with the best identity so far, and once more if the server's
    /// CertificateRequest then fits another one better.
    pub(super) async fn open<C>(
        self,
        first: C::Future,
        mut inner: C,
        set_steps: SetSteps<C>,
    ) -> Result<MtlsStream<C::Response>, Error>
    where
        C: RawConnector,
    {
        let choice = self.candidates.choose(&self.authority);
        let (outcome, state) = self.handshake::<C>(first, &choice).await;
        let request = outcome.record.take_request();
        // A failure that is not about our certificate would not be cured by another one.
        let is_unrelated =
            matches!(&outcome.result, Err(error) if !error.is_client_certificate_rejected());
        let better = request
            .filter(|_| !is_unrelated)
            .and_then(|request| self.candidates.learn(&self.authority, &request, &choice));
        let Some(better) = better else {
            return self.finish(outcome, state);
        };
        drop(outcome);
        tracing::debug!(
            host = %self.authority,
            instead = better.leaf.map(tracing::field::display),
            "another identity fits the server's CertificateRequest better: connecting again"
        );
        let uri = self.uri.clone();
        let second = async {
            poll_fn(|cx| inner.poll_ready(cx)).await?;
            set_steps(&mut inner, &self.steps);
            inner.call(uri).await
        };
        // Boxed: it is rare, and would double the future of every connection.
        let second = Box::pin(self.handshake::<C>(second, &better));
        let (outcome, state) = second.await;
        self.finish(outcome, state)
    }

    async fn handshake<C>(
        &self,
        connecting: impl Future<Output = Result<C::Response, C::Error>>,
        choice: &Choice,
    ) -> (HandshakeOutcome<C::Response>, ConnectionState)
    where
        C: RawConnector,
    {
        let state = ConnectionState::default();
        if let Some(presented) = self.candidates.presented(&self.authority, choice) {
            // Before the handshake: under TLS 1.3 a rejection may arrive on the stream, long after
            // it.
            state.presents(presented);
        }
        let start = Instant::now();
        let mut timer = pin!(opening_timer(self.connect_by, self.timeouts));
        let connected = match before(self.connect_by, timer.as_mut(), connecting).await {
            Some(connected) => connected.map_err(Error::not_connected),
            None => Err(Error::timeout(self.steps.current().phase, None)),
        };
        let record = ClientAuthRecord::of(&self.steps);
        let mut proxy = None;
        let result = match connected {
            Err(error) => Err(error),
            Ok(io) => {
                let (info, through) = self.before_tls(&io);
                proxy = through;
                let info = info
                    .configured_by(choice.tls.connector.config())
                    .opened_with(choice.leaf, self.steps.until_tls(start.elapsed()));
                self.tls(io, info, choice, &record, timer).await
            }
        };
        let outcome = HandshakeOutcome {
            result,
            proxy,
            record,
        };
        (outcome, state)
    }

    async fn tls<IO>(
        &self,
        io: IO,
        info: ConnectionInfo,
        choice: &Choice,
        record: &ClientAuthRecord,
        timer: Pin<&mut Sleep>,
    ) -> Result<(BoxedTls<IO>, ConnectionInfo), Error>
    where
        IO: Read + Write + Connection + Send + Unpin + 'static,
    {
        self.steps.begin_tls(&info);
        let start = Instant::now();
        // The handshake's own timeout begins with it; that of connecting began earlier.
        let deadline = self.connect_by.min(self.timeouts.tls_handshake_end());
        let client_auth = || match record.outcome() {
            ClientAuth::NoneAvailable if choice.is_withheld => ClientAuth::Withheld,
            outcome => outcome,
        };
        let (connector, resolver) = (&choice.tls.connector, &choice.tls.resolver);
        let connecting = connector.connect(self.server_name.clone(), TokioIo::new(io));
        let connected = match resolver.threads() {
            None => before(deadline, timer, resolver.during(record, connecting)).await,
            // Boxed: it is rare, and would grow the future of every connection.
            Some(threads) => {
                let (resolver, record) = (Arc::clone(resolver), record.clone());
                let connecting = async move { resolver.during(&record, connecting).await };
                let connecting = threads.run(Box::pin(connecting), &self.steps);
                let connecting = Box::pin(connecting);
                before(deadline, timer, connecting).await
            }
        };
        let tls = match connected {
            Some(Ok(tls)) => Box::new(tls),
            Some(Err(error)) => {
                let info = info.with_client_auth(client_auth());
                let origin = AlertOrigin::during_handshake(record.proof());
                return Err(Error::from_handshake(error, info, origin));
            }
            None => {
                let info = info.with_client_auth(client_auth());
                return Err(Error::timeout_in(self.steps.current()).on(Some(info)));
            }
        };
        let agreed = TlsInfo::of(tls.get_ref().1, start.elapsed());
        let info = info.established(client_auth(), agreed);
        let shown = info.client_auth();
        let client_auth = self.candidates.client_auth(&self.authority, choice, shown);
        let info = info.with_client_auth(client_auth);
        if wants_http2(choice) && info.alpn() != Some("h2") {
            let error = rustls::Error::NoApplicationProtocol;
            let (kind, phase) = (ErrorKind::Tls, Phase::Tls);
            return Err(Error::with_source(kind, phase, Some(info), error));
        }
        Ok((tls, info))
    }

    fn finish<IO>(
        &self,
        outcome: HandshakeOutcome<IO>,
        state: ConnectionState,
    ) -> Result<MtlsStream<IO>, Error>
    where
        IO: Read + Write + Connection + Send + Unpin,
    {
        match outcome.result {
            Ok((tls, info)) => {
                tracing::debug!(connection = ?info, "connected");
                Ok(
                    MtlsStream::new(tls, info, state, outcome.proxy)
                        .reading_heads(self.head_limits),
                )
            }
            Err(error) => {
                tracing::debug!(%error, phase = ?error.phase(), "connection failed");
                if let ErrorKind::Signer(problem) = error.kind() {
                    tracing::warn!(host = %self.authority, %problem, "our key could not sign");
                }
                state.failed(error.clone());
                Err(error)
            }
        }
    }

    /// Returns the facts of a connection before TLS. The stream is asked once: it asks the system
    /// for the addresses each time.
    fn before_tls(&self, io: &impl Connection) -> (ConnectionInfo, Option<ProxyInfo>) {
        let mut extras = Extensions::new();
        io.connected().get_extras(&mut extras);
        let tcp = extras.get::<HttpInfo>();
        let info = ConnectionInfo::before_tls(
            &self.server_name.to_str(),
            self.generation,
            tcp.map(HttpInfo::local_addr),
            tcp.map(HttpInfo::remote_addr),
        );
        (info, extras.remove())
    }
}

/// Checks whether only HTTP/2 is offered: a server that negotiates no protocol would be taken for
/// an HTTP/1.1 one.
fn wants_http2(choice: &Choice) -> bool {
    choice.tls.connector.config().alpn_protocols == [b"h2"]
}
