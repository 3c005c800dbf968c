//! `POST /v3/business/verify`.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Request, Response, uri::PathAndQuery};
use serde_json::Value;

use crate::{
    Authentication, CountryCode, Endpoint, Error, RequestBody, ServiceError,
    endpoint::sealed::Sealed,
    request, response,
    v3::{PackageId, RequestMetadata, VerificationType},
    verifications::{PersonOfSignificantControl, Verification},
    wire::input,
};

input! {
    /// Verifies a company. Billed, and so never sent again where it may have been done.
    pub struct BusinessVerifyRequest {
        /// The package, as the service issued it.
        package_id: Option<PackageId> = "PackageId",
        /// What the call is made for.
        verification_type: Option<VerificationType> = "VerificationType",
        /// Where to call back: `https`, up to 2083 characters. It makes the call asynchronous.
        callback_url: Option<String> = "CallBackUrl",
        /// After how many seconds the service cancels the transaction.
        timeout: Option<i32> = "Timeout",
        /// Whether the response is to have the address as the service corrected it.
        cleansed_address: Option<bool> = "CleansedAddress",
        /// The consents that were given.
        consent_for_data_sources: Vec<String> = "ConsentForDataSources",
        /// The country whose registers are asked.
        country_code: Option<CountryCode> = "CountryCode",
        /// A reference of one's own; up to 128 characters.
        customer_reference_id: Option<String> = "CustomerReferenceID",
        /// The company.
        business_data_fields: Option<BusinessDataFields> = "BusinessDataFields",
        /// Whether the response is to have the details of watchlists.
        verbose_mode: Option<bool> = "VerboseMode",
        /// The batch that this belongs to.
        batch_record_id: Option<String> = "BatchRecordID",
        /// Filled by the service; no caller sends it.
        request_errors: Vec<ServiceError> = "RequestErrors",
        /// More about the request.
        request_metadata: Vec<RequestMetadata> = "RequestMetadata",
    }

    /// A company, which documents about it are asked for, and whether it is watched from then on.
    pub struct BusinessDataFields {
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
        /// Who controls it.
        people_of_significant_control: Vec<PersonOfSignificantControl> = "PeopleOfSignificantControl",
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
        /// Its telephone number.
        telephone: Option<String> = "Telephone",
        /// Its addresses.
        location: Vec<BusinessLocation> = "Location",
        /// Fields that one country has: by country code, then by the name of the field.
        country_specific: BTreeMap<String, BTreeMap<String, String>> = "CountrySpecific",
        /// Whether the company is watched.
        kyb_monitoring_enabled: Option<bool> = "KYBMonitoringEnabled",
        /// What is watched; its shape is not published.
        kyb_monitoring_fields: Option<Value> = "KYBMonitoringFields",
        /// How often; its shape is not published.
        kyb_monitoring_frequency: Option<Value> = "KYBMonitoringFrequency",
        /// Where to call back when something changes.
        kyb_monitoring_callback_url: Option<String> = "KYBMonitoringCallbackURL",
        /// Whether the past is asked for, too.
        kyb_monitoring_history: Option<bool> = "KYBMonitoringHistory",
    }

    /// An address of a company: as [`Location`](crate::verifications::Location), with its one line beside the parts.
    pub struct BusinessLocation {
        /// Which of its addresses, 1 or 2.
        index: Option<i32> = "Index",
        /// Street and number in one line.
        address1: Option<String> = "Address1",
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
        /// State or province by its code: two letters in the United States, two or three in Australia.
        state_province_code: Option<String> = "StateProvinceCode",
        /// Country.
        country: Option<CountryCode> = "Country" as personal,
        /// Postal code.
        postal_code: Option<String> = "PostalCode",
        /// Post office box.
        po_box: Option<String> = "POBox",
    }
}

impl BusinessDataFields {
    /// A company by its name.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self::default().business_name(name)
    }
}

impl BusinessVerifyRequest {
    /// A verification in a country; the three arguments are what the service requires.
    #[must_use]
    pub fn new(
        package_id: impl Into<PackageId>,
        country: CountryCode,
        business: BusinessDataFields,
    ) -> Self {
        Self::default()
            .package_id(package_id)
            .country_code(country)
            .business_data_fields(business)
    }
}

impl Sealed for BusinessVerifyRequest {}

impl Endpoint for BusinessVerifyRequest {
    type Response = Verification;
    const AUTHENTICATION: Authentication = Authentication::Bearer;
    const IDEMPOTENT: bool = false;

    fn request(&self) -> Result<Request<RequestBody>, Error> {
        request::callback_url(self.callback_url.as_deref())?;
        let reference = self.customer_reference_id.as_deref();
        request::at_most("CustomerReferenceID", reference, 128)?;
        PackageId::check(self.package_id.as_ref())?;
        request::post(
            const { PathAndQuery::from_static("/v3/business/verify") },
            self,
        )
    }

    fn response(&self, response: Response<Bytes>) -> Result<Verification, Error> {
        Verification::read(response::model(&response)?)
    }
}
