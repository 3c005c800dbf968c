//! The descriptions of NAPI's operations, as far as both versions have them alike.

use serde_json::{Value, json};

use crate::account::PACKAGE_ID;
use crate::description::operation::{
    Example, JSON, Method, Operation, Parameter, Part, Security, TEXT,
};
use crate::description::schema::{Components, Schema, bytes, one_of_texts, text};
use crate::napi::call::CONFIGURATION;
use crate::napi::schema::{self, uuid};
use crate::napi::verifications::file_names;
use crate::napi::version::Version;
use crate::service::country::Countries;
use crate::service::input_fields::IMAGES;

/// The subject of an operation, and its response.
pub(super) struct About(pub(super) &'static str, pub(super) Schema);

/// Describes a GET, with a parameter for each name in braces.
pub(super) fn get(version: Version, path: impl Into<String>, about: &About) -> Operation {
    operation(version, Method::Get, path.into(), about)
}

/// Describes a POST with a body of JSON.
pub(super) fn post(
    version: Version,
    path: impl Into<String>,
    about: &About,
    body: Schema,
    example: Example,
) -> Operation {
    let operation = operation(version, Method::Post, path.into(), about);
    rejecting(
        version,
        415,
        NOT_JSON,
        rejecting(version, 400, REJECTED, operation),
    )
    .takes(&[JSON], body, example)
    .returns_nothing(408, "The body did not come in time")
    .returns_nothing(413, "The body is longer than the settings have it")
}

/// Describes the page that may come in the place of jurisdictions.
pub(super) fn page_too(operation: Operation) -> Operation {
    operation.returns(200, "", "text/html", text)
}

/// Describes the file that is downloaded.
pub(super) fn file_too(operation: Operation) -> Operation {
    operation.returns(200, "", "application/pdf", bytes)
}

/// Describes what all operations of version 1 have that want credentials.
pub(super) fn for_user(operation: Operation) -> Operation {
    rejecting(Version::One, 403, ENFORCED, operation)
        .secured(Security::ApiUser)
        .returns(401, "Missing or wrong credentials", TEXT, text)
        .header(401, &[CHALLENGE])
}

/// Describes what all operations of version 3 have that want a token.
pub(super) fn for_token(operation: Operation) -> Operation {
    rejecting(Version::Three, 403, ENFORCED, operation)
        .secured(Security::Token)
        .returns_nothing(401, "A token that is missing, unknown or too old")
        .header(401, &[CHALLENGE])
}

/// A degree of detail of a record, or the name of an image in it.
const RECORD_PART: Parameter = Parameter::path(
    "field",
    "A degree of detail, or the name of an image",
    |_| one_of_texts(IMAGES.into_iter().chain(["verbose", "withaddress"])),
    || json!("verbose"),
);

/// The name of an image in a record.
const IMAGE: Parameter = Parameter::path(
    "field",
    "The name of an image",
    |_| one_of_texts(IMAGES),
    || json!("DocumentFrontImage"),
);

/// The name of a file that a verification has asked for.
const FILE: Parameter = Parameter::path(
    "field",
    "The name of a file",
    |_| one_of_texts(file_names()),
    || json!("AnnualReport"),
);

fn operation(version: Version, method: Method, path: String, about: &About) -> Operation {
    let About(summary, schema) = about;
    let part = match version {
        Version::One => Part::Version1,
        Version::Three => Part::Version3,
    };
    let operation = Operation::new(part, method, path, summary).returns(200, SERVED, JSON, *schema);
    let path = operation.path.clone();
    let names = path.split('/').filter_map(|part| {
        let name = part.strip_prefix('{')?;
        name.strip_suffix('}')
    });
    names.fold(operation, |operation, name| {
        let rejecting = match operation.responses.contains_key(&400) {
            true => operation,
            false => rejecting(version, 400, REJECTED, operation),
        };
        rejecting.with(match name {
            "field" if path.contains("/documentdownload/") => FILE,
            "field" if version == Version::One => RECORD_PART,
            "field" => IMAGE,
            _ => parameter(name, &path),
        })
    })
}

/// Describes a rejection in each form that it may have.
fn rejecting(
    version: Version,
    status: u16,
    description: &'static str,
    operation: Operation,
) -> Operation {
    let details = (
        "application/problem+json",
        schema::problem_details as Schema,
    );
    let operation = operation.returns(status, description, details.0, details.1);
    match version {
        Version::One => operation.returns(status, description, JSON, schema::rejection),
        Version::Three => operation,
    }
}

fn parameter(name: &str, path: &str) -> Parameter {
    match name {
        "configuration" => Parameter::path(
            "configuration",
            "The only configuration that there is",
            |_| one_of_texts([CONFIGURATION]),
            || json!(CONFIGURATION),
        ),
        "country" => Parameter::path(
            "country",
            "The code of a country",
            |_| one_of_texts(Countries::codes()),
            || json!("AU"),
        ),
        "id" if path.contains("/transaction/") => {
            Parameter::path("id", "The number of a transaction", uuid, no_number)
        }
        "id" => Parameter::path("id", "The number of a record", uuid, no_number),
        "jurisdiction" => Parameter::path(
            "jurisdiction",
            "The code or the name of a jurisdiction",
            text,
            || json!("VIC"),
        ),
        "package" => Parameter::path("package", "The package of every account", package, || {
            json!(PACKAGE_ID)
        }),
        // Longer ones are rejected.
        _ => Parameter::path(
            "name",
            "Who is greeted",
            |_| json!({ "type": "string", "minLength": 1, "maxLength": 100 }),
            || json!("Jane"),
        ),
    }
}

fn package(_: &mut Components) -> Value {
    one_of_texts([PACKAGE_ID])
}

/// Returns a number of no transaction: those of others are those of one start.
fn no_number() -> Value {
    json!("00000000-0000-4000-8000-000000000000")
}

const SERVED: &str = "The request is served";
const REJECTED: &str = "The request is rejected";
const NOT_JSON: &str = "The body is not JSON by its content-type";
const ENFORCED: &str = "The account enforces mutual TLS, and this is the plain endpoint";
const CHALLENGE: (&str, &str) = ("WWW-Authenticate", "The scheme that is wanted");
