//! Which records of a state are meant.

use crate::record::Record;

/// The records of a state that are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Selection {
    /// Each of them.
    All,
    /// Those with one of these references.
    References(Vec<String>),
    /// These, each if it is as it was read: sent as often, with the same transaction.
    Records(Vec<Record>),
}

impl Selection {
    /// Returns the references, if they are what is meant.
    pub(super) fn references(&self) -> Option<&[String]> {
        match self {
            Self::References(references) => Some(references),
            Self::All | Self::Records(_) => None,
        }
    }

    /// Returns the records, if they are what is meant.
    pub(super) fn records(&self) -> Option<&[Record]> {
        match self {
            Self::Records(records) => Some(records),
            Self::All | Self::References(_) => None,
        }
    }
}
