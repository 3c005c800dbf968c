//! The two identifiers that the service gives a call. They are types of their own: it is a common
//! mistake to send one for the other, to which the service responds with error 2004.

use std::{fmt, str::FromStr};

use serde::Serialize;

use crate::argument::InvalidArgument;
use crate::path::segment;
use crate::wire::text_newtype;

/// The most characters that are sent. The service's own are GUIDs, of 36.
const LONGEST: usize = 128;

/// The identifier of a transaction: of a call, which may still be running.
///
/// What asks for the [status](crate::Client::transaction_status) and the
/// [partial result](crate::Client::partial_result) takes it:
///
/// ```
/// # async fn run<S>(client: napi::Client<S>, id: napi::TransactionId)
/// # where S: napi::HttpService {
/// let status = client.transaction_status(&id).await;
/// # }
/// ```
///
/// What asks for a record does not:
///
/// ```compile_fail,E0308
/// # async fn run<S>(client: napi::Client<S>, id: napi::TransactionId)
/// # where S: napi::HttpService {
/// let record = client.transaction_record(&id).await;
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct TransactionId(String);

/// The identifier of a record: of what a transaction left once it was done.
///
/// What asks for the [record](crate::Client::transaction_record) and its documents takes it:
///
/// ```
/// # async fn run<S>(client: napi::Client<S>, id: napi::TransactionRecordId)
/// # where S: napi::HttpService {
/// let record = client.transaction_record(&id).await;
/// # }
/// ```
///
/// What asks how far a transaction is does not:
///
/// ```compile_fail,E0308
/// # async fn run<S>(client: napi::Client<S>, id: napi::TransactionRecordId)
/// # where S: napi::HttpService {
/// let status = client.transaction_status(&id).await;
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct TransactionRecordId(String);

/// The digits of a GUID.
const GUID_DIGITS: usize = 32;

/// Returns whether the text of a response is an identifier. Blank text is none, nor is the GUID of
/// zeros alone (`Guid.Empty`), which .NET writes where there is none.
pub(crate) fn is_id(text: &str) -> bool {
    let is_empty_guid = || {
        let digits = text.bytes().filter(u8::is_ascii_alphanumeric);
        digits.clone().count() == GUID_DIGITS && digits.into_iter().all(|it| it == b'0')
    };
    !text.trim().is_empty() && !is_empty_guid()
}

/// Implements what both have, each under its own name in errors.
macro_rules! id {
    ($name:ident, $argument:literal) => {
        impl $name {
            /// Returns whether a response that names this identifier, or none, is about this one.
            /// Case and dashes make no difference.
            pub(crate) fn matches(&self, named: Option<&Self>) -> bool {
                let core = |id: &Self| {
                    let letters = id.0.bytes().filter(u8::is_ascii_alphanumeric);
                    letters
                        .map(|it| it.to_ascii_lowercase())
                        .collect::<Vec<_>>()
                };
                named.is_none_or(|named| named == self || core(named) == core(self))
            }

            /// Returns the identifier as one segment of a path.
            pub(crate) fn segment(&self) -> Result<String, InvalidArgument> {
                segment($argument, &self.0, LONGEST)
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text)
            }
        }

        /// Checks a text of one's own, such as a stored one; what the service says is taken as it
        /// stands.
        impl FromStr for $name {
            type Err = InvalidArgument;

            /// Takes 1 to 128 characters, which need not be those of a GUID.
            ///
            /// # Errors
            ///
            /// [`InvalidArgument`] if there are none or more, or if it is `.` or `..`.
            fn from_str(text: &str) -> Result<Self, InvalidArgument> {
                segment($argument, text, LONGEST).map(|_| Self(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        /// Shows the identifier, which support asks for; anything that does not look like one is
        /// left out.
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let is_id = self.0.len() <= LONGEST
                    && self
                        .0
                        .bytes()
                        .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
                f.write_str(if is_id { &self.0 } else { "_" })
            }
        }

        text_newtype!($name, if is_id);
    };
}

id!(TransactionId, "the transaction id");
id!(TransactionRecordId, "the transaction record id");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Context, Single};

    #[test]
    fn an_id_is_shown_and_what_is_none_is_not() {
        let id = TransactionId::from("c03ad3c9-da6b-452c-8a2e-fd1923973b99");
        assert_eq!(format!("{id:?}"), id.as_str());
        assert_eq!(format!("{:?}", TransactionId::from("Joe Napoli")), "_");
    }

    #[test]
    fn a_text_of_one_to_128_characters_is_an_id() {
        let longest = "a".repeat(128);
        for text in ["c03ad3c9-da6b-452c-8a2e-fd1923973b99", "1", &longest] {
            assert_eq!(text.parse::<TransactionId>().unwrap().as_str(), text);
            assert_eq!(text.parse::<TransactionRecordId>().unwrap().as_str(), text);
        }
        for text in ["", ".", "..", &"a".repeat(129)] {
            let error = text.parse::<TransactionRecordId>().unwrap_err();
            assert!(
                matches!(
                    error,
                    InvalidArgument {
                        argument: "the transaction record id",
                        ..
                    }
                ),
                "{error:?}"
            );
            assert!(text.parse::<TransactionId>().is_err());
        }
    }

    #[test]
    fn case_and_dashes_make_no_other_id() {
        let id = TransactionId::from("c03ad3c9-da6b");
        for same in [
            "c03ad3c9-da6b",
            "C03AD3C9-DA6B",
            "c03ad3c9da6b",
            "{c03ad3c9-da6b}",
        ] {
            assert!(id.matches(Some(&same.into())), "{same}");
        }
        assert!(id.matches(None));
        assert!(!id.matches(Some(&"c03ad3c9-da6c".into())));
    }

    #[test]
    fn blank_text_and_empty_guid_are_no_id() {
        let read = |text: &str| {
            let context = Context::by_hand();
            TransactionId::read(serde_json::Value::from(text), &context).unwrap()
        };
        let guid = "00000000-0000-0000-0000-000000000000";
        let digits = guid.replace('-', "");
        for none in ["", " ", guid, &digits, &format!("{{{guid}}}")] {
            assert_eq!(read(none), None, "{none:?}");
        }
        let others = ["0", "-", &digits[1..], &guid.replacen('0', "1", 1)];
        for other in others {
            assert_eq!(read(other), Some(other.into()), "{other:?}");
        }
    }

    #[test]
    fn an_id_is_one_segment_of_a_path() {
        assert_eq!(TransactionRecordId::from("a/b").segment().unwrap(), "a%2Fb");
        for none in ["", ".."] {
            assert!(TransactionRecordId::from(none).segment().is_err());
        }
    }
}
