//! The sources of a reloader's identities and trust anchors.

use identity::{FileSource, IdentitySet};

use crate::reload::event::TrustEvent;
use crate::tls::trust_anchors::TrustAnchors;

/// A source of identities, trust anchors or both, which
/// [`IdentityReloader`](crate::IdentityReloader) polls for changes.
///
/// [`FileSource`] provides identities, [`TrustFiles`](crate::TrustFiles) trust anchors and
/// revocation lists. A set that never changes is a source ([`IdentitySet`]: its members still begin
/// and expire), and a key store can be another. The content of one source at one moment belongs
/// together. It is called on a thread where it may block, one call at a time.
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
///         // Query the store; keep the last content if it has nothing better.
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
    /// Polls once. Content that cannot be used is reported as an event, and the last good content
    /// stays.
    fn poll(&mut self) -> SourceUpdate;

    /// Returns the identities as of the last poll; `None` if there were never any, or it provides
    /// none.
    fn current(&self) -> Option<&IdentitySet>;

    /// Returns the trust anchors as of the last poll; `None`, the default, leaves them to another
    /// source or as the connector was built.
    fn trust(&self) -> Option<&TrustAnchors> {
        None
    }
}

/// The result of one poll of a source.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct SourceUpdate {
    /// The events of identities, for the reloader to pass on.
    pub events: Vec<identity::Event>,
    /// The events of trust anchors and revocation lists.
    pub trust_events: Vec<TrustEvent>,
    /// Something is about to change, such as a file that is being written: poll again soon.
    pub is_waiting: bool,
}

impl SourceUpdate {
    /// Creates an update of events of identities, and whether to poll again soon.
    #[must_use]
    pub fn new(events: Vec<identity::Event>, is_waiting: bool) -> Self {
        Self {
            events,
            is_waiting,
            ..Self::default()
        }
    }

    /// Adds events of trust anchors and revocation lists.
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

/// A constant set, for a client that changes from one member to the next as they begin and expire.
impl IdentitySource for IdentitySet {
    fn poll(&mut self) -> SourceUpdate {
        SourceUpdate::default()
    }

    fn current(&self) -> Option<&IdentitySet> {
        Some(self)
    }
}
