//! `GET /configuration/v1/businessregistrationnumbers`.

use bytes::Bytes;
use http::{Request, Response};
use vocabulary::Operation;

use crate::authentication::Authentication;
use crate::country_code::CountryCode;
use crate::endpoint::Endpoint;
use crate::endpoint::sealed::Sealed;
use crate::error::Error;
use crate::path::segment;
use crate::request;
use crate::request_body::RequestBody;
use crate::response;
use crate::wire::model;

/// The most characters of a jurisdiction that are sent; no limit is published.
const LONGEST_JURISDICTION: usize = 100;

model! {
    /// A kind of number that companies are registered under.
    pub struct BusinessRegistrationNumber {
        /// Its name there.
        name: Option<String> = "Name",
        /// A description of it.
        description: Option<String> = "Description",
        /// The name of the country in full, such as `Canada`.
        country: Option<String> = "Country",
        /// The name of the jurisdiction in full; none if it is the whole country's.
        jurisdiction: Option<String> = "Jurisdiction",
        /// Whether the service can search by it.
        supported: Option<bool> = "Supported",
        /// Its kind, such as `Federal Business Number`.
        number_type: Option<String> = "Type",
        /// The forms that it may have.
        masks: Vec<BusinessRegistrationNumberMask> = "Masks",
    }

    /// One form of a registration number.
    pub struct BusinessRegistrationNumberMask {
        /// `#` is a digit, `A` or `a` a letter, anything else itself.
        mask: Option<String> = "Mask",
        /// Whether white space may be left out or put in.
        ignore_whitespace: Option<bool> = "IgnoreWhitespace",
        /// Whether other signs may be left out or put in.
        ignore_special_character: Option<bool> = "IgnoreSpecialCharacter",
        /// Whether zeroes may be missing at the start.
        prepend_zeroes: Option<bool> = "PrependZeroes",
        /// Not explained by the service.
        overwrite_repeating: Option<bool> = "OverwriteRepeating",
    }
}

/// The kinds of number that companies are registered under.
#[derive(Clone, Debug)]
pub struct BusinessRegistrationNumbers {
    scope: Scope,
}

#[derive(Clone, Debug)]
enum Scope {
    All,
    Country(CountryCode),
    Jurisdiction(CountryCode, String),
}

impl BusinessRegistrationNumbers {
    /// Asks for those of all countries.
    #[must_use]
    pub fn all() -> Self {
        Self { scope: Scope::All }
    }

    /// Asks for those of one country.
    #[must_use]
    pub fn of(country: CountryCode) -> Self {
        Self {
            scope: Scope::Country(country),
        }
    }

    /// Asks for those of one jurisdiction of a country, named by its code.
    #[must_use]
    pub fn within(country: CountryCode, jurisdiction: impl Into<String>) -> Self {
        Self {
            scope: Scope::Jurisdiction(country, jurisdiction.into()),
        }
    }
}

impl Sealed for BusinessRegistrationNumbers {}

impl Endpoint for BusinessRegistrationNumbers {
    type Response = Vec<BusinessRegistrationNumber>;
    type Version = crate::Version1;
    const AUTHENTICATION: Authentication = Authentication::Basic;
    const IDEMPOTENT: bool = true;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        const PATH: &str = "/configuration/v1/businessregistrationnumbers";
        let (template, path) = match &self.scope {
            Scope::All => (PATH, PATH.to_owned()),
            Scope::Country(country) => (
                "/configuration/v1/businessregistrationnumbers/{country}",
                format!("{PATH}/{}", country.segment()?),
            ),
            Scope::Jurisdiction(country, jurisdiction) => {
                let jurisdiction = segment("the jurisdiction", jurisdiction, LONGEST_JURISDICTION)?;
                (
                    "/configuration/v1/businessregistrationnumbers/{country}/{jurisdiction}",
                    format!("{PATH}/{}/{jurisdiction}", country.segment()?),
                )
            }
        };
        request::get(
            Operation::new("BusinessRegistrationNumbers", template),
            path,
        )
    }

    fn response(
        &self,
        response: Response<Bytes>,
    ) -> Result<Vec<BusinessRegistrationNumber>, Error> {
        response::models(&response)
    }
}
