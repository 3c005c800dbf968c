//! Where a follower's identities come from: what is polled for change.

use identity::{FileSource, IdentitySet};

/// Identities that may change; [`Follower`](crate::Follower) asks for them again and again.
///
/// [`FileSource`] is one, a set that never changes is one ([`IdentitySet`]: it still has members that begin and end),
/// and a store of keys can be another. It is called on a thread where it may block, one call at a time.
///
/// ```
/// use identity::{Event, IdentitySet};
/// use transport::{IdentitySource, Polled};
///
/// struct Vault {
///     current: Option<IdentitySet>,
/// }
///
/// impl IdentitySource for Vault {
///     fn poll(&mut self) -> Polled {
///         // Ask the store; keep what there was if it has nothing better.
///         Polled::default()
///     }
///
///     fn current(&self) -> Option<&IdentitySet> {
///         self.current.as_ref()
///     }
/// }
/// ```
pub trait IdentitySource: Send + 'static {
    /// Looks once. What cannot be used is told as an event, and leaves what there was.
    fn poll(&mut self) -> Polled;

    /// What there is since the last look; none if there has never been anything of use.
    fn current(&self) -> Option<&IdentitySet>;
}

/// What one look at a source has shown.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Polled {
    /// What happened, for the follower to pass on.
    pub events: Vec<identity::Event>,
    /// Something is about to change, such as a file that is being written: look again soon.
    pub is_waiting: bool,
}

impl Polled {
    /// What happened, and whether to look again soon.
    #[must_use]
    pub fn new(events: Vec<identity::Event>, is_waiting: bool) -> Self {
        Self { events, is_waiting }
    }
}

impl IdentitySource for FileSource {
    fn poll(&mut self) -> Polled {
        let outcome = Self::poll(self);
        let is_waiting = outcome.is_waiting();
        Polled::new(outcome.into_events(), is_waiting)
    }

    fn current(&self) -> Option<&IdentitySet> {
        Self::current(self)
    }
}

/// A set that stays as it is, for a client that is to step from one member to the next as they begin and end.
impl IdentitySource for IdentitySet {
    fn poll(&mut self) -> Polled {
        Polled::default()
    }

    fn current(&self) -> Option<&IdentitySet> {
        Some(self)
    }
}
