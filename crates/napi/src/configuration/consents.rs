//! `GET /configuration/v1/consents/{configuration}/{country}` and its twin with the text of each
//! consent.

use crate::configuration::by_country::by_country;
use crate::response;
use crate::wire::model;

model! {
    /// A consent that the person must have given before a data source is asked.
    pub struct Consent {
        /// Its name, as
        /// [`VerifyRequest::consent_for_data_sources`](crate::verifications::VerifyRequest) takes
        /// it.
        name: Option<String> = "Name",
        /// The text of the consent, in English.
        text: Option<String> = "Text",
        /// Where there is more about it.
        url: Option<String> = "Url",
    }
}

by_country! {
    /// The names of the consents that data sources of a country need.
    pub struct Consents = "consents" -> Vec<String>: response::list;

    /// The consents that data sources of a country need, with their text.
    pub struct DetailedConsents = "detailedConsents" -> Vec<Consent>: response::models;
}
