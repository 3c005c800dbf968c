//! `GET /verifications/v1/transaction/{id}/status`.

use bytes::Bytes;
use http::{Request, Response};
use vocabulary::Operation;

use crate::authentication::Authentication;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::id::{TransactionId, TransactionRecordId};
use crate::request;
use crate::request_body::RequestBody;
use crate::response;
use crate::timestamp::Timestamp;
use crate::transaction_state::TransactionState;
use crate::wire::input;

input! {
    /// The status of a transaction: the response to a poll, and the body of a callback.
    pub struct TransactionStatus {
        /// The transaction. Spelt unlike in a result.
        transaction_id: Option<TransactionId> = "TransactionId",
        /// Its record, once it is done. An example has one before, so ask
        /// [`TransactionState::is_completed`].
        transaction_record_id: Option<TransactionRecordId> = "TransactionRecordId",
        /// Its state.
        status: Option<TransactionState> = "Status",
        /// When the request came.
        uploaded_dt: Option<Timestamp> = "UploadedDt",
        /// Whether its timeout was over.
        is_timed_out: Option<bool> = "IsTimedOut",
    }
}

impl TransactionStatus {
    /// Reads the body of a callback, which is not signed and may be anyone's: see
    /// [`Callback`](crate::verifications::Callback), which has the status read from the service.
    ///
    /// # Errors
    ///
    /// [`Error::Decode`] if the body is no such JSON.
    pub fn from_callback(body: &[u8]) -> Result<Self, Error> {
        response::model(body)
    }
}

/// Asks how far a transaction is.
#[derive(Clone, Debug)]
pub struct GetTransactionStatus {
    id: TransactionId,
}

impl GetTransactionStatus {
    /// Asks for the status of this transaction.
    #[must_use]
    pub fn new(id: TransactionId) -> Self {
        Self { id }
    }
}

impl Sealed for GetTransactionStatus {}

impl Endpoint for GetTransactionStatus {
    type Response = TransactionStatus;
    type Version = crate::Version1;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let id = self.id.segment()?;
        request::get(
            Operation::new(
                "GetTransactionStatus",
                "/verifications/v1/transaction/{id}/status",
            ),
            format!("/verifications/v1/transaction/{id}/status"),
        )
    }

    fn response(&self, response: Response<Bytes>) -> Result<TransactionStatus, Error> {
        response::not_service_errors(&response)?;
        let status: TransactionStatus = response::model(&response)?;
        match self.id.matches(status.transaction_id.as_ref()) {
            true => Ok(status),
            false => Err(Error::OtherTransaction),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_ids_of_a_status_end_in_a_small_letter() {
        let json = json!({ "TransactionId": "1", "TransactionRecordId": "2" });
        let status: TransactionStatus = serde_json::from_value(json.clone()).unwrap();
        assert!(status.extra.is_empty());
        assert_eq!(serde_json::to_value(status).unwrap(), json);
    }

    #[test]
    fn status_of_another_transaction_is_refused() {
        let get = GetTransactionStatus::new("11-a".into());
        let read = |body: &'static str| get.response(Response::new(body.into()));
        for same in [
            r#"{"TransactionId":"11-A","Status":"Completed"}"#,
            r#"{"Status":"InProgress"}"#,
        ] {
            assert!(read(same).is_ok(), "{same}");
        }
        let other = read(r#"{"TransactionId":"11-b","Status":"Completed"}"#);
        assert!(matches!(other, Err(Error::OtherTransaction)));
    }
}
