//! The choices that one has before a server starts.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::error::Error;
use crate::listener::Listener;
use crate::log::EventLog;
use crate::mock_server::MockServer;
use crate::scripted_server::ScriptedServer;
use crate::server_certificate::ServerCertificate;
use crate::service::{Respond, Served};

/// A server that has not started; from [`MockServer::builder`].
///
/// There is no choice of address: it listens on `127.0.0.1` and nowhere else.
#[derive(Clone)]
pub struct Builder {
    clock: i64,
    port: u16,
    proxy_port: Option<u16>,
    respond: Arc<Respond>,
    server_certificate: ServerCertificate,
}

impl MockServer {
    /// Returns the choices for a server, with a free port and an empty 200 as every response.
    #[must_use]
    pub fn builder() -> Builder {
        Builder {
            clock: 0,
            port: 0,
            proxy_port: None,
            respond: Arc::new(|_| Response::new(Bytes::new())),
            server_certificate: ServerCertificate::default(),
        }
    }
}

impl Builder {
    /// Sets how many seconds the server's clock is ahead of the system's, or behind it if negative;
    /// fifty years at most. By it the server issues certificates and judges those of clients.
    #[must_use]
    pub fn clock(mut self, offset_seconds: i64) -> Self {
        self.clock = offset_seconds;
        self
    }

    /// Sets the port; 0, the default, takes any free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Adds a forward proxy, on any free port; [`ProxyScript`](crate::ProxyScript) says what it
    /// does.
    #[must_use]
    pub fn proxy(mut self) -> Self {
        self.proxy_port = Some(0);
        self
    }

    /// Sets the normal service: the response to each request that no script answers.
    ///
    /// Bodies of requests are read up to 1 MiB; a longer one gets a 413.
    #[must_use]
    pub fn respond(
        mut self,
        respond: impl Fn(Request<Bytes>) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        self.respond = Arc::new(respond);
        self
    }

    /// Sets the certificate that the server shows; [`ServerCertificate::Valid`] by default.
    #[must_use]
    pub fn server_certificate(mut self, kind: ServerCertificate) -> Self {
        self.server_certificate = kind;
        self
    }

    /// Makes the CAs, binds the ports, and serves in tasks of the current tokio runtime. When it
    /// returns, all ports answer.
    ///
    /// # Errors
    ///
    /// [`Error::Bind`] if a port is taken; [`Error::Certificate`] and [`Error::Tls`] only by a
    /// fault of this crate.
    pub async fn start(self) -> Result<MockServer, Error> {
        let clock = Clock::new(self.clock);
        let server = ScriptedServer::new("Mock TLS", clock, self.server_certificate, |_| true)?;
        let server = Arc::new(server);
        let log = Arc::<EventLog>::default();
        let listener = Listener::bind(self.port).await?;
        let address = listener.address();
        // Bound before anything is served, so that a port that is taken fails the start as a whole.
        let proxy = match self.proxy_port {
            Some(port) => Some(Listener::bind(port).await?),
            None => None,
        };
        let proxy_address = proxy.as_ref().map(Listener::address);
        let (stop, stopped) = watch::channel(());
        let mut tasks = JoinSet::new();
        if let Some(proxy) = proxy {
            let (server, log) = (Arc::clone(&server), Arc::clone(&log));
            tasks.spawn(server.serve_proxy(proxy, log, stopped.clone()));
        }
        let serving = serve(
            listener,
            Arc::clone(&server),
            Arc::clone(&log),
            self.respond,
            stopped,
        );
        tasks.spawn(serving);
        let addresses = (address, proxy_address);
        Ok(MockServer::new(server, log, addresses, stop, tasks))
    }
}

async fn serve(
    listener: Listener,
    server: Arc<ScriptedServer>,
    log: Arc<EventLog>,
    respond: Arc<Respond>,
    stop: watch::Receiver<()>,
) {
    let serve = |stream, peer| {
        let log = log.connection(peer);
        // Before the task begins, so that scripts are taken in the order of acceptance.
        let connection = server.accept(log.clone());
        let gates = connection.gates().clone();
        let (server, respond) = (Arc::clone(&server), Arc::clone(&respond));
        async move {
            let service = |client_certificate_sha256| {
                let served = Arc::new(Served {
                    client_certificate_sha256,
                    gates,
                    log: log.into(),
                    respond,
                });
                move |request| Arc::clone(&served).response(request)
            };
            server.serve(stream, connection, service).await;
        }
    };
    listener.serve(stop, serve).await;
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("clock", &self.clock)
            .field("port", &self.port)
            .field("proxy_port", &self.proxy_port)
            .field("server_certificate", &self.server_certificate)
            .finish_non_exhaustive()
    }
}
