//! The end of a run, in success and in failure.

use std::io;

use crate::input::LineError;
use crate::journal::{Counts, JournalError};
use crate::record::{Outcome, RecordState};
use crate::verdict::StopReason;

/// The end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The number of records of the batch in each state, those of earlier runs among them.
    pub counts: Counts,
    /// The number of verifications that this run has sent. Each may be billed.
    pub sent: u64,
    /// The reason why the run ended before the list did; `None` if it has seen all of it.
    pub stopped: Option<StopReason>,
}

/// The problems of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListReport {
    /// The number of its records.
    pub records: u64,
    /// The number of those that cannot be sent.
    pub unsendable: u64,
    /// The first 1,000 problems, in the order of the lines.
    pub problems: Vec<LineError>,
}

/// A run that could not go on. Run it again once the reason is gone.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// The list cannot be read.
    #[error("the list cannot be read: {0}")]
    List(#[from] io::Error),
    /// The journal cannot be written, so that nothing more is sent.
    #[error("{error}{}", unsaved_note(unsaved))]
    Journal {
        /// The reason.
        error: JournalError,
        /// Responses of the service that the journal does not have: in it, these records are
        /// unknown. Keep them.
        unsaved: Vec<Unsaved>,
    },
    /// A part of the run panicked. The records that it was sending are unknown.
    #[error("a part of the run has failed; the records that it was sending are unknown")]
    Panicked,
}

/// A response that was not written to the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsaved {
    /// The place of the record in the list, from 1.
    pub number: u64,
    /// The state that it should have.
    pub state: RecordState,
    /// The response, as far as it is known.
    pub outcome: Outcome,
}

fn unsaved_note(unsaved: &[Unsaved]) -> String {
    match unsaved.len() {
        0 => String::new(),
        count => format!("; {count} responses are not in it, see the list of them"),
    }
}

impl From<JournalError> for BatchError {
    fn from(error: JournalError) -> Self {
        Self::Journal {
            error,
            unsaved: Vec::new(),
        }
    }
}
