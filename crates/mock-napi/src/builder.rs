//! The choices that one has before the mock starts.

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
use crate::service::Service;
use crate::service::settings::ServiceSettings;
use crate::vendor::Vendor;

/// A mock that has not started; from [`MockNapi::builder`].
///
/// There is no choice of address: the mock listens on `127.0.0.1` and nowhere else.
#[derive(Debug, Clone)]
pub struct Builder {
    accounts: Vec<Account>,
    clock: i64,
    server_certificate: ServerCertificate,
    enforcing: Vec<String>,
    mtls_port: u16,
    plain_port: u16,
    portal_port: u16,
    proxy_port: Option<u16>,
    service: ServiceSettings,
}

impl MockNapi {
    /// Returns the choices for a mock, with two built-in accounts and free ports.
    #[must_use]
    pub fn builder() -> Builder {
        Builder {
            accounts: vec![Account::ACME.clone(), Account::GLOBEX.clone()],
            clock: 0,
            server_certificate: ServerCertificate::default(),
            enforcing: Vec::new(),
            mtls_port: 0,
            plain_port: 0,
            portal_port: 0,
            proxy_port: None,
            service: ServiceSettings::new(),
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

    /// Makes the CAs, binds the ports, and serves in tasks of the current tokio
    /// runtime. When it returns, all ports answer.
    ///
    /// # Errors
    ///
    /// [`Error::Server`] with [`mock_tls::Error::Bind`] if a port is taken;
    /// [`Error::DuplicateAccount`] or [`Error::DuplicateUser`] if two accounts share a name or a
    /// user's; [`Error::UnknownAccount`] if one that is to enforce mutual TLS is not there;
    /// [`Error::Data`] and others of [`Error::Server`] only by a fault of this crate.
    pub async fn start(self) -> Result<MockNapi, Error> {
        let clock = Clock::new(self.clock);
        let (callbacks, wanted) = mpsc::channel(MOST_AT_ONCE);
        let service = Service::new(self.service, callbacks)?;
        let vendor = Vendor::new(self.accounts, self.server_certificate, clock, service)?;
        let vendor = Arc::new(vendor);
        for account in &self.enforcing {
            let account = vendor.parent_account(account).ok_or_else(|| {
                let account = account.clone();
                Error::UnknownAccount { account }
            })?;
            let switch = Switch { enforced: true };
            vendor.enforcement.set(account.name(), switch);
        }
        let mtls = Listener::bind(self.mtls_port).await?;
        let plain = Listener::bind(self.plain_port).await?;
        let portal = Listener::bind(self.portal_port).await?;
        let proxy = match self.proxy_port {
            Some(port) => Some(Listener::bind(port).await?),
            None => None,
        };
        let addresses = Addresses {
            mtls: mtls.address(),
            plain: plain.address(),
            portal: portal.address(),
            proxy: proxy.as_ref().map(Listener::address),
        };

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
