//! Reading what the service answered, whether it is a result or a refusal.

use bytes::Bytes;
use http::{Request, StatusCode};
use serde_json::Value;

use crate::{ArgumentProblem, Error};

/// How much of what the service says about a failure is kept, in characters.
const LONGEST_MESSAGE: usize = 500;
/// The longest URI that the `http` crate takes.
const LONGEST_PATH: usize = (u16::MAX - 1) as usize;

/// A GET without a body, for a path that is encoded already.
pub(crate) fn get(path: String) -> Result<Request<Bytes>, Error> {
    let characters = path.len();
    Request::get(path)
        .body(Bytes::new())
        .map_err(|_| Error::Argument {
            argument: "the path",
            problem: ArgumentProblem::TooLong {
                characters,
                most: LONGEST_PATH,
            },
        })
}

/// A bare JSON string; text without quotation marks is taken as it stands.
///
/// The published description shows the quotation marks, an SDK's own tests leave them out.
pub(crate) fn text(body: &[u8]) -> Result<String, Error> {
    let json = &mut serde_json::Deserializer::from_slice(body);
    let error = match serde_path_to_error::deserialize(json) {
        Ok(text) => return Ok(text),
        Err(error) => error,
    };
    match std::str::from_utf8(body).map(str::trim) {
        Ok(bare) if bare.starts_with(char::is_alphabetic) && !is_json(body) => Ok(bare.to_owned()),
        _ => Err(undecodable(&error)),
    }
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

/// Where decoding failed. What stood there is left out: it may be personal data.
fn undecodable(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    Error::Decode {
        path: error.path().to_string(),
        line: error.inner().line(),
        column: error.inner().column(),
    }
}

/// The error for a status that is no success.
pub(crate) fn refusal(status: StatusCode, body: &[u8]) -> Error {
    let message = message(body);
    match status {
        StatusCode::UNAUTHORIZED => Error::Unauthorized { message },
        status => Error::Status { status, message },
    }
}

/// What a refusal says in words: a `Message` or its like in an object, a JSON string, plain text, the title of a page.
///
/// The title matters: it is where nginx says "400 No required SSL certificate was sent".
fn message(body: &[u8]) -> Option<String> {
    let text = match serde_json::from_slice(body) {
        Ok(Value::String(text)) => text,
        Ok(Value::Object(members)) => ["message", "detail", "title"].iter().find_map(|wanted| {
            let said = members.iter().find(|(name, value)| {
                name.eq_ignore_ascii_case(wanted) && value.as_str().is_some_and(|s| !s.is_empty())
            });
            said.and_then(|(_, value)| value.as_str())
                .map(str::to_owned)
        })?,
        Ok(_) => return None,
        Err(_) => std::str::from_utf8(body).ok()?.to_owned(),
    };
    let text = match text.trim() {
        markup if markup.starts_with('<') => title(markup)?.trim(),
        text => text,
    };
    if text.is_empty() {
        return None;
    }
    Some(
        text.chars()
            .filter(|c| !c.is_control())
            .take(LONGEST_MESSAGE)
            .collect(),
    )
}

fn title(markup: &str) -> Option<&str> {
    let lower = markup.to_ascii_lowercase(); // of the same length
    let (before, rest) = lower.split_once("<title>")?;
    let (title, _) = rest.split_once('<')?;
    let start = before.len() + "<title>".len();
    markup.get(start..start + title.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_read_with_and_without_quotation_marks() {
        assert_eq!(text(b"\"Hello Joe\"").unwrap(), "Hello Joe");
        assert_eq!(text(b"Hello Joe\r\n").unwrap(), "Hello Joe");
    }

    #[test]
    fn markup_and_other_json_are_no_text() {
        for body in [
            "<html>login</html>",
            "{\"a\":1}",
            "[\"a\"]",
            "\"unfinished",
            "",
            "null",
            "7",
        ] {
            let decoded = text(body.as_bytes());
            assert!(
                matches!(decoded, Err(Error::Decode { .. })),
                "{body}: {decoded:?}"
            );
        }
    }

    #[test]
    fn a_refusal_is_read_in_every_documented_shape() {
        let shapes: [(&str, Option<&str>); 11] = [
            ("Access Denied", Some("Access Denied")),
            ("\"Unable to find account\"", Some("Unable to find account")),
            ("{\"Message\":\"no\",\"Code\":400}", Some("no")),
            ("{\"title\":\"one\",\"detail\":null}", Some("one")),
            ("{\"title\":\"one\",\"detail\":\"two\"}", Some("two")),
            ("<html><body>Service Unavailable</body></html>", None),
            ("<html><title>unfinished", None),
            ("<HTML><Title> </Title></HTML>", None),
            (
                "<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>",
                Some("400 No required SSL certificate was sent"),
            ),
            ("", None),
            ("{}", None),
        ];
        for (body, expected) in shapes {
            assert_eq!(message(body.as_bytes()).as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn only_401_is_about_the_credentials() {
        assert!(refusal(StatusCode::UNAUTHORIZED, b"").is_authentication());
        assert!(!refusal(StatusCode::FORBIDDEN, b"").is_authentication());
    }

    proptest! {
        #[test]
        fn any_body_is_read_without_panic_and_no_message_is_long(body: Vec<u8>) {
            let _ = text(&body);
            let message = message(&body).unwrap_or_default();
            prop_assert!(message.chars().count() <= LONGEST_MESSAGE);
            prop_assert!(!message.chars().any(char::is_control));
        }
    }
}
