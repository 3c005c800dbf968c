//! The groups of `DataFields`, the members of each, and what kind of value each takes.

use serde_json::Value;

/// The kind of a group's member.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Flag,
    List,
    /// A number, within these bounds.
    Number(i64, i64),
    Object,
    Text,
}

impl Kind {
    pub(crate) fn takes(self, name: &str, value: &Value) -> bool {
        match self {
            Self::Flag => value.is_boolean(),
            Self::List => value.is_array(),
            Self::Number(least, most) => value
                .as_i64()
                // One published request has the digits of its numbers as text.
                .or_else(|| value.as_str()?.parse().ok())
                .is_some_and(|number| (least..=most).contains(&number)),
            Self::Object => value.is_object(),
            Self::Text if name == "Gender" => matches!(value.as_str(), Some("M" | "F" | "")),
            Self::Text => value.is_string(),
        }
    }
}

const DAY: Kind = Kind::Number(1, 31);
const MONTH: Kind = Kind::Number(1, 12);
const YEAR: Kind = Kind::Number(1000, 9999);

/// The groups of `DataFields` and the members of each.
pub(crate) const GROUPS: [(&str, &[(&str, Kind)]); 10] = [
    ("Business", BUSINESS),
    (
        "Communication",
        &[
            ("EmailAddress", Kind::Text),
            ("MobileNumber", Kind::Text),
            ("Telephone", Kind::Text),
            ("Telephone2", Kind::Text),
        ],
    ),
    ("CountrySpecific", &[]),
    (
        "Document",
        &[
            ("AcceptIncompleteDocument", Kind::Flag),
            ("DocumentBackImage", Kind::Text),
            ("DocumentFrontImage", Kind::Text),
            ("DocumentType", Kind::Text),
            ("LivePhoto", Kind::Text),
            ("ValidateDocumentImageQuality", Kind::Flag),
        ],
    ),
    (
        "DriverLicence",
        &[
            ("DayOfExpiry", DAY),
            ("MonthOfExpiry", MONTH),
            ("Number", Kind::Text),
            ("State", Kind::Text),
            ("YearOfExpiry", YEAR),
        ],
    ),
    (
        "Location",
        &[
            ("AdditionalFields", Kind::Object),
            ("BuildingName", Kind::Text),
            ("BuildingNumber", Kind::Text),
            ("City", Kind::Text),
            ("Country", Kind::Text),
            ("County", Kind::Text),
            ("POBox", Kind::Text),
            ("PostalCode", Kind::Text),
            ("StateProvinceCode", Kind::Text),
            ("StreetName", Kind::Text),
            ("StreetType", Kind::Text),
            ("Suburb", Kind::Text),
            ("UnitNumber", Kind::Text),
        ],
    ),
    (
        "NationalIds",
        &[
            ("CityOfIssue", Kind::Text),
            ("CountyOfIssue", Kind::Text),
            ("DistrictOfIssue", Kind::Text),
            ("Number", Kind::Text),
            ("ProvinceOfIssue", Kind::Text),
            ("Type", Kind::Text),
        ],
    ),
    (
        "Passport",
        &[
            ("DayOfExpiry", DAY),
            ("MonthOfExpiry", MONTH),
            ("Mrz1", Kind::Text),
            ("Mrz2", Kind::Text),
            ("Number", Kind::Text),
            ("YearOfExpiry", YEAR),
        ],
    ),
    (
        "PersonInfo",
        &[
            ("AdditionalFields", Kind::Object),
            ("DayOfBirth", DAY),
            ("FirstGivenName", Kind::Text),
            ("FirstSurName", Kind::Text),
            ("Gender", Kind::Text),
            ("ISOLatin1Name", Kind::Text),
            ("MiddleName", Kind::Text),
            ("MinimumAge", Kind::Number(0, 150)),
            ("MonthOfBirth", MONTH),
            ("SecondSurname", Kind::Text),
            ("YearOfBirth", YEAR),
        ],
    ),
    (
        "Risk",
        &[
            ("Action", Kind::Text),
            ("CallBackUrl", Kind::Text),
            ("DeviceID", Kind::Text),
            ("Email", Kind::Text),
            ("Frequency", Kind::Text),
            ("IP", Kind::Text),
            ("Phone", Kind::Text),
            ("UserAgent", Kind::Text),
        ],
    ),
];

pub(crate) const BUSINESS: &[(&str, Kind)] = &[
    ("AgentAddressChange", Kind::Flag),
    ("AnnualAccounts", Kind::Flag),
    ("AnnualReport", Kind::Flag),
    ("ArticleOfAssociation", Kind::Flag),
    ("ArticleOfAuthority", Kind::Flag),
    ("BeneficialOwnersCheck", Kind::Flag),
    ("BusinessName", Kind::Text),
    ("BusinessRegistrationNumber", Kind::Text),
    ("CompletePlus", Kind::Flag),
    ("CreditCheck", Kind::Flag),
    ("CreditReport", Kind::Flag),
    ("DayOfIncorporation", DAY),
    ("DunsNumber", Kind::Text),
    ("EnhancedProfile", Kind::Flag),
    ("Entities", Kind::Flag),
    ("FiledChanges", Kind::Flag),
    ("FiledDocuments", Kind::Flag),
    ("Filings", Kind::Flag),
    ("FinancialInformationDocument", Kind::Flag),
    ("GISAExtract", Kind::Flag),
    ("JurisdictionOfIncorporation", Kind::Text),
    ("MonthOfIncorporation", MONTH),
    ("PeopleOfSignificantControl", Kind::List),
    ("RegisterCheck", Kind::Flag),
    ("RegisterReport", Kind::Flag),
    ("RegistrationDetails", Kind::Flag),
    ("ShareholderListDocument", Kind::Flag),
    ("TaxIDNumber", Kind::Text),
    ("TradeRegisterReport", Kind::Flag),
    ("TradestyleName", Kind::Text),
    ("VRExtract", Kind::Flag),
    ("YearOfIncorporation", YEAR),
];
