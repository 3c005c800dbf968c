//! The running mock.

use std::fmt;
use std::net::{Ipv6Addr, SocketAddr};
use std::sync::Arc;

use mock_tls::{ClientIdentity, ProxyScript, Script, ServerCertificate};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::account::{Account, PACKAGE_ID};
use crate::client_identity;
use crate::enforcement::Switch;
use crate::error::Error;
use crate::event::Event;
use crate::portal;
use crate::portal::issue::IssueQuery;
use crate::service::settings::ServiceSettings;
use crate::vendor::Vendor;

/// A running mock of the vendor. It stops when it is dropped.
pub struct MockNapi {
    vendor: Arc<Vendor>,
    addresses: Addresses,
    base_url: String,
    plain_base_url: String,
    portal_url: String,
    stop: watch::Sender<()>,
    tasks: JoinSet<()>,
}

/// Where the mock listens.
#[derive(Clone, Copy)]
pub(crate) struct Addresses {
    pub(crate) mtls: SocketAddr,
    pub(crate) plain: SocketAddr,
    pub(crate) portal: SocketAddr,
    pub(crate) proxy: Option<SocketAddr>,
}

impl MockNapi {
    /// The package of every account: what version 3 wants in the place of a configuration.
    pub const PACKAGE_ID: &str = PACKAGE_ID;

    pub(crate) fn new(
        vendor: Arc<Vendor>,
        addresses: Addresses,
        stop: watch::Sender<()>,
        tasks: JoinSet<()>,
    ) -> Self {
        let name = vendor.names.first().map(|name| host(name));
        let https = |address: SocketAddr| {
            let name = name.as_deref().unwrap_or("localhost");
            format!("https://{name}:{}", address.port())
        };
        let portal = match &name {
            Some(name) => format!("{name}:{}", addresses.portal.port()),
            // "Any address" is none that can be called.
            None if addresses.portal.ip().is_unspecified() => {
                format!("127.0.0.1:{}", addresses.portal.port())
            }
            None => addresses.portal.to_string(),
        };
        Self {
            vendor,
            base_url: https(addresses.mtls),
            plain_base_url: https(addresses.plain),
            portal_url: format!("http://{portal}"),
            addresses,
            stop,
            tasks,
        }
    }

    /// Returns the URL of NAPI over mutual TLS: `https://localhost:PORT`, without a slash at the
    /// end; of the first [`server_name`](crate::Builder::server_name), if there is one.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns the address of NAPI over mutual TLS: `127.0.0.1:PORT`.
    #[must_use]
    pub fn mtls_addr(&self) -> SocketAddr {
        self.addresses.mtls
    }

    /// Returns where NAPI is without mutual TLS: `https://localhost:PORT`, without a slash at the
    /// end.
    ///
    /// The same service and the same credentials, but no client certificate is asked for. It
    /// rejects users of an organization that enforces mutual TLS.
    #[must_use]
    pub fn plain_base_url(&self) -> &str {
        &self.plain_base_url
    }

    /// Returns the address of NAPI without mutual TLS: `127.0.0.1:PORT`.
    #[must_use]
    pub fn plain_addr(&self) -> SocketAddr {
        self.addresses.plain
    }

    /// Returns the URL of portal and control over plain HTTP: `http://127.0.0.1:PORT`, without a
    /// slash at the end.
    #[must_use]
    pub fn portal_url(&self) -> &str {
        &self.portal_url
    }

    /// Returns the address of the forward proxy, `127.0.0.1:PORT`; `None` unless
    /// [`Builder::proxy`](crate::Builder::proxy) asked for it.
    ///
    /// Who speaks TLS to it calls it `localhost`, or by that address.
    #[must_use]
    pub fn proxy_addr(&self) -> Option<SocketAddr> {
        self.addresses.proxy
    }

    /// Returns the server CA that a client has to trust, as PEM. Made anew at every start, unless
    /// the mock has a [state](crate::Builder::state).
    #[must_use]
    pub fn ca_certificate_pem(&self) -> &str {
        &self.vendor.server_ca_pem
    }

    /// Returns the event log so far, oldest first: the last 100,000 events.
    #[must_use]
    pub fn events(&self) -> Vec<Event> {
        self.vendor.log.since(0)
    }

    /// Returns the first event that `predicate` accepts, whether it is in the log already or still
    /// to come.
    ///
    /// Waits without limit; a test that may fail puts a time limit around it.
    ///
    /// ```
    /// use mock_napi::{ConnectionEvent, EventKind, MockNapi};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mock = MockNapi::builder().start().await?;
    /// let _client = tokio::net::TcpStream::connect(mock.mtls_addr()).await?;
    /// let accepted = EventKind::Connection(ConnectionEvent::Accepted);
    /// let event = mock.wait_for(|event| event.kind == accepted).await;
    /// assert_eq!(event.sequence, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn wait_for(&self, predicate: impl FnMut(&Event) -> bool) -> Event {
        self.vendor.log.wait_for(predicate).await
    }

    /// Returns the server CA's revocation list as PEM, made for the occasion. A client that uses it
    /// refuses [`ServerCertificate::Revoked`].
    ///
    /// # Errors
    ///
    /// [`Error::Server`] only by a fault of this crate.
    pub fn server_revocation_list_pem(&self) -> Result<String, Error> {
        Ok(self
            .server_revocation_list()?
            .pem()
            .map_err(mock_tls::Error::certificate)?)
    }

    /// Returns the same list as [`server_revocation_list_pem`](Self::server_revocation_list_pem),
    /// as DER.
    ///
    /// # Errors
    ///
    /// [`Error::Server`] only by a fault of this crate.
    pub fn server_revocation_list_der(&self) -> Result<Vec<u8>, Error> {
        Ok(self.server_revocation_list()?.der().to_vec())
    }

    /// Shows every connection accepted from now on a certificate of this kind, made for the
    /// occasion, unless its script says otherwise. Sessions are forgotten, since who resumes one
    /// sees no certificate.
    ///
    /// # Errors
    ///
    /// [`Error::Server`] only by a fault of this crate.
    pub fn change_server_certificate(&self, kind: ServerCertificate) -> Result<(), Error> {
        Ok(self.vendor.server.change_certificate(kind)?)
    }

    /// Moves the mock's clock, as [`Builder::clock`](crate::Builder::clock).
    ///
    /// What is issued stays as it was issued.
    pub fn set_clock(&self, offset_seconds: i64) {
        self.vendor.server.clock().set(offset_seconds);
    }

    /// Changes how NAPI answers from now on, on connections that are open too.
    pub fn set_service(&self, settings: ServiceSettings) {
        self.vendor.service.set(settings);
    }

    /// Turns the switch of a parent account: whether it enforces mutual TLS, so that the plain
    /// endpoint rejects its users and those of its sub-accounts, as
    /// [`ServiceSettings::plain_rejection`] has it. Holds for requests from now on, on connections
    /// that are open too.
    ///
    /// # Errors
    ///
    /// [`Error::UnknownAccount`] if no parent account has this name; [`Error::WriteState`] if the
    /// switch is turned, but could not be kept for the next start.
    pub fn set_enforced(&self, account: &str, enforced: bool) -> Result<(), Error> {
        let account = self.parent_account(account)?;
        let log = self.vendor.log.library();
        self.vendor.enforce(account, Switch { enforced }, &log)
    }

    /// Signs a certification request, in PEM or DER, as the portal does for this parent account;
    /// returns the certificate as PEM.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] with everything that the portal has against the request;
    /// [`Error::UnknownAccount`] if no parent account has this name.
    pub fn issue(&self, account: &str, request: &[u8]) -> Result<String, Error> {
        let account = self.parent_account(account)?;
        let log = self.vendor.log.library();
        let issued = portal::certify(
            &self.vendor,
            account,
            &log,
            request,
            Ok(IssueQuery::default()),
        );
        let issued = issued.map_err(|problems| Error::Refused { problems })?;
        Ok(issued.certificate_pem)
    }

    /// Makes a client certificate of a parent account with a new RSA key: for a test that is about
    /// neither.
    ///
    /// It is one of the account's five, as one from the portal is.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mock = mock_napi::MockNapi::builder().start().await?;
    /// let identity = mock.client_identity("acme")?;
    /// assert!(identity.certificate_pem().starts_with("-----BEGIN CERTIFICATE-----"));
    /// assert!(identity.secret_key_pem().starts_with("-----BEGIN PRIVATE KEY-----"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the account has five live certificates; [`Error::UnknownAccount`] if
    /// no parent account has this name; [`Error::Server`] only by a fault of this crate.
    pub fn client_identity(&self, account: &str) -> Result<ClientIdentity, Error> {
        let account = self.parent_account(account)?;
        client_identity::make(&self.vendor, account, &self.vendor.log.library())
    }

    /// Returns the client certificate of a parent account, with its key, that is there from the
    /// start on: with a [state](crate::Builder::state) that of the last start, as long as it is
    /// live. Makes it, as [`client_identity`](Self::client_identity) does, if there is none.
    ///
    /// # Errors
    ///
    /// As [`client_identity`](Self::client_identity); [`Error::WriteState`] if a new one could not
    /// be kept for the next start.
    pub fn ready_identity(&self, account: &str) -> Result<ClientIdentity, Error> {
        let account = self.parent_account(account)?;
        client_identity::ready(&self.vendor, account, &self.vendor.log.library())
    }

    fn server_revocation_list(&self) -> Result<rcgen::CertificateRevocationList, Error> {
        let now = self.vendor.server.clock().now();
        Ok(self.vendor.server.server_ca().revocation_list(now)?)
    }

    fn parent_account(&self, name: &str) -> Result<&Account, Error> {
        let account = self.vendor.parent_account(name);
        account.ok_or_else(|| Error::UnknownAccount {
            account: name.to_owned(),
        })
    }

    /// Adds a script at the end of the queue; each connection accepted from now on takes one.
    pub fn enqueue(&self, script: Script) {
        self.vendor.server.scripts().enqueue([script]);
    }

    /// Gives this script to every connection that finds the queue empty.
    pub fn repeat(&self, script: Script) {
        self.vendor.server.scripts().repeat(script);
    }

    /// Forgets all scripts, so that connections get the normal service again.
    pub fn clear_scripts(&self) {
        self.vendor.server.scripts().clear();
    }

    /// Adds a script at the end of the proxy's queue.
    pub fn enqueue_proxy(&self, script: ProxyScript) {
        self.vendor.server.proxy_scripts().enqueue([script]);
    }

    /// Gives this script to every connection to the proxy that finds its queue empty.
    pub fn repeat_proxy(&self, script: ProxyScript) {
        self.vendor.server.proxy_scripts().repeat(script);
    }

    /// Forgets all scripts of the proxy, so that it works again.
    pub fn clear_proxy_scripts(&self) {
        self.vendor.server.proxy_scripts().clear();
    }

    /// Opens a gate, for those who wait at it and for those who come later.
    pub fn open_gate(&self, name: &str) {
        self.vendor.server.gates().open(name);
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

/// Returns a name as the host of a URL (RFC 3986, section 3.2.2).
fn host(name: &str) -> String {
    match name.parse::<Ipv6Addr>() {
        Ok(address) => format!("[{address}]"),
        Err(_) => name.to_owned(),
    }
}

impl fmt::Debug for MockNapi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockNapi")
            .field("base_url", &self.base_url)
            .field("plain_base_url", &self.plain_base_url)
            .field("portal_url", &self.portal_url)
            .finish_non_exhaustive()
    }
}
