//! `GET /configuration/v1/fields/{configuration}/{country}` and its twin of recommended fields.

use bytes::Bytes;
use http::{Request, Response};

use crate::{
    Authentication, ConfigurationName, CountryCode, Endpoint, Error, RequestBody, answer,
    configuration::FieldSchema, endpoint::sealed::Sealed, request,
};

/// The fields that data sources of a country take.
#[derive(Clone, Debug)]
pub struct Fields {
    configuration: ConfigurationName,
    country: CountryCode,
}

impl Fields {
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

impl Sealed for Fields {}

impl Endpoint for Fields {
    type Response = FieldSchema;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const REPEATABLE: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let configuration = self.configuration.segment()?;
        let country = self.country.segment()?;
        request::get(format!(
            "/configuration/v1/fields/{configuration}/{country}"
        ))
    }

    fn response(&self, answer: Response<Bytes>) -> Result<FieldSchema, Error> {
        answer::object(&answer).map(FieldSchema::from_json)
    }
}

/// The fields that the service recommends for a country.
#[derive(Clone, Debug)]
pub struct RecommendedFields {
    configuration: ConfigurationName,
    country: CountryCode,
}

impl RecommendedFields {
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

impl Sealed for RecommendedFields {}

impl Endpoint for RecommendedFields {
    type Response = FieldSchema;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const REPEATABLE: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let configuration = self.configuration.segment()?;
        let country = self.country.segment()?;
        request::get(format!(
            "/configuration/v1/recommendedfields/{configuration}/{country}"
        ))
    }

    fn response(&self, answer: Response<Bytes>) -> Result<FieldSchema, Error> {
        answer::object(&answer).map(FieldSchema::from_json)
    }
}
