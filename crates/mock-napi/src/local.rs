//! The descriptions of what portal and control have alike: they are for this machine alone, their
//! rejections are texts, and each request has a time limit.

use serde_json::{Value, json};

use crate::description::operation::{Example, JSON, Operation, PEM, Parameter, TEXT};
use crate::description::schema::{Components, object, of, text};
use crate::enforcement::Switch;
use crate::problem::Problem;

/// Describes what every operation has: the rejections of [`browser`](crate::browser) and of
/// [`limit_time`](crate::http::limit_time).
pub(crate) fn described(operation: Operation) -> Operation {
    let other_site = "The request may come from a web page of another site";
    operation
        .returns(400, "The request cannot be read", TEXT, text)
        .returns(403, other_site, TEXT, text)
        .returns_nothing(
            408,
            "The request, or what it waits for, did not come in time",
        )
}

/// Describes the upload of a certification request.
pub(crate) fn upload(operation: Operation) -> Operation {
    let problems = "What is wrong with the request";
    operation
        .takes(&REQUESTS, text, certification_request)
        .returns(201, "The certificate", PEM, text)
        .header(201, &[("x-serial", "Its serial number")])
        .returns(400, problems, JSON, self::problems)
        .returns(409, FULL, JSON, self::problems)
        .returns(413, "It exceeds 64 KiB", JSON, self::problems)
        .returns(500, NOT_KEPT, JSON, self::problems)
        .with(seconds(
            "valid_from",
            "Begin of the validity, in seconds from now",
        ))
        .with(seconds(
            "valid_to",
            "End of the validity, in seconds from now",
        ))
        .with(Parameter::query(
            "usage",
            "What the certificate is for",
            |_| json!({ "type": "string", "enum": ["client", "server"] }),
            || json!("client"),
        ))
        .with(Parameter::query(
            "issuer",
            "The CA that signs it: the mock's, or one that no server knows",
            |_| json!({ "type": "string", "enum": ["known", "unknown"] }),
            || json!("known"),
        ))
}

/// Describes how the switch of an account is turned.
pub(crate) fn turn(operation: Operation) -> Operation {
    operation
        .takes(&[JSON], of::<Switch>, || json!({ "enforced": false }))
        .returns_nothing(204, DONE)
        .returns(413, "The body exceeds 64 KiB", TEXT, text)
        .returns(500, NOT_KEPT, TEXT, text)
}

/// Describes everything that stands against a certification request.
pub(crate) fn problems(all: &mut Components) -> Value {
    let problem = of::<Problem>(all);
    object(
        [("problems", json!({ "type": "array", "items": problem }))],
        [],
    )
}

/// The types of a certification request: those that [`browser`](crate::browser) takes.
const REQUESTS: [&str; 3] = ["application/pkcs10", PEM, "application/octet-stream"];

pub(crate) const DONE: &str = "It is done";
pub(crate) const FULL: &str = "The account has five live certificates";
pub(crate) const NOT_KEPT: &str = "It could not be written to the state";

fn seconds(name: &'static str, description: &'static str) -> Parameter {
    let schema = |_: &mut Components| json!({ "type": "integer", "format": "int64" });
    let example: Example = match name {
        "valid_to" => || json!(3600),
        _ => || json!(0),
    };
    Parameter::query(name, description, schema, example)
}

/// Returns a request with an RSA key of 2048 bits that was thrown away.
fn certification_request() -> Value {
    json!(include_str!("../data/request.pem"))
}
