//! The descriptions of the control's operations, as far as they are alike.

use crate::description::operation::{Example, JSON, Method, Operation, Part, TEXT};
use crate::description::schema::{Described, of, text};
use crate::local::DONE;

/// Describes an operation of the control. One with a body wants a content type that no web page of
/// another site can send.
pub(super) fn operation(method: Method, path: &str, summary: &'static str) -> Operation {
    let operation = Operation::new(Part::Control, method, path, summary);
    match method {
        Method::Get => operation,
        Method::Delete | Method::Post | Method::Put => operation.returns(
            415,
            "The body is of a type that any page can send",
            TEXT,
            text,
        ),
    }
}

/// Describes a change by a body of JSON.
pub(super) fn takes<T: Described>(operation: Operation, example: Example) -> Operation {
    operation
        .takes(&[JSON], of::<T>, example)
        .returns_nothing(204, DONE)
        .returns(413, "The body exceeds 2 MiB", TEXT, text)
}
