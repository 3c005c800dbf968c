//! A country (ISO 3166-1 alpha-2).

use std::{fmt, str::FromStr};

use serde::Serialize;

use crate::argument::{ArgumentProblem, InvalidArgument};
use crate::path::segment;
use crate::wire::text_newtype;

/// A country: two capital letters.
///
/// What a caller writes is checked. What the service sends is taken as it stands: its pages have
/// `UK` beside `GB`, and its list has codes that ISO 3166 has retired.
///
/// # Examples
///
/// ```
/// use napi::CountryCode;
///
/// let italy: CountryCode = "it".parse()?;
/// assert_eq!(italy.as_str(), "IT");
/// assert!("Italy".parse::<CountryCode>().is_err());
/// # Ok::<(), napi::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct CountryCode(String);

/// Codes that are in use beside ISO 3166, as by the European Commission, and what the country has
/// there.
const NOT_ISO: [(&str, &str); 2] = [("UK", "GB"), ("EL", "GR")];

impl CountryCode {
    /// Returns the code as one segment of a path.
    pub(crate) fn segment(&self) -> Result<String, InvalidArgument> {
        segment("the country code", &self.0, 100)
    }

    fn is_two_letters(text: &str) -> bool {
        text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
    }
}

impl FromStr for CountryCode {
    type Err = InvalidArgument;

    /// Takes two letters, in either case. `UK` and `EL` are in use for GB and GR, and no codes of
    /// ISO 3166.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`] if it is anything else.
    fn from_str(text: &str) -> Result<Self, InvalidArgument> {
        if !Self::is_two_letters(text) {
            return Err(InvalidArgument {
                argument: "the country code",
                problem: ArgumentProblem::NotTwoLetters,
            });
        }
        let code = text.to_ascii_uppercase();
        if let Some((_, instead)) = NOT_ISO.iter().find(|(other, _)| *other == code) {
            return Err(InvalidArgument {
                argument: "the country code",
                problem: ArgumentProblem::NotIsoCode { instead },
            });
        }
        Ok(Self(code))
    }
}

impl fmt::Display for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CountryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if Self::is_two_letters(&self.0) {
            &self.0
        } else {
            "_"
        })
    }
}

text_newtype!(CountryCode);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Context, Single};

    #[test]
    fn two_letters_are_a_country_and_nothing_else_is() {
        assert_eq!("au".parse::<CountryCode>().unwrap().as_str(), "AU");
        for text in ["", "A", "AUS", "A1", "ÄU", "é", " A"] {
            assert!(text.parse::<CountryCode>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_code_beside_the_standard_is_told_the_right_one() {
        for (text, code) in [("uk", "GB"), ("UK", "GB"), ("el", "GR")] {
            let error = text.parse::<CountryCode>().unwrap_err();
            assert!(
                error.to_string().ends_with(&format!("write {code}")),
                "{error}"
            );
            assert!(code.parse::<CountryCode>().is_ok());
            // What the service sends is taken as it stands.
            assert!(
                CountryCode::read(serde_json::json!(text), &Context::by_hand())
                    .unwrap()
                    .is_some()
            );
        }
        assert!("UA".parse::<CountryCode>().is_ok());
    }

    #[test]
    fn what_the_service_names_is_one_segment_whatever_it_is() {
        let odd = CountryCode::read(serde_json::json!("A/B"), &Context::by_hand())
            .unwrap()
            .unwrap();
        assert_eq!(odd.segment().unwrap(), "A%2FB");
        assert_eq!(format!("{odd:?}"), "_");
    }
}
