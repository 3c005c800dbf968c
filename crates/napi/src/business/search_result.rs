//! The result of a search, and `GET /business/v1/search/transactionrecord/{id}`.

use bytes::Bytes;
use http::{Request, Response};
use vocabulary::Operation;

use crate::authentication::Authentication;
use crate::country_code::CountryCode;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::found_transaction::FoundTransaction;
use crate::id::{TransactionId, TransactionRecordId};
use crate::request;
use crate::request_body::RequestBody;
use crate::response;
use crate::service_error::ServiceError;
use crate::timestamp::Timestamp;
use crate::verifications::{Pending, Rejection, WithoutRecord, undecided, unfinished};
use crate::wire::{UnreadValue, model};

model! {
    /// The result of a search.
    pub struct BusinessSearchResponse {
        /// The transaction.
        transaction_id: Option<TransactionId> = "TransactionID",
        /// When the request came.
        uploaded_dt: Option<Timestamp> = "UploadedDt",
        /// The country whose registers were asked.
        country_code: Option<CountryCode> = "CountryCode",
        /// The product that was used.
        product_name: Option<String> = "ProductName",
        /// The record.
        record: Option<BusinessRecord> = "Record",
        /// Errors of the request.
        errors: Vec<ServiceError> = "Errors",
    }

    /// The record: the companies of each data source.
    pub struct BusinessRecord {
        /// The record.
        transaction_record_id: Option<TransactionRecordId> = "TransactionRecordID",
        /// A word that **says nothing**: it is often left out, and may be `nomatch` beside real
        /// candidates. A search is judged by its results; see
        /// [`BusinessSearchResponse::candidates`].
        record_status: Option<String> = "RecordStatus",
        /// The result of each data source.
        datasource_results: Vec<BusinessDatasourceResult> = "DatasourceResults",
        /// Errors of the record.
        errors: Vec<ServiceError> = "Errors",
    }

    /// The result of one data source.
    pub struct BusinessDatasourceResult {
        /// The name of the source.
        datasource_name: Option<String> = "DatasourceName" as name,
        /// The companies.
        results: Vec<BusinessResult> = "Results",
        /// Its errors.
        errors: Vec<ServiceError> = "Errors",
    }

    /// One company that was found.
    pub struct BusinessResult {
        /// Its place in the list.
        index: Option<String> = "Index",
        /// Its name.
        business_name: Option<String> = "BusinessName",
        /// Its score, such as `1` or `100.00`.
        matching_score: Option<String> = "MatchingScore",
        /// Its number in the register.
        business_registration_number: Option<String> = "BusinessRegistrationNumber",
        /// Its D-U-N-S number.
        duns_number: Option<String> = "DUNSNumber",
        /// Its number for taxes.
        business_tax_id_number: Option<String> = "BusinessTaxIDNumber",
        /// The number of its licence.
        business_license_number: Option<String> = "BusinessLicenseNumber",
        /// Where it is registered.
        jurisdiction_of_incorporation: Option<String> = "JurisdictionOfIncorporation",
        /// Its address in one line.
        full_address: Option<String> = "FullAddress",
        /// Whether it is active.
        business_status: Option<String> = "BusinessStatus",
        /// The same, in the words of the register.
        original_business_status: Option<String> = "OriginalBusinessStatus",
        /// The name that it trades under. A verification spells it `TradestyleName`.
        trade_style_name: Option<String> = "TradeStyleName",
        /// Its legal form.
        business_type: Option<String> = "BusinessType",
        /// Its address in parts.
        address: Option<BusinessAddress> = "Address",
        /// Other names.
        other_business_names: Vec<String> = "OtherBusinessNames",
        /// Its web site.
        website: Option<String> = "Website",
        /// Its telephone number.
        telephone: Option<String> = "Telephone",
        /// One of its numbers for taxes.
        tax_id_number: Option<String> = "TaxIDNumber",
        /// All of them.
        tax_id_numbers: Vec<String> = "TaxIDNumbers",
        /// Its e-mail address.
        email_address: Option<String> = "EmailAddress",
        /// One of its domains.
        web_domain: Option<String> = "WebDomain",
        /// All of them.
        web_domains: Vec<String> = "WebDomains",
        /// Its industry, by the North American classification.
        naics: Vec<IndustryCode> = "NAICS",
        /// Its industry, by the older classification.
        sic: Vec<IndustryCode> = "SIC",
    }

    /// An industry in a classification.
    pub struct IndustryCode {
        /// Its code.
        code: Option<String> = "Code",
        /// Its name.
        description: Option<String> = "Description",
    }

    /// The address of a company.
    pub struct BusinessAddress {
        /// Unit.
        unit_number: Option<String> = "UnitNumber",
        /// Number of the house.
        building_number: Option<String> = "BuildingNumber",
        /// Name of the house.
        building_name: Option<String> = "BuildingName",
        /// Street, without its type.
        street_name: Option<String> = "StreetName",
        /// Type of the street.
        street_type: Option<String> = "StreetType",
        /// City.
        city: Option<String> = "City",
        /// Suburb.
        suburb: Option<String> = "Suburb",
        /// State or province by its code.
        state_province_code: Option<String> = "StateProvinceCode",
        /// Postal code.
        postal_code: Option<String> = "PostalCode",
        /// Street and number in one line.
        address1: Option<String> = "Address1",
        /// The kind of address.
        address_type: Option<String> = "AddressType",
        /// State or province by its name.
        state_province: Option<String> = "StateProvince",
        /// Country by its name.
        country: Option<String> = "Country",
        /// Country by its code.
        country_code: Option<CountryCode> = "CountryCode" as personal,
    }
}

impl BusinessSearchResponse {
    /// Returns the companies that were found, source by source, best first as each source has them.
    ///
    /// This is what a search came to. Whether the record says `match` or `nomatch` means nothing.
    pub fn candidates(&self) -> impl Iterator<Item = &BusinessResult> {
        let record = self
            .record
            .iter()
            .flat_map(|record| &record.datasource_results);
        record.flat_map(|source| &source.results)
    }

    /// Refuses a response in which no company could be read and something that may be one is
    /// unread: it is not known whether any was found.
    fn certain(self) -> Result<Self, Error> {
        let may_be_found = |unread: &&&UnreadValue| {
            unread.is_overflow()
                || unread.is_member(&["Record"])
                || unread.is_member(&["Record", "DatasourceResults"])
                || unread.is_member(&["Record", "DatasourceResults", "Results"])
        };
        let path = match self.unread().iter().find(may_be_found) {
            Some(unread) if !self.is_found() => unread.shown_path(),
            _ => return Ok(self),
        };
        let record = self.record.and_then(|record| record.transaction_record_id);
        Err(Error::Decode {
            path,
            line: 0,
            column: 0,
            found: Some(Box::new(FoundTransaction {
                transaction_id: self.transaction_id,
                transaction_record_id: record,
                status: None,
            })),
        })
    }

    /// Returns whether a company was found.
    #[must_use]
    pub fn is_found(&self) -> bool {
        self.candidates().next().is_some()
    }
}

/// The response to a [`BusinessSearchRequest`](crate::business::BusinessSearchRequest).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum BusinessSearch {
    /// The search is done.
    Completed(BusinessSearchResponse),
    /// It is going on; wait for it or for its callback.
    Pending(Pending),
    /// There is no record, and errors say why.
    Rejected(Rejection),
}

impl BusinessSearch {
    /// Returns the result, if the search is done.
    #[must_use]
    pub fn completed(self) -> Option<BusinessSearchResponse> {
        match self {
            Self::Completed(response) => Some(response),
            _ => None,
        }
    }

    /// Decides by the record's identifier, as for a verification, and by what was found: never by
    /// the record's status.
    pub(crate) fn read(response: BusinessSearchResponse) -> Result<Self, Error> {
        // First: an unread list of companies must not pass for a search that found none.
        let response = response.certain()?;
        let record = response.record.as_ref();
        if response.is_found()
            || record.is_some_and(|record| record.transaction_record_id.is_some())
        {
            return Ok(Self::Completed(response));
        }
        let unread: Vec<_> = response.unread().into_iter().cloned().collect();
        let record = response.record.into_iter().flat_map(|record| record.errors);
        let errors: Vec<_> = response.errors.into_iter().chain(record).collect();
        undecided(response.transaction_id.as_ref(), None, &errors, &unread)?;
        Ok(match unfinished(response.transaction_id, errors, unread)? {
            WithoutRecord::Pending(pending) => Self::Pending(pending),
            WithoutRecord::Rejected(rejection) => Self::Rejected(rejection),
        })
    }
}

/// Asks for what a search found, once it is done.
#[derive(Clone, Debug)]
pub struct GetBusinessSearchResult {
    id: TransactionRecordId,
}

impl GetBusinessSearchResult {
    /// Asks for the result of the search of this record.
    #[must_use]
    pub fn new(id: TransactionRecordId) -> Self {
        Self { id }
    }
}

impl Sealed for GetBusinessSearchResult {}

impl Endpoint for GetBusinessSearchResult {
    type Response = BusinessSearchResponse;
    type Version = crate::Version1;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let id = self.id.segment()?;
        request::get(
            Operation::new(
                "GetBusinessSearchResult",
                "/business/v1/search/transactionrecord/{id}",
            ),
            format!("/business/v1/search/transactionrecord/{id}"),
        )
    }

    fn response(&self, response: Response<Bytes>) -> Result<BusinessSearchResponse, Error> {
        let found: BusinessSearchResponse = response::model(&response)?;
        let record = found.record.as_ref();
        let id = record.and_then(|record| record.transaction_record_id.as_ref());
        match self.id.matches(id) {
            true => found.certain(),
            false => Err(Error::OtherTransaction),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_search_without_a_record_is_pending() {
        let response = json!({ "TransactionID": "1", "Record": { "RecordStatus": "nomatch" } });
        let response = serde_json::from_value(response).unwrap();
        let search = BusinessSearch::read(response).unwrap();
        assert!(matches!(search, BusinessSearch::Pending(_)));
    }

    #[test]
    fn search_is_judged_by_its_candidates_and_not_its_status() {
        let read = |record: serde_json::Value| {
            let response = json!({ "TransactionID": "1", "Record": record });
            BusinessSearch::read(serde_json::from_value(response).unwrap()).unwrap()
        };
        let sources = json!([{}, { "Results": [{ "BusinessName": "Acme" }, { "BusinessName": "Acme Ltd" }] }]);
        for status in [json!("nomatch"), json!("match"), json!(null)] {
            let id = json!("2");
            for id in [id, json!(null)] {
                let search = read(json!({
                    "TransactionRecordID": id, "RecordStatus": status, "DatasourceResults": sources,
                }));
                let response = search.completed().unwrap();
                let names = response.candidates().map(|it| it.business_name.as_deref());
                assert_eq!(names.collect::<Vec<_>>(), [Some("Acme"), Some("Acme Ltd")]);
                assert!(response.is_found());
            }
            // Nothing found is a result of a search that has a record, and of no other.
            let none = read(json!({ "TransactionRecordID": "2", "RecordStatus": status }));
            assert!(!none.completed().unwrap().is_found());
            let running = read(json!({ "RecordStatus": status }));
            assert!(matches!(running, BusinessSearch::Pending(_)));
        }
    }

    #[test]
    fn a_search_with_a_record_and_no_status_is_done() {
        let body = include_bytes!("../../tests/samples/business-search-response-nulls.json");
        let search = BusinessSearch::read(response::model(body).unwrap()).unwrap();
        let record = search.completed().unwrap().record.unwrap();
        assert_eq!(record.record_status, None);
        let result = &record.datasource_results[0].results[0];
        assert_eq!(result.matching_score.as_deref(), Some("1"));
    }

    #[test]
    fn search_whose_results_cannot_be_read_is_undecided() {
        let get = GetBusinessSearchResult::new("2".into());
        let read = |sources: &str| {
            let body = format!(
                r#"{{"TransactionID":"1","Record":{{"TransactionRecordID":"2","DatasourceResults":{sources}}}}}"#
            );
            get.response(Response::new(body.into()))
        };
        for (sources, path) in [
            (
                r#"[{"Results":"x"}]"#,
                "Record.DatasourceResults[0].Results",
            ),
            (
                r#"[{"Results":[7]}]"#,
                "Record.DatasourceResults[0].Results[0]",
            ),
            (r#"[{},"x"]"#, "Record.DatasourceResults[1]"),
            (r#""x""#, "Record.DatasourceResults"),
        ] {
            let error = read(sources).unwrap_err();
            assert!(
                matches!(&error, Error::Decode { path: it, .. } if it == path),
                "{error:?}"
            );
            let found = error.transaction().unwrap();
            assert_eq!(found.transaction_id, Some("1".into()));
            assert_eq!(found.transaction_record_id, Some("2".into()));
        }
        let details = |count| format!("[{}]", vec![r#"{"DatasourceName":{}}"#; count].join(","));
        assert!(!read(&details(1000)).unwrap().is_found());
        let more = details(1001).replace("]", r#",{"Results":"x"}]"#);
        let error = read(&more).unwrap_err();
        assert!(
            matches!(&error, Error::Decode { path, .. } if path == "."),
            "{error:?}"
        );
        // What was found is found, and a detail decides nothing.
        let beside = r#"[{"Results":"x"},{"Results":[{"BusinessName":"Acme"}]}]"#;
        assert!(read(beside).unwrap().is_found());
        let detail = r#"[{"DatasourceName":{},"Results":[]}]"#;
        assert!(!read(detail).unwrap().is_found());
    }

    #[test]
    fn style_has_a_capital_here() {
        let json = json!({ "TradeStyleName": "a", "DUNSNumber": "b", "NAICS": [{ "Code": "c" }] });
        let result: BusinessResult = serde_json::from_value(json.clone()).unwrap();
        assert!(result.extra.is_empty());
        assert_eq!(serde_json::to_value(result).unwrap(), json);
    }
}
