//! What the service says went wrong within an answer that is a success by its status.

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
        /// A data source answered an error.
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
        /// The transaction took longer than the service waits; 120 seconds by default.
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
        /// How well the address was verified, or that it was corrected.
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

model! {
    /// One thing that went wrong; the rest of the answer may still be good.
    pub struct ServiceError {
        /// Which kind.
        code: Option<ErrorCode> = "Code",
        /// What the service says about it, in English. At times it is missing.
        message: Option<String> = "Message",
    }
}

impl ServiceError {
    /// The field that the message names after its colon, as in `Missing required field: FirstSurName`.
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
    fn debug_shows_the_code_and_not_the_message() {
        let shown = format!("{:?}", error(json!({ "Code": "1001", "Message": "Joe" })));
        assert_eq!(shown, "ServiceError { code: 1001, message: _, .. }");
    }
}
