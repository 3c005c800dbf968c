//! Reading an answer with a 2xx status.

mod decode;

use std::collections::BTreeMap;

use http::{Response, header};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};

use crate::{
    Error, ServiceError, refusal,
    wire::{Member, Single},
};

use decode::{List, Model, Opaque, read};

#[cfg(test)]
pub(crate) use decode::is_read_alike;

/// A model.
pub(crate) fn model<T: DeserializeOwned + Single>(body: &[u8]) -> Result<T, Error> {
    read::<Model<T>>(body)
}

/// An object or text that this crate knows no members of.
pub(crate) fn opaque<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    read::<Opaque<T>>(body)
}

/// A list; `null` is an empty one.
pub(crate) fn list<T: Single>(body: &[u8]) -> Result<Vec<T>, Error> {
    read::<List<T>>(body)
}

/// An object whose names are the service's to choose, with a list for each.
pub(crate) fn map<T: Single>(body: &[u8]) -> Result<BTreeMap<String, Vec<T>>, Error> {
    struct Elements<T>(Vec<T>);
    impl<'de, T: Single> Deserialize<'de> for Elements<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Member::read(deserializer).map(Self)
        }
    }
    let lists: BTreeMap<String, Elements<T>> = opaque(body)?;
    Ok(lists
        .into_iter()
        .map(|(name, list)| (name, list.0))
        .collect())
}

/// A bare JSON string; text without quotation marks is taken as it stands.
///
/// The published description shows the quotation marks, an SDK's own tests leave them out.
pub(crate) fn text(body: &[u8]) -> Result<String, Error> {
    let error = match opaque(body) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    match std::str::from_utf8(body).map(str::trim) {
        Ok(bare) if bare.starts_with(may_begin) && !is_json(body) => Ok(bare.to_owned()),
        _ => Err(error),
    }
}

/// Refuses a page where a file was asked for.
pub(crate) fn not_markup<B: AsRef<[u8]>>(answer: &Response<B>) -> Result<(), Error> {
    let content_type = answer.headers().get(header::CONTENT_TYPE);
    let is_page = content_type.is_some_and(|it| it.as_bytes().starts_with(b"text/html"));
    match refusal::markup(answer.body().as_ref()) {
        Some(title) if is_page => Err(Error::Markup { title }),
        _ => Ok(()),
    }
}

/// Refuses an object that has the service's own errors and nothing else, where something else was asked for: it comes
/// with status 200, as for a record that is not there.
pub(crate) fn not_service_errors(body: &[u8]) -> Result<(), Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Errors {
        #[serde(rename = "Errors")]
        errors: Vec<ServiceError>,
    }
    match serde_json::from_slice(body) {
        Ok(Errors { errors }) if !errors.is_empty() => Err(Error::Service { errors }),
        _ => Ok(()),
    }
}

/// What bare text begins with: a letter, or a sign of base64. A JPEG in base64 begins with a slash.
fn may_begin(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '/' | '+')
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

/// The name of an input that a caller chose, if it looks like the name of a member.
pub(crate) fn shown_name(name: &str) -> &str {
    const LONGEST: usize = 40;
    let is_name = name.len() <= LONGEST
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if is_name { name } else { "?" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verifications::VerifyResult;
    use proptest::prelude::*;

    fn path<T: DeserializeOwned + std::fmt::Debug>(body: &str) -> String {
        match opaque::<T>(body.as_bytes()) {
            Err(Error::Decode { path, .. }) => path,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn text_is_read_with_and_without_quotation_marks() {
        assert_eq!(text(b"\"Hello Joe\"").unwrap(), "Hello Joe");
        assert_eq!(text(b"Hello Joe\r\n").unwrap(), "Hello Joe");
        assert_eq!(text(b"/9j/4AAQ").unwrap(), "/9j/4AAQ");
        assert_eq!(text(b"\xEF\xBB\xBF\"Hello Joe\"").unwrap(), "Hello Joe");
    }

    #[test]
    fn other_json_is_no_text() {
        for body in ["{\"a\":1}", "[\"a\"]", "\"unfinished", "", "null", "7"] {
            let decoded = text(body.as_bytes());
            assert!(
                matches!(decoded, Err(Error::Decode { .. })),
                "{body}: {decoded:?}"
            );
        }
    }

    #[test]
    fn a_page_is_named_and_so_is_its_title() {
        let page = b"\r\n<!DOCTYPE html><html><title>Runtime Error</title>";
        for error in [
            text(page).unwrap_err(),
            list::<String>(page).unwrap_err(),
            opaque::<BTreeMap<String, u8>>(page).unwrap_err(),
        ] {
            assert!(
                matches!(&error, Error::Markup { title: Some(title) } if title == "Runtime Error"),
                "{error:?}"
            );
        }
    }

    #[test]
    fn a_name_that_no_model_has_is_left_out_of_the_path() {
        for (body, expected) in [
            ("{\"Record\":{\"Rule\":{\"Note\":[]}}}", "Record.Rule.Note"),
            ("{\"Mancini\":", "?"),
            ("{\"Record\":{\"Mancini\":", "Record.?"),
        ] {
            let error = model::<VerifyResult>(body.as_bytes()).unwrap_err();
            assert!(
                matches!(&error, Error::Decode { path, .. } if path == expected),
                "{error:?}"
            );
        }
    }

    #[test]
    fn the_path_leads_to_the_element_of_a_list_or_a_country() {
        assert_eq!(path::<Vec<u8>>("[1, 2, true]"), "[2]");
        assert_eq!(
            path::<BTreeMap<String, Vec<u8>>>("{\"AU\": [\"a\"]}"),
            "AU[0]"
        );
        assert_eq!(path::<BTreeMap<String, u8>>("{\"Joe\": true}"), "?");
        assert_eq!(path::<Vec<u8>>("[1] 2"), ".");
    }

    #[test]
    fn what_is_not_utf_8_is_an_error_with_a_path() {
        let body = b"{\"Record\":{\"Rule\":{\"Note\":\"a\xFF\"}}}";
        let error = model::<VerifyResult>(body).unwrap_err();
        assert!(
            matches!(&error, Error::Decode { path, .. } if path == "Record.Rule.Note"),
            "{error:?}"
        );
    }

    proptest! {
        #[test]
        fn any_body_is_read_without_panic(body: Vec<u8>) {
            let _ = (text(&body), list::<String>(&body), opaque::<BTreeMap<String, u8>>(&body));
        }
    }
}
