//! `GET /configuration/v1/consents/{configuration}/{country}` and its twin with the text of each consent.

use bytes::Bytes;
use http::{Request, Response};

use crate::{
    Authentication, ConfigurationName, CountryCode, Endpoint, Error, RequestBody,
    endpoint::sealed::Sealed, request, response, wire::model,
};

model! {
    /// A consent that the person must have given before a data source is asked.
    pub struct Consent {
        /// What [`VerifyRequest::consent_for_data_sources`](crate::verifications::VerifyRequest) takes.
        name: Option<String> = "Name",
        /// What the person consents to, in English.
        text: Option<String> = "Text",
        /// Where there is more about it.
        url: Option<String> = "Url",
    }
}

/// The names of the consents that data sources of a country need.
#[derive(Clone, Debug)]
pub struct Consents {
    configuration: ConfigurationName,
    country: CountryCode,
}

impl Consents {
    /// Of one country, under the default configuration.
    #[must_use]
    pub fn new(country: CountryCode) -> Self {
        Self {
            configuration: ConfigurationName::default(),
            country,
        }
    }

    /// Under another configuration.
    #[must_use]
    pub fn configuration(self, configuration: ConfigurationName) -> Self {
        Self {
            configuration,
            ..self
        }
    }
}

impl Sealed for Consents {}

impl Endpoint for Consents {
    type Response = Vec<String>;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let configuration = self.configuration.segment()?;
        let country = self.country.segment()?;
        request::get(format!(
            "/configuration/v1/consents/{configuration}/{country}"
        ))
    }

    fn response(&self, response: Response<Bytes>) -> Result<Vec<String>, Error> {
        response::list(&response)
    }
}

/// The consents that data sources of a country need, with their text.
#[derive(Clone, Debug)]
pub struct DetailedConsents {
    configuration: ConfigurationName,
    country: CountryCode,
}

impl DetailedConsents {
    /// Of one country, under the default configuration.
    #[must_use]
    pub fn new(country: CountryCode) -> Self {
        Self {
            configuration: ConfigurationName::default(),
            country,
        }
    }

    /// Under another configuration.
    #[must_use]
    pub fn configuration(self, configuration: ConfigurationName) -> Self {
        Self {
            configuration,
            ..self
        }
    }
}

impl Sealed for DetailedConsents {}

impl Endpoint for DetailedConsents {
    type Response = Vec<Consent>;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let configuration = self.configuration.segment()?;
        let country = self.country.segment()?;
        request::get(format!(
            "/configuration/v1/detailedConsents/{configuration}/{country}"
        ))
    }

    fn response(&self, response: Response<Bytes>) -> Result<Vec<Consent>, Error> {
        response::models(&response)
    }
}
