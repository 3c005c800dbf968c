//! `GET /verifications/v1/transactionrecord/{id}`, alone, with the corrected address, or with
//! everything.

use bytes::Bytes;
use http::{Request, Response};
use vocabulary::Operation;

use crate::authentication::Authentication;
use crate::country_code::CountryCode;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::id::{TransactionId, TransactionRecordId};
use crate::request;
use crate::request_body::RequestBody;
use crate::response;
use crate::service_error::ServiceError;
use crate::timestamp::Timestamp;
use crate::verifications::{ErrorLevel, Record, RecordStatus};
use crate::wire::model;

model! {
    /// The record that the service keeps of a verification: its result and its inputs.
    pub struct TransactionRecord {
        /// The inputs, under names of the service's own; a name may come twice. An image is the URL
        /// of a
        /// [`GetTransactionRecordDocument`](crate::verifications::GetTransactionRecordDocument).
        /// Old records may have been rid of personal data.
        input_fields: Vec<InputField> = "InputFields",
        /// As [`VerifyResult::transaction_id`](crate::verifications::VerifyResult).
        transaction_id: Option<TransactionId> = "TransactionID",
        /// When the request came.
        uploaded_dt: Option<Timestamp> = "UploadedDt",
        /// When it was done.
        completed_dt: Option<Timestamp> = "CompletedDt",
        /// The country that was asked.
        country_code: Option<CountryCode> = "CountryCode",
        /// The product that was used.
        product_name: Option<String> = "ProductName",
        /// The record.
        record: Option<Record> = "Record",
        /// The reference of the request.
        customer_reference_id: Option<String> = "CustomerReferenceID",
        /// Errors of the request.
        errors: Vec<ServiceError> = "Errors",
    }

    /// One input of a verification.
    pub struct InputField {
        /// The name that the service gives it.
        field_name: Option<String> = "FieldName" as name,
        /// The value that was sent; for checks of documents `passed`, `failed` or `not run`.
        value: Option<String> = "Value",
        /// The group that it belongs to.
        field_group: Option<String> = "FieldGroup" as name,
    }
}

impl TransactionRecord {
    /// Returns what it all came to; `None` if the record is not final.
    #[must_use]
    pub fn status(&self) -> Option<&RecordStatus> {
        self.record.as_ref().and_then(Record::final_status)
    }

    /// Returns every error at each of its levels.
    pub fn service_errors(&self) -> impl Iterator<Item = (ErrorLevel<'_>, &ServiceError)> {
        let request = self.errors.iter().map(|error| (ErrorLevel::Request, error));
        request.chain(self.record.iter().flat_map(Record::service_errors))
    }
}

/// Asks for a record.
#[derive(Clone, Debug)]
pub struct GetTransactionRecord {
    id: TransactionRecordId,
    detail: Detail,
}

/// The detail of a record that is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// The result and the inputs.
    #[default]
    Plain,
    /// The address as the service corrected it, too.
    WithAddress,
    /// That, and the details of watchlists.
    Verbose,
}

impl GetTransactionRecord {
    /// Asks for the record of this identifier.
    #[must_use]
    pub fn new(id: TransactionRecordId) -> Self {
        Self {
            id,
            detail: Detail::Plain,
        }
    }

    /// Sets the detail, more than the plain record.
    #[must_use]
    pub fn detail(self, detail: Detail) -> Self {
        Self { detail, ..self }
    }
}

impl Sealed for GetTransactionRecord {}

impl Endpoint for GetTransactionRecord {
    type Response = TransactionRecord;
    type Version = crate::Version1;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let id = self.id.segment()?;
        let (detail, template) = match self.detail {
            Detail::Plain => ("", "/verifications/v1/transactionrecord/{id}"),
            Detail::WithAddress => (
                "/withaddress",
                "/verifications/v1/transactionrecord/{id}/withaddress",
            ),
            Detail::Verbose => (
                "/verbose",
                "/verifications/v1/transactionrecord/{id}/verbose",
            ),
        };
        request::get(
            Operation::new("GetTransactionRecord", template),
            format!("/verifications/v1/transactionrecord/{id}{detail}"),
        )
    }

    fn response(&self, response: Response<Bytes>) -> Result<TransactionRecord, Error> {
        let result: TransactionRecord = response::model(&response)?;
        let record = result.record.as_ref();
        let id = record.and_then(|record| record.transaction_record_id.as_ref());
        match self.id.matches(id) {
            true => Ok(result),
            false => Err(Error::OtherTransaction),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_live_record_is_read() {
        let body =
            include_bytes!("../../tests/samples/transactionrecord-response-nomatch-docv-live.json");
        let record: TransactionRecord = response::model(body).unwrap();
        assert_eq!(record.status(), Some(&RecordStatus::NOMATCH));
        let back = record
            .input_fields
            .iter()
            .find(|field| field.field_name.as_deref() == Some("DocumentBackImage"));
        assert!(
            back.unwrap()
                .value
                .as_deref()
                .unwrap()
                .starts_with("https://")
        );
    }

    #[test]
    fn inputs_that_come_twice_are_kept_twice() {
        let body = include_bytes!("../../tests/samples/transactionrecord-response-AU-partial.json");
        let record: TransactionRecord = response::model(body).unwrap();
        let years = record
            .input_fields
            .iter()
            .filter(|field| field.field_name.as_deref() == Some("YearOfBirth"));
        assert_eq!(years.count(), 2);
    }

    #[test]
    fn record_of_another_transaction_is_refused() {
        let get = GetTransactionRecord::new("2".into());
        let read = |body: &'static str| get.response(Response::new(body.into()));
        assert!(read(r#"{"Record":{"TransactionRecordID":"2"}}"#).is_ok());
        let other = read(r#"{"TransactionID":"2","Record":{"TransactionRecordID":"3"}}"#);
        assert!(matches!(other, Err(Error::OtherTransaction)));
    }
}
