//! Errors of the service in a response whose status is a success.

use std::fmt;

use crate::request_field::is_request_field;
use crate::wire::{model, open};

open! {
    /// The code of a [`ServiceError`]. Any may occur at any level.
    pub struct ErrorCode {
        /// A data source could not be reached.
        PROVIDER_ERROR = "1000",
        /// A field that the source needs is missing; the message names it.
        MISSING_REQUIRED_FIELD = "1001",
        /// A data source did not respond.
        DATASOURCE_UNAVAILABLE = "1002",
        /// A data source responded with an error.
        DATASOURCE_ERROR = "1003",
        /// The state of an Australian driver licence is not supported.
        STATE_NOT_SUPPORTED = "1004",
        /// The person's consent to this source was not declared.
        MISSING_CONSENT = "1005",
        /// A field is not known.
        UNRECOGNISED_FIELD = "1006",
        /// A consent is not known by that name.
        UNRECOGNISED_CONSENT = "1007",
        /// A field has the wrong form; the message names it.
        INVALID_FIELD_FORMAT = "1008",
        /// A group of fields is not known.
        UNRECOGNISED_FIELD_GROUP = "1009",
        /// The transaction took longer than the service waits, 120 seconds by default; or the
        /// account is being throttled, for which the vendor documents no HTTP status.
        REQUEST_TIMED_OUT = "1010",
        /// A field came twice.
        DUPLICATE_FIELD = "1011",
        /// A field of the wrong form was dropped; the source was called without it.
        FIELD_DROPPED = "1015",
        /// An error without a code of its own.
        UNRECOGNISED_ERROR = "2000",
        /// There is no such record; often a transaction id was sent for a record id.
        TRANSACTION_NOT_AVAILABLE = "2004",
        /// The record belongs to another account.
        TRANSACTION_OF_ANOTHER_ACCOUNT = "2005",
        /// The quality of the address, or that it was corrected.
        ADDRESS_CORRECTED = "3000",
        /// The state was changed.
        STATE_CHANGED = "3001",
        /// The city was changed.
        CITY_CHANGED = "3002",
        /// The street was changed.
        STREET_CHANGED = "3003",
        /// The postal code was changed.
        POSTAL_CODE_CHANGED = "3004",
        /// Unit, building number or street is missing or invalid.
        ADDRESS_PART_INVALID = "3005",
        /// The address cannot be validated.
        ADDRESS_NOT_VALIDATED = "3008",
        /// Address validation is not available.
        ADDRESS_VALIDATION_UNAVAILABLE = "3009",
        /// The image of the document is blurred.
        IMAGE_BLURRY = "3100",
        /// There is glare on the image of the document.
        IMAGE_GLARE = "3101",
        /// A mobile number is missing.
        MOBILE_NUMBER_MISSING = "4001",
        /// The mobile number is invalid.
        MOBILE_NUMBER_INVALID = "4002",
        /// The carrier of the mobile number is not supported.
        CARRIER_NOT_SUPPORTED = "4003",
    }
}

impl ErrorCode {
    /// Returns whether the reason may pass: a source or the service did not respond in time, or the
    /// account is being throttled (1000, 1002, 1010).
    ///
    /// Where it stands in a result, that result is final and was billed: a new verification is
    /// billed again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        [
            Self::PROVIDER_ERROR,
            Self::DATASOURCE_UNAVAILABLE,
            Self::REQUEST_TIMED_OUT,
        ]
        .contains(self)
    }

    /// Returns the code where it looks like one: anything else may be what was sent.
    pub(crate) fn shown(&self) -> &str {
        const LONGEST: usize = 5;
        let code = self.as_str();
        let is_code = code.len() <= LONGEST && code.bytes().all(|it| it.is_ascii_digit());
        if is_code { code } else { "?" }
    }

    /// Returns what a code of the vendor's list means, in our words.
    fn meaning(&self) -> Option<&'static str> {
        Some(match self.as_str() {
            "1000" => "a data source could not be reached",
            "1001" => "a required field is missing",
            "1002" => "a data source did not respond",
            "1003" => "a data source returned an error",
            "1004" => "the state of the driver licence is not supported",
            "1005" => "a consent is missing",
            "1006" => "a field is not known",
            "1007" => "a consent is not known by that name",
            "1008" => "a field has the wrong form",
            "1009" => "a group of fields is not known",
            "1010" => "the transaction took too long, or the account is being throttled",
            "1011" => "a field came twice",
            "1015" => "a field of the wrong form was dropped",
            "2000" => "an error without a code of its own",
            "2004" => {
                "there is no such record: check that the id is a record's, not a transaction's"
            }
            "2005" => "the record belongs to another account",
            "3000" => "the address was verified in part, or corrected",
            "3001" => "the state was changed",
            "3002" => "the city was changed",
            "3003" => "the street was changed",
            "3004" => "the postal code was changed",
            "3005" => "unit, building number or street is missing or invalid",
            "3008" => "the address cannot be validated",
            "3009" => "address validation is not available",
            "3100" => "the image of the document is blurred",
            "3101" => "there is glare on the image of the document",
            "4001" => "a mobile number is missing",
            "4002" => "the mobile number is invalid",
            "4003" => "the carrier of the mobile number is not supported",
            _ => return None,
        })
    }
}

model! {
    /// One thing that went wrong; the rest of the response may still be good.
    pub struct ServiceError {
        /// Which kind.
        code: Option<ErrorCode> = "Code",
        /// The description of the service, in English. At times it is missing. It **may quote what
        /// was sent**: `Display` and `Debug` leave it out.
        message: Option<String> = "Message",
    }
}

/// Shows the code, what it means in the vendor's list, and the field that the message names if it
/// is one of a request. The message itself may quote what was sent.
impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.code {
            Some(code) => write!(f, "service error {}", code.shown())?,
            None => f.write_str("service error without a code")?,
        }
        if let Some(meaning) = self.code.as_ref().and_then(ErrorCode::meaning) {
            write!(f, ": {meaning}")?;
        }
        match self.field_name().filter(|name| is_request_field(name)) {
            Some(name) => write!(f, " ({name})"),
            None => Ok(()),
        }
    }
}

impl ServiceError {
    /// Returns the field that the message names after its colon, as in `Missing required field:
    /// FirstSurName`.
    ///
    /// Only for the codes whose messages have this form (1001 and 1008).
    #[must_use]
    pub fn field_name(&self) -> Option<&str> {
        let names_field = [
            ErrorCode::MISSING_REQUIRED_FIELD,
            ErrorCode::INVALID_FIELD_FORMAT,
        ]
        .iter()
        .any(|code| self.code.as_ref() == Some(code));
        let (_, name) = self.message.as_deref()?.split_once(':')?;
        Some(name.trim()).filter(|name| names_field && !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn error(json: serde_json::Value) -> ServiceError {
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_code_may_be_a_number() {
        let code = error(json!({ "Code": 1005 })).code;
        assert_eq!(code, Some(ErrorCode::MISSING_CONSENT));
    }

    #[test]
    fn a_message_names_its_field_where_the_code_says_so() {
        let message = "Missing required field: FirstSurName";
        let missing = error(json!({ "Code": "1001", "Message": message }));
        assert_eq!(missing.field_name(), Some("FirstSurName"));
        let other = error(json!({ "Code": "1003", "Message": message }));
        assert_eq!(other.field_name(), None);
        assert_eq!(error(json!({ "Code": "1001" })).field_name(), None);
    }

    #[test]
    fn display_has_the_meaning_and_a_known_field_alone() {
        for (json, expected) in [
            (
                json!({ "Code": "1001", "Message": "Missing required field: FirstSurName" }),
                "service error 1001: a required field is missing (FirstSurName)",
            ),
            (
                json!({ "Code": 1008, "Message": "Field format invalid: Napoli" }),
                "service error 1008: a field has the wrong form",
            ),
            (
                json!({ "Code": "9999", "Message": "Napoli" }),
                "service error 9999",
            ),
            (json!({ "Code": "Napoli" }), "service error ?"),
            (
                json!({ "Message": "Napoli" }),
                "service error without a code",
            ),
        ] {
            assert_eq!(error(json).to_string(), expected);
        }
    }

    #[test]
    fn every_code_that_has_a_name_has_a_meaning() {
        let named = include_str!("service_error.rs").lines().filter_map(|line| {
            let (_, code) = line.trim().split_once(" = \"")?;
            code.strip_suffix("\",")
                .filter(|code| code.parse::<u16>().is_ok())
        });
        let named: Vec<_> = named.map(ErrorCode::from).collect();
        assert!(named.len() > 25 && named.contains(&ErrorCode::CARRIER_NOT_SUPPORTED));
        assert!(named.iter().all(|code| code.meaning().is_some()));
    }

    #[test]
    fn debug_shows_the_code_and_not_the_message() {
        let shown = format!("{:?}", error(json!({ "Code": "1001", "Message": "Joe" })));
        assert_eq!(shown, "ServiceError { code: 1001, message: _, .. }");
    }
}
