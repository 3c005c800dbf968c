//! The inputs of a verification: who, or which company, is to be verified.

mod business;
mod communication;
mod document;
mod driver_licence;
mod location;
mod national_id;
mod passport;
mod person_info;
mod risk;

pub(crate) use business::company;
pub use business::{Business, PersonOfSignificantControl};
pub use communication::Communication;
pub use document::{Document, DocumentType};
pub use driver_licence::DriverLicence;
pub(crate) use location::address;
pub use location::{Location, LocationAdditionalFields};
pub use national_id::{NationalId, NationalIdType};
pub use passport::Passport;
pub use person_info::{Gender, PersonInfo, PersonInfoAdditionalFields};
pub use risk::RiskMonitorSettings;

use std::collections::BTreeMap;

use crate::country_code::CountryCode;
use crate::wire::{input, model};

input! {
    /// The inputs of a verification, in groups. A person, a company and a document each make one by
    /// `into()`.
    pub struct DataFields {
        /// Name, birth and gender.
        person_info: Option<PersonInfo> = "PersonInfo",
        /// Where they live.
        location: Option<Location> = "Location",
        /// Telephone and e-mail.
        communication: Option<Communication> = "Communication",
        /// Driver licence.
        driver_licence: Option<DriverLicence> = "DriverLicence",
        /// Numbers of national documents.
        national_ids: Vec<NationalId> = "NationalIds",
        /// Passport.
        passport: Option<Passport> = "Passport",
        /// Images of a document and of a face.
        document: Option<Document> = "Document",
        /// The company.
        business: Option<Business> = "Business",
        /// Settings for monitoring risk.
        risk: Option<RiskMonitorSettings> = "Risk",
        /// Fields that one country has: by country code, then by the name of the field.
        country_specific: BTreeMap<String, BTreeMap<String, String>> = "CountrySpecific",
    }
}

impl DataFields {
    /// Starts without inputs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets one field that one country has, such as `CityOfBirth` of Italy. All values are text;
    /// parts of dates are written as the country does, some with a leading zero.
    #[must_use]
    pub fn country_field(
        mut self,
        country: &CountryCode,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        let fields = self
            .country_specific
            .entry(country.as_str().to_owned())
            .or_default();
        fields.insert(name.into(), value.into());
        self
    }
}

impl From<PersonInfo> for DataFields {
    fn from(person: PersonInfo) -> Self {
        Self::new().person_info(person)
    }
}

impl From<Business> for DataFields {
    fn from(business: Business) -> Self {
        Self::new().business(business)
    }
}

impl From<Document> for DataFields {
    fn from(document: Document) -> Self {
        Self::new().document(document)
    }
}

model! {
    /// A person or company that a sandbox account matches. [`DataFields::from`] makes the inputs
    /// that match.
    pub struct TestEntity {
        /// Its name.
        test_entity_name: Option<String> = "TestEntityName",
        /// As [`DataFields::person_info`].
        person_info: Option<PersonInfo> = "PersonInfo",
        /// As [`DataFields::location`].
        location: Option<Location> = "Location",
        /// As [`DataFields::communication`].
        communication: Option<Communication> = "Communication",
        /// As [`DataFields::driver_licence`].
        driver_licence: Option<DriverLicence> = "DriverLicence",
        /// As [`DataFields::national_ids`].
        national_ids: Vec<NationalId> = "NationalIds",
        /// As [`DataFields::passport`].
        passport: Option<Passport> = "Passport",
        /// As [`DataFields::document`].
        document: Option<Document> = "Document",
        /// As [`DataFields::business`].
        business: Option<Business> = "Business",
        /// As [`DataFields::risk`].
        risk: Option<RiskMonitorSettings> = "Risk",
        /// As [`DataFields::country_specific`].
        country_specific: BTreeMap<String, BTreeMap<String, String>> = "CountrySpecific",
    }
}

impl From<TestEntity> for DataFields {
    /// Copies all but the name; and no member that this crate does not know, which may not be an
    /// input.
    fn from(entity: TestEntity) -> Self {
        Self {
            person_info: entity.person_info,
            location: entity.location,
            communication: entity.communication,
            driver_licence: entity.driver_licence,
            national_ids: entity.national_ids,
            passport: entity.passport,
            document: entity.document,
            business: entity.business,
            risk: entity.risk,
            country_specific: entity.country_specific,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_field_of_a_country_joins_those_already_there() {
        let italy: CountryCode = "IT".parse().unwrap();
        let fields = DataFields::new()
            .country_field(&italy, "CityOfBirth", "POLLA")
            .country_field(&italy, "ItIdDocumentMonthOfIssue", "02");
        assert_eq!(
            serde_json::to_value(fields).unwrap(),
            json!({ "CountrySpecific": { "IT": { "CityOfBirth": "POLLA", "ItIdDocumentMonthOfIssue": "02" } } })
        );
    }

    #[test]
    fn the_licence_is_spelt_as_the_british_do() {
        let fields = DataFields::new().driver_licence(DriverLicence::new("1"));
        assert_eq!(
            serde_json::to_value(fields).unwrap(),
            json!({ "DriverLicence": { "Number": "1" } })
        );
    }
}
