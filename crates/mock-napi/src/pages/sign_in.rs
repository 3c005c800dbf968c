//! Signing in to the portal's page, and out.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use mock_tls::Credentials;
use serde::Deserialize;

use crate::pages::form::{NoMembers, OpenForm, SignedForm};
use crate::pages::html::page;
use crate::vendor::Vendor;

pub(super) fn routes() -> Router<Arc<Vendor>> {
    Router::new()
        .route("/portal/sign-in", get(form).post(sign_in))
        .route("/portal/sign-out", post(sign_out))
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    form_token: &'a str,
    user: &'a str,
    is_wrong: bool,
    users: Vec<&'a str>,
}

async fn form(State(vendor): State<Arc<Vendor>>) -> Response {
    shown(&vendor, StatusCode::OK, "", false)
}

fn shown(vendor: &Vendor, status: StatusCode, user: &str, is_wrong: bool) -> Response {
    let template = SignInPage {
        form_token: vendor.sessions.form_token(),
        user,
        is_wrong,
        users: vendor.portal_users().collect(),
    };
    page(status, &template)
}

#[derive(Deserialize)]
struct SignIn {
    user: String,
    password: String,
}

async fn sign_in(
    State(vendor): State<Arc<Vendor>>,
    OpenForm(SignIn { user, password }): OpenForm<SignIn>,
) -> Response {
    let user = user.trim();
    let account = vendor.account_of_portal_user(user);
    let given = Credentials::new(user, password);
    // An unknown user and a wrong password look alike from outside.
    let Some(account) = account.filter(|account| *account.portal() == given) else {
        return shown(&vendor, StatusCode::FORBIDDEN, user, true);
    };
    match vendor.sessions.open(account.name()) {
        Ok(cookie) => {
            let cookie = AppendHeaders([(SET_COOKIE, cookie)]);
            (cookie, Redirect::to("/portal")).into_response()
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

async fn sign_out(
    State(vendor): State<Arc<Vendor>>,
    headers: axum::http::HeaderMap,
    _: SignedForm<NoMembers>,
) -> Response {
    let cookie = AppendHeaders([(SET_COOKIE, vendor.sessions.end(&headers))]);
    (cookie, Redirect::to("/portal/sign-in")).into_response()
}
