//! The response to a hello, and what only looks like one.

use crate::body::Body;
use crate::error::Error;
use crate::hello_problem::HelloProblem;
use crate::response;
use crate::service_message::ServiceMessage;

/// Reads `Hello <name>`, as JSON or bare, of any name.
pub(super) fn read<'a>(body: impl Into<Body<'a>>) -> Result<String, Error> {
    let text = response::text(body)?;
    check(&text, |_| true)?;
    Ok(text)
}

/// Checks that a text is `Hello <name>`, and by `is_name` that the name is the right one.
pub(super) fn check(text: &str, is_name: impl Fn(&str) -> bool) -> Result<(), Error> {
    let problem = match greeted(text) {
        Some(name) if is_name(name) => return Ok(()),
        Some(_) => HelloProblem::AnotherName,
        None => HelloProblem::OtherText,
    };
    Err(Error::Hello {
        problem,
        message: ServiceMessage::from(text),
    })
}

fn greeted(text: &str) -> Option<&str> {
    const HELLO: &str = "Hello ";
    let (hello, name) = text.split_at_checked(HELLO.len())?;
    let name = name.trim();
    (hello.eq_ignore_ascii_case(HELLO) && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hello(body: &[u8], expected: &str) -> Result<String, Error> {
        let text = read(body)?;
        check(&text, |name| name == expected).map(|()| text)
    }

    fn problem(body: &str) -> Option<HelloProblem> {
        match hello(body.as_bytes(), "Joe") {
            Err(Error::Hello { problem, .. }) => Some(problem),
            Err(error) => panic!("{error:?}"),
            Ok(_) => None,
        }
    }

    #[test]
    fn hello_is_read_with_and_without_quotation_marks() {
        for body in [
            "\"Hello Joe\"",
            "Hello Joe",
            "hello Joe\r\n",
            "\u{FEFF}\"Hello Joe\"",
        ] {
            assert_eq!(problem(body), None, "{body}");
        }
    }

    #[test]
    fn other_names_and_other_texts_are_told_apart() {
        for body in ["\"Hello Jo\"", "Hello Joey", "Hello joe", "Hello JoeJoe"] {
            assert_eq!(problem(body), Some(HelloProblem::AnotherName), "{body}");
        }
        for body in [
            "maintenance, back at 5",
            "\"Hello\"",
            "Hello ",
            "HelloJoe",
            "Hello, Joe",
            "Joe",
            "Welcome. Hello Joe",
            "Hellé Joe",
        ] {
            assert_eq!(problem(body), Some(HelloProblem::OtherText), "{body}");
        }
    }

    #[test]
    fn a_page_and_other_json_are_no_text_at_all() {
        let page = read(b"<html><title>Sign in</title>");
        assert!(matches!(page, Err(Error::UnexpectedHtml { .. })));
        for body in ["{\"message\":\"Hello Joe\"}", "[\"Hello Joe\"]", "null", ""] {
            let decoded = read(body.as_bytes());
            assert!(matches!(decoded, Err(Error::Decode { .. })), "{body}");
        }
    }

    proptest! {
        #[test]
        fn any_name_is_greeted_by_itself_alone(name in "\\S(.{0,20}\\S)?", other in ".{1,20}") {
            let body = serde_json::to_vec(&format!("Hello {name}")).unwrap();
            prop_assert!(hello(&body, name.trim()).is_ok());
            prop_assume!(other.trim() != name.trim());
            prop_assert!(hello(&body, other.trim()).is_err());
        }
    }
}
