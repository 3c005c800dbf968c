//! Portal and control as web pages, beside their JSON.
//!
//! Plain HTML that works without JavaScript; the one script follows the event log. Templates escape
//! whatever they are given (askama, by the file's ending).
//!
//! Whoever uses the portal signs in, and a session lies behind a cookie that no script can read.
//! The control asks for no one, as its JSON does. Every form carries a token that pages of other
//! sites cannot know, beside the checks of [`browser`](crate::browser).

mod certificates;
mod control;
mod download;
mod form;
mod html;
mod pkcs7;
mod sign_in;
mod upload;
mod when;

use std::sync::Arc;

use crate::vendor::Vendor;
use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_FRAME_OPTIONS,
};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

/// Returns the routes of the pages.
pub(crate) fn routes() -> Router<Arc<Vendor>> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/portal") }))
        .route("/assets/style.css", get(style))
        .route("/assets/icon.svg", get(icon))
        .route("/assets/live.js", get(script))
        .merge(sign_in::routes())
        .merge(certificates::routes())
        .merge(download::routes())
        .merge(control::routes())
        .layer(from_fn(protect))
}

async fn style() -> impl IntoResponse {
    let css = include_str!("../templates/style.css");
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], css)
}

async fn icon() -> impl IntoResponse {
    let svg = include_str!("../templates/icon.svg");
    ([(CONTENT_TYPE, "image/svg+xml")], svg)
}

async fn script() -> impl IntoResponse {
    let script = include_str!("../templates/live.js");
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], script)
}

/// Tells browsers to load nothing from elsewhere, to run no script in a page, to show it in no
/// frame, and to keep no copy.
async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in [
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (X_FRAME_OPTIONS, "DENY"),
        // Not `no-referrer`, by which browsers send `Origin: null` with the forms of this very site
        // (Fetch Standard, "append a request `Origin` header").
        (REFERRER_POLICY, "same-origin"),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
