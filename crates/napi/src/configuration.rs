//! The vendor's group "configuration": what the account can check, and what each country wants for it.
//!
//! The client's methods use the default [`ConfigurationName`](crate::ConfigurationName). For another one, send the
//! operation itself.

mod business_registration_numbers;
mod consents;
mod country_codes;
mod country_subdivisions;
mod datasources;
mod document_types;
mod field_schema;
mod fields;
mod test_entities;

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
pub use field_schema::{FieldProblem, FieldProblemKind, FieldSchema, Inputs};
pub use fields::{Fields, RecommendedFields};
pub use test_entities::TestEntities;

use std::collections::BTreeMap;

use crate::{
    Client, CountryCode, Error, HttpService,
    verifications::{DocumentType, TestEntity},
};

impl<S: HttpService> Client<S> {
    /// The countries that the account covers.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn country_codes(&self) -> Result<Vec<CountryCode>, Error> {
        self.send(&CountryCodes::default()).await
    }

    /// The states, provinces and the like of a country.
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

    /// The jurisdictions of incorporation of all countries.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn country_joi(&self) -> Result<Vec<CountrySubdivision>, Error> {
        self.send(&CountryJoi::all()).await
    }

    /// The jurisdictions of incorporation of a country.
    ///
    /// # Errors
    ///
    /// [`Error::UnexpectedHtml`] if the service does not know the country: it then answers a web page with status 200. Else as
    /// [`Client::send`].
    pub async fn country_joi_of(
        &self,
        country: &CountryCode,
    ) -> Result<Vec<CountrySubdivision>, Error> {
        self.send(&CountryJoi::of(country.clone())).await
    }

    /// The kinds of number that companies are registered under, of all countries.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn business_registration_numbers(
        &self,
    ) -> Result<Vec<BusinessRegistrationNumber>, Error> {
        self.send(&BusinessRegistrationNumbers::all()).await
    }

    /// The kinds of number that companies of a country are registered under.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn business_registration_numbers_of(
        &self,
        country: &CountryCode,
    ) -> Result<Vec<BusinessRegistrationNumber>, Error> {
        self.send(&BusinessRegistrationNumbers::of(country.clone()))
            .await
    }

    /// The kinds of number that companies of a jurisdiction, named by its code, are registered under.
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if the jurisdiction is empty or too long, else as [`Client::send`].
    pub async fn business_registration_numbers_within(
        &self,
        country: &CountryCode,
        jurisdiction: &str,
    ) -> Result<Vec<BusinessRegistrationNumber>, Error> {
        self.send(&BusinessRegistrationNumbers::within(
            country.clone(),
            jurisdiction,
        ))
        .await
    }

    /// The fields that data sources of a country take; check a request against them before it is billed.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn fields(&self, country: &CountryCode) -> Result<FieldSchema, Error> {
        self.send(&Fields::new(country.clone())).await
    }

    /// The fields that the service recommends for a country.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn recommended_fields(&self, country: &CountryCode) -> Result<FieldSchema, Error> {
        self.send(&RecommendedFields::new(country.clone())).await
    }

    /// The names of the consents that data sources of a country need.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn consents(&self, country: &CountryCode) -> Result<Vec<String>, Error> {
        self.send(&Consents::new(country.clone())).await
    }

    /// The consents that data sources of a country need, with their text.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn detailed_consents(&self, country: &CountryCode) -> Result<Vec<Consent>, Error> {
        self.send(&DetailedConsents::new(country.clone())).await
    }

    /// The people and companies that a sandbox account matches in a country.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn test_entities(&self, country: &CountryCode) -> Result<Vec<TestEntity>, Error> {
        self.send(&TestEntities::new(country.clone())).await
    }

    /// The data sources of a country.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn datasources(&self, country: &CountryCode) -> Result<Vec<Datasource>, Error> {
        self.send(&Datasources::new(country.clone())).await
    }

    /// The data sources of all countries.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn all_datasources(&self) -> Result<Vec<CountryDatasources>, Error> {
        self.send(&AllDatasources::default()).await
    }

    /// The types of document that can be checked, by country code.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn document_types(&self) -> Result<BTreeMap<String, Vec<DocumentType>>, Error> {
        self.send(&DocumentTypes::all()).await
    }

    /// The types of document that can be checked in a country.
    ///
    /// # Errors
    ///
    /// As [`Client::send`].
    pub async fn document_types_of(
        &self,
        country: &CountryCode,
    ) -> Result<BTreeMap<String, Vec<DocumentType>>, Error> {
        self.send(&DocumentTypes::of(country.clone())).await
    }
}
