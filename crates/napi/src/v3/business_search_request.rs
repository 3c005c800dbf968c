//! `POST /v3/business/search`.

use bytes::Bytes;
use http::{Request, Response, uri::PathAndQuery};
use vocabulary::Operation;

use crate::authentication::Authentication;
use crate::business::{BusinessSearch, BusinessSearchModel};
use crate::country_code::CountryCode;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::request;
use crate::request_body::RequestBody;
use crate::response;
use crate::service_error::ServiceError;
use crate::v3::{PackageId, VerificationType};
use crate::wire::input;

input! {
    /// Searches for a company. Billed, and so never sent again where it may have been done.
    pub struct BusinessSearchRequest {
        /// The package, as the service issued it.
        package_id: Option<PackageId> = "PackageId",
        /// The purpose of the call.
        search_type: Option<VerificationType> = "SearchType",
        /// Whether it is a test.
        test: Option<bool> = "Test",
        /// Where to call back: `https`, up to 2083 characters. It makes the call asynchronous.
        callback_url: Option<String> = "CallBackUrl",
        /// After how many seconds the service cancels the transaction.
        timeout: Option<i32> = "Timeout",
        /// The consents that were given.
        consent_for_data_sources: Vec<String> = "ConsentForDataSources",
        /// The country whose registers are asked.
        country_code: Option<CountryCode> = "CountryCode",
        /// The known data of the company.
        business: Option<BusinessSearchModel> = "Business",
        /// Filled by the service; no caller sends it.
        request_errors: Vec<ServiceError> = "RequestErrors",
    }
}

impl BusinessSearchRequest {
    /// Makes a search in a country; the three arguments are what the service requires.
    #[must_use]
    pub fn new(
        package_id: impl Into<PackageId>,
        country: CountryCode,
        business: impl Into<BusinessSearchModel>,
    ) -> Self {
        Self::default()
            .package_id(package_id)
            .country_code(country)
            .business(business)
    }
}

impl Sealed for BusinessSearchRequest {}

impl Endpoint for BusinessSearchRequest {
    type Response = BusinessSearch;
    type Version = crate::Version3;
    const AUTHENTICATION: Authentication = Authentication::Bearer;
    const IDEMPOTENT: bool = false;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        request::callback_url(self.callback_url.as_deref())?;
        PackageId::check(self.package_id.as_ref())?;
        request::post(
            Operation::new("BusinessSearch", "/v3/business/search"),
            const { PathAndQuery::from_static("/v3/business/search") },
            self,
        )
    }

    fn response(&self, response: Response<Bytes>) -> Result<BusinessSearch, Error> {
        BusinessSearch::read(response::model(&response)?)
    }
}
