//! The vendor's group "configuration": what the account can check, and what each country wants for
//! it.
//!
//! The client's methods use the default [`ConfigurationName`](crate::ConfigurationName). For
//! another one, send the operation itself.

mod business_registration_numbers;
mod by_country;
mod consents;
mod country_codes;
mod country_subdivisions;
mod datasources;
mod document_types;
mod field_schema;
mod fields;
mod test_entities;

pub use crate::field_problem::{FieldProblem, FieldProblemKind};
pub use business_registration_numbers::{
    BusinessRegistrationNumber, BusinessRegistrationNumberMask, BusinessRegistrationNumbers,
};
pub use consents::{Consent, Consents, DetailedConsents};
pub use country_codes::CountryCodes;
pub use country_subdivisions::{CountryJoi, CountrySubdivision, CountrySubdivisions};
pub use datasources::{
    AllDatasources, CountryDatasources, Datasource, DatasourceFieldType, Datasources,
};
pub use document_types::DocumentTypes;
pub(crate) use field_schema::inputs;
pub use field_schema::{FieldSchema, inputs::Inputs};
pub use fields::{Fields, RecommendedFields};
pub use test_entities::TestEntities;

use std::collections::BTreeMap;

use crate::argument::ArgumentProblem;
use crate::client::Client;
use crate::country_code::CountryCode;
use crate::error::Error;
use crate::http_service::HttpService;
use crate::verifications::{DocumentType, TestEntity};

impl<S: HttpService> Client<S> {
    /// Returns the countries that the account covers.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn country_codes(&self) -> Result<Vec<CountryCode>, Error> {
        self.send(&CountryCodes::default()).await
    }

    /// Returns the states, provinces and the like of a country.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn country_subdivisions(
        &self,
        country: &CountryCode,
    ) -> Result<Vec<CountrySubdivision>, Error> {
        self.send(&CountrySubdivisions::new(country.clone())).await
    }

    /// Returns the jurisdictions of incorporation of a country, or of all.
    ///
    /// # Errors
    ///
    /// [`Error::UnexpectedHtml`] if the service does not know the country: it then responds with a
    /// web page and status
    /// 200. Else as [`Client::send`].
    pub async fn country_joi(
        &self,
        country: Option<&CountryCode>,
    ) -> Result<Vec<CountrySubdivision>, Error> {
        let operation = match country {
            None => CountryJoi::all(),
            Some(country) => CountryJoi::of(country.clone()),
        };
        self.send(&operation).await
    }

    /// Returns the kinds of number that companies are registered under: of all countries, of a
    /// country, or of a jurisdiction in it, named by its code.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if the jurisdiction is empty, too long, or without its country; else as
    /// [`Client::send`].
    pub async fn business_registration_numbers(
        &self,
        country: Option<&CountryCode>,
        jurisdiction: Option<&str>,
    ) -> Result<Vec<BusinessRegistrationNumber>, Error> {
        let operation = match (country.cloned(), jurisdiction) {
            (None, None) => BusinessRegistrationNumbers::all(),
            (Some(country), None) => BusinessRegistrationNumbers::of(country),
            (Some(country), Some(jurisdiction)) => {
                BusinessRegistrationNumbers::within(country, jurisdiction)
            }
            (None, Some(_)) => {
                return Err(Error::Argument {
                    argument: "the jurisdiction",
                    problem: ArgumentProblem::WithoutCountry,
                });
            }
        };
        self.send(&operation).await
    }

    /// Returns the fields that data sources of a country take; check a request against them before
    /// it is billed.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn fields(&self, country: &CountryCode) -> Result<FieldSchema, Error> {
        self.send(&Fields::new(country.clone())).await
    }

    /// Returns the fields that the service recommends for a country.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn recommended_fields(&self, country: &CountryCode) -> Result<FieldSchema, Error> {
        self.send(&RecommendedFields::new(country.clone())).await
    }

    /// Returns the names of the consents that data sources of a country need.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn consents(&self, country: &CountryCode) -> Result<Vec<String>, Error> {
        self.send(&Consents::new(country.clone())).await
    }

    /// Returns the consents that data sources of a country need, with their text.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn detailed_consents(&self, country: &CountryCode) -> Result<Vec<Consent>, Error> {
        self.send(&DetailedConsents::new(country.clone())).await
    }

    /// Returns the people and companies that a sandbox account matches in a country.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn test_entities(&self, country: &CountryCode) -> Result<Vec<TestEntity>, Error> {
        self.send(&TestEntities::new(country.clone())).await
    }

    /// Returns the data sources of a country.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn datasources(&self, country: &CountryCode) -> Result<Vec<Datasource>, Error> {
        self.send(&Datasources::new(country.clone())).await
    }

    /// Returns the data sources of all countries.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn all_datasources(&self) -> Result<Vec<CountryDatasources>, Error> {
        self.send(&AllDatasources::default()).await
    }

    /// Returns the types of document that can be checked in a country, or in all, by country code.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn document_types(
        &self,
        country: Option<&CountryCode>,
    ) -> Result<BTreeMap<String, Vec<DocumentType>>, Error> {
        let operation = match country {
            None => DocumentTypes::all(),
            Some(country) => DocumentTypes::of(country.clone()),
        };
        self.send(&operation).await
    }
}
