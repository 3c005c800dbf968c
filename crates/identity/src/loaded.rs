//! The result of a load.
//!
//! Leaves out how it was loaded.

use std::time::SystemTime;

use crate::identity::Identity;
use crate::report::Report;

/// An identity together with what there is to say about it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Loaded {
    pub(crate) identity: Identity,
    pub(crate) report: Report,
    /// Whether a passphrase that is not empty stands before the key in its file, or a device has
    /// it.
    pub(crate) is_key_protected: bool,
    /// When the same input may give another identity, because it holds several of one key.
    pub(crate) rival_from: Option<SystemTime>,
}

impl Loaded {
    /// Returns the identity.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Returns the findings of this load.
    #[must_use]
    pub const fn report(&self) -> &Report {
        &self.report
    }

    /// Splits it into identity and report.
    #[must_use]
    pub fn into_parts(self) -> (Identity, Report) {
        (self.identity, self.report)
    }
}
