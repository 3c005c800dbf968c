//! A template as the response that a browser shows.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

/// Returns a page.
pub(super) fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        // A fault of this crate: nothing in a template can fail but its own formatting.
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// A page with a heading and a sentence, for what cannot go on.
#[derive(Template)]
#[template(path = "message.html")]
struct Message<'a> {
    heading: &'a str,
    text: &'a str,
    back: &'a str,
}

/// Returns a page with a heading, a sentence and a way back.
pub(super) fn message(status: StatusCode, heading: &str, text: &str, back: &str) -> Response {
    page(
        status,
        &Message {
            heading,
            text,
            back,
        },
    )
}
