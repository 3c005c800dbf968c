//! The result of a verification.

use crate::country_code::CountryCode;
use crate::id::{TransactionId, TransactionRecordId};
use crate::record_status::RecordStatus;
use crate::service_error::ServiceError;
use crate::timestamp::Timestamp;
use crate::verifications::DatasourceResult;
use crate::wire::model;

model! {
    /// The result of a verification. One with an identifier in its record is final.
    pub struct VerifyResult {
        /// The transaction.
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

    /// The record: the result as a whole and of each data source.
    pub struct Record {
        /// The record. As long as it has no identifier, [`record_status`](Self::record_status)
        /// means nothing.
        transaction_record_id: Option<TransactionRecordId> = "TransactionRecordID",
        /// The result as a whole.
        record_status: Option<RecordStatus> = "RecordStatus",
        /// The result by the second rule, if the account has one.
        secondary_record_status: Option<RecordStatus> = "SecondaryRecordStatus",
        /// The result of each data source. Their order means nothing.
        datasource_results: Vec<DatasourceResult> = "DatasourceResults",
        /// Errors of the record. It may be matched all the same.
        errors: Vec<ServiceError> = "Errors",
        /// The rule that decided.
        rule: Option<RecordRule> = "Rule",
    }

    /// The rule that decided.
    pub struct RecordRule {
        /// Its name.
        rule_name: Option<String> = "RuleName",
        /// A note about it; may have several lines.
        note: Option<String> = "Note",
        /// The name of the second rule.
        secondary_rule_name: Option<String> = "SecondaryRuleName",
        /// A note about the second rule.
        secondary_rule_note: Option<String> = "SecondaryRuleNote",
    }
}

impl VerifyResult {
    /// Returns what it all came to; `None` if the result is not final.
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

impl Record {
    /// Returns the status, if the record has an identifier: without, it is not done.
    #[must_use]
    pub fn final_status(&self) -> Option<&RecordStatus> {
        self.transaction_record_id.as_ref()?;
        self.record_status.as_ref()
    }

    /// Returns every error of the record and of its data sources.
    pub fn service_errors(&self) -> impl Iterator<Item = (ErrorLevel<'_>, &ServiceError)> {
        let record = self.errors.iter().map(|error| (ErrorLevel::Record, error));
        let sources = self.datasource_results.iter().flat_map(|source| {
            let name = source.datasource_name.as_deref();
            let level = ErrorLevel::Datasource(name.unwrap_or_default());
            source.errors.iter().map(move |error| (level, error))
        });
        record.chain(sources)
    }
}

/// The level that a [`ServiceError`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorLevel<'a> {
    /// The request.
    Request,
    /// The record.
    Record,
    /// One data source, by its name; the others may have responded.
    Datasource(&'a str),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service_error::ErrorCode;
    use serde_json::json;

    #[test]
    fn errors_of_all_three_levels_are_found() {
        let result: VerifyResult = serde_json::from_value(json!({
            "Errors": [{ "Code": "1000" }],
            "Record": {
                "Errors": [{ "Code": "1008" }],
                "DatasourceResults": [{ "DatasourceName": "Credit", "Errors": [{ "Code": 1005 }] }, {}],
            },
        }))
        .unwrap();
        let found: Vec<_> = result
            .service_errors()
            .map(|(level, error)| (level, error.code.clone().unwrap()))
            .collect();
        let expected = [
            (ErrorLevel::Request, ErrorCode::PROVIDER_ERROR),
            (ErrorLevel::Record, ErrorCode::INVALID_FIELD_FORMAT),
            (ErrorLevel::Datasource("Credit"), ErrorCode::MISSING_CONSENT),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_status_without_a_record_id_is_none() {
        let body = include_bytes!("../../tests/samples/verify-response-async-accepted-live.json");
        let result: VerifyResult = serde_json::from_slice(body).unwrap();
        assert_eq!(result.status(), None);
        assert_eq!(result.uploaded_dt.unwrap().time(), None);
        let body = include_bytes!("../../tests/samples/verify-response-match-nulls.json");
        let result: VerifyResult = serde_json::from_slice(body).unwrap();
        assert_eq!(result.status(), Some(&RecordStatus::MATCH));
    }

    #[test]
    fn the_ids_of_a_result_end_in_capitals() {
        let json = json!({ "TransactionID": "1", "Record": { "TransactionRecordID": "2" } });
        let result: VerifyResult = serde_json::from_value(json.clone()).unwrap();
        assert!(result.extra.is_empty() && result.transaction_id.is_some());
        assert_eq!(serde_json::to_value(result).unwrap(), json);
    }
}
