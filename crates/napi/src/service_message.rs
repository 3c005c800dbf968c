//! Words of the service about a failure, which may quote what was sent.

use std::fmt;

use vocabulary::is_invisible;

use crate::request_field::is_request_field;

/// The longest message about a failure that is kept, in characters.
const LONGEST: usize = 500;

/// A message of the service, or of something in front of it, about a failure.
///
/// **It may quote what was sent**, names and numbers of people included. So `Display` and `Debug`,
/// of this type and of the errors that hold it, show it only if it is one of the fixed messages:
/// those that the vendor publishes, those of OAuth 2.0 and ASP.NET, the names of HTTP statuses and
/// the certificate pages of nginx. [`unredacted`](Self::unredacted) has the text in any case.
///
/// It is one line of at most 500 characters; characters that control a terminal or the direction of
/// text are left out.
///
/// ```
/// use napi::ServiceMessage;
///
/// let fixed = ServiceMessage::from("Account not configured for this country");
/// assert_eq!(fixed.to_string(), "Account not configured for this country");
/// let quoting = ServiceMessage::from("Joe Napoli is not valid");
/// assert!(!format!("{quoting} {quoting:?}").contains("Joe"));
/// assert_eq!(quoting.unredacted(), "Joe Napoli is not valid");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceMessage(String);

/// Messages without anything that a request could have put into them, in lower case.
const FIXED: [&str; 25] = [
    // Trulioo's pages of errors, and what was recorded.
    "access denied",
    "account not configured for this country",
    "account not configured for this product",
    "api key is invalid or has expired",
    CONFIGURATION_NAME,
    "failed to get information from processedrecord",
    "invalid credentials",
    "missing authorization header",
    "missing consent",
    "transaction not available",
    "unable to find account",
    // RFC 6749, section 5.2.
    "invalid_client",
    "invalid_grant",
    "invalid_request",
    "invalid_scope",
    "unauthorized_client",
    "unsupported_grant_type",
    // ASP.NET.
    "one or more validation errors occurred",
    "runtime error",
    "server error",
    // nginx, and what stands for it.
    "no required ssl certificate was sent",
    "request header or cookie too large",
    "service temporarily unavailable",
    "the plain http request was sent to https port",
    "the ssl certificate error",
];
const CONFIGURATION_NAME: &str = "configuration name not valid";
/// Messages that end in the name of a field, before the colon, in lower case.
const WITH_FIELD: [&str; 2] = ["missing required field", "field format invalid"];

impl ServiceMessage {
    /// Takes one line of a text; `None` if nothing is left of it.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let line: String = text
            .trim()
            .chars()
            .filter(|c| !is_invisible(*c))
            .take(LONGEST)
            .collect();
        Some(Self(line)).filter(|it| !it.0.is_empty())
    }

    /// Returns the text, which **may quote what was sent**: keep it out of logs, or redact it
    /// there.
    #[must_use]
    pub fn unredacted(&self) -> &str {
        &self.0
    }

    /// Returns the text if it is a fixed message, so that it can quote nothing.
    #[must_use]
    pub fn fixed(&self) -> Option<&str> {
        let (words, names) = match self.0.split_once(" (") {
            Some((words, names)) => (words, names.strip_suffix(')')?),
            None => (&*self.0, ""),
        };
        let is_fixed = is_phrase(words) || names_field(words);
        let are_fields = names.is_empty() || names.split(", ").all(is_request_field);
        (is_fixed && are_fields).then_some(&self.0)
    }

    /// Returns whether the service does not know the name of the configuration: it says so with
    /// status 400 or 500.
    pub(crate) fn is_configuration_name(&self) -> bool {
        bare(&self.0) == CONFIGURATION_NAME
    }
}

/// Returns whether this is a fixed message, alone or after the number of a status.
fn is_phrase(words: &str) -> bool {
    let words = bare(words);
    // Proxies put the status in front: "503 Service Temporarily Unavailable".
    let after_number = words
        .split_once(' ')
        .filter(|(number, _)| number.len() == 3 && number.bytes().all(|it| it.is_ascii_digit()));
    let phrase = after_number.map_or(&*words, |(_, phrase)| phrase);
    FIXED.contains(&phrase) || is_reason(phrase)
}

/// Returns whether this is the name of an HTTP status.
fn is_reason(phrase: &str) -> bool {
    (400..600).any(|code| {
        let status = http::StatusCode::from_u16(code).ok();
        let reason = status.and_then(|status| status.canonical_reason());
        reason.is_some_and(|reason| reason.eq_ignore_ascii_case(phrase))
    })
}

fn names_field(words: &str) -> bool {
    let Some((phrase, field)) = words.split_once(':') else {
        return false;
    };
    WITH_FIELD.contains(&&*bare(phrase)) && is_request_field(field.trim().trim_end_matches('.'))
}

/// Returns words in lower case, without a full stop.
fn bare(words: &str) -> String {
    words.trim().trim_end_matches('.').to_ascii_lowercase()
}

impl From<&str> for ServiceMessage {
    /// Takes one line of a text.
    fn from(text: &str) -> Self {
        Self::read(text).unwrap_or_else(|| Self(String::new()))
    }
}

impl PartialEq<str> for ServiceMessage {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for ServiceMessage {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for ServiceMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            self.fixed()
                .unwrap_or("(not shown, it may quote what was sent)"),
        )
    }
}

impl fmt::Debug for ServiceMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fixed() {
            Some(text) => fmt::Debug::fmt(text, f),
            None => f.write_str("_"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str) -> String {
        let message = ServiceMessage::from(text);
        format!("{message} {message:?} {message:#?}")
    }

    #[test]
    fn a_fixed_message_is_shown_in_each_of_its_forms() {
        for text in [
            "Account not configured for this country.",
            "ACCESS DENIED",
            "503 Service Temporarily Unavailable",
            "502 Bad Gateway",
            "Not Found",
            "400 No required SSL certificate was sent",
            "One or more validation errors occurred. (CountryCode)",
            "One or more validation errors occurred. ($.DataFields.NationalIds[0].Number, PackageId)",
            "Missing required field: FirstSurName",
            "invalid_client",
        ] {
            assert_eq!(ServiceMessage::from(text).fixed(), Some(text));
            assert!(shown(text).contains(text));
        }
    }

    #[test]
    fn a_message_that_could_quote_is_not_shown() {
        for text in [
            "Napoli is not valid",
            "Unable to find account of Napoli",
            "Unable to find account (Napoli)",
            "One or more validation errors occurred. (CountryCode, Napoli)",
            "Missing required field: Napoli",
            "Napoli: FirstSurName",
            "404 Napoli",
            "404 Not Found: /connection/v1/sayhello/Napoli",
            "Napoli",
            "NAPOLI (CountryCode",
        ] {
            assert_eq!(ServiceMessage::from(text).fixed(), None, "{text}");
            assert!(!shown(text).to_lowercase().contains("napoli"), "{text}");
            assert_eq!(ServiceMessage::from(text).unredacted(), text);
        }
    }

    #[test]
    fn characters_that_rearrange_a_line_are_left_out() {
        let text = "Access\u{202E} \u{2066}Den\u{200F}ied\u{1b}[31m\r\n\u{61C}\u{E0041}";
        assert_eq!(ServiceMessage::from(text).unredacted(), "Access Denied[31m");
        assert!(ServiceMessage::read(" \u{202E}\n").is_none());
    }

    proptest! {
        #[test]
        fn any_text_becomes_one_short_plain_line(text in any::<String>()) {
            let message = ServiceMessage::from(&*text);
            prop_assert!(message.unredacted().chars().count() <= LONGEST);
            prop_assert!(message.unredacted().chars().all(|it| !is_invisible(it)));
            let _ = (message.fixed(), message.to_string());
        }

        #[test]
        fn what_was_sent_is_never_shown(name in "[A-Z][a-z]{3,9} [A-Z][a-z]{3,9}") {
            for text in [name.clone(), format!("{name} is not valid"), format!("Invalid: {name}")] {
                prop_assert!(!shown(&text).contains(&name));
            }
        }
    }
}
