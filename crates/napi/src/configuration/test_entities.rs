//! `GET /configuration/v1/testentities/{configuration}/{country}`.

use bytes::Bytes;
use http::{Request, Response};

use crate::{
    Authentication, ConfigurationName, CountryCode, Endpoint, Error, RequestBody,
    endpoint::sealed::Sealed, request, response, verifications::TestEntity,
};

/// The people and companies that a sandbox account matches; the result is `nomatch` for all others.
#[derive(Clone, Debug)]
pub struct TestEntities {
    configuration: ConfigurationName,
    country: CountryCode,
}

impl TestEntities {
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

impl Sealed for TestEntities {}

impl Endpoint for TestEntities {
    type Response = Vec<TestEntity>;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let configuration = self.configuration.segment()?;
        let country = self.country.segment()?;
        request::get(format!(
            "/configuration/v1/testentities/{configuration}/{country}"
        ))
    }

    fn response(&self, response: Response<Bytes>) -> Result<Vec<TestEntity>, Error> {
        response::models(&response)
    }
}
