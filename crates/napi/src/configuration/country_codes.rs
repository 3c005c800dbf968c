//! `GET /configuration/v1/countrycodes/{configuration}`.

use bytes::Bytes;
use http::{Request, Response};
use vocabulary::Operation;

use crate::authentication::Authentication;
use crate::configuration_name::ConfigurationName;
use crate::country_code::CountryCode;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::request;
use crate::request_body::RequestBody;
use crate::response;

/// The countries that a configuration of the account covers.
#[derive(Clone, Debug, Default)]
pub struct CountryCodes {
    configuration: ConfigurationName,
}

impl CountryCodes {
    /// Asks for the countries of one configuration.
    #[must_use]
    pub fn new(configuration: ConfigurationName) -> Self {
        Self { configuration }
    }
}

impl Sealed for CountryCodes {}

impl Endpoint for CountryCodes {
    type Response = Vec<CountryCode>;
    type Version = crate::Version1;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let configuration = self.configuration.segment()?;
        request::get(
            Operation::new(
                "CountryCodes",
                "/configuration/v1/countrycodes/{configuration}",
            ),
            format!("/configuration/v1/countrycodes/{configuration}"),
        )
    }

    fn response(&self, response: Response<Bytes>) -> Result<Vec<CountryCode>, Error> {
        response::list(&response)
    }
}
