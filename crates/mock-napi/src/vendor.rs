//! The pretended vendor behind all ports: its accounts, its register of certificates, its TLS
//! server, and the log of what it saw.

use std::collections::HashSet;
use std::sync::Arc;

use mock_tls::{Clock, Credentials, EventLog, ScriptedServer, ServerCertificate};

use crate::account::Account;
use crate::enforcement::{Enforcement, Switch};
use crate::error::Error;
use crate::event::{ConnectionLog, EventKind};
use crate::register::Register;
use crate::service::Service;

/// The state that the listeners share.
pub(crate) struct Vendor {
    accounts: Vec<Account>,
    pub(crate) enforcement: Enforcement,
    pub(crate) server: Arc<ScriptedServer>,
    pub(crate) server_ca_pem: String,
    pub(crate) register: Arc<Register>,
    pub(crate) log: Arc<EventLog<EventKind>>,
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
        service: Service,
    ) -> Result<Self, Error> {
        refuse_duplicate_users(&accounts)?;
        refuse_duplicate_accounts(&accounts)?;
        let register = Arc::<Register>::default();
        let issued = Arc::clone(&register);
        let is_known = move |sha256: &str| issued.find(sha256).is_some();
        let server = ScriptedServer::new("Mock NAPI", clock, server_certificate, is_known)?
            .title_case_headers(); // as the live responses have it
        Ok(Self {
            accounts,
            enforcement: Enforcement::default(),
            server_ca_pem: server.server_ca().pem().to_owned(),
            server: Arc::new(server),
            register,
            log: Arc::default(),
            service,
        })
    }

    /// Returns the API user of this name.
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

    /// Returns the parent account of this name.
    pub(crate) fn parent_account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name() == name)
    }

    /// Returns the account whose portal user has this name.
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
