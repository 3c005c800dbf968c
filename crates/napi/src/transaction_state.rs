//! The state of a transaction.

use crate::wire::open;

open! {
    /// The state of a transaction.
    pub struct TransactionState {
        /// Its data is being taken in.
        UPLOADING = "Uploading",
        /// It is being worked on.
        PROCESSING = "Processing",
        /// Data sources are being asked.
        IN_PROGRESS = "InProgress",
        /// A data source responds later.
        WAIT_ASYNC = "WaitAsync",
        /// It goes on soon.
        TO_BE_RESUMED = "ToBeResumed",
        /// It is done, and has a record.
        COMPLETED = "Completed",
        /// The same, as one page spells it.
        COMPLETE = "Complete",
        /// It ended without a result.
        FAILED = "Failed",
        /// It was cancelled.
        CANCELED = "Canceled",
        /// It was cancelled because its timeout was over.
        TIMEOUT_CANCELED = "TimeoutCanceled",
    }
}

impl TransactionState {
    /// Returns whether the transaction is done and has a record.
    #[must_use]
    pub fn is_completed(&self) -> bool {
        *self == Self::COMPLETED || *self == Self::COMPLETE
    }

    /// Returns whether it ended without a result. A state that this crate does not know is no end.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        [Self::FAILED, Self::CANCELED, Self::TIMEOUT_CANCELED].contains(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn state_is_known_in_any_case_and_unknown_is_unfinished() {
        for done in ["Completed", "completed", "Complete"] {
            assert!(TransactionState::from(done).is_completed());
        }
        for over in ["failed", "Canceled", "TimeoutCanceled"] {
            assert!(TransactionState::from(over).is_failed());
        }
        for going_on in ["inprogress", "WaitAsync", "Thinking"] {
            let state = TransactionState::from(going_on);
            assert!(!state.is_completed() && !state.is_failed());
        }
    }
}
