//! Where a reloader's identities and trust anchors come from: what is polled for change.

use identity::{FileSource, IdentitySet};

use crate::reload::event::TrustEvent;
use crate::tls::trust_anchors::TrustAnchors;

/// Identities, trust anchors or both, which may change; [`IdentityReloader`](crate::IdentityReloader) asks for them again and again.
///
/// [`FileSource`] gives identities, [`TrustFiles`](crate::TrustFiles) trust anchors and revocation lists. A set that never
/// changes is a source ([`IdentitySet`]: it still has members that begin and end), and a store of keys can be another.
/// What one source gives at one moment is taken as one. It is called on a thread where it may block, one call at a
/// time.
///
/// ```
/// use identity::IdentitySet;
/// use transport::{IdentitySource, SourceUpdate, TrustAnchors};
///
/// struct Vault {
///     identities: Option<IdentitySet>,
///     trust: Option<TrustAnchors>,
/// }
///
/// impl IdentitySource for Vault {
///     fn poll(&mut self) -> SourceUpdate {
///         // Ask the store; keep what there was if it has nothing better.
///         SourceUpdate::default()
///     }
///
///     fn current(&self) -> Option<&IdentitySet> {
///         self.identities.as_ref()
///     }
///
///     fn trust(&self) -> Option<&TrustAnchors> {
///         self.trust.as_ref()
///     }
/// }
/// ```
pub trait IdentitySource: Send + 'static {
    /// Looks once. What cannot be used is told as an event, and leaves what there was.
    fn poll(&mut self) -> SourceUpdate;

    /// Returns the identities since the last look; `None` if there have never been any of use, or it gives none.
    fn current(&self) -> Option<&IdentitySet>;

    /// Returns whom to trust since the last look; `None`, as it is unless implemented, leaves that to another source or
    /// as the connector was built.
    fn trust(&self) -> Option<&TrustAnchors> {
        None
    }
}

/// What one look at a source has shown.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct SourceUpdate {
    /// What happened to identities, for the reloader to pass on.
    pub events: Vec<identity::Event>,
    /// What happened to trust anchors and revocation lists.
    pub trust_events: Vec<TrustEvent>,
    /// Something is about to change, such as a file that is being written: look again soon.
    pub is_waiting: bool,
}

impl SourceUpdate {
    /// What happened, and whether to look again soon.
    #[must_use]
    pub fn new(events: Vec<identity::Event>, is_waiting: bool) -> Self {
        Self {
            events,
            is_waiting,
            ..Self::default()
        }
    }

    /// Adds what happened to trust anchors and revocation lists.
    #[must_use]
    pub fn with_trust_events(mut self, events: impl IntoIterator<Item = TrustEvent>) -> Self {
        self.trust_events.extend(events);
        self
    }
}

impl IdentitySource for FileSource {
    fn poll(&mut self) -> SourceUpdate {
        let outcome = Self::poll(self);
        let is_waiting = outcome.is_waiting();
        SourceUpdate::new(outcome.into_events(), is_waiting)
    }

    fn current(&self) -> Option<&IdentitySet> {
        Self::current(self)
    }
}

/// A set that stays as it is, for a client that is to step from one member to the next as they begin and end.
impl IdentitySource for IdentitySet {
    fn poll(&mut self) -> SourceUpdate {
        SourceUpdate::default()
    }

    fn current(&self) -> Option<&IdentitySet> {
        Some(self)
    }
}
