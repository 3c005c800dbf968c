//! Whether the gateway can be expected to reach the server now.

use std::time::SystemTime;

use gateway::{Gateway, Verdict};
use identity::IdentitySet;
use tokio::sync::watch;

use crate::gateway::client::Client;

/// The facts that readiness follows from: the identities, and the last verdict on them.
pub(super) struct Readiness {
    set: watch::Receiver<Option<IdentitySet>>,
    gateway: Gateway<Client>,
}

impl Readiness {
    pub(super) fn new(set: watch::Receiver<Option<IdentitySet>>, gateway: Gateway<Client>) -> Self {
        Self { set, gateway }
    }

    /// Checks whether an identity is usable; else returns why not.
    pub(super) fn check_identity(&self, now: SystemTime) -> Result<(), &'static str> {
        match &*self.set.borrow() {
            None => Err("there is no pair of key and certificate that can be loaded"),
            Some(set) if set.current_at(now).is_none() => Err("no certificate is valid now"),
            Some(_) => Ok(()),
        }
    }

    /// Checks whether requests can be expected to succeed; else returns why not.
    pub(super) fn check(&self, now: SystemTime) -> Result<(), String> {
        self.check_identity(now)?;
        match self.gateway.last_verdict() {
            Verdict::Rejected(error) => Err(error.to_string()),
            _ => Ok(()),
        }
    }

    /// Forgets the verdict on an identity that is no longer in use.
    pub(super) fn forget_verdict(&self) {
        self.gateway.forget_verdict();
    }
}
