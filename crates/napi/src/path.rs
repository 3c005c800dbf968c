//! One segment of a path (RFC 3986, section 3.3).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::argument::{ArgumentProblem, InvalidArgument};

/// All but the unreserved characters of RFC 3986, section 2.3.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Encodes an argument as exactly one segment, of `1..=most` characters before encoding.
pub(crate) fn segment(
    argument: &'static str,
    value: &str,
    most: usize,
) -> Result<String, InvalidArgument> {
    let characters = value.chars().count();
    let problem = match value {
        "" => Some(ArgumentProblem::Empty),
        // Refused rather than encoded: URL parsers resolve `%2E%2E` as well, and the path would be
        // another operation's.
        "." | ".." => Some(ArgumentProblem::DotSegment),
        _ if characters > most => Some(ArgumentProblem::TooLong { characters, most }),
        _ => None,
    };
    match problem {
        Some(problem) => Err(InvalidArgument { argument, problem }),
        None => Ok(utf8_percent_encode(value, RESERVED).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn problem(value: &str) -> Option<ArgumentProblem> {
        match segment("name", value, 100) {
            Err(InvalidArgument { problem, .. }) => Some(problem),
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
