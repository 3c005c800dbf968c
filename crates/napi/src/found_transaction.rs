//! The transaction of a response that could not be decoded.

use crate::id::{TransactionId, TransactionRecordId};
use crate::record_status::RecordStatus;

/// The transaction of a response that could not be decoded, as far as it could be found in it.
///
/// A member that stands in the response twice with different values is not here: neither is
/// certain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FoundTransaction {
    /// The transaction. [`Client::transaction_status`](crate::Client::transaction_status) says how
    /// far it is.
    pub transaction_id: Option<TransactionId>,
    /// Its record. [`Client::transaction_record`](crate::Client::transaction_record) fetches it.
    pub transaction_record_id: Option<TransactionRecordId>,
    /// Its result. Means nothing without a record.
    pub status: Option<RecordStatus>,
}
