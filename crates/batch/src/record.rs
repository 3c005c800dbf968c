//! One record of a list in a journal: its state and its outcome, and nothing personal.

use std::fmt;

use crate::digest::InputDigest;

/// The state of a record. Each record is in exactly one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RecordState {
    /// Nothing of it was sent, or what was sent was certainly not processed.
    Waiting,
    /// The intent to send it is durable, and the run that has it is alive.
    Sending,
    /// It may have been sent and billed, and there is no response. It is never sent again unless a
    /// person asks for that.
    Unknown,
    /// The service has accepted it and is working on it; its transaction is known.
    Pending,
    /// The service has answered it with a result.
    Done,
    /// The service has rejected it, or its transaction ended without a result.
    Failed,
}

impl RecordState {
    /// Every state, in the order in which a record goes through them.
    pub const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Sending,
        Self::Unknown,
        Self::Pending,
        Self::Done,
        Self::Failed,
    ];

    /// Returns the name that journals and results use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Returns whether a person may let a record of this state be sent again.
    pub(crate) const fn may_be_requeued(self) -> bool {
        matches!(self, Self::Unknown | Self::Pending | Self::Failed)
    }

    /// Returns the state of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

impl fmt::Display for RecordState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A record as it stands in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRecord {
    /// The place of the record in the list, from 1; blank lines do not count.
    pub number: u64,
    /// The digest of its line.
    pub digest: InputDigest,
    /// The `CustomerReferenceID` that it is sent with. The vendor shows it beside the transaction,
    /// which is how an unknown record is looked up.
    pub reference: String,
}

/// A record of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The place of the record in the list as it was last read, from 1; blank lines do not count.
    /// `None` if the list no longer has it.
    pub number: Option<u64>,
    /// The digest of its line.
    pub digest: InputDigest,
    /// The `CustomerReferenceID` that it is sent with.
    pub reference: String,
    /// Its state.
    pub state: RecordState,
    /// The number of intents to send it that were written.
    pub attempts: u32,
    /// Its response, as far as it is known.
    pub outcome: Outcome,
}

/// A position between two records of a journal, in the order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    number: Option<u64>,
    digest: InputDigest,
}

impl Position {
    /// The position before the first record.
    pub const START: Self = Self {
        number: Some(0),
        digest: InputDigest::new([0; InputDigest::LENGTH]),
    };

    /// Returns the number of the record before it; `None` if the list no longer has that.
    #[must_use]
    pub const fn number(&self) -> Option<u64> {
        self.number
    }

    /// Returns the digest of the record before it, by which those that the list no longer has are
    /// in order.
    #[must_use]
    pub const fn digest(&self) -> &InputDigest {
        &self.digest
    }
}

impl Record {
    /// Returns the position behind it.
    #[must_use]
    pub const fn position(&self) -> Position {
        Position {
            number: self.number,
            digest: self.digest,
        }
    }
}

/// The response to a record, as far as it is known.
///
/// Messages of the service are not kept: they may quote what was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The transaction.
    pub transaction_id: Option<String>,
    /// The record that the transaction left.
    pub transaction_record_id: Option<String>,
    /// The result, such as `match` or `nomatch`, of a record that is done.
    pub status: Option<String>,
    /// The codes of the service's errors at every level; of a failure without one, its kind.
    pub errors: Vec<String>,
}

/// The state that a record was given in a run, once it is in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settlement {
    /// The place of the record in the list, from 1; blank lines do not count. `None` if the list no
    /// longer has it.
    pub number: Option<u64>,
    /// The `CustomerReferenceID` that it was sent with.
    pub reference: String,
    /// The state; waiting, if it is sent once more.
    pub state: RecordState,
    /// Whether it was pending before: this is the end of its transaction.
    pub was_pending: bool,
    /// The response, as far as it is known.
    pub outcome: Outcome,
}

impl From<Record> for Settlement {
    fn from(record: Record) -> Self {
        Self {
            number: record.number,
            reference: record.reference,
            state: record.state,
            was_pending: false,
            outcome: record.outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_is_found_by_its_name() {
        for state in RecordState::ALL {
            assert_eq!(RecordState::named(state.as_str()), Some(state));
        }
        assert_eq!(RecordState::named("sent"), None);
    }
}
