//! A number that a state has given a person.

use crate::wire::{input, open};

open! {
    /// The kind of number that a [`NationalId`] is.
    pub struct NationalIdType {
        /// The number of an identity card or of the person.
        NATIONAL_ID = "NationalID",
        /// The number of a health insurance, such as Medicare.
        HEALTH = "Health",
        /// The number of a social insurance.
        SOCIAL_SERVICE = "SocialService",
        /// The number for taxes.
        TAX_ID_NUMBER = "TaxIDNumber",
    }
}

input! {
    /// A number that a state has given a person.
    pub struct NationalId {
        /// The number.
        number: Option<String> = "Number",
        /// Its kind.
        id_type: Option<NationalIdType> = "Type",
        /// District that issued it.
        district_of_issue: Option<String> = "DistrictOfIssue",
        /// City that issued it.
        city_of_issue: Option<String> = "CityOfIssue",
        /// Province that issued it.
        province_of_issue: Option<String> = "ProvinceOfIssue",
        /// County that issued it.
        county_of_issue: Option<String> = "CountyOfIssue",
    }
}

impl NationalId {
    /// Makes a number of some kind; the service wants both.
    #[must_use]
    pub fn new(id_type: impl Into<NationalIdType>, number: impl Into<String>) -> Self {
        Self::default().id_type(id_type).number(number)
    }
}
