//! Service errors: what stands in the response of a request that was served.

use serde_json::{Value, json};

use crate::service::settings::ErrorLevel;

/// An error in a list of errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServiceError {
    pub(crate) code: u16,
    message: Option<String>,
}

impl ServiceError {
    /// Returns the error of this code, in the vendor's words as far as they are known.
    pub(crate) fn new(code: u16) -> Self {
        let known = KNOWN.iter().find(|(known, ..)| *known == code);
        Self {
            code,
            message: known.map(|(.., message)| (*message).to_owned()),
        }
    }

    pub(crate) fn missing_field(name: &str) -> Self {
        Self {
            code: 1001,
            message: Some(format!("Missing required field: {name}")),
        }
    }

    pub(crate) fn invalid_format(name: &str) -> Self {
        Self {
            code: 1008,
            message: Some(format!("Field format invalid: {name}")),
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({ "Code": self.code.to_string(), "Message": self.message })
    }
}

/// Returns an error that the input itself asks for, as `Error 1002` or `Error 1002 record` in the
/// place of a person's first surname or a company's name.
pub(crate) fn asked_for(name: &str) -> Option<(ServiceError, ErrorLevel)> {
    let mut words = name.split_whitespace();
    if !words.next()?.eq_ignore_ascii_case("Error") {
        return None;
    }
    let code = words.next()?.parse().ok()?;
    let usual = KNOWN
        .iter()
        .find(|(known, ..)| *known == code)
        .map_or(ErrorLevel::Source, |(_, level, _)| *level);
    let level = match words.next() {
        None => usual,
        Some("request") => ErrorLevel::Request,
        Some("record") => ErrorLevel::Record,
        Some("source") => ErrorLevel::Source,
        Some(_) => return None,
    };
    words
        .next()
        .is_none()
        .then(|| (ServiceError::new(code), level))
}

/// The published codes, the level at which each is usual, and what it says.
const KNOWN: [(u16, ErrorLevel, &str); 29] = [
    (1000, ErrorLevel::Source, "Provider Error"),
    (1001, ErrorLevel::Source, "Missing required field"),
    (1002, ErrorLevel::Source, "Datasource Unavailable"),
    (1003, ErrorLevel::Source, "Datasource Error"),
    (1004, ErrorLevel::Source, "State not supported"),
    (1005, ErrorLevel::Source, "Missing Consent"),
    (1006, ErrorLevel::Record, "Unrecognized field name"),
    (1007, ErrorLevel::Record, "Consent name not recognized"),
    (1008, ErrorLevel::Source, "Field format invalid"),
    (1009, ErrorLevel::Record, "Unrecognized field group"),
    (1010, ErrorLevel::Record, "Request timed out"),
    (1011, ErrorLevel::Record, "Duplicate field received"),
    (1015, ErrorLevel::Source, "Field format invalid, not sent"),
    (2000, ErrorLevel::Source, "Unrecognized error"),
    (2004, ErrorLevel::Request, "Transaction not available"),
    (2005, ErrorLevel::Request, "Transaction of another account"),
    (3000, ErrorLevel::Source, "Address verification level"),
    (3001, ErrorLevel::Source, "State changed"),
    (3002, ErrorLevel::Source, "City changed"),
    (3003, ErrorLevel::Source, "Street changed"),
    (3004, ErrorLevel::Source, "Postal code changed"),
    (3005, ErrorLevel::Source, "Address incomplete"),
    (3008, ErrorLevel::Source, "Address cannot be validated"),
    (3009, ErrorLevel::Source, "Address validation not available"),
    (3100, ErrorLevel::Source, "Document image blurry"),
    (3101, ErrorLevel::Source, "Document image has glare"),
    (
        4001,
        ErrorLevel::Source,
        "Missing required field: MobileNumber",
    ),
    (4002, ErrorLevel::Source, "Mobile number invalid"),
    (4003, ErrorLevel::Source, "Carrier not supported"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_ask_for_an_error_and_its_level() {
        let (error, level) = asked_for("Error 1002").unwrap();
        assert_eq!((error.code, level), (1002, ErrorLevel::Source));
        let (error, level) = asked_for("error 1002 record").unwrap();
        assert_eq!((error.code, level), (1002, ErrorLevel::Record));
        assert_eq!(asked_for("Error 1007").unwrap().1, ErrorLevel::Record);
        assert_eq!(asked_for("Error 9999").unwrap().1, ErrorLevel::Source);
    }

    #[test]
    fn other_names_ask_for_nothing() {
        for name in [
            "",
            "Error",
            "Errors 1002",
            "Error x",
            "Error 1002 all",
            "Error 1 record now",
        ] {
            assert_eq!(asked_for(name), None, "{name}");
        }
    }

    #[test]
    fn codes_are_in_order() {
        assert!(KNOWN.is_sorted_by(|one, next| one.0 < next.0));
    }
}
