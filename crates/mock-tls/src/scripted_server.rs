//! A TLS server without a port of its own: it does with accepted connections what scripts say.

use std::error::Error as StdError;
use std::fmt;
use std::future::Future;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::ca::Ca;
use crate::clock::Clock;
use crate::closed::RecordsClosed;
use crate::error::Error;
use crate::event::ConnectionEvent;
use crate::fault;
use crate::gate::{ConnectionGates, Gates};
use crate::hex::fingerprint;
use crate::http::{serve_http1, serve_http2};
use crate::listener::Listener;
use crate::log::{EventLog, Recorder};
use crate::pki::Pki;
use crate::point::Point;
use crate::proxy::Proxied;
use crate::script::Script;
use crate::script::handshake::Alpn;
use crate::script::proxy::ProxyScript;
use crate::script::queue::ScriptQueue;
use crate::script::response::ScriptedResponse;
use crate::scripted::Scripted;
use crate::server_certificate::ServerCertificate;
use crate::tls::front::TlsFront;

/// The state that all connections of a mock share: CAs, clock, scripts and gates.
///
/// For mocks with ports and a service of their own; [`MockServer`](crate::MockServer) is one with
/// both.
pub struct ScriptedServer {
    tls: TlsFront,
    scripts: ScriptQueue<Script>,
    proxy_scripts: ScriptQueue<ProxyScript>,
    gates: Arc<Gates>,
    has_title_case: bool,
}

/// A connection that was accepted, and has its script. When it is dropped, the log says that it is
/// closed.
#[derive(Debug)]
pub struct AcceptedConnection {
    scripted: Scripted,
    _closed: RecordsClosed,
}

impl ScriptedServer {
    /// Makes the CAs and the server's certificate. `owner` is the name in them.
    ///
    /// A client's certificate has to come from [`client_ca`](Self::client_ca), and its SHA-256, in
    /// lower-case hexadecimal, has to be one that `is_known` accepts: a server with a register asks
    /// it there.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] and [`Error::Tls`] only by a fault of this crate.
    pub fn new(
        owner: &str,
        clock: Clock,
        certificate: ServerCertificate,
        is_known: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        Self::with_names(owner, clock, certificate, Vec::new(), is_known)
    }

    /// Makes a server as [`new`](Self::new) does, whose certificates have these names, of DNS or IP
    /// addresses, beside those of loopback.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); [`Error::Certificate`] also for a name that is not ASCII.
    pub fn with_names(
        owner: &str,
        clock: Clock,
        certificate: ServerCertificate,
        names: Vec<String>,
        is_known: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let pki = Pki::generate(owner, clock.now())?;
        Self::with_pki(pki, clock, certificate, names, is_known)
    }

    /// Makes a server as [`with_names`](Self::with_names) does, of CAs that may be those of an
    /// earlier one.
    ///
    /// # Errors
    ///
    /// As [`with_names`](Self::with_names).
    pub fn with_pki(
        pki: Pki,
        clock: Clock,
        certificate: ServerCertificate,
        names: Vec<String>,
        is_known: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        Ok(Self {
            tls: TlsFront::new(pki, clock, certificate, names, is_known)?,
            scripts: ScriptQueue::default(),
            proxy_scripts: ScriptQueue::default(),
            gates: Arc::default(),
            has_title_case: false,
        })
    }

    /// Writes the service's headers as `Content-Type` in HTTP/1.1, not as `content-type`.
    #[must_use]
    pub fn title_case_headers(mut self) -> Self {
        self.has_title_case = true;
        self
    }

    /// Returns the CA whose certificates clients present.
    #[must_use]
    pub fn client_ca(&self) -> &Ca {
        &self.tls.trust.ca
    }

    /// Returns the CA that clients have to trust.
    #[must_use]
    pub fn server_ca(&self) -> &Ca {
        &self.tls.shown.ca
    }

    /// Returns the clock by which certificates are issued and judged.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.tls.clock
    }

    /// Returns the gates of all scripts.
    #[must_use]
    pub fn gates(&self) -> &Gates {
        &self.gates
    }

    /// Returns the scripts that wait for connections.
    #[must_use]
    pub fn scripts(&self) -> &ScriptQueue<Script> {
        &self.scripts
    }

    /// Returns the scripts that wait for connections to the proxy.
    #[must_use]
    pub fn proxy_scripts(&self) -> &ScriptQueue<ProxyScript> {
        &self.proxy_scripts
    }

    /// Shows a certificate of this kind to connections from now on, made for the occasion. Sessions
    /// are forgotten, since a client that resumes one is shown no certificate.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] and [`Error::Tls`] only by a fault of this crate.
    pub fn change_certificate(&self, kind: ServerCertificate) -> Result<(), Error> {
        self.tls.shown.change(kind, self.tls.clock.now())
    }

    /// Takes the next script for a connection that was just accepted, and records both.
    pub fn accept(&self, log: impl Into<Recorder>) -> AcceptedConnection {
        let log = log.into();
        // Before anything else of the connection, whose first event this is.
        log.record(ConnectionEvent::Accepted);
        let taken = self.scripts.take();
        if let Some(script) = &taken {
            log.record(ConnectionEvent::ScriptTaken {
                script: Box::new(script.clone()),
            });
        }
        self.accept_with(taken.unwrap_or_default(), log)
    }

    /// Gives this script to a connection that was just accepted, and records nothing.
    pub fn accept_with(&self, script: Script, log: impl Into<Recorder>) -> AcceptedConnection {
        let log = log.into();
        AcceptedConnection {
            scripted: Scripted::new(script, &self.gates, log.clone()),
            _closed: RecordsClosed(log),
        }
    }

    /// Performs the handshake and answers requests as the script says, until either side ends the
    /// connection.
    ///
    /// Where the script has the normal service answer, `service` makes it, from the SHA-256 of the
    /// client's certificate if it presented one. An error of the service's ends the connection
    /// without a response; of HTTP/2, the stream.
    pub async fn serve<H, F, B>(
        &self,
        stream: TcpStream,
        connection: AcceptedConnection,
        service: impl FnOnce(Option<String>) -> H,
    ) where
        H: Fn(Request<Incoming>) -> F,
        F: Future<Output = io::Result<Response<B>>> + Send + 'static,
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn StdError + Send + Sync>>,
    {
        let scripted = &connection.scripted;
        // Without delay, so that bytes that a script sends one at a time arrive so.
        let _unimportant = stream.set_nodelay(true);
        let Some(stream) = self.tls.accept(stream, scripted).await else {
            return;
        };
        scripted.gates.pass(Point::AfterHandshake).await;
        let tls = stream.get_ref().1;
        let is_http2 = tls.alpn_protocol() == Some(b"h2");
        match scripted.script.response {
            ScriptedResponse::Service => {}
            // Both exist in HTTP/2 alone.
            ScriptedResponse::GoAway { .. } | ScriptedResponse::ResetStream { .. } => {
                return fault::http2::serve(stream, scripted).await;
            }
            // Only there does the response follow what was agreed on; else it is HTTP/1.1, over
            // `h2` too.
            _ if is_http2 && scripted.script.alpn == Alpn::Either => {
                return fault::http2::serve(stream, scripted).await;
            }
            _ => return fault::http1::serve(stream, scripted).await,
        }
        let chain = tls.peer_certificates();
        let service = service(chain.and_then(|chain| chain.first()).map(fingerprint));
        if is_http2 {
            serve_http2(stream, service, scripted.script.http2).await;
        } else {
            serve_http1(stream, service, self.has_title_case).await;
        }
    }

    /// Serves a forward proxy on this port until `stop`'s sender is gone.
    pub async fn serve_proxy<K>(
        self: Arc<Self>,
        listener: Listener,
        log: Arc<EventLog<K>>,
        stop: watch::Receiver<()>,
    ) where
        K: Clone + From<ConnectionEvent> + Send + Sync + 'static,
    {
        let serve = |stream, peer| {
            let log = Recorder::from(log.connection(peer));
            log.record(ConnectionEvent::ProxyAccepted);
            let closed = RecordsClosed(log.clone());
            let proxied = Proxied::new(self.proxy_scripts.take(), &self.gates, log);
            let server = Arc::clone(&self);
            async move {
                let _closed = closed;
                proxied.serve(stream, &server.tls).await;
            }
        };
        listener.serve(stop, serve).await;
    }
}

impl AcceptedConnection {
    /// Returns the gates of the connection's script.
    #[must_use]
    pub fn gates(&self) -> &ConnectionGates {
        &self.scripted.gates
    }
}

impl fmt::Debug for ScriptedServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScriptedServer")
            .field("server_ca", self.server_ca())
            .finish_non_exhaustive()
    }
}
