//! The pretended vendor behind both ports: its accounts, its client authority, its register of
//! certificates, the scripts of its connections, and the log of what it saw.

use std::collections::HashSet;
use std::sync::Arc;

use rustls::crypto::SecureRandom;

use crate::account::{Account, Credentials};
use crate::authority::{Authority, ServerCertificate};
use crate::clock::Clock;
use crate::enforcement::{Enforcement, Switch};
use crate::error::Error;
use crate::event::EventKind;
use crate::gate::Gates;
use crate::log::{ConnectionLog, EventLog};
use crate::portal::register::Register;
use crate::script::Script;
use crate::script::proxy::ProxyScript;
use crate::script::queue::ScriptQueue;
use crate::service::Service;
use crate::tls::shown::Shown;

/// What the listeners share.
pub(crate) struct Vendor {
    accounts: Vec<Account>,
    pub(crate) enforcement: Enforcement,
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

/// An API user, the account it belongs to, and that one's parent.
#[derive(Clone, Copy)]
pub(crate) struct ApiUser<'a> {
    pub(crate) parent: &'a Account,
    pub(crate) account: &'a str,
    pub(crate) credentials: &'a Credentials,
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
        refuse_duplicate_accounts(&accounts)?;
        let now = clock.now();
        let server_authority = Authority::new("server CA", now, random)?;
        Ok(Self {
            accounts,
            enforcement: Enforcement::default(),
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

    /// The API user of this name.
    pub(crate) fn api_user(&self, name: &str) -> Option<ApiUser<'_>> {
        self.accounts.iter().find_map(|parent| {
            let mut users = parent.api_users();
            let (account, credentials) = users.find(|(_, user)| user.user() == name)?;
            Some(ApiUser {
                parent,
                account,
                credentials,
            })
        })
    }

    /// The parent account of this name.
    pub(crate) fn parent_account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name() == name)
    }

    /// The account whose portal user has this name.
    pub(crate) fn account_of_portal_user(&self, user: &str) -> Option<&Account> {
        self.accounts
            .iter()
            .find(|account| account.portal().user() == user)
    }

    /// Turns an account's switch, and says so in the log.
    pub(crate) fn enforce(&self, account: &Account, switch: Switch, log: &ConnectionLog) {
        log.record(EventKind::EnforcementChanged {
            account: account.name().to_owned(),
            enforced: switch.enforced,
        });
        self.enforcement.set(account.name(), switch);
    }
}

fn refuse_duplicate_users(accounts: &[Account]) -> Result<(), Error> {
    let mut seen = HashSet::new();
    let users = accounts.iter().flat_map(|account| {
        let api = account.api_users().map(|(_, user)| user.user());
        api.chain([account.portal().user()])
    });
    for user in users {
        if !seen.insert(user) {
            return Err(Error::DuplicateUser {
                user: user.to_owned(),
            });
        }
    }
    Ok(())
}

/// Transactions belong to an account by its name.
fn refuse_duplicate_accounts(accounts: &[Account]) -> Result<(), Error> {
    let mut seen = HashSet::new();
    let names = accounts.iter().flat_map(|account| {
        let below = account.sub_accounts().iter().map(|below| below.name());
        below.chain([account.name()])
    });
    for name in names {
        if !seen.insert(name) {
            return Err(Error::DuplicateAccount {
                account: name.to_owned(),
            });
        }
    }
    Ok(())
}
