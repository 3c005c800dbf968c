//! `POST /v3/business/verify`.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Request, Response, uri::PathAndQuery};
use serde_json::Value;
use vocabulary::Operation;

use crate::authentication::Authentication;
use crate::country_code::CountryCode;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::request;
use crate::request_body::RequestBody;
use crate::response;
use crate::service_error::ServiceError;
use crate::v3::{PackageId, RequestMetadata, VerificationType};
use crate::verifications::{Verification, address, company};
use crate::wire::input;

input! {
    /// Verifies a company. Billed, and so never sent again where it may have been done.
    pub struct BusinessVerifyRequest {
        /// The package, as the service issued it.
        package_id: Option<PackageId> = "PackageId",
        /// The purpose of the call.
        verification_type: Option<VerificationType> = "VerificationType",
        /// Where to call back: `https`, up to 2083 characters. It makes the call asynchronous.
        callback_url: Option<String> = "CallBackUrl",
        /// After how many seconds the service cancels the transaction.
        timeout: Option<i32> = "Timeout",
        /// Whether the response is to have the address as the service corrected it.
        cleansed_address: Option<bool> = "CleansedAddress",
        /// The consents that were given.
        consent_for_data_sources: Vec<String> = "ConsentForDataSources",
        /// The country whose registers are asked.
        country_code: Option<CountryCode> = "CountryCode",
        /// A reference of one's own; up to 128 characters.
        customer_reference_id: Option<String> = "CustomerReferenceID",
        /// The company.
        business_data_fields: Option<BusinessDataFields> = "BusinessDataFields",
        /// Whether the response is to have the details of watchlists.
        verbose_mode: Option<bool> = "VerboseMode",
        /// The batch that this belongs to.
        batch_record_id: Option<String> = "BatchRecordID",
        /// Filled by the service; no caller sends it.
        request_errors: Vec<ServiceError> = "RequestErrors",
        /// More about the request.
        request_metadata: Vec<RequestMetadata> = "RequestMetadata",
    }
}

company! {
    /// A company, which documents about it are asked for, and whether it is watched from then on.
    pub struct BusinessDataFields {
        /// Its telephone number.
        telephone: Option<String> = "Telephone",
        /// Its addresses.
        location: Vec<BusinessLocation> = "Location",
        /// Fields that one country has: by country code, then by the name of the field.
        country_specific: BTreeMap<String, BTreeMap<String, String>> = "CountrySpecific",
        /// Whether the company is watched.
        kyb_monitoring_enabled: Option<bool> = "KYBMonitoringEnabled",
        /// The watched fields; their shape is not published.
        kyb_monitoring_fields: Option<Value> = "KYBMonitoringFields",
        /// The interval; its shape is not published.
        kyb_monitoring_frequency: Option<Value> = "KYBMonitoringFrequency",
        /// Where to call back when something changes.
        kyb_monitoring_callback_url: Option<String> = "KYBMonitoringCallbackURL",
        /// Whether the past is asked for, too.
        kyb_monitoring_history: Option<bool> = "KYBMonitoringHistory",
    }
}

address! {
    /// An address of a company: as [`Location`](crate::verifications::Location), with its one line
    /// beside the parts.
    pub struct BusinessLocation {
        {
            /// Which of its addresses, 1 or 2.
            index: Option<i32> = "Index",
            /// Street and number in one line.
            address1: Option<String> = "Address1",
        }
        ..
        {}
    }
}

impl BusinessDataFields {
    /// Makes a company by its name.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self::default().business_name(name)
    }
}

impl BusinessVerifyRequest {
    /// Makes a verification in a country; the three arguments are what the service requires.
    #[must_use]
    pub fn new(
        package_id: impl Into<PackageId>,
        country: CountryCode,
        business: BusinessDataFields,
    ) -> Self {
        Self::default()
            .package_id(package_id)
            .country_code(country)
            .business_data_fields(business)
    }
}

impl Sealed for BusinessVerifyRequest {}

impl Endpoint for BusinessVerifyRequest {
    type Response = Verification;
    type Version = crate::Version3;
    const AUTHENTICATION: Authentication = Authentication::Bearer;
    const IDEMPOTENT: bool = false;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        request::callback_url(self.callback_url.as_deref())?;
        let reference = self.customer_reference_id.as_deref();
        request::at_most("CustomerReferenceID", reference, 128)?;
        PackageId::check(self.package_id.as_ref())?;
        request::post(
            Operation::new("BusinessVerify", "/v3/business/verify"),
            const { PathAndQuery::from_static("/v3/business/verify") },
            self,
        )
    }

    fn response(&self, response: Response<Bytes>) -> Result<Verification, Error> {
        Verification::read(response::model(&response)?)
    }
}
