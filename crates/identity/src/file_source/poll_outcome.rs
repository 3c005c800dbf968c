//! The outcome of a poll.
//!
//! Leaves out what to do about it.

use std::error::Error as StdError;
use std::path::Path;
use std::{fmt, iter};

use crate::error::Error;
use crate::identity_set::IdentitySet;
use crate::report::{Report, Severity};
use crate::shown::Shown;

/// The outcome of a poll of a [`FileSource`](crate::FileSource).
///
/// Several things can happen at once in a folder: one pair is new, another one is broken.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct PollOutcome {
    pub(crate) set: Option<IdentitySet>,
    pub(crate) events: Vec<Event>,
    pub(crate) is_waiting: bool,
}

impl PollOutcome {
    /// Returns the set that is current from now on; `None` if it is still the one from before.
    #[must_use]
    pub const fn set(&self) -> Option<&IdentitySet> {
        self.set.as_ref()
    }

    /// Returns the events, for a log: pair by pair in the order of their names, then what was
    /// removed, then what concerns all.
    #[must_use]
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Returns the events, owned.
    #[must_use]
    pub fn into_events(self) -> Vec<Event> {
        self.events
    }

    /// Returns whether there is new content that the next poll will take, if it is still the same
    /// then.
    ///
    /// A program that waits long between its polls may now poll again after a second or so.
    #[must_use]
    pub const fn is_waiting(&self) -> bool {
        self.is_waiting
    }

    /// Returns whether there is nothing to do, nothing to log and nothing to wait for.
    #[must_use]
    pub const fn is_unchanged(&self) -> bool {
        self.set.is_none() && self.events.is_empty() && !self.is_waiting
    }
}

/// Something that happened to a pair, or to the source as a whole; its `Display` is a sentence for
/// the operator, without the names in the certificates.
///
/// `pair` is the name of the pair in a folder. It is `None` for a source of a single pair, and for
/// what concerns the folder as a whole.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// It cannot be used. The last good identity stays, if there is one.
    ///
    /// The same failure is reported again only after a success.
    Failed {
        /// Which pair.
        pair: Option<String>,
        /// Why.
        error: Error,
    },
    /// New content was taken.
    Loaded {
        /// Which pair.
        pair: Option<String>,
        /// Its findings.
        report: Box<Report>,
    },
    /// A pair that had failed is as it was before; it was not loaded anew.
    Recovered {
        /// Which pair.
        pair: Option<String>,
    },
    /// Key and certificate were removed, and the identity left the set.
    Removed {
        /// Which pair.
        pair: Option<String>,
    },
}

impl Event {
    /// Returns the name of its pair.
    #[must_use]
    pub fn pair(&self) -> Option<&str> {
        match self {
            Self::Failed { pair, .. }
            | Self::Loaded { pair, .. }
            | Self::Recovered { pair }
            | Self::Removed { pair } => pair.as_deref(),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shown(Path::new(self.pair().unwrap_or("identity"))).fmt(f)?;
        match self {
            Self::Failed { error, .. } => {
                write!(f, ": {error}")?;
                let mut causes = iter::successors(error.source(), |cause| (*cause).source());
                causes.try_for_each(|cause| write!(f, ": {cause}"))
            }
            Self::Loaded { report, .. } => {
                f.write_str(" was loaded")?;
                let findings = report.findings().iter();
                findings
                    .filter(|finding| finding.severity() >= Severity::Warning)
                    .try_for_each(|finding| write!(f, "; {finding}"))
            }
            Self::Recovered { .. } => f.write_str(" is as it was before the failure"),
            Self::Removed { .. } => f.write_str(" was removed"),
        }
    }
}
