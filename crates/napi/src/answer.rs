//! Reading an answer with a 2xx status.

use std::collections::BTreeMap;

use http::{Response, header};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_path_to_error::{Path, Segment, Track};

use crate::{
    Error, refusal,
    wire::{Member, Single},
};

/// The byte order mark, which .NET writes at times and JSON does not allow (RFC 8259, section 8.1).
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// How deep the names of members are looked for when an error names one; no answer is as deep.
const DEPTH: u8 = 12;

/// A model.
pub(crate) fn model<T: DeserializeOwned + Single>(body: &[u8]) -> Result<T, Error> {
    read(
        body,
        |name| T::knows(name, DEPTH),
        |json| T::deserialize(json),
    )
}

/// An object or text that this crate knows no members of.
pub(crate) fn opaque<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    read(body, |_| false, |json| T::deserialize(json))
}

/// A list; `null` is an empty one.
pub(crate) fn list<T: Single>(body: &[u8]) -> Result<Vec<T>, Error> {
    read(
        body,
        |name| T::knows(name, DEPTH),
        |json| Member::read(json),
    )
}

/// An object whose names are the service's to choose, with a list for each.
pub(crate) fn map<T: Single>(body: &[u8]) -> Result<BTreeMap<String, Vec<T>>, Error> {
    struct List<T>(Vec<T>);
    impl<'de, T: Single> Deserialize<'de> for List<T> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            Member::read(deserializer).map(Self)
        }
    }
    let lists: BTreeMap<String, List<T>> = opaque(body)?;
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

/// What serde_path_to_error lays around a deserializer, to know where it is.
type Tracked<'t, 'j, 'b> = serde_path_to_error::Deserializer<
    't,
    't,
    &'j mut serde_json::Deserializer<serde_json::de::SliceRead<'b>>,
>;

fn read<T>(
    body: &[u8],
    knows: impl Fn(&str) -> bool,
    read: impl for<'t, 'j, 'b> FnOnce(Tracked<'t, 'j, 'b>) -> Result<T, serde_json::Error>,
) -> Result<T, Error> {
    let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
    let mut json = serde_json::Deserializer::from_slice(body);
    let mut track = Track::new();
    let value = read(serde_path_to_error::Deserializer::new(
        &mut json, &mut track,
    ));
    let ended = value.and_then(|value| json.end().map(|()| value));
    let error = match ended {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    if let Some(title) = refusal::markup(body) {
        return Err(Error::Markup { title });
    }
    Err(Error::Decode {
        path: shown(&track.path(), knows),
        line: error.line(),
        column: error.column(),
    })
}

/// What bare text begins with: a letter, or a sign of base64. A JPEG in base64 begins with a slash.
fn may_begin(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '/' | '+')
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

/// A path in which every name is one that this crate knows: another one may be personal data.
fn shown(path: &Path, knows: impl Fn(&str) -> bool) -> String {
    let is_country = |key: &str| key.len() == 2 && key.bytes().all(|it| it.is_ascii_uppercase());
    let mut shown = String::new();
    for segment in path {
        let name = match segment {
            Segment::Seq { index } => {
                shown.push_str(&format!("[{index}]"));
                continue;
            }
            Segment::Map { key } if knows(key) || is_country(key) => key,
            _ => "?",
        };
        if !shown.is_empty() {
            shown.push('.');
        }
        shown.push_str(name);
    }
    if shown.is_empty() {
        shown.push('.');
    }
    shown
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

    proptest! {
        #[test]
        fn any_body_is_read_without_panic(body: Vec<u8>) {
            let _ = (text(&body), list::<String>(&body), opaque::<BTreeMap<String, u8>>(&body));
        }
    }
}
