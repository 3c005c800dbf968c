//! The choices that one has before the mock starts.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::Arc;

use mock_tls::{Clock, Listener, ServerCertificate};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::account::Account;
use crate::callback_delivery::{self, MOST_AT_ONCE};
use crate::enforcement::Switch;
use crate::error::Error;
use crate::listener::{serve_napi, serve_portal};
use crate::mock::{Addresses, MockNapi};
use crate::napi::client::Endpoint;
use crate::portal::name::is_domain_name;
use crate::service::Service;
use crate::service::settings::ServiceSettings;
use crate::state::State;
use crate::vendor::Vendor;

/// A mock that has not started; from [`MockNapi::builder`].
///
/// It listens on `127.0.0.1` unless [`bind`](Self::bind) says otherwise.
#[derive(Debug, Clone)]
pub struct Builder {
    accounts: Vec<Account>,
    address: IpAddr,
    callback_hosts: Vec<String>,
    clock: i64,
    names: Vec<String>,
    server_certificate: ServerCertificate,
    enforcing: Vec<String>,
    mtls_port: u16,
    plain_port: u16,
    portal_port: u16,
    proxy_port: Option<u16>,
    service: ServiceSettings,
    state: Option<PathBuf>,
}

impl MockNapi {
    /// Returns the choices for a mock, with two built-in accounts and free ports.
    #[must_use]
    pub fn builder() -> Builder {
        Builder {
            accounts: vec![Account::ACME.clone(), Account::GLOBEX.clone()],
            address: Ipv4Addr::LOCALHOST.into(),
            callback_hosts: Vec::new(),
            clock: 0,
            names: Vec::new(),
            server_certificate: ServerCertificate::default(),
            enforcing: Vec::new(),
            mtls_port: 0,
            plain_port: 0,
            portal_port: 0,
            proxy_port: None,
            service: ServiceSettings::new(),
            state: None,
        }
    }
}

impl Builder {
    /// Adds one more parent account beside the built-in [`Account::ACME`] and [`Account::GLOBEX`];
    /// it replaces a parent account of the same name.
    #[must_use]
    pub fn account(mut self, account: Account) -> Self {
        self.accounts.retain(|other| other.name() != account.name());
        self.accounts.push(account);
        self
    }

    /// Sets the address that all ports listen on; `127.0.0.1` by default.
    ///
    /// **Whoever reaches another address can do all that a test can**: the control asks for no
    /// credentials. Meant for a network of containers, with names by
    /// [`server_name`](Self::server_name).
    #[must_use]
    pub fn bind(mut self, address: IpAddr) -> Self {
        self.address = address;
        self
    }

    /// Adds a name of this machine, of DNS or an IP address, to the server's certificates and to
    /// what `Host` may be on the portal's port. The first is in the URLs of the mock.
    #[must_use]
    pub fn server_name(mut self, name: impl Into<String>) -> Self {
        self.names.push(name.into());
        self
    }

    /// Lets callbacks go to the plain URLs of this host; to this machine alone by default.
    #[must_use]
    pub fn callback_host(mut self, host: impl Into<String>) -> Self {
        self.callback_hosts.push(host.into());
        self
    }

    /// Sets how many seconds the mock's clock is ahead of the system's, or behind it if negative;
    /// fifty years at most. By it the mock issues certificates, its own too, and judges those of
    /// clients.
    #[must_use]
    pub fn clock(mut self, offset_seconds: i64) -> Self {
        self.clock = offset_seconds;
        self
    }

    /// Makes the parent account of this name enforce mutual TLS from the start; see
    /// [`MockNapi::set_enforced`].
    #[must_use]
    pub fn enforced(mut self, account: impl Into<String>) -> Self {
        self.enforcing.push(account.into());
        self
    }

    /// Sets which certificate the mutual TLS port and the plain port show;
    /// [`ServerCertificate::Valid`] by default.
    #[must_use]
    pub fn server_certificate(mut self, server_certificate: ServerCertificate) -> Self {
        self.server_certificate = server_certificate;
        self
    }

    /// Sets the port of NAPI over mutual TLS; 0, the default, takes any free one.
    #[must_use]
    pub fn mtls_port(mut self, port: u16) -> Self {
        self.mtls_port = port;
        self
    }

    /// Sets the port of the plain endpoint: NAPI over TLS that asks for no client certificate. 0,
    /// the default, takes any free one.
    #[must_use]
    pub fn plain_port(mut self, port: u16) -> Self {
        self.plain_port = port;
        self
    }

    /// Sets the port of portal and control; 0, the default, takes any free one.
    #[must_use]
    pub fn portal_port(mut self, port: u16) -> Self {
        self.portal_port = port;
        self
    }

    /// Adds a forward proxy, on any free port; [`ProxyScript`](crate::ProxyScript) says what it
    /// does.
    #[must_use]
    pub fn proxy(self) -> Self {
        self.proxy_port(0)
    }

    /// Adds a proxy as [`proxy`](Self::proxy) does, on this port; 0 takes any free one.
    #[must_use]
    pub fn proxy_port(mut self, port: u16) -> Self {
        self.proxy_port = Some(port);
        self
    }

    /// Sets how NAPI answers; as the live service by default.
    #[must_use]
    pub fn service(mut self, settings: ServiceSettings) -> Self {
        self.service = settings;
        self
    }

    /// Keeps in this folder what clients hold on to, so that they work after the next start too:
    /// the CAs, the key of the server, the certificates of all accounts and which of them are
    /// revoked, which accounts enforce mutual TLS. The folder is made if it is not there.
    ///
    /// Each change is on the disk before the response to it. The folder is for one mock at a time.
    /// Transactions, tokens, scripts, clock, settings and log are those of one start.
    #[must_use]
    pub fn state(mut self, folder: impl Into<PathBuf>) -> Self {
        self.state = Some(folder.into());
        self
    }

    /// Makes the CAs, binds the ports, and serves in tasks of the current tokio
    /// runtime. When it returns, all ports answer.
    ///
    /// # Errors
    ///
    /// [`Error::Server`] with [`mock_tls::Error::Bind`] if a port is taken, or the address is none
    /// of this machine's; [`Error::ServerName`] if a name is neither of DNS nor an IP address;
    /// [`Error::DuplicateAccount`] or [`Error::DuplicateUser`] if two accounts share a name or a
    /// user's; [`Error::UnknownAccount`] if one that is to enforce mutual TLS is not there;
    /// of the folder of the state, [`Error::StateInUse`] if another mock has it,
    /// [`Error::DamagedState`], [`Error::ReadFile`] or [`Error::WriteState`] if it is of no use;
    /// [`Error::Data`] and others of [`Error::Server`] only by a fault of this crate.
    pub async fn start(self) -> Result<MockNapi, Error> {
        if let Some(name) = self.names.iter().find(|name| !is_name(name)) {
            let name = name.clone();
            return Err(Error::ServerName { name });
        }
        let clock = Clock::new(self.clock);
        let state = match &self.state {
            Some(folder) => State::open(folder, clock.now())?,
            None => State::fleeting(clock.now())?,
        };
        let (callbacks, wanted) = mpsc::channel(MOST_AT_ONCE);
        let service = Service::new(self.service, callbacks)?;
        let vendor = Vendor::new(
            self.accounts,
            self.server_certificate,
            self.names,
            self.callback_hosts,
            clock,
            service,
            state,
        )?;
        let vendor = Arc::new(vendor);
        for account in &self.enforcing {
            let account = vendor.parent_account(account).ok_or_else(|| {
                let account = account.clone();
                Error::UnknownAccount { account }
            })?;
            let switch = Switch { enforced: true };
            vendor.enforcement.set(account.name(), switch);
        }
        // Before anyone can connect: a client may hold on to the CA from the first moment.
        vendor.save()?;
        let bind = |port| Listener::bind_to(self.address, port);
        let mtls = bind(self.mtls_port).await?;
        let plain = bind(self.plain_port).await?;
        let portal = bind(self.portal_port).await?;
        let proxy = match self.proxy_port {
            // Through it a caller reaches every port of this machine.
            Some(port) => Some(Listener::bind(port).await?),
            None => None,
        };
        let addresses = Addresses {
            mtls: mtls.address(),
            plain: plain.address(),
            portal: portal.address(),
            proxy: proxy.as_ref().map(Listener::address),
        };

        // All ports are bound by now: whoever gets the addresses can connect at once.
        let (stop, stopped) = watch::channel(());
        let mut tasks = JoinSet::new();
        for (listener, endpoint) in [(mtls, Endpoint::MutualTls), (plain, Endpoint::Plain)] {
            let vendor = Arc::clone(&vendor);
            tasks.spawn(serve_napi(listener, endpoint, vendor, stopped.clone()));
        }
        if let Some(proxy) = proxy {
            let (server, log) = (Arc::clone(&vendor.server), Arc::clone(&vendor.log));
            tasks.spawn(server.serve_proxy(proxy, log, stopped.clone()));
        }
        tasks.spawn(callback_delivery::deliver_all(
            wanted,
            Arc::clone(&vendor),
            stopped.clone(),
        ));
        tasks.spawn(serve_portal(portal, Arc::clone(&vendor), stopped));
        Ok(MockNapi::new(vendor, addresses, stop, tasks))
    }
}

/// Returns whether a certificate of a server can have this name.
fn is_name(name: &str) -> bool {
    is_domain_name(name) || name.parse::<IpAddr>().is_ok()
}
