//! The names that the members of requests have, at any depth.
//!
//! Here as text, so that errors know them and the models may know errors; a test holds them equal
//! to the models'.

/// Returns whether this leads to a member that a request has, so that the service has put it there.
pub(crate) fn is_request_field(path: &str) -> bool {
    let mut names = path
        .split(['.', '[', ']', '$'])
        .filter(|name| !name.is_empty() && !name.bytes().all(|it| it.is_ascii_digit()))
        .peekable();
    names.peek().is_some() && names.all(is_request_member)
}

fn is_request_member(name: &str) -> bool {
    NAMES.binary_search(&name).is_ok()
}

/// In the order of their bytes.
const NAMES: [&str; 124] = [
    "AcceptIncompleteDocument",
    "AcceptTruliooTermsAndConditions",
    "Action",
    "AdditionalFields",
    "Address1",
    "AgentAddressChange",
    "AnnualAccounts",
    "AnnualReport",
    "ArticleOfAssociation",
    "ArticleOfAuthority",
    "BatchRecordID",
    "BeneficialOwnersCheck",
    "BuildingName",
    "BuildingNumber",
    "Business",
    "BusinessDataFields",
    "BusinessName",
    "BusinessRegistrationNumber",
    "CallBackUrl",
    "CallbackUrl",
    "City",
    "CityOfIssue",
    "CleansedAddress",
    "Communication",
    "CompletePlus",
    "ConfigurationName",
    "ConsentForDataSources",
    "Country",
    "CountryCode",
    "CountrySpecific",
    "County",
    "CountyOfIssue",
    "CreditCheck",
    "CreditReport",
    "CustomerReferenceID",
    "DUNSNumber",
    "DataFields",
    "DayOfBirth",
    "DayOfExpiry",
    "DayOfIncorporation",
    "Demo",
    "DeviceID",
    "DistrictOfIssue",
    "Document",
    "DocumentBackImage",
    "DocumentFrontImage",
    "DocumentType",
    "DriverLicence",
    "DunsNumber",
    "Email",
    "EmailAddress",
    "EnhancedProfile",
    "Entities",
    "FiledChanges",
    "FiledDocuments",
    "Filings",
    "FinancialInformationDocument",
    "FirstGivenName",
    "FirstSurName",
    "Frequency",
    "FullName",
    "GISAExtract",
    "Gender",
    "IP",
    "ISOLatin1Name",
    "Index",
    "JurisdictionOfIncorporation",
    "KYBMonitoringCallbackURL",
    "KYBMonitoringEnabled",
    "KYBMonitoringFields",
    "KYBMonitoringFrequency",
    "KYBMonitoringHistory",
    "LivePhoto",
    "Location",
    "MiddleName",
    "MinimumAge",
    "MobileNumber",
    "MonthOfBirth",
    "MonthOfExpiry",
    "MonthOfIncorporation",
    "Mrz1",
    "Mrz2",
    "NationalIds",
    "Number",
    "POBox",
    "PackageId",
    "Passport",
    "PeopleOfSignificantControl",
    "PersonInfo",
    "Phone",
    "PostalCode",
    "ProvinceOfIssue",
    "RegisterCheck",
    "RegisterReport",
    "RegistrationDetails",
    "RequestErrors",
    "RequestMetadata",
    "Risk",
    "SearchType",
    "SecondSurname",
    "ShareholderListDocument",
    "State",
    "StateProvinceCode",
    "StreetName",
    "StreetType",
    "Suburb",
    "TaxIDNumber",
    "Telephone",
    "Telephone2",
    "Test",
    "Timeout",
    "TradeRegisterReport",
    "TradestyleName",
    "Type",
    "UnitNumber",
    "UserAgent",
    "VRExtract",
    "ValidateDocumentImageQuality",
    "VerboseMode",
    "VerificationType",
    "Website",
    "YearOfBirth",
    "YearOfExpiry",
    "YearOfIncorporation",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::business::{BusinessSearchModel, BusinessSearchRequest};
    use crate::v3;
    use crate::verifications::{
        Business, Communication, DataFields, Document, DriverLicence, Location, NationalId,
        Passport, PersonInfo, PersonInfoAdditionalFields, PersonOfSignificantControl,
        RiskMonitorSettings, VerifyRequest,
    };
    use crate::wire::Model;

    #[test]
    fn names_are_those_of_the_models_of_requests() {
        let models = [
            BusinessSearchRequest::NAMES,
            BusinessSearchModel::NAMES,
            v3::BusinessSearchRequest::NAMES,
            v3::BusinessVerifyRequest::NAMES,
            v3::BusinessDataFields::NAMES,
            v3::BusinessLocation::NAMES,
            v3::VerifyRequest::NAMES,
            VerifyRequest::NAMES,
            DataFields::NAMES,
            Business::NAMES,
            PersonOfSignificantControl::NAMES,
            Communication::NAMES,
            Document::NAMES,
            DriverLicence::NAMES,
            Location::NAMES,
            NationalId::NAMES,
            Passport::NAMES,
            PersonInfo::NAMES,
            PersonInfoAdditionalFields::NAMES,
            RiskMonitorSettings::NAMES,
        ];
        let mut names: Vec<_> = models.into_iter().flatten().copied().collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names, NAMES);
    }
}
