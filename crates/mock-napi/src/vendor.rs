//! The pretended vendor behind both ports: its accounts, its client authority, its register of
//! certificates, the scripts of its connections, and the log of what it saw.

use std::collections::HashSet;
use std::sync::Arc;

use rustls::crypto::SecureRandom;

use crate::account::Account;
use crate::authority::{Authority, ServerCertificate};
use crate::clock::Clock;
use crate::error::Error;
use crate::gate::Gates;
use crate::log::EventLog;
use crate::portal::register::Register;
use crate::script::Script;
use crate::script::proxy::ProxyScript;
use crate::script::queue::ScriptQueue;
use crate::service::Service;
use crate::tls::shown::Shown;

/// What the listeners share.
pub(crate) struct Vendor {
    accounts: Vec<Account>,
    pub(crate) client_authority: Authority,
    pub(crate) clock: Arc<Clock>,
    pub(crate) server: Shown,
    pub(crate) random: &'static dyn SecureRandom,
    pub(crate) register: Register,
    pub(crate) log: Arc<EventLog>,
    pub(crate) scripts: ScriptQueue<Script>,
    pub(crate) proxy_scripts: ScriptQueue<ProxyScript>,
    pub(crate) gates: Arc<Gates>,
    pub(crate) server_ca_pem: String,
    pub(crate) service: Service,
}

impl Vendor {
    pub(crate) fn new(
        accounts: Vec<Account>,
        server_certificate: ServerCertificate,
        clock: Clock,
        random: &'static dyn SecureRandom,
        service: Service,
    ) -> Result<Self, Error> {
        refuse_duplicate_users(&accounts)?;
        let now = clock.now();
        let server_authority = Authority::new("server CA", now, random)?;
        Ok(Self {
            accounts,
            client_authority: Authority::new("client CA", now, random)?,
            clock: Arc::new(clock),
            server_ca_pem: server_authority.pem(),
            server: Shown::new(server_authority, server_certificate, now)?,
            random,
            register: Register::default(),
            log: Arc::default(),
            scripts: ScriptQueue::default(),
            proxy_scripts: ScriptQueue::default(),
            gates: Arc::default(),
            service,
        })
    }

    /// The account whose API user has this name.
    pub(crate) fn account_of_api_user(&self, user: &str) -> Option<&Account> {
        self.accounts
            .iter()
            .find(|account| account.api().user() == user)
    }

    /// The account whose portal user has this name.
    pub(crate) fn account_of_portal_user(&self, user: &str) -> Option<&Account> {
        self.accounts
            .iter()
            .find(|account| account.portal().user() == user)
    }
}

fn refuse_duplicate_users(accounts: &[Account]) -> Result<(), Error> {
    let mut seen = HashSet::new();
    for user in accounts
        .iter()
        .flat_map(|account| [account.api().user(), account.portal().user()])
    {
        if !seen.insert(user) {
            return Err(Error::DuplicateUser {
                user: user.to_owned(),
            });
        }
    }
    Ok(())
}
