//! The end of a run, in success and in failure.

use std::io;

use crate::journal::counts::Counts;
use crate::journal::error::JournalError;
use crate::list::error::{LineError, ListError};
use crate::record::{Outcome, RecordState};
use crate::verdict::StopReason;

/// The end of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Summary {
    /// The number of records of the batch in each state, those of earlier runs among them.
    pub counts: Counts,
    /// The number of verifications that this run has sent. Each may be billed.
    pub sent: u64,
    /// The number of lines that this run has left out, since they cannot be sent or are there
    /// twice.
    pub left_out: u64,
    /// The number of records of the batch that the list no longer has. Those of them that wait were
    /// not sent.
    pub missing: u64,
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
    #[error(transparent)]
    List(#[from] ListError),
    /// A line has changed since the batch began, or is the same as another. Nothing behind it was
    /// sent.
    #[error("{0}")]
    Line(LineError),
    /// The service does not tell the fields of a country.
    #[error("the fields of a country are not known, by which the list is checked: {0}")]
    Fields(napi::Error),
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
    /// The place of the record in the list, from 1; `None` if the list no longer has it.
    pub number: Option<u64>,
    /// The `CustomerReferenceID` that it was sent with.
    pub reference: String,
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

/// For lists that are read as files are.
impl From<io::Error> for BatchError {
    fn from(error: io::Error) -> Self {
        Self::List(error.into())
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
