//! Reading a response with a 2xx status.

mod decode;
mod found;

use std::collections::BTreeMap;

use bytes::Bytes;
use http::{Response, header};
use serde_json::Value;

use crate::body::Body;
use crate::error::Error;
use crate::found_transaction::FoundTransaction;
use crate::html;
use crate::service_error::ServiceError;
use crate::wire::{Model, Single, UnreadCause, UnreadValue, model};

use decode::{OfMember, OfModel, OfModels, OfSingle, OfTree, read};

#[cfg(test)]
pub(crate) use decode::is_read_alike;

/// Reads a model.
pub(crate) fn model<'a, T: Model>(body: impl Into<Body<'a>>) -> Result<T, Error> {
    read(&body.into().document()).map(|OfModel(model)| model)
}

/// Reads an object of which the service chooses the names, or a list of one; and what could not be
/// read in it.
pub(crate) fn object<'a>(
    body: impl Into<Body<'a>>,
) -> Result<(serde_json::Map<String, Value>, Vec<UnreadValue>), Error> {
    let OfTree(mut value, unread) = read(&body.into().document())?;
    // Without so much of it, it is another object.
    let too_much = |unread: &&UnreadValue| unread.cause() == UnreadCause::TooMuch;
    if let Some(unread) = unread.iter().find(too_much) {
        return Err(Error::undecoded(&unread.shown_path()));
    }
    if let Value::Array(list) = &mut value
        && list.len() == 1
    {
        value = list.remove(0);
    }
    match value {
        Value::Object(members) => Ok((members, unread)),
        _ => Err(Error::undecoded(".")),
    }
}

/// Reads a list; `null` is an empty one, and one object a list of it.
pub(crate) fn list<'a, T: Single>(body: impl Into<Body<'a>>) -> Result<Vec<T>, Error> {
    read(&body.into().document()).map(|OfMember(list)| list)
}

/// Reads a list of models, as [`list`]. One that cannot be read is there without members, and has
/// it in `unread()`.
pub(crate) fn models<'a, T: Model + Single>(body: impl Into<Body<'a>>) -> Result<Vec<T>, Error> {
    read(&body.into().document()).map(|OfModels(list)| list)
}

/// Reads an object whose names are the service's to choose, with a list for each.
pub(crate) fn map<'a, T: Single>(
    body: impl Into<Body<'a>>,
) -> Result<BTreeMap<String, Vec<T>>, Error> {
    read(&body.into().document()).map(|OfMember(lists)| lists)
}

/// Reads a bare JSON string; text without quotation marks is taken as it stands.
///
/// The published description shows the quotation marks, an SDK's own tests leave them out.
pub(crate) fn text<'a>(body: impl Into<Body<'a>>) -> Result<String, Error> {
    let body = body.into();
    let body = body.text();
    if let Some(b'"' | b'\'') = body.trim_ascii_start().first() {
        return read(&body).map(|OfSingle(text)| text);
    }
    match std::str::from_utf8(&body).map(str::trim) {
        // A bare `null` or number is a response of another kind, not a text that lost its marks.
        Ok(bare) if bare.starts_with(may_begin) && !is_json(bare) => Ok(bare.to_owned()),
        _ => Err(decode::error(&body, ".".to_owned(), 0)),
    }
}

/// Returns the error of a body of which a compressed part is missing or damaged.
pub(crate) fn broken_off(response: &Response<Bytes>) -> Error {
    let body = Body::from(response);
    let body = body.document();
    match found::transaction(&body) {
        Some(_) => decode::error(&body, ".".to_owned(), body.len()),
        None => Error::Compression,
    }
}

/// Looks for the transaction in the part of a response that came.
pub(crate) fn transaction_of(part: &Response<Bytes>) -> Option<Box<FoundTransaction>> {
    found::transaction(&Body::from(part).document())
}

/// Refuses a page where a file was asked for.
pub(crate) fn not_html<B: AsRef<[u8]>>(response: &Response<B>) -> Result<(), Error> {
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let is_page = content_type.is_some_and(|it| it.as_bytes().starts_with(b"text/html"));
    match html::title(response.body().as_ref()) {
        Some(title) if is_page => Err(Error::UnexpectedHtml { title }),
        _ => Ok(()),
    }
}

model! {
    /// An object of errors in the place of the result.
    pub(crate) struct Failure {
        /// Why.
        errors: Vec<ServiceError> = "Errors",
    }
}

/// Refuses an object that has the service's own errors and nothing else, where something else was
/// asked for: it comes with status 200, as for a record that is not there.
pub(crate) fn not_service_errors(response: &Response<Bytes>) -> Result<(), Error> {
    let body = Body::from(response);
    let body = body.document();
    if !body.trim_ascii_start().starts_with(b"{") {
        return Ok(()); // a file, of which none begins so
    }
    match read(&body) {
        // With other members beside them they are a result's own errors, and no failure.
        Ok(OfModel(Failure { errors, extra })) if !errors.is_empty() && extra.is_nothing() => {
            Err(Error::Service { errors })
        }
        _ => Ok(()),
    }
}

/// Returns whether bare text may begin so: a letter, or a sign of base64. A JPEG in base64 begins
/// with a slash.
fn may_begin(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '/' | '+' | '-' | '_')
}

/// Returns whether bare text is JSON: a number, or a word that JSON has.
fn is_json(bare: &str) -> bool {
    let may_be = |first: &u8| first.is_ascii_digit() || b"-tfn".contains(first);
    bare.as_bytes().first().is_some_and(may_be)
        && serde_json::from_str::<serde::de::IgnoredAny>(bare).is_ok()
}

/// Returns the name of an input that a caller chose, if it looks like the name of a member.
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

    fn path<W>(read: Result<W, Error>) -> String {
        match read {
            Err(Error::Decode { path, .. }) => path,
            Err(other) => panic!("{other:?}"),
            Ok(_) => panic!("it was read"),
        }
    }

    #[test]
    fn text_is_read_with_and_without_quotation_marks() {
        assert_eq!(text(b"\"Hello Joe\"").unwrap(), "Hello Joe");
        assert_eq!(text(b"Hello Joe\r\n").unwrap(), "Hello Joe");
        assert_eq!(text(b"/9j/4AAQ").unwrap(), "/9j/4AAQ");
        assert_eq!(text(b"-_-_").unwrap(), "-_-_");
        assert_eq!(text(b"\xEF\xBB\xBF\"Hello Joe\"").unwrap(), "Hello Joe");
        assert_eq!(text(b"\"/9j/\r\n4AAQ\"").unwrap(), "/9j/\r\n4AAQ");
    }

    #[test]
    fn other_json_is_no_text() {
        for body in [
            "{\"a\":1}",
            "[\"a\"]",
            "\"unfinished",
            "",
            "null",
            "7",
            "\"cut \\ud83d\"",
        ] {
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
            map::<String>(page).unwrap_err(),
            object(page).unwrap_err(),
            model::<VerifyResult>(page).unwrap_err(),
        ] {
            assert!(
                matches!(&error, Error::UnexpectedHtml { title: Some(title) } if title == "Runtime Error"),
                "{error:?}"
            );
        }
    }

    #[test]
    fn foreign_name_is_left_out_of_the_path() {
        for (body, expected) in [
            ("{\"Record\":{\"Rule\":{\"Note\":[", "Record.Rule.Note"),
            ("{\"Mancini\":", "?"),
            ("{\"Record\":{\"Mancini\":", "Record.?"),
            ("[]]", "."),
            ("7", "."),
            ("null", "."),
        ] {
            assert_eq!(
                path(model::<VerifyResult>(body.as_bytes())),
                expected,
                "{body}"
            );
        }
    }

    #[test]
    fn path_leads_to_the_element_or_country() {
        assert_eq!(path(list::<i32>(b"[1, 2, true]")), "[2]");
        assert_eq!(path(map::<i32>(b"{\"AU\": [\"a\"]}")), "AU[0]");
        assert_eq!(path(map::<i32>(b"{\"Joe\": true}")), "?");
        assert_eq!(path(list::<i32>(b"[1] 2")), ".");
        assert_eq!(list::<i32>(b"[1];\0\r\n").unwrap(), [1]);
    }

    #[test]
    fn an_error_names_line_column_and_transaction() {
        let body = "{\"TransactionID\":\"1\",\n\"Record\":{\"RecordStatus\":\"match\"";
        let error = model::<VerifyResult>(body.as_bytes()).unwrap_err();
        let found = error.transaction().unwrap();
        assert_eq!(found.transaction_id, Some("1".into()));
        assert_eq!(
            found.status,
            Some(crate::verifications::RecordStatus::MATCH)
        );
        assert!(
            matches!(
                error,
                Error::Decode {
                    line: 2,
                    column: 33,
                    ..
                }
            ),
            "{error:?}"
        );
    }

    proptest! {
        #[test]
        fn element_that_cannot_be_read_has_its_place(is_read in prop::collection::vec(any::<bool>(), 1..50)) {
            use crate::configuration::CountrySubdivision;

            prop_assume!(is_read.contains(&true));
            let elements = is_read.iter().enumerate().map(|(place, is_read)| match is_read {
                true => format!(r#"{{"Code":"{place}"}}"#),
                false => format!("{place}"),
            });
            let body = format!("[{}]", elements.collect::<Vec<_>>().join(","));
            let list: Vec<CountrySubdivision> = models(body.as_bytes()).unwrap();
            prop_assert_eq!(list.len(), is_read.len());
            for ((place, is_read), element) in is_read.into_iter().enumerate().zip(list) {
                let unread = element.unread().into_iter().map(|it| (it.path(), it.json().into_owned()));
                let expected = (!is_read).then(|| (format!("[{place}]"), place.to_string()));
                prop_assert_eq!(unread.collect::<Vec<_>>(), Vec::from_iter(expected));
                prop_assert_eq!(element.code, is_read.then(|| place.to_string()));
            }
        }

        #[test]
        fn any_body_is_read_without_panic(body: Vec<u8>) {
            let _ = (text(&body[..]), list::<String>(&body[..]), map::<i32>(&body[..]));
            let _ = (object(&body[..]), model::<VerifyResult>(&body[..]));
        }
    }
}
