//! Which parent accounts enforce mutual TLS, so that the plain endpoint rejects all their users.
//!
//! "You can create and manage your mTLS client certificates, and choose to enforce mTLS, across
//! your entire organization", says the vendor's guide; so the switch is the parent account's, and
//! holds for its sub-accounts.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// The parent accounts whose switch is on.
#[derive(Debug, Default)]
pub(crate) struct Enforcement(Mutex<BTreeSet<String>>);

/// The switch of one parent account, as JSON.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[cfg_attr(feature = "program", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Switch {
    pub(crate) enforced: bool,
}

impl Enforcement {
    /// Returns the switches of these accounts, all on.
    pub(crate) fn new(enforcing: BTreeSet<String>) -> Self {
        Self(Mutex::new(enforcing))
    }

    /// Returns the accounts whose switch is on.
    pub(crate) fn all(&self) -> BTreeSet<String> {
        self.enforcing().clone()
    }

    pub(crate) fn of(&self, account: &str) -> Switch {
        Switch {
            enforced: self.enforcing().contains(account),
        }
    }

    pub(crate) fn set(&self, account: &str, Switch { enforced }: Switch) {
        let mut enforcing = self.enforcing();
        if enforced {
            enforcing.insert(account.to_owned());
        } else {
            enforcing.remove(account);
        }
    }

    fn enforcing(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
