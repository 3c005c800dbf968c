//! `GET /verifications/v1/transaction/{id}/partialresult`.

use std::fmt;

use bytes::Bytes;
use http::{Request, Response};
use vocabulary::Operation;

use crate::authentication::Authentication;
use crate::country_code::CountryCode;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::id::TransactionId;
use crate::request;
use crate::request_body::RequestBody;
use crate::response;
use crate::service_error::ServiceError;
use crate::timestamp::Timestamp;
use crate::verifications::{DatasourceResult, Record, TransactionState, VerifyResult};
use crate::wire::{UnreadValue, model};

model! {
    /// The response as the service writes it, before the record's status is put out of reach.
    pub(crate) struct VerifyResultPartial {
        /// The transaction.
        transaction_id: Option<TransactionId> = "TransactionID",
        /// When the request came.
        uploaded_dt: Option<Timestamp> = "UploadedDt",
        /// When it was done.
        completed_dt: Option<Timestamp> = "CompletedDt",
        /// The country that is asked.
        country_code: Option<CountryCode> = "CountryCode",
        /// The product that is used.
        product_name: Option<String> = "ProductName",
        /// The record, as far as it is known.
        record: Option<Record> = "Record",
        /// The reference of the request.
        customer_reference_id: Option<String> = "CustomerReferenceID",
        /// Errors of the request.
        errors: Vec<ServiceError> = "Errors",
        /// The data sources that have not responded yet.
        datasources_awaiting_result: Vec<String> = "DatasourcesAwaitingResult",
        /// Its state.
        status: Option<TransactionState> = "Status",
    }
}

/// The known part of a transaction that may still be running.
///
/// The service writes `nomatch` into the record of a running transaction. It is out of reach here:
/// there is no status before there is a [result](Self::completed).
#[derive(Clone, PartialEq)]
pub struct PartialResult {
    status: Option<TransactionState>,
    awaiting: Vec<String>,
    result: VerifyResult,
}

impl PartialResult {
    /// Returns how far the transaction is.
    #[must_use]
    pub fn state(&self) -> Option<&TransactionState> {
        self.status.as_ref()
    }

    /// Returns the transaction.
    #[must_use]
    pub fn transaction_id(&self) -> Option<&TransactionId> {
        self.result.transaction_id.as_ref()
    }

    /// Returns the data sources that have not responded yet.
    #[must_use]
    pub fn datasources_awaiting_result(&self) -> &[String] {
        &self.awaiting
    }

    /// Returns what the data sources found that have responded.
    #[must_use]
    pub fn datasource_results(&self) -> &[DatasourceResult] {
        let record = self.result.record.as_ref();
        record.map_or(&[], |record| &record.datasource_results)
    }

    /// Returns the errors of the request.
    #[must_use]
    pub fn errors(&self) -> &[ServiceError] {
        &self.result.errors
    }

    /// Returns what stood in the response and could not be read.
    #[must_use]
    pub fn unread(&self) -> Vec<&UnreadValue> {
        self.result.unread()
    }

    /// Returns the result, once the transaction is completed and has a record.
    #[must_use]
    pub fn completed(&self) -> Option<&VerifyResult> {
        let record = self.result.record.as_ref()?;
        let is_completed = self.status.as_ref()?.is_completed();
        (is_completed && record.transaction_record_id.is_some()).then_some(&self.result)
    }
}

/// Shows the result once there is one, so that no log has the `nomatch` of a running transaction.
impl fmt::Debug for PartialResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartialResult")
            .field("state", &self.status)
            .field("awaiting", &self.awaiting.len())
            .field("completed", &self.completed())
            .finish_non_exhaustive()
    }
}

impl From<VerifyResultPartial> for PartialResult {
    fn from(partial: VerifyResultPartial) -> Self {
        Self {
            status: partial.status,
            awaiting: partial.datasources_awaiting_result,
            result: VerifyResult {
                transaction_id: partial.transaction_id,
                uploaded_dt: partial.uploaded_dt,
                completed_dt: partial.completed_dt,
                country_code: partial.country_code,
                product_name: partial.product_name,
                record: partial.record,
                customer_reference_id: partial.customer_reference_id,
                errors: partial.errors,
                extra: partial.extra,
            },
        }
    }
}

/// Asks for what is known of a transaction, finished or not. The account must have this feature.
#[derive(Clone, Debug)]
pub struct GetPartialResult {
    id: TransactionId,
}

impl GetPartialResult {
    /// Asks for the known part of this transaction.
    #[must_use]
    pub fn new(id: TransactionId) -> Self {
        Self { id }
    }
}

impl Sealed for GetPartialResult {}

impl Endpoint for GetPartialResult {
    type Response = PartialResult;
    type Version = crate::Version1;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let id = self.id.segment()?;
        request::get(
            Operation::new(
                "GetPartialResult",
                "/verifications/v1/transaction/{id}/partialresult",
            ),
            format!("/verifications/v1/transaction/{id}/partialresult"),
        )
    }

    fn response(&self, response: Response<Bytes>) -> Result<PartialResult, Error> {
        let partial: VerifyResultPartial = response::model(&response)?;
        match self.id.matches(partial.transaction_id.as_ref()) {
            true => Ok(partial.into()),
            false => Err(Error::OtherTransaction),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verifications::RecordStatus;

    fn read(body: &[u8]) -> PartialResult {
        let partial: VerifyResultPartial = response::model(body).unwrap();
        partial.into()
    }

    #[test]
    fn result_of_another_transaction_is_refused() {
        let get = GetPartialResult::new("1".into());
        let read = |body: &'static str| get.response(Response::new(body.into()));
        assert!(read(r#"{"TransactionID":"1"}"#).is_ok());
        let other = read(r#"{"TransactionID":"2"}"#);
        assert!(matches!(other, Err(Error::OtherTransaction)));
    }

    #[test]
    fn a_running_transaction_has_sources_and_no_status() {
        let partial = read(include_bytes!(
            "../../tests/samples/partialresult-response.json"
        ));
        assert_eq!(partial.state(), Some(&TransactionState::IN_PROGRESS));
        assert_eq!(
            partial.datasources_awaiting_result(),
            ["Business Documents"]
        );
        assert_eq!(partial.datasource_results().len(), 1);
        assert_eq!(partial.completed(), None);
        let shown = format!("{partial:?}");
        assert!(shown.contains("InProgress"), "{shown}");
        assert!(
            !shown.contains("nomatch") && !shown.contains("Registry"),
            "{shown}"
        );
    }

    #[test]
    fn only_completed_with_a_record_is_a_result() {
        let record = r#""Record":{"TransactionRecordID":"1","RecordStatus":"match"}"#;
        let done = read(format!("{{\"Status\":\"completed\",{record}}}").as_bytes());
        let status = done.completed().and_then(VerifyResult::status);
        assert_eq!(status, Some(&RecordStatus::MATCH));

        for unfinished in [
            format!("{{\"Status\":\"InProgress\",{record}}}"),
            format!("{{{record}}}"),
            "{\"Status\":\"Completed\",\"Record\":{\"RecordStatus\":\"nomatch\"}}".to_owned(),
        ] {
            assert_eq!(
                read(unfinished.as_bytes()).completed(),
                None,
                "{unfinished}"
            );
        }
    }
}
