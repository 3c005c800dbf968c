//! The kept state, as data.

use std::collections::{BTreeMap, BTreeSet};

use mock_tls::{Ca, ClientIdentity, Pki};

use crate::register::Entry;

/// The contents of a state that was kept, or of a new one.
pub(crate) struct Contents {
    pub(crate) pki: Pki,
    /// The PEM of the server's key, if it is kept.
    pub(crate) server_key_pem: Option<String>,
    /// The certificates of all accounts, oldest first.
    pub(crate) certificates: Vec<Entry>,
    /// The parent accounts that enforce mutual TLS.
    pub(crate) enforcing: BTreeSet<String>,
    /// The identities that are there from the start on, by their account.
    pub(crate) ready_identities: BTreeMap<String, ClientIdentity>,
}

impl Contents {
    pub(super) fn new(pki: Pki, server_key_pem: Option<String>) -> Self {
        Self {
            pki,
            server_key_pem,
            certificates: Vec::new(),
            enforcing: BTreeSet::new(),
            ready_identities: BTreeMap::new(),
        }
    }
}

/// The contents as they are at one moment, to be kept.
pub(crate) struct Snapshot<'a> {
    pub(crate) client_ca: &'a Ca,
    pub(crate) server_ca: &'a Ca,
    pub(crate) server_key_pem: Option<&'a str>,
    pub(crate) certificates: Vec<Entry>,
    pub(crate) enforcing: BTreeSet<String>,
    pub(crate) ready_identities: BTreeMap<String, ClientIdentity>,
}

/// The name in the CAs.
pub(super) const OWNER: &str = "Mock NAPI";
