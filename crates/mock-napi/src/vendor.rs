//! The pretended vendor behind all ports: its accounts, its register of certificates, its TLS
//! server, and the log of what it saw.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mock_tls::{ClientIdentity, Clock, Credentials, EventLog, ScriptedServer, ServerCertificate};

use crate::account::Account;
use crate::enforcement::{Enforcement, Switch};
use crate::error::Error;
use crate::event::{ConnectionLog, EventKind};
use crate::register::Register;
use crate::service::Service;
use crate::session::Sessions;
use crate::state::{Keeper, Snapshot, State};

/// The state that the listeners share.
pub(crate) struct Vendor {
    accounts: Vec<Account>,
    keeper: Keeper,
    server_key_pem: Option<String>,
    ready_identities: Mutex<BTreeMap<String, ClientIdentity>>,
    pub(crate) enforcement: Enforcement,
    pub(crate) server: Arc<ScriptedServer>,
    pub(crate) server_ca_pem: String,
    pub(crate) register: Arc<Register>,
    pub(crate) log: Arc<EventLog<EventKind>>,
    pub(crate) service: Service,
    pub(crate) sessions: Sessions,
    /// The names of this machine beside those of loopback, in the server's certificates and in
    /// `Host`.
    pub(crate) names: Vec<String>,
    /// The hosts beside this machine that callbacks may go to.
    pub(crate) callback_hosts: Vec<String>,
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
        names: Vec<String>,
        callback_hosts: Vec<String>,
        clock: Clock,
        service: Service,
        state: State,
    ) -> Result<Self, Error> {
        refuse_duplicate_users(&accounts)?;
        refuse_duplicate_accounts(&accounts)?;
        let contents = state.contents;
        let register = Arc::new(Register::new(contents.certificates));
        let issued = Arc::clone(&register);
        // The register decides, so that a certificate of the same CA which it does not have is
        // refused.
        let is_known = move |sha256: &str| issued.find(sha256).is_some();
        let server = ScriptedServer::with_pki(
            contents.pki,
            clock,
            server_certificate,
            names.clone(),
            is_known,
        )?
        .title_case_headers(); // as the live responses have it
        Ok(Self {
            accounts,
            keeper: state.keeper,
            server_key_pem: contents.server_key_pem,
            ready_identities: Mutex::new(contents.ready_identities),
            enforcement: Enforcement::new(contents.enforcing),
            server_ca_pem: server.server_ca().pem().to_owned(),
            server: Arc::new(server),
            register,
            log: Arc::default(),
            service,
            sessions: Sessions::new()?,
            names,
            callback_hosts,
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

    /// Returns the names of all portal users.
    pub(crate) fn portal_users(&self) -> impl Iterator<Item = &str> {
        self.accounts.iter().map(|account| account.portal().user())
    }

    /// Returns the identities that were made at a start, by their account.
    pub(crate) fn ready_identities(&self) -> MutexGuard<'_, BTreeMap<String, ClientIdentity>> {
        let identities = self.ready_identities.lock();
        identities.unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps the state as it is now, if the mock has a folder for it.
    pub(crate) fn save(&self) -> Result<(), Error> {
        self.keeper.keep(|| Snapshot {
            client_ca: self.server.client_ca(),
            server_ca: self.server.server_ca(),
            server_key_pem: self.server_key_pem.as_deref(),
            certificates: self.register.all(),
            enforcing: self.enforcement.all(),
            ready_identities: self.ready_identities().clone(),
        })
    }

    /// Revokes the account's certificate with this serial number, and says so in the log; `None` if
    /// there is none. Is revoked also after an error, but not for the next start.
    pub(crate) fn revoke(
        &self,
        account: &Account,
        serial: &str,
        log: &ConnectionLog,
    ) -> Result<Option<()>, Error> {
        let now = self.server.clock().now();
        let Some(entry) = self.register.revoke(account.name(), serial, now) else {
            return Ok(None);
        };
        // On the list as well, which is what the TLS server looks into.
        self.server.client_ca().revoke(&entry.serial_bytes, now);
        log.record(EventKind::CertificateRevoked {
            account: entry.account,
            serial: entry.serial,
            sha256: entry.sha256,
        });
        self.save().map(Some)
    }

    /// Turns an account's switch, and says so in the log. It is turned also after an error, but not
    /// for the next start.
    pub(crate) fn enforce(
        &self,
        account: &Account,
        switch: Switch,
        log: &ConnectionLog,
    ) -> Result<(), Error> {
        // Before the switch, so that no rejection stands in the log before its reason.
        log.record(EventKind::EnforcementChanged {
            account: account.name().to_owned(),
            enforced: switch.enforced,
        });
        self.enforcement.set(account.name(), switch);
        self.save()
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
