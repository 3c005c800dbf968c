//! Clauses of error texts.

use std::error::Error as StdError;

use crate::field_problem::FieldProblem;
use crate::found_transaction::FoundTransaction;
use crate::service_error::{ErrorCode, ServiceError};
use crate::service_message::ServiceMessage;

/// For text that [`Error::service_message`](crate::Error::service_message) has.
const NOT_SHOWN: &str = "that may quote what was sent and is not shown here";

/// Returns what was said, if it can quote nothing; else that something was.
pub(super) fn said(message: Option<&ServiceMessage>) -> String {
    match message.map(ServiceMessage::fixed) {
        Some(Some(text)) => format!(", and said `{text}`"),
        Some(None) => format!(", and said something {NOT_SHOWN}"),
        None => String::new(),
    }
}

pub(super) fn coded(code: &Option<ErrorCode>) -> String {
    code.as_ref()
        .map(|code| format!(" with its code {}", code.shown()))
        .unwrap_or_default()
}

pub(super) fn numbered(errors: &[ServiceError]) -> String {
    let codes = errors.iter().filter_map(|error| error.code.as_ref());
    let codes: Vec<_> = codes.map(ErrorCode::shown).collect();
    match codes.is_empty() {
        true => String::new(),
        false => format!(", with its codes {}", codes.join(", ")),
    }
}

pub(super) fn titled(title: &Option<ServiceMessage>) -> String {
    match title.as_ref().map(ServiceMessage::fixed) {
        Some(Some(title)) => format!(" titled `{title}`"),
        Some(None) => format!(" with a title {NOT_SHOWN}"),
        None => String::new(),
    }
}

pub(super) fn responded(found: &Option<Box<FoundTransaction>>) -> &'static str {
    match found {
        Some(_) => ", in the response to a transaction that can be looked up",
        None => "",
    }
}

pub(super) fn whole(found: &Option<Box<FoundTransaction>>) -> &'static str {
    match found {
        Some(_) => "whole ",
        None => "",
    }
}

pub(super) fn listed(problems: &[FieldProblem]) -> String {
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    problems.join(", ")
}

/// Returns an error and all of its causes. One that another repeats is written once.
pub(super) fn with_causes(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(error) = next {
        next = error.source();
        let cause = error.to_string();
        if !text.contains(&cause) {
            text.push_str(": ");
            text.push_str(&cause);
        }
    }
    text
}
