//! `POST /verifications/v1/verify`.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, uri::PathAndQuery};
use vocabulary::Operation;

use crate::authentication::Authentication;
use crate::configuration_name;
use crate::configuration_name::ConfigurationName;
use crate::country_code::CountryCode;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::request;
use crate::request_body::RequestBody;
use crate::response;
use crate::verifications::{DataFields, Verification};
use crate::wire::input;

/// The most characters of a reference of the customer's own.
const LONGEST_REFERENCE: usize = 128;

input! {
    /// Verifies a person, a company or a document. Billed, and so never sent again where it may
    /// have been done.
    ///
    /// # Examples
    ///
    /// ```
    /// use napi::verifications::{PersonInfo, VerifyRequest};
    ///
    /// let person = PersonInfo::named("Adelina", "Mancini").born(1978, 7, 4);
    /// let request = VerifyRequest::new("IT".parse()?, person).customer_reference_id("order 4711");
    /// # Ok::<(), napi::Error>(())
    /// ```
    pub struct VerifyRequest {
        /// Older pages of the documentation want it to be true, so that is what
        /// [`VerifyRequest::new`] sets.
        accept_trulioo_terms_and_conditions: Option<bool> = "AcceptTruliooTermsAndConditions",
        /// Retired by the service. If it is sent it must be what the account is, so it is never
        /// sent by itself.
        demo: Option<bool> = "Demo",
        /// Where to call back once the verification is done: `https`, up to 2083 characters. It
        /// makes the call asynchronous, as is recommended for documents and companies.
        ///
        /// Plain `http` is taken for `127.0.0.1`, `[::1]` and `localhost` alone, which is for a
        /// local mock. Callbacks are not signed, come before the end and more than once: each is a
        /// hint to ask for the status.
        ///
        /// Without a public URL of one's own,
        /// [`BaseUrl::async_callback`](crate::BaseUrl::async_callback) and
        /// [`Client::wait`](crate::Client::wait) do.
        callback_url: Option<String> = "CallBackUrl",
        /// After how many seconds the service cancels the transaction.
        timeout: Option<i32> = "Timeout",
        /// Whether the response is to have the address as the service corrected it.
        cleansed_address: Option<bool> = "CleansedAddress",
        /// The configuration; without it the service takes `Identity Verification`. Up to 45
        /// characters.
        configuration_name: Option<ConfigurationName> = "ConfigurationName",
        /// The consents that the person has given, by the names of
        /// [`Client::consents`](crate::Client::consents). A source whose consent is missing
        /// responds with error 1005.
        consent_for_data_sources: Vec<String> = "ConsentForDataSources",
        /// The country whose data sources are asked.
        country_code: Option<CountryCode> = "CountryCode",
        /// A reference of one's own, which the response repeats; up to 128 characters. No personal
        /// data, please.
        customer_reference_id: Option<String> = "CustomerReferenceID",
        /// The inputs: the person, company or document to be verified.
        data_fields: Option<DataFields> = "DataFields",
        /// Whether the response is to have the details of watchlists.
        verbose_mode: Option<bool> = "VerboseMode",
        /// The batch that this belongs to.
        batch_record_id: Option<String> = "BatchRecordID",
    }
}

impl VerifyRequest {
    /// The longest time that the service takes for a verification without a callback; it gives up
    /// with error [1010](crate::ErrorCode::REQUEST_TIMED_OUT) then, or with a status that is no
    /// success.
    ///
    /// A client must wait longer. [`Client::over_mtls`](crate::Client::over_mtls) does; a service
    /// of one's own under [`Client::new`](crate::Client::new) needs a deadline above it.
    pub const LONGEST_CALL: Duration = Duration::from_secs(120);

    /// Makes a verification in a country; both arguments are what the service requires.
    #[must_use]
    pub fn new(country: CountryCode, data_fields: impl Into<DataFields>) -> Self {
        Self::default()
            .accept_trulioo_terms_and_conditions(true)
            .country_code(country)
            .data_fields(data_fields)
    }
}

impl Sealed for VerifyRequest {}

impl Endpoint for VerifyRequest {
    type Response = Verification;
    type Version = crate::Version1;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = false;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        request::callback_url(self.callback_url.as_deref())?;
        let reference = self.customer_reference_id.as_deref();
        request::at_most("CustomerReferenceID", reference, LONGEST_REFERENCE)?;
        let name = self.configuration_name.as_ref();
        request::at_most(
            "ConfigurationName",
            name.map(ConfigurationName::as_str),
            configuration_name::LONGEST,
        )?;
        request::post(
            Operation::new("Verify", "/verifications/v1/verify"),
            const { PathAndQuery::from_static("/verifications/v1/verify") },
            self,
        )
    }

    fn response(&self, response: Response<Bytes>) -> Result<Verification, Error> {
        Verification::read(response::model(&response)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verifications::PersonInfo;
    use serde_json::{Value, json};

    fn request() -> VerifyRequest {
        let person = PersonInfo::named("Adelina", "Mancini");
        VerifyRequest::new("IT".parse().unwrap(), person)
    }

    #[test]
    fn what_is_not_set_is_not_sent() {
        let sent = request().request().unwrap().into_body().into_bytes();
        let json = json!({
            "AcceptTruliooTermsAndConditions": true,
            "CountryCode": "IT",
            "DataFields": { "PersonInfo": { "FirstGivenName": "Adelina", "FirstSurName": "Mancini" } },
        });
        assert_eq!(serde_json::from_slice::<Value>(&sent).unwrap(), json);
    }

    #[test]
    fn the_callback_of_a_request_has_a_capital_b() {
        let request = request()
            .callback_url("https://acme.example")
            .customer_reference_id("1");
        let json = serde_json::to_value(request).unwrap();
        assert_eq!(json["CallBackUrl"], "https://acme.example");
        assert_eq!(json["CustomerReferenceID"], "1");
    }

    #[test]
    fn longest_reference_passes_and_a_longer_one_does_not() {
        let with = |length| {
            request()
                .customer_reference_id("a".repeat(length))
                .request()
        };
        assert!(with(128).is_ok());
        let error = with(129).unwrap_err();
        assert!(matches!(
            error,
            Error::Argument {
                argument: "CustomerReferenceID",
                ..
            }
        ));
    }

    #[test]
    fn truth_as_a_word_is_read_and_sent_as_truth() {
        let body = include_bytes!("../../tests/samples/verify-request-watchlist-string-bool.json");
        let request: VerifyRequest = serde_json::from_slice(body).unwrap();
        assert_eq!(serde_json::to_value(request).unwrap()["VerboseMode"], true);
    }
}
