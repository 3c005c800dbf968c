//! Name, birth and gender of a person.

use crate::wire::{input, open};

open! {
    /// Gender, as documents have it.
    pub struct Gender {
        /// Male.
        MALE = "M",
        /// Female.
        FEMALE = "F",
    }
}

input! {
    /// Name, birth and gender of a person.
    ///
    /// # Examples
    ///
    /// ```
    /// use napi::verifications::{Gender, PersonInfo};
    ///
    /// let person = PersonInfo::named("Adelina", "Mancini").born(1978, 7, 4).gender(Gender::FEMALE);
    /// assert!(!format!("{person:?}").contains("Adelina"));
    /// ```
    pub struct PersonInfo {
        /// Given name or its initial; up to 200 characters.
        first_given_name: Option<String> = "FirstGivenName",
        /// Further given names; up to 200 characters.
        middle_name: Option<String> = "MiddleName",
        /// Family name; up to 200 characters.
        first_sur_name: Option<String> = "FirstSurName",
        /// Second family name, as in Spain; up to 200 characters.
        second_surname: Option<String> = "SecondSurname",
        /// The full name in Latin letters, as passports have it; up to 200 characters.
        iso_latin1_name: Option<String> = "ISOLatin1Name",
        /// Day of birth, 1 to 31.
        day_of_birth: Option<i32> = "DayOfBirth",
        /// Month of birth, 1 to 12.
        month_of_birth: Option<i32> = "MonthOfBirth",
        /// Year of birth, with all four digits.
        year_of_birth: Option<i32> = "YearOfBirth",
        /// The least age to confirm, in years.
        minimum_age: Option<i32> = "MinimumAge",
        /// Gender.
        gender: Option<Gender> = "Gender" as personal,
        /// The full name, where a country wants it in one.
        additional_fields: Option<PersonInfoAdditionalFields> = "AdditionalFields",
    }

    /// Parts of a name that some countries want in another form.
    pub struct PersonInfoAdditionalFields {
        /// The full name. It overrides the parts of the name.
        full_name: Option<String> = "FullName",
    }
}

impl PersonInfo {
    /// Starts with nothing known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes a person by given name and family name.
    #[must_use]
    pub fn named(given: impl Into<String>, family: impl Into<String>) -> Self {
        Self::new().first_given_name(given).first_sur_name(family)
    }

    /// Sets the name in one, which overrides its parts.
    #[must_use]
    pub fn full_name(self, name: impl Into<String>) -> Self {
        self.additional_fields(PersonInfoAdditionalFields::default().full_name(name))
    }

    /// Sets the day of birth: year with all four digits, month from 1, day from 1.
    #[must_use]
    pub fn born(self, year: i32, month: i32, day: i32) -> Self {
        self.year_of_birth(year)
            .month_of_birth(month)
            .day_of_birth(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn gender_is_not_shown() {
        let shown = format!("{:?}", PersonInfo::new().gender(Gender::FEMALE));
        assert_eq!(shown, "PersonInfo { gender: _, .. }");
    }

    #[test]
    fn wire_names_are_the_vendors_in_their_case() {
        let person = PersonInfo::named("A", "B")
            .second_surname("C")
            .iso_latin1_name("D")
            .full_name("E")
            .born(1978, 7, 4);
        let json = json!({
            "FirstGivenName": "A",
            "FirstSurName": "B",
            "SecondSurname": "C",
            "ISOLatin1Name": "D",
            "AdditionalFields": { "FullName": "E" },
            "YearOfBirth": 1978,
            "MonthOfBirth": 7,
            "DayOfBirth": 4,
        });
        assert_eq!(serde_json::to_value(person).unwrap(), json);
    }
}
