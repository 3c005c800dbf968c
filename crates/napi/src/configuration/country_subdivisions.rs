//! `GET /configuration/v1/countrysubdivisions/{country}` and `/configuration/v1/countryJOI`, which
//! return the same model.

use bytes::Bytes;
use http::{Request, Response};
use vocabulary::Operation;

use crate::authentication::Authentication;
use crate::country_code::CountryCode;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::request;
use crate::request_body::RequestBody;
use crate::response;
use crate::wire::model;

model! {
    /// A part of a country: a state, a province, a territory; or a jurisdiction that registers
    /// companies.
    pub struct CountrySubdivision {
        /// Its name, up to 100 characters.
        name: Option<String> = "Name",
        /// Its code, as `StateProvinceCode` takes it.
        code: Option<String> = "Code",
        /// The code of the part that it belongs to, if it is one of several levels.
        parent_code: Option<String> = "ParentCode",
        /// The country.
        country_code: Option<CountryCode> = "CountryCode",
    }
}

/// The subdivisions of a country.
#[derive(Clone, Debug)]
pub struct CountrySubdivisions {
    country: CountryCode,
}

impl CountrySubdivisions {
    /// Asks for the subdivisions of one country.
    #[must_use]
    pub fn new(country: CountryCode) -> Self {
        Self { country }
    }
}

impl Sealed for CountrySubdivisions {}

impl Endpoint for CountrySubdivisions {
    type Response = Vec<CountrySubdivision>;
    type Version = crate::Version1;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        let country = self.country.segment()?;
        request::get(
            Operation::new(
                "CountrySubdivisions",
                "/configuration/v1/countrysubdivisions/{country}",
            ),
            format!("/configuration/v1/countrysubdivisions/{country}"),
        )
    }

    fn response(&self, response: Response<Bytes>) -> Result<Vec<CountrySubdivision>, Error> {
        response::models(&response)
    }
}

/// The jurisdictions of incorporation: where companies are registered.
#[derive(Clone, Debug)]
pub struct CountryJoi {
    country: Option<CountryCode>,
}

impl CountryJoi {
    /// Asks for those of all countries.
    #[must_use]
    pub fn all() -> Self {
        Self { country: None }
    }

    /// Asks for those of one country. For one that the service does not know it responds with a web
    /// page: [`Error::UnexpectedHtml`].
    #[must_use]
    pub fn of(country: CountryCode) -> Self {
        Self {
            country: Some(country),
        }
    }
}

impl Sealed for CountryJoi {}

impl Endpoint for CountryJoi {
    type Response = Vec<CountrySubdivision>;
    type Version = crate::Version1;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        const PATH: &str = "/configuration/v1/countryJOI";
        match &self.country {
            None => request::get(Operation::new("CountryJoi", PATH), PATH.to_owned()),
            Some(country) => request::get(
                Operation::new("CountryJoi", "/configuration/v1/countryJOI/{country}"),
                format!("{PATH}/{}", country.segment()?),
            ),
        }
    }

    fn response(&self, response: Response<Bytes>) -> Result<Vec<CountrySubdivision>, Error> {
        response::models(&response)
    }
}
