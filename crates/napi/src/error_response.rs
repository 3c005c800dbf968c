//! Reading a response whose status is no success.
//!
//! What it says comes in many shapes: an object of the service's own, the problem details of
//! ASP.NET, either of them encoded twice or behind a prefix against scripts, a bare JSON string,
//! plain text, a page of a proxy, nothing. None of them is an error of its own.

use std::borrow::Cow;

use bytes::Bytes;
use http::{Response, StatusCode, header};
use vocabulary::RetryAfter;

use crate::body::Body;
use crate::error::Error;
use crate::html;
use crate::service_error::ErrorCode;
use crate::service_message::ServiceMessage;
use crate::wire::{Scanner, mended};

/// The longest message about a failure that is kept, in characters.
const LONGEST_MESSAGE: usize = 500;
/// The longest code of an error that is taken for one, in bytes.
const LONGEST_CODE: usize = 20;
/// The most members of an object that are looked at.
const MOST_MEMBERS: usize = 100;

/// The most of a body that is looked at, in bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// Returns the error for a status that is no success.
pub(crate) fn read(response: &Response<Bytes>) -> Error {
    let body = Body::from(response);
    let body = body.document();
    let body = body.get(..LONGEST_BODY).unwrap_or(&body);
    let message = message(body).as_deref().and_then(ServiceMessage::read);
    match response.status() {
        StatusCode::UNAUTHORIZED => Error::Unauthorized { message },
        status => Error::Status {
            status,
            message,
            code: code(body, status),
            retry_after: RetryAfter::read(response.headers().get_all(header::RETRY_AFTER)),
        },
    }
}

/// Returns the message of an error response, also of one that breaks off.
///
/// The title of a page matters: it is where nginx says "400 No required SSL certificate was sent".
fn message(body: &[u8]) -> Option<String> {
    let mut scanner = Scanner::new(body);
    scanner.skip_blank();
    match scanner.peek()? {
        b'{' | b'[' => {
            let members = Member::all_of(body);
            // Text in braces, such as a template that was not filled in.
            match members.is_empty() && !is_json(body) {
                true => words(&String::from_utf8_lossy(body)),
                false => said(&members),
            }
        }
        b'"' => match MemberValue::read(&mut scanner) {
            MemberValue::Text(text) if scanner.rest().trim_ascii().is_empty() => words(&text),
            _ => words(&String::from_utf8_lossy(body)),
        },
        _ if is_json(body) => None,
        _ => words(&String::from_utf8_lossy(body)),
    }
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok()
}

fn words(text: &str) -> Option<String> {
    match text.trim_start() {
        markup if markup.starts_with('<') => readable(html::title_text(markup)?),
        text => readable(text),
    }
}

/// Returns the message of an object: the service's own, else that of problem details (RFC 9457).
///
/// Of `errors`, which name what is wrong with each member, only the names are kept: the rest may
/// quote what was sent.
fn said(members: &[Member<'_>]) -> Option<String> {
    let text = |name| match member(members, name) {
        Some(MemberValue::Text(text)) => readable(text),
        _ => None,
    };
    // From the most telling to the least: `title` names a kind of error, OAuth's `error` a code.
    let first = ["message", "detail", "title", "reason", "error"]
        .into_iter()
        .find_map(text);
    let names = match member(members, "errors") {
        Some(MemberValue::Other(json)) => {
            // ASP.NET has the members at fault as names here; the texts beside them may quote
            // values.
            let errors = Member::all_of(json);
            let names = errors.iter().map(|error| &*error.name);
            let names: Vec<_> = names.filter(|name| is_path(name)).take(20).collect();
            Some(names.join(", "))
        }
        _ => None,
    };
    match (first, names.filter(|names| !names.is_empty())) {
        (Some(first), Some(names)) => readable(&format!("{first} ({names})")),
        (None, Some(names)) => readable(&names),
        (first, None) => first,
    }
}

fn is_path(name: &str) -> bool {
    name.len() <= 100
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._[]$".contains(&byte))
}

/// One member of an object, which may break off.
struct Member<'a> {
    name: Cow<'a, str>,
    value: MemberValue<'a>,
}

/// A value, as far as it is there.
enum MemberValue<'a> {
    /// Text.
    Text(Cow<'a, str>),
    /// Anything else, as it is written.
    Other(&'a [u8]),
}

impl<'a> Member<'a> {
    /// Returns the members of an object, or of the first one in a list.
    fn all_of(json: &'a [u8]) -> Vec<Self> {
        let mut members = Vec::new();
        let mut scanner = Scanner::new(json);
        scanner.skip_blank();
        if scanner.take(b'[') {
            scanner.skip_blank();
        }
        if !scanner.take(b'{') {
            return members;
        }
        while members.len() < MOST_MEMBERS {
            scanner.skip_blank();
            // A missing comma is passed over: what matters is the message behind it.
            if !members.is_empty() && scanner.take(b',') {
                scanner.skip_blank();
            }
            if scanner.peek() != Some(b'"') {
                break;
            }
            let Some(name) = scanner.string() else { break };
            scanner.skip_blank();
            if !scanner.take(b':') {
                break;
            }
            members.push(Self {
                name: mended(name).text,
                value: MemberValue::read(&mut scanner),
            });
        }
        members
    }
}

impl<'a> MemberValue<'a> {
    fn read(scanner: &mut Scanner<'a>) -> Self {
        scanner.skip_blank();
        let rest = scanner.rest();
        if scanner.peek() == Some(b'"') {
            let text = match scanner.string() {
                Some(text) => text,
                // Cut within the text: most of a message is better than none.
                None => {
                    scanner.end();
                    rest.get(1..).unwrap_or_default()
                }
            };
            return Self::Text(mended(text).text);
        }
        if scanner.skip_value().is_none() {
            scanner.end();
        }
        let length = rest.len() - scanner.rest().len();
        Self::Other(rest.get(..length).unwrap_or_default())
    }
}

fn member<'a>(members: &'a [Member<'_>], wanted: &str) -> Option<&'a MemberValue<'a>> {
    // Members come in either case, here as everywhere in this API.
    let mut named = members
        .iter()
        .filter(|member| member.name.eq_ignore_ascii_case(wanted));
    named.find_map(|member| match &member.value {
        MemberValue::Other(b"null") => None,
        value => Some(value),
    })
}

/// Returns the service's own code, where it is more than the status once again.
fn code(body: &[u8], status: StatusCode) -> Option<ErrorCode> {
    let members = Member::all_of(body);
    let code = match member(&members, "code")? {
        MemberValue::Text(text) => text,
        MemberValue::Other(number) => std::str::from_utf8(number).ok()?.trim(),
    };
    let is_code = !code.is_empty()
        && code.len() <= LONGEST_CODE
        && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_code && code != status.as_str()).then(|| ErrorCode::from(code))
}

/// Returns one line of it, without control characters; `None` if nothing is left.
fn readable(text: &str) -> Option<String> {
    let line: String = text
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST_MESSAGE)
        .collect();
    Some(line).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn response(status: u16, body: &'static [u8]) -> Response<Bytes> {
        let response = Response::builder().status(status);
        response.body(Bytes::from_static(body)).unwrap()
    }

    #[test]
    fn error_response_is_read_in_every_documented_shape() {
        let shapes: [(&str, Option<&str>); 26] = [
            ("Access Denied", Some("Access Denied")),
            ("\"Unable to find account\"", Some("Unable to find account")),
            ("{\"Message\":\"no\",\"Code\":400}", Some("no")),
            (
                "{\"Reason\":\"BadRequest\",\"Message\":null}",
                Some("BadRequest"),
            ),
            ("{\"title\":\"one\",\"detail\":null}", Some("one")),
            ("{\"title\":\"one\",\"detail\":\"two\"}", Some("two")),
            ("{\"error\":\"invalid_client\"}", Some("invalid_client")),
            (
                "{\"Title\":\"one\",\"errors\":{\"CountryCode\":[\"'Joe' is not valid\"],\"Joe Napoli\":[]}}",
                Some("one (CountryCode)"),
            ),
            ("{\"errors\":{\"CountryCode\":[]}}", Some("CountryCode")),
            ("<html><body>Service Unavailable</body></html>", None),
            ("<html><title>unfinished", None),
            ("<HTML><Title> </Title></HTML>", None),
            (
                "<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>",
                Some("400 No required SSL certificate was sent"),
            ),
            ("", None),
            ("{}", None),
            ("[1]", None),
            ("null", None),
            ("[{\"Message\":\"no\"}]", Some("no")),
            ("{\"Message\":\"Unable to fi", Some("Unable to fi")),
            (
                "{\"a\":[{\"Message\":1}],\"message\":\"n\\u00f6\"",
                Some("nö"),
            ),
            ("\"Unable to find acc", Some("Unable to find acc")),
            ("\"Joe\" is not valid", Some("\"Joe\" is not valid")),
            ("{Access} denied", Some("{Access} denied")),
            ("{\"Message\":\"cut \\ud83d\"}", Some("cut \u{FFFD}")),
            ("{\"Message\":\"one\r\ntwo\"}", Some("onetwo")),
            ("{\"Other\":{\"b\":", None),
        ];
        for (body, expected) in shapes {
            assert_eq!(message(body.as_bytes()).as_deref(), expected, "{body}");
        }
    }

    #[test]
    fn published_error_responses_are_read() {
        for (body, expected) in [
            (
                &include_bytes!("../tests/samples/error-400-bare-string.json")[..],
                "Account not configured for this country",
            ),
            (
                include_bytes!("../tests/samples/error-400-message-object.json"),
                "Account not configured for this country",
            ),
            (
                include_bytes!("../tests/samples/error-sdk-shape.json"),
                "Configuration name not valid",
            ),
            (
                include_bytes!("../tests/samples/v3-error-400-problemdetails.json"),
                "One or more validation errors occurred. (CountryCode)",
            ),
        ] {
            let error = read(&response(400, body));
            assert!(
                matches!(&error, Error::Status { status: StatusCode::BAD_REQUEST, message: Some(said), code: None, .. } if said == expected),
                "{error:?}"
            );
        }
    }

    #[test]
    fn service_code_is_kept_unless_it_repeats_the_status() {
        let code = |body| match read(&response(400, body)) {
            Error::Status { code, .. } => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            code(b"{\"Code\":2004}"),
            Some(ErrorCode::TRANSACTION_NOT_AVAILABLE)
        );
        assert_eq!(
            code(b"{\"code\":\"2004\"}"),
            Some(ErrorCode::TRANSACTION_NOT_AVAILABLE)
        );
        for none in [
            &b"{\"Code\":400}"[..],
            b"{\"Code\":\"Joe Napoli\"}",
            b"{\"Code\":{}}",
            b"2004",
        ] {
            assert_eq!(code(none), None);
        }
    }

    #[test]
    fn object_in_a_string_or_behind_a_prefix_is_read() {
        let object = r#"{"Code":2004,"Message":"not available"}"#;
        let string = serde_json::to_string(object).unwrap();
        let cut = string.trim_end_matches('"').trim_end_matches("}");
        for body in [
            object,
            &string,
            &format!("{string};\r\n"),
            cut,
            &format!(")]}}',\n{object}"),
            &format!("while(1);{object}"),
        ] {
            let response = Response::builder().status(400).body(body.to_owned().into());
            let error = read(&response.unwrap());
            let code = ErrorCode::TRANSACTION_NOT_AVAILABLE;
            assert!(
                matches!(&error, Error::Status { message: Some(said), code: Some(it), .. }
                    if said == "not available" && *it == code),
                "{body}: {error:?}"
            );
        }
        // Prose stays as it was written.
        for (body, words) in [
            ("\"[Joe] is not valid", "[Joe] is not valid"),
            ("for(;;)", "for(;;)"),
        ] {
            assert_eq!(
                message(&Body::from(body.as_bytes()).document()).as_deref(),
                Some(words)
            );
        }
    }

    #[test]
    fn only_401_is_about_the_credentials() {
        assert!(read(&response(401, b"")).is_authentication());
        assert!(!read(&response(403, b"")).is_authentication());
    }

    proptest! {
        #[test]
        fn any_body_is_read_into_a_short_message(body: Vec<u8>) {
            let _ = (html::title(&body), code(&body, StatusCode::OK));
            let message = message(&body).unwrap_or_default();
            prop_assert!(message.chars().count() <= LONGEST_MESSAGE);
            prop_assert!(!message.chars().any(char::is_control));
        }
    }
}
