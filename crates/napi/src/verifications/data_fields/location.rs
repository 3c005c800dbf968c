//! An address.

use crate::wire::input;

/// Declares an address: the parts that both versions have, between those that one adds.
macro_rules! address {
    ($(#[$doc:meta])* pub struct $name:ident { {$($before:tt)*} .. {$($after:tt)*} }) => {
        crate::wire::input! {
            $(#[$doc])*
            pub struct $name {
                $($before)*
                /// Number of the house.
                building_number: Option<String> = "BuildingNumber",
                /// Name of the house.
                building_name: Option<String> = "BuildingName",
                /// Flat, unit or apartment.
                unit_number: Option<String> = "UnitNumber",
                /// Street, without its type.
                street_name: Option<String> = "StreetName",
                /// Type of the street, such as `St` or `Ave`.
                street_type: Option<String> = "StreetType",
                /// City.
                city: Option<String> = "City",
                /// Suburb.
                suburb: Option<String> = "Suburb",
                /// County.
                county: Option<String> = "County",
                /// State or province by its code: two letters in the United States, two or three in
                /// Australia.
                state_province_code: Option<String> = "StateProvinceCode",
                /// Country.
                country: Option<crate::CountryCode> = "Country" as personal,
                /// Postal code.
                postal_code: Option<String> = "PostalCode",
                /// Post office box.
                po_box: Option<String> = "POBox",
                $($after)*
            }
        }
    };
}

pub(crate) use address;

address! {
    /// An address, in parts.
    pub struct Location {
        {}
        ..
        {
            /// The address in one line, where a country wants it so.
            additional_fields: Option<LocationAdditionalFields> = "AdditionalFields",
        }
    }
}

input! {
    /// Parts of an address that some countries want in another form.
    pub struct LocationAdditionalFields {
        /// Street and number in one line.
        address1: Option<String> = "Address1",
    }
}

impl Location {
    /// Starts with nothing known.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets street and number in one line, for countries that want it so.
    #[must_use]
    pub fn address1(self, line: impl Into<String>) -> Self {
        self.additional_fields(LocationAdditionalFields::default().address1(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::country_code::CountryCode;
    use serde_json::json;

    #[test]
    fn the_country_of_an_address_is_not_shown() {
        let location = Location::new().country("IT".parse::<CountryCode>().unwrap());
        assert_eq!(format!("{location:?}"), "Location { country: _, .. }");
    }

    #[test]
    fn the_box_has_three_capitals_and_the_line_is_nested() {
        let location = Location::new().po_box("1").address1("2");
        assert_eq!(
            serde_json::to_value(location).unwrap(),
            json!({ "POBox": "1", "AdditionalFields": { "Address1": "2" } })
        );
    }
}
