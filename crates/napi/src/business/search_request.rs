//! `POST /business/v1/search`.

use bytes::Bytes;
use http::{Request, Response, uri::PathAndQuery};
use vocabulary::Operation;

use crate::authentication::Authentication;
use crate::business::BusinessSearch;
use crate::country_code::CountryCode;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::request;
use crate::request_body::RequestBody;
use crate::response;
use crate::verifications::Location;
use crate::wire::input;

input! {
    /// Searches for a company. Billed, and so never sent again where it may have been done.
    ///
    /// # Examples
    ///
    /// ```
    /// use napi::business::BusinessSearchRequest;
    ///
    /// let request = BusinessSearchRequest::new("CA".parse()?, "ACME Consulting");
    /// # Ok::<(), napi::Error>(())
    /// ```
    pub struct BusinessSearchRequest {
        /// As of a [`VerifyRequest`](crate::verifications::VerifyRequest).
        accept_trulioo_terms_and_conditions: Option<bool> = "AcceptTruliooTermsAndConditions",
        /// Where to call back once the search is done: as of a
        /// [`VerifyRequest`](crate::verifications::VerifyRequest). It makes the call asynchronous.
        callback_url: Option<String> = "CallBackUrl",
        /// After how many seconds the service cancels the transaction.
        timeout: Option<i32> = "Timeout",
        /// The consents that were given.
        consent_for_data_sources: Vec<String> = "ConsentForDataSources",
        /// The country whose registers are asked.
        country_code: Option<CountryCode> = "CountryCode",
        /// The known data of the company.
        business: Option<BusinessSearchModel> = "Business",
    }

    /// The known data of the company that is searched for; each text up to 250 characters.
    pub struct BusinessSearchModel {
        /// Its name.
        business_name: Option<String> = "BusinessName",
        /// Its web site.
        website: Option<String> = "Website",
        /// Where it is registered, by the code of the jurisdiction.
        jurisdiction_of_incorporation: Option<String> = "JurisdictionOfIncorporation",
        /// Its D-U-N-S number. A verification spells it `DunsNumber`.
        duns_number: Option<String> = "DUNSNumber",
        /// Its address.
        location: Option<Location> = "Location",
    }
}

impl BusinessSearchModel {
    /// Makes a company by its name.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self::default().business_name(name)
    }
}

impl From<&str> for BusinessSearchModel {
    fn from(name: &str) -> Self {
        Self::named(name)
    }
}

impl BusinessSearchRequest {
    /// Makes a search in a country; both arguments are what the service requires.
    #[must_use]
    pub fn new(country: CountryCode, business: impl Into<BusinessSearchModel>) -> Self {
        Self::default()
            .accept_trulioo_terms_and_conditions(true)
            .country_code(country)
            .business(business)
    }
}

impl Sealed for BusinessSearchRequest {}

impl Endpoint for BusinessSearchRequest {
    type Response = BusinessSearch;
    type Version = crate::Version1;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = false;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        request::callback_url(self.callback_url.as_deref())?;
        request::post(
            Operation::new("BusinessSearch", "/business/v1/search"),
            const { PathAndQuery::from_static("/business/v1/search") },
            self,
        )
    }

    fn response(&self, response: Response<Bytes>) -> Result<BusinessSearch, Error> {
        BusinessSearch::read(response::model(&response)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_number_is_spelt_in_capitals_here() {
        let business = BusinessSearchModel::named("a").duns_number("1");
        assert_eq!(
            serde_json::to_value(business).unwrap(),
            json!({ "BusinessName": "a", "DUNSNumber": "1" })
        );
    }
}
