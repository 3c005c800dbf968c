//! One segment of a path (RFC 3986, section 3.3).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::Error;

/// All but the unreserved characters of RFC 3986, section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What is wrong with an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentProblem {
    /// `.` and `..` mean another path to servers and proxies.
    #[error("must not be `.` or `..`")]
    DotSegment,
    /// It leads to no document.
    #[error("must end in a record and the name of a document")]
    NotDocumentPath,
    /// It cannot stand in a header.
    #[error("has characters that cannot stand in a header")]
    NotHeader,
    /// It is a whole URL, or no path, where the path of an operation was asked for.
    #[error("must be a path that begins with a slash, without a host")]
    NotPath,
    /// The client or HTTP sets it.
    #[error("is set by the client itself")]
    SetByClient,
    /// Nothing is there.
    #[error("must not be empty")]
    Empty,
    /// The service calls back over `https` only; plain `http` is taken for this machine itself.
    #[error("must be a URL that starts with https://")]
    NotHttps,
    /// It cannot be written as JSON.
    #[error("cannot be written as JSON")]
    NotJson,
    /// It is in use for a country, and not its code of ISO 3166-1, which the service takes.
    #[error("is not the country's code of ISO 3166: write {instead}")]
    NotIsoCode {
        /// The code that it has there.
        instead: &'static str,
    },
    /// A country is named by two letters (ISO 3166-1 alpha-2).
    #[error("must be two letters, such as AU")]
    NotTwoLetters,
    /// It belongs to another transaction.
    #[error("is of another transaction")]
    OtherTransaction,
    /// The word is the name of another operation in this place.
    #[error("is a reserved word; use the operation of that name")]
    Reserved,
    /// Longer than the service takes.
    #[error("has {characters} characters, of which the service takes {most}")]
    TooLong {
        /// How many there are.
        characters: usize,
        /// How many there may be.
        most: usize,
    },
    /// A jurisdiction is a part of a country, which is not given.
    #[error("is part of a country, which is missing")]
    WithoutCountry,
}

/// Encodes an argument as exactly one segment, of `1..=most` characters before encoding.
pub(crate) fn segment(argument: &'static str, value: &str, most: usize) -> Result<String, Error> {
    let characters = value.chars().count();
    let problem = match value {
        "" => Some(ArgumentProblem::Empty),
        "." | ".." => Some(ArgumentProblem::DotSegment),
        _ if characters > most => Some(ArgumentProblem::TooLong { characters, most }),
        _ => None,
    };
    match problem {
        Some(problem) => Err(Error::Argument { argument, problem }),
        None => Ok(utf8_percent_encode(value, RESERVED).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn problem(value: &str) -> Option<ArgumentProblem> {
        match segment("name", value, 100) {
            Err(Error::Argument { problem, .. }) => Some(problem),
            _ => None,
        }
    }

    #[test]
    fn a_space_is_encoded_and_never_a_plus() {
        assert_eq!(segment("name", "Joe Napoli", 100).unwrap(), "Joe%20Napoli");
    }

    #[test]
    fn a_hundred_characters_pass_and_one_more_does_not() {
        assert_eq!(problem(&"é".repeat(100)), None);
        let too_long = ArgumentProblem::TooLong {
            characters: 101,
            most: 100,
        };
        assert_eq!(problem(&"é".repeat(101)), Some(too_long));
    }

    #[test]
    fn segments_that_would_be_normalised_away_are_refused() {
        assert_eq!(problem(".."), Some(ArgumentProblem::DotSegment));
        assert_eq!(problem("."), Some(ArgumentProblem::DotSegment));
        assert_eq!(problem(""), Some(ArgumentProblem::Empty));
        assert_eq!(problem("..."), None);
    }

    proptest! {
        #[test]
        fn any_text_is_one_segment_that_decodes_to_itself(value in ".{1,100}") {
            prop_assume!(value != "." && value != "..");
            let encoded = segment("name", &value, 100).unwrap();
            prop_assert!(encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte)));
            let decoded = percent_encoding::percent_decode_str(&encoded).decode_utf8().unwrap();
            prop_assert_eq!(decoded, value);
        }
    }
}
