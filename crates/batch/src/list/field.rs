//! The fields of a request by the vendor's names, as columns have them.

use crate::list::cell_kind::CellKind;

/// A field that a column or a constant can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// The vendor's name with its group, such as `PersonInfo.FirstGivenName`.
    pub(super) name: String,
    pub(super) kind: CellKind,
}

/// A name that no field has, or several have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnknownField {
    /// No field has the name.
    #[error(
        "{name:?} is no field of a VerifyRequest: write it as the vendor does, such as FirstGivenName"
    )]
    None {
        /// The name.
        name: String,
    },
    /// Several fields have it.
    #[error("{name:?} may be each of {}: name the group with it", fields.join(", "))]
    Several {
        /// The name.
        name: String,
        /// The fields.
        fields: Vec<String>,
    },
}

impl Field {
    /// Finds a field by its name, alone or with its group, in any case.
    pub(super) fn named(name: &str) -> Result<Self, UnknownField> {
        let name = name.trim();
        if let Some(field) = within_list(name).or_else(|| of_country(name)) {
            return Ok(field);
        }
        let fields = FIELDS.iter().flat_map(|(group, members)| {
            members
                .iter()
                .map(|(member, kind)| (*group, *member, *kind))
        });
        let named = |(group, member, kind)| Self {
            name: join(group, member),
            kind,
        };
        let whole = fields.clone().map(named);
        let mut found: Vec<_> = whole
            .filter(|it| it.name.eq_ignore_ascii_case(name))
            .collect();
        // A whole name is the field's own: `CallBackUrl` is the request's, not that of `Risk`,
        // which the vendor writes in other case.
        if found.is_empty() {
            let same = fields.filter(|(_, member, _)| short(member).eq_ignore_ascii_case(name));
            found = same.map(named).collect();
        }
        match <[Self; 1]>::try_from(found) {
            // The first of the list, by one name alone.
            Ok([field]) => Ok(match field.name.strip_prefix("NationalIds.") {
                Some(member) => Self {
                    name: format!("{NATIONAL_IDS}[0].{member}"),
                    ..field
                },
                None => field,
            }),
            Err(found) => {
                let name = name.to_owned();
                let fields: Vec<_> = found.into_iter().map(|field| field.name).collect();
                Err(match fields.is_empty() {
                    true => UnknownField::None { name },
                    false => UnknownField::Several { name, fields },
                })
            }
        }
    }

    /// Returns the names of the values that it sets: a date has three.
    pub(super) fn targets(&self) -> Vec<String> {
        match self.kind {
            CellKind::Date => self.parts().into(),
            _ => vec![self.name.clone()],
        }
    }

    /// Returns the fields of year, month and day that a date stands for.
    pub(super) fn parts(&self) -> [String; 3] {
        ["Year", "Month", "Day"].map(|part| self.name.replace("Date", part))
    }
}

/// Finds a member of a national id by its place, such as `NationalIds[1].Number`, up to ten.
fn within_list(name: &str) -> Option<Field> {
    let (list, member) = name.split_once("].")?;
    let (list, place) = list.split_once('[')?;
    let place: u8 = place.parse().ok().filter(|place| *place < 10)?;
    let (group, members) = FIELDS.iter().find(|(group, _)| *group == NATIONAL_IDS)?;
    let (member, kind) = members
        .iter()
        .find(|(it, _)| it.eq_ignore_ascii_case(member))?;
    list.eq_ignore_ascii_case(group).then(|| Field {
        name: format!("{group}[{place}].{member}"),
        kind: *kind,
    })
}

/// Finds a field that one country has for itself, such as `CountrySpecific.IT.CityOfBirth`: as it
/// stands, since only the service knows their names.
fn of_country(name: &str) -> Option<Field> {
    let (group, rest) = name.split_once('.')?;
    let (country, member) = rest.split_once('.')?;
    let is_country = country.len() == 2 && country.bytes().all(|it| it.is_ascii_alphabetic());
    let is_member = !member.is_empty() && member.bytes().all(|it| it.is_ascii_alphanumeric());
    let is_field = group.eq_ignore_ascii_case("CountrySpecific") && is_country && is_member;
    is_field.then(|| Field {
        name: format!("CountrySpecific.{}.{member}", country.to_ascii_uppercase()),
        kind: CellKind::Text,
    })
}

fn join(group: &str, member: &str) -> String {
    match group {
        "" => member.to_owned(),
        group => format!("{group}.{member}"),
    }
}

/// Returns the name without the groups in front.
fn short(member: &str) -> &str {
    member.rsplit('.').next().unwrap_or(member)
}

const NATIONAL_IDS: &str = "NationalIds";

/// Each group with its members; those of the request itself have none.
const FIELDS: &[(&str, &[(&str, CellKind)])] = &[
    (
        "",
        &[
            ("CountryCode", CellKind::Country),
            ("CustomerReferenceID", CellKind::Text),
            ("ConsentForDataSources", CellKind::Texts),
            ("ConfigurationName", CellKind::Text),
            ("CallBackUrl", CellKind::Text),
            ("Timeout", CellKind::Number),
            ("CleansedAddress", CellKind::Truth),
            ("VerboseMode", CellKind::Truth),
            ("BatchRecordID", CellKind::Text),
        ],
    ),
    (
        "PersonInfo",
        &[
            ("FirstGivenName", CellKind::Text),
            ("MiddleName", CellKind::Text),
            ("FirstSurName", CellKind::Text),
            ("SecondSurname", CellKind::Text),
            ("ISOLatin1Name", CellKind::Text),
            ("DateOfBirth", CellKind::Date),
            ("DayOfBirth", CellKind::Number),
            ("MonthOfBirth", CellKind::Number),
            ("YearOfBirth", CellKind::Number),
            ("MinimumAge", CellKind::Number),
            ("Gender", CellKind::Text),
            ("AdditionalFields.FullName", CellKind::Text),
        ],
    ),
    (
        "Location",
        &[
            ("BuildingNumber", CellKind::Text),
            ("BuildingName", CellKind::Text),
            ("UnitNumber", CellKind::Text),
            ("StreetName", CellKind::Text),
            ("StreetType", CellKind::Text),
            ("City", CellKind::Text),
            ("Suburb", CellKind::Text),
            ("County", CellKind::Text),
            ("StateProvinceCode", CellKind::Text),
            ("Country", CellKind::Country),
            ("PostalCode", CellKind::Text),
            ("POBox", CellKind::Text),
            ("AdditionalFields.Address1", CellKind::Text),
        ],
    ),
    (
        "Communication",
        &[
            ("MobileNumber", CellKind::Text),
            ("Telephone", CellKind::Text),
            ("Telephone2", CellKind::Text),
            ("EmailAddress", CellKind::Text),
        ],
    ),
    (
        "DriverLicence",
        &[
            ("Number", CellKind::Text),
            ("State", CellKind::Text),
            ("DateOfExpiry", CellKind::Date),
            ("DayOfExpiry", CellKind::Number),
            ("MonthOfExpiry", CellKind::Number),
            ("YearOfExpiry", CellKind::Number),
        ],
    ),
    (
        NATIONAL_IDS,
        &[
            ("Number", CellKind::Text),
            ("Type", CellKind::Text),
            ("DistrictOfIssue", CellKind::Text),
            ("CityOfIssue", CellKind::Text),
            ("ProvinceOfIssue", CellKind::Text),
            ("CountyOfIssue", CellKind::Text),
        ],
    ),
    (
        "Passport",
        &[
            ("Mrz1", CellKind::Text),
            ("Mrz2", CellKind::Text),
            ("Number", CellKind::Text),
            ("DateOfExpiry", CellKind::Date),
            ("DayOfExpiry", CellKind::Number),
            ("MonthOfExpiry", CellKind::Number),
            ("YearOfExpiry", CellKind::Number),
        ],
    ),
    (
        "Document",
        &[
            ("DocumentFrontImage", CellKind::Text),
            ("DocumentBackImage", CellKind::Text),
            ("LivePhoto", CellKind::Text),
            ("DocumentType", CellKind::Text),
            ("AcceptIncompleteDocument", CellKind::Truth),
            ("ValidateDocumentImageQuality", CellKind::Truth),
        ],
    ),
    (
        "Business",
        &[
            ("BusinessName", CellKind::Text),
            ("TradestyleName", CellKind::Text),
            ("TaxIDNumber", CellKind::Text),
            ("BusinessRegistrationNumber", CellKind::Text),
            ("DateOfIncorporation", CellKind::Date),
            ("DayOfIncorporation", CellKind::Number),
            ("MonthOfIncorporation", CellKind::Number),
            ("YearOfIncorporation", CellKind::Number),
            ("JurisdictionOfIncorporation", CellKind::Text),
            ("DunsNumber", CellKind::Text),
        ],
    ),
    (
        "Risk",
        &[
            ("Frequency", CellKind::Text),
            ("CallbackUrl", CellKind::Text),
            ("IP", CellKind::Text),
            ("Email", CellKind::Text),
            ("Action", CellKind::Text),
            ("UserAgent", CellKind::Text),
            ("DeviceID", CellKind::Text),
            ("Phone", CellKind::Text),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use napi::verifications::DataFields;

    use super::*;

    fn named(name: &str) -> String {
        Field::named(name).unwrap().name
    }

    #[test]
    fn field_is_found_by_each_of_its_names() {
        for name in [
            "FirstGivenName",
            "firstgivenname",
            " PersonInfo.FirstGivenName ",
        ] {
            assert_eq!(named(name), "PersonInfo.FirstGivenName");
        }
        assert_eq!(named("fullname"), "PersonInfo.AdditionalFields.FullName");
        assert_eq!(named("Passport.Number"), "Passport.Number");
        assert_eq!(named("NationalIds.Type"), "NationalIds[0].Type");
        assert_eq!(named("nationalids[1].type"), "NationalIds[1].Type");
        assert_eq!(
            named("CountrySpecific.it.CityOfBirth"),
            "CountrySpecific.IT.CityOfBirth"
        );
        assert_eq!(named("Risk.CallbackUrl"), "Risk.CallbackUrl");
        assert_eq!(named("CallBackUrl"), "CallBackUrl");
        assert_eq!(named("callbackurl"), "CallBackUrl");
    }

    #[test]
    fn name_of_several_fields_is_refused_with_them() {
        let error = Field::named("Number").unwrap_err().to_string();
        let fields = "DriverLicence.Number, NationalIds.Number, Passport.Number";
        assert!(error.contains(fields), "{error}");
    }

    #[test]
    fn name_of_no_field_is_refused() {
        for name in [
            "",
            "First name",
            "PersonInfo.Number",
            "NationalIds[10].Number",
            "NationalIds[0].Mrz1",
            "Passport[0].Number",
            "CountrySpecific.ITA.CityOfBirth",
            "CountrySpecific.IT.",
        ] {
            let error = Field::named(name);
            assert!(matches!(error, Err(UnknownField::None { .. })), "{name}");
        }
    }

    /// Counts the members that the groups do not know.
    fn extras(data: &DataFields) -> usize {
        let mut all = Vec::new();
        if let Some(person) = &data.person_info {
            all.push(&person.extra);
            all.extend(person.additional_fields.as_ref().map(|it| &it.extra));
        }
        if let Some(location) = &data.location {
            all.push(&location.extra);
            all.extend(location.additional_fields.as_ref().map(|it| &it.extra));
        }
        all.extend(data.communication.as_ref().map(|it| &it.extra));
        all.extend(data.driver_licence.as_ref().map(|it| &it.extra));
        all.extend(data.national_ids.iter().map(|it| &it.extra));
        all.extend(data.passport.as_ref().map(|it| &it.extra));
        all.extend(data.document.as_ref().map(|it| &it.extra));
        all.extend(data.business.as_ref().map(|it| &it.extra));
        all.extend(data.risk.as_ref().map(|it| &it.extra));
        all.into_iter().map(|extra| extra.len()).sum()
    }

    #[test]
    fn each_field_is_read_by_the_request() {
        for (group, members) in FIELDS {
            for (member, kind) in *members {
                let name = join(group, member);
                let field = Field {
                    name: name.clone(),
                    kind: *kind,
                };
                let request = crate::list::cell::example(&field);
                assert!(request.extra.is_empty(), "{name}");
                let data = request.data_fields.unwrap_or_default();
                let groups = serde_json::to_value(&data).unwrap();
                let is_there = group.is_empty() || groups.get(group).is_some();
                assert!(is_there && data.extra.is_empty(), "{name}: {groups}");
                assert_eq!(extras(&data), 0, "{name}: {groups}");
            }
        }
    }
}
