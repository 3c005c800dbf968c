//! A company, and who controls it.

use crate::wire::input;

/// Declares a company: the members that both versions have, and those that one adds.
macro_rules! company {
    ($(#[$doc:meta])* pub struct $name:ident {$($added:tt)*}) => {
        crate::wire::input! {
            $(#[$doc])*
            pub struct $name {
                /// Its name.
                business_name: Option<String> = "BusinessName",
                /// The name that it trades under.
                tradestyle_name: Option<String> = "TradestyleName",
                /// Its number for taxes.
                tax_id_number: Option<String> = "TaxIDNumber",
                /// Its number in the register.
                business_registration_number: Option<String> = "BusinessRegistrationNumber",
                /// Day of its incorporation, 1 to 31.
                day_of_incorporation: Option<i32> = "DayOfIncorporation",
                /// Month of its incorporation, 1 to 12.
                month_of_incorporation: Option<i32> = "MonthOfIncorporation",
                /// Year of its incorporation, with all four digits.
                year_of_incorporation: Option<i32> = "YearOfIncorporation",
                /// Where it is registered, by the code of the jurisdiction.
                jurisdiction_of_incorporation: Option<String> = "JurisdictionOfIncorporation",
                /// Its D-U-N-S number. A search spells it `DUNSNumber`.
                duns_number: Option<String> = "DunsNumber",
                /// The people and companies that control it.
                people_of_significant_control: Vec<crate::verifications::PersonOfSignificantControl> = "PeopleOfSignificantControl",
                /// Whether the list of shareholders are asked for.
                shareholder_list_document: Option<bool> = "ShareholderListDocument",
                /// Whether financial information is asked for.
                financial_information_document: Option<bool> = "FinancialInformationDocument",
                /// Whether the enhanced profile is asked for.
                enhanced_profile: Option<bool> = "EnhancedProfile",
                /// Whether the entities are asked for.
                entities: Option<bool> = "Entities",
                /// Whether the filings are asked for.
                filings: Option<bool> = "Filings",
                /// Whether the articles of association is asked for.
                article_of_association: Option<bool> = "ArticleOfAssociation",
                /// Whether the details of registration is asked for.
                registration_details: Option<bool> = "RegistrationDetails",
                /// Whether the annual report is asked for.
                annual_report: Option<bool> = "AnnualReport",
                /// Whether the report of the register is asked for.
                register_report: Option<bool> = "RegisterReport",
                /// Whether a credit check is asked for.
                credit_check: Option<bool> = "CreditCheck",
                /// Whether a credit report is asked for.
                credit_report: Option<bool> = "CreditReport",
                /// Whether the GISA extract is asked for.
                gisa_extract: Option<bool> = "GISAExtract",
                /// Whether the VR extract is asked for.
                vr_extract: Option<bool> = "VRExtract",
                /// Whether a check of the register is asked for.
                register_check: Option<bool> = "RegisterCheck",
                /// Whether the report of the trade register is asked for.
                trade_register_report: Option<bool> = "TradeRegisterReport",
                /// Whether a check of the beneficial owners are asked for.
                beneficial_owners_check: Option<bool> = "BeneficialOwnersCheck",
                /// Whether the annual accounts are asked for.
                annual_accounts: Option<bool> = "AnnualAccounts",
                /// Whether the filed changes are asked for.
                filed_changes: Option<bool> = "FiledChanges",
                /// Whether the filed documents are asked for.
                filed_documents: Option<bool> = "FiledDocuments",
                /// Whether the complete set is asked for.
                complete_plus: Option<bool> = "CompletePlus",
                /// Whether the articles of authority is asked for.
                article_of_authority: Option<bool> = "ArticleOfAuthority",
                /// Whether the change of the agent's address is asked for.
                agent_address_change: Option<bool> = "AgentAddressChange",
                $($added)*
            }
        }
    };
}

pub(crate) use company;

company! {
    /// A company, and which documents about it are asked for.
    pub struct Business {}
}

input! {
    /// A person or company that controls a company. Unlike elsewhere, the parts of dates are text
    /// here.
    pub struct PersonOfSignificantControl {
        /// Given name.
        first_given_name: Option<String> = "FirstGivenName",
        /// Further given names.
        middle_name: Option<String> = "MiddleName",
        /// Family name.
        first_sur_name: Option<String> = "FirstSurName",
        /// Second family name.
        second_surname: Option<String> = "SecondSurname",
        /// The name in one.
        full_name: Option<String> = "FullName",
        /// The name of a company.
        business_name: Option<String> = "BusinessName",
        /// Year of birth.
        year_of_birth: Option<String> = "YearOfBirth",
        /// Month of birth.
        month_of_birth: Option<String> = "MonthOfBirth",
        /// Day of birth.
        day_of_birth: Option<String> = "DayOfBirth",
    }
}

impl Business {
    /// Makes a company by its name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self::default().business_name(name)
    }

    /// Sets the day of incorporation: year with all four digits, month from 1, day from 1.
    #[must_use]
    pub fn incorporated(self, year: i32, month: i32, day: i32) -> Self {
        self.year_of_incorporation(year)
            .month_of_incorporation(month)
            .day_of_incorporation(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn wire_names_are_the_vendors_in_their_case() {
        let business = Business::new("a")
            .tradestyle_name("b")
            .duns_number("c")
            .tax_id_number("d")
            .gisa_extract(true)
            .vr_extract(false);
        let json = json!({
            "BusinessName": "a",
            "TradestyleName": "b",
            "DunsNumber": "c",
            "TaxIDNumber": "d",
            "GISAExtract": true,
            "VRExtract": false,
        });
        assert_eq!(serde_json::to_value(business).unwrap(), json);
    }

    #[test]
    fn year_of_birth_as_a_number_is_read_as_text() {
        let json = json!({ "YearOfBirth": 1970 });
        let person: PersonOfSignificantControl = serde_json::from_value(json).unwrap();
        assert_eq!(
            serde_json::to_value(person).unwrap(),
            json!({ "YearOfBirth": "1970" })
        );
    }
}
