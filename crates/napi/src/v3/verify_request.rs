//! `POST /v3/verifications/verify`.

use bytes::Bytes;
use http::{Request, Response, uri::PathAndQuery};
use vocabulary::Operation;

use crate::authentication::Authentication;
use crate::configuration::inputs;
use crate::country_code::CountryCode;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::request;
use crate::request_body::RequestBody;
use crate::response;
use crate::service_error::ServiceError;
use crate::v3::PackageId;
use crate::verifications::{DataFields, Verification};
use crate::wire::{input, open};

open! {
    /// The purpose of a call.
    pub struct VerificationType {
        /// For real.
        LIVE = "Live",
        /// To show what it does.
        DEMO = "Demo",
        /// For a test.
        TEST = "Test",
        /// On trial.
        TRIAL = "Trial",
        /// As part of a batch.
        BATCH = "Batch",
        /// For what the service does not know.
        UNKNOWN = "Unknown",
    }
}

input! {
    /// Verifies a person or a document. Billed, and so never sent again where it may have been
    /// done.
    pub struct VerifyRequest {
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
        /// The consents that the person has given.
        consent_for_data_sources: Vec<String> = "ConsentForDataSources",
        /// The country whose data sources are asked.
        country_code: Option<CountryCode> = "CountryCode",
        /// A reference of one's own; up to 128 characters.
        customer_reference_id: Option<String> = "CustomerReferenceID",
        /// The inputs: the person, company or document to be verified.
        data_fields: Option<DataFields> = "DataFields",
        /// Whether the response is to have the details of watchlists.
        verbose_mode: Option<bool> = "VerboseMode",
        /// The batch that this belongs to.
        batch_record_id: Option<String> = "BatchRecordID",
        /// Filled by the service; no caller sends it.
        request_errors: Vec<ServiceError> = "RequestErrors",
        /// More about the request.
        request_metadata: Vec<RequestMetadata> = "RequestMetadata",
    }

    /// Something more about a request.
    pub struct RequestMetadata {
        /// Where it comes from; up to 32 characters.
        channel: Option<String> = "Channel",
        /// The value; up to 255 characters.
        value: Option<String> = "Value",
    }
}

impl VerifyRequest {
    /// Makes a verification in a country; the three arguments are what the service requires.
    #[must_use]
    pub fn new(
        package_id: impl Into<PackageId>,
        country: CountryCode,
        data_fields: impl Into<DataFields>,
    ) -> Self {
        Self::default()
            .package_id(package_id)
            .country_code(country)
            .data_fields(data_fields)
    }
}

impl Sealed for VerifyRequest {}

impl Endpoint for VerifyRequest {
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
            Operation::new("Verify", "/v3/verifications/verify"),
            const { PathAndQuery::from_static("/v3/verifications/verify") },
            self,
        )
    }

    fn response(&self, response: Response<Bytes>) -> Result<Verification, Error> {
        Verification::read(response::model(&response)?)
    }
}

impl inputs::sealed::Sealed for VerifyRequest {
    fn data_fields(&self) -> Option<&DataFields> {
        self.data_fields.as_ref()
    }

    fn lacks_country(&self) -> bool {
        self.country_code.is_none()
    }
}
