//! A running server with a service of one function.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::client_identity::ClientIdentity;
use crate::error::Error;
use crate::event::Event;
use crate::log::EventLog;
use crate::script::Script;
use crate::script::proxy::ProxyScript;
use crate::scripted_server::ScriptedServer;
use crate::server_certificate::ServerCertificate;

/// A running mutual TLS server whose connections follow scripts. It stops when it is dropped.
pub struct MockServer {
    server: Arc<ScriptedServer>,
    log: Arc<EventLog>,
    address: SocketAddr,
    proxy_address: Option<SocketAddr>,
    base_url: String,
    ca_certificate_pem: String,
    stop: watch::Sender<()>,
    tasks: JoinSet<()>,
}

impl MockServer {
    pub(crate) fn new(
        server: Arc<ScriptedServer>,
        log: Arc<EventLog>,
        (address, proxy_address): (SocketAddr, Option<SocketAddr>),
        stop: watch::Sender<()>,
        tasks: JoinSet<()>,
    ) -> Self {
        Self {
            base_url: format!("https://localhost:{}", address.port()),
            ca_certificate_pem: server.server_ca().pem().to_owned(),
            server,
            log,
            address,
            proxy_address,
            stop,
            tasks,
        }
    }

    /// Returns `https://localhost:PORT`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns the address: `127.0.0.1:PORT`.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Returns the address of the forward proxy, `127.0.0.1:PORT`; `None` unless
    /// [`Builder::proxy`](crate::Builder::proxy) asked for it.
    #[must_use]
    pub fn proxy_addr(&self) -> Option<SocketAddr> {
        self.proxy_address
    }

    /// Returns the server CA that a client has to trust, as PEM. Made anew at every start.
    #[must_use]
    pub fn ca_certificate_pem(&self) -> &str {
        &self.ca_certificate_pem
    }

    /// Makes a client certificate that the server accepts, with a new P-256 key.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] only by a fault of this crate.
    pub fn client_identity(&self) -> Result<ClientIdentity, Error> {
        let now = self.server.clock().now();
        self.server
            .client_ca()
            .client_identity("client.example", now)
    }

    /// Revokes a client certificate, so that handshakes from now on refuse it.
    pub fn revoke(&self, identity: &ClientIdentity) {
        let now = self.server.clock().now();
        self.server.client_ca().revoke(identity.serial_bytes(), now);
    }

    /// Returns the CAs, the clock, the scripts and the gates.
    #[must_use]
    pub fn server(&self) -> &ScriptedServer {
        &self.server
    }

    /// Returns the event log so far, oldest first: the last 100,000 events.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.log.since(0)
    }

    /// Returns the first event that `predicate` accepts, whether it is in the log already or still
    /// to come.
    ///
    /// Waits without limit; a test that may fail puts a time limit around it.
    pub async fn wait_for(&self, predicate: impl FnMut(&Event) -> bool) -> Event {
        self.log.wait_for(predicate).await
    }

    /// Shows a certificate of this kind to connections from now on, unless their script says
    /// otherwise.
    ///
    /// # Errors
    ///
    /// [`Error::Certificate`] and [`Error::Tls`] only by a fault of this crate.
    pub fn change_server_certificate(&self, kind: ServerCertificate) -> Result<(), Error> {
        self.server.change_certificate(kind)
    }

    /// Adds a script at the end of the queue; each connection accepted from now on takes one.
    pub fn enqueue(&self, script: Script) {
        self.server.scripts().enqueue([script]);
    }

    /// Gives this script to every connection that finds the queue empty.
    pub fn repeat(&self, script: Script) {
        self.server.scripts().repeat(script);
    }

    /// Forgets all scripts, so that connections get the normal service again.
    pub fn clear_scripts(&self) {
        self.server.scripts().clear();
    }

    /// Adds a script at the end of the proxy's queue.
    pub fn enqueue_proxy(&self, script: ProxyScript) {
        self.server.proxy_scripts().enqueue([script]);
    }

    /// Gives this script to every connection to the proxy that finds its queue empty.
    pub fn repeat_proxy(&self, script: ProxyScript) {
        self.server.proxy_scripts().repeat(script);
    }

    /// Opens a gate, for connections that wait at it and for later ones.
    pub fn open_gate(&self, name: &str) {
        self.server.gates().open(name);
    }

    /// Stops the server: when it returns, all ports are closed and all connections ended.
    pub async fn shutdown(self) {
        let Self {
            stop, mut tasks, ..
        } = self;
        // The sender's end is the signal to stop.
        drop(stop);
        while tasks.join_next().await.is_some() {}
    }
}

impl fmt::Debug for MockServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockServer")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}
