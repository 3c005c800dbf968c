//! The running mock.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::authority::ServerCertificate;
use crate::builder::Builder;
use crate::error::Error;
use crate::event::Event;
use crate::script::Script;
use crate::script::proxy::ProxyScript;
use crate::service::settings::ServiceSettings;
use crate::vendor::Vendor;

/// A running mock of the vendor. It stops when it is dropped.
pub struct MockNapi {
    vendor: Arc<Vendor>,
    base_url: String,
    mtls_addr: SocketAddr,
    portal_url: String,
    proxy_addr: Option<SocketAddr>,
    stop: watch::Sender<()>,
    tasks: JoinSet<()>,
}

impl MockNapi {
    /// The package of every account: what version 3 wants in the place of a configuration.
    pub const PACKAGE_ID: &str = "00000000-0000-4000-8000-00000000ac3e";

    /// A mock to be started, with two built-in accounts and free ports.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn new(
        vendor: Arc<Vendor>,
        mtls_addr: SocketAddr,
        portal_addr: SocketAddr,
        proxy_addr: Option<SocketAddr>,
        stop: watch::Sender<()>,
        tasks: JoinSet<()>,
    ) -> Self {
        let base_url = format!("https://localhost:{}", mtls_addr.port());
        let portal_url = format!("http://{portal_addr}");
        Self {
            vendor,
            base_url,
            mtls_addr,
            portal_url,
            proxy_addr,
            stop,
            tasks,
        }
    }

    /// NAPI over mutual TLS: `https://localhost:PORT`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The address of NAPI over mutual TLS: `127.0.0.1:PORT`.
    #[must_use]
    pub fn mtls_addr(&self) -> SocketAddr {
        self.mtls_addr
    }

    /// Portal and control over plain HTTP: `http://127.0.0.1:PORT`, without a slash at the end.
    #[must_use]
    pub fn portal_url(&self) -> &str {
        &self.portal_url
    }

    /// The address of the forward proxy, `127.0.0.1:PORT`; `None` unless
    /// [`Builder::proxy`] asked for it.
    ///
    /// Who speaks TLS to it calls it `localhost`, or by that address.
    #[must_use]
    pub fn proxy_addr(&self) -> Option<SocketAddr> {
        self.proxy_addr
    }

    /// The server authority that a client has to trust, as PEM. Made anew at every start.
    #[must_use]
    pub fn ca_certificate_pem(&self) -> &str {
        &self.vendor.server_ca_pem
    }

    /// The event log so far, oldest first: the last 100,000 events.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.vendor.log.since(0)
    }

    /// The first event that `predicate` accepts, whether it is in the log already or still to come.
    ///
    /// Waits without limit; a test that may fail puts a time limit around it.
    ///
    /// ```
    /// use mock_napi::{EventKind, MockNapi};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mock = MockNapi::builder().start().await?;
    /// let _client = tokio::net::TcpStream::connect(mock.mtls_addr()).await?;
    /// let event = mock.wait_for(|event| event.kind == EventKind::Accepted).await;
    /// assert_eq!(event.sequence, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn wait_for(&self, predicate: impl FnMut(&Event) -> bool) -> Event {
        self.vendor.log.wait_for(predicate).await
    }

    /// The server authority's revocation list as PEM, made for the occasion. A client that uses it
    /// refuses [`ServerCertificate::Revoked`].
    ///
    /// # Errors
    ///
    /// [`Error::Authority`] only by a fault of this crate.
    pub fn server_revocation_list_pem(&self) -> Result<String, Error> {
        let now = self.vendor.clock.now();
        let list = self.vendor.server.authority.revocation_list(now)?;
        list.pem().map_err(Error::authority)
    }

    /// As [`server_revocation_list_pem`](Self::server_revocation_list_pem), as DER.
    ///
    /// # Errors
    ///
    /// [`Error::Authority`] only by a fault of this crate.
    pub fn server_revocation_list_der(&self) -> Result<Vec<u8>, Error> {
        let now = self.vendor.clock.now();
        let list = self.vendor.server.authority.revocation_list(now)?;
        Ok(list.der().to_vec())
    }

    /// Has every connection accepted from now on see a certificate of this kind, made for the occasion,
    /// unless its script says otherwise. Sessions are forgotten, since who resumes one sees no
    /// certificate.
    ///
    /// # Errors
    ///
    /// [`Error::Authority`] and [`Error::Tls`] only by a fault of this crate.
    pub fn change_server_certificate(&self, kind: ServerCertificate) -> Result<(), Error> {
        self.vendor.server.change(kind, self.vendor.clock.now())
    }

    /// Moves the mock's clock, as [`Builder::clock`]. What is issued stays as it was issued.
    pub fn set_clock(&self, offset_seconds: i64) {
        self.vendor.clock.set(offset_seconds);
    }

    /// Has NAPI answer in another way from now on, on connections that are open too.
    pub fn set_service(&self, settings: ServiceSettings) {
        self.vendor.service.set(settings);
    }

    /// Adds a script at the end of the queue; each connection accepted from now on takes one.
    pub fn enqueue(&self, script: Script) {
        self.vendor.scripts.enqueue([script]);
    }

    /// Has every connection that finds the queue empty take this script.
    pub fn repeat(&self, script: Script) {
        self.vendor.scripts.repeat(script);
    }

    /// Forgets all scripts, so that connections get the normal service again.
    pub fn clear_scripts(&self) {
        self.vendor.scripts.clear();
    }

    /// As [`enqueue`](Self::enqueue), for connections to the proxy.
    pub fn enqueue_proxy(&self, script: ProxyScript) {
        self.vendor.proxy_scripts.enqueue([script]);
    }

    /// As [`repeat`](Self::repeat), for connections to the proxy.
    pub fn repeat_proxy(&self, script: ProxyScript) {
        self.vendor.proxy_scripts.repeat(script);
    }

    /// Forgets all scripts of the proxy, so that it works again.
    pub fn clear_proxy_scripts(&self) {
        self.vendor.proxy_scripts.clear();
    }

    /// Opens a gate, for those who wait at it and for those who come later.
    pub fn open_gate(&self, name: &str) {
        self.vendor.gates.open(name);
    }

    /// Stops the mock: when it returns, all ports are closed and all connections ended.
    pub async fn shutdown(self) {
        let Self {
            stop, mut tasks, ..
        } = self;
        drop(stop);
        while tasks.join_next().await.is_some() {}
    }
}

impl fmt::Debug for MockNapi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockNapi")
            .field("base_url", &self.base_url)
            .field("portal_url", &self.portal_url)
            .finish_non_exhaustive()
    }
}
