//! `GET /configuration/v1/documentTypes`.

use std::collections::BTreeMap;

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
use crate::verifications::DocumentType;

/// The types of document that can be checked, by country.
#[derive(Clone, Debug)]
pub struct DocumentTypes {
    country: Option<CountryCode>,
}

impl DocumentTypes {
    /// Asks for those of all countries.
    #[must_use]
    pub fn all() -> Self {
        Self { country: None }
    }

    /// Asks for those of one country.
    #[must_use]
    pub fn of(country: CountryCode) -> Self {
        Self {
            country: Some(country),
        }
    }
}

impl Sealed for DocumentTypes {}

impl Endpoint for DocumentTypes {
    type Response = BTreeMap<String, Vec<DocumentType>>;
    type Version = crate::Version1;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        const PATH: &str = "/configuration/v1/documentTypes";
        match &self.country {
            None => request::get(Operation::new("DocumentTypes", PATH), PATH.to_owned()),
            Some(country) => request::get(
                Operation::new("DocumentTypes", "/configuration/v1/documentTypes/{country}"),
                format!("{PATH}/{}", country.segment()?),
            ),
        }
    }

    fn response(
        &self,
        response: Response<Bytes>,
    ) -> Result<BTreeMap<String, Vec<DocumentType>>, Error> {
        response::map(&response)
    }
}
