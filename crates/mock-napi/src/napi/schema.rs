//! Schemas of NAPI's bodies, which [`Render`](crate::service::render::Render) and the handlers
//! write. A member that may have no value is `null` or absent, as the settings have it.

pub(super) mod configuration;
pub(super) mod requests;
pub(super) mod transactions;

use serde_json::{Value, json};

use crate::description::schema::{
    Components, any_of, list, object, one_of_texts, text, text_or_null,
};

pub(super) fn texts(all: &mut Components) -> Value {
    list(text(all))
}

pub(super) fn empty(_: &mut Components) -> Value {
    object([], [])
}

/// Describes an error of a request that was served.
pub(super) fn service_errors(all: &mut Components) -> Value {
    list(all.named("ServiceError", |all| {
        object([("Code", text(all))], [("Message", text_or_null())])
    }))
}

/// Describes a rejection in version 1, in each form that the settings have, but for problem
/// details.
pub(super) fn rejection(all: &mut Components) -> Value {
    all.named("Rejection", |all| {
        let code_and_message = object(
            [
                ("Code", json!({ "type": "integer" })),
                ("Reason", text(all)),
                ("Message", text(all)),
            ],
            [],
        );
        any_of([
            text(all),
            code_and_message,
            object([("Message", text(all))], []),
        ])
    })
}

/// Describes problem details (RFC 9457), as ASP.NET writes them.
pub(super) fn problem_details(all: &mut Components) -> Value {
    all.named("ProblemDetails", |all| {
        let null = json!({ "type": "null" });
        object(
            [
                ("type", text(all)),
                ("title", text(all)),
                ("status", json!({ "type": "integer" })),
                ("detail", null.clone()),
                ("instance", null),
                ("traceId", text(all)),
                ("errors", json!({ "type": "object" })),
            ],
            [],
        )
    })
}

/// Describes the rejection of a request for a token (RFC 6749, section 5.2).
pub(super) fn token_error(_: &mut Components) -> Value {
    let errors = [
        "invalid_client",
        "invalid_request",
        "invalid_scope",
        "unsupported_grant_type",
    ];
    object([("error", one_of_texts(errors))], [])
}

pub(super) fn token(all: &mut Components) -> Value {
    object(
        [
            ("access_token", text(all)),
            ("expires_in", json!({ "type": "integer" })),
            ("token_type", one_of_texts(["Bearer"])),
            ("scope", text(all)),
        ],
        [],
    )
}

pub(super) fn packages(all: &mut Components) -> Value {
    list(object(
        [
            ("PackageIdentifier", uuid(all)),
            ("Name", text(all)),
            ("IsApproved", json!({ "type": "boolean" })),
        ],
        [],
    ))
}

pub(super) fn uuid(_: &mut Components) -> Value {
    json!({ "type": "string", "format": "uuid" })
}
