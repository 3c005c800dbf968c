//! Forms of a page that were sent: who sends them, and whether a page of ours had them.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, RawForm, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::account::Account;
use crate::pages::html::message;
use crate::session::Session;
use crate::vendor::Vendor;

/// The user who is signed in; a request without one is sent to the page where one signs in.
pub(super) struct SignedIn {
    pub(super) account: Account,
    pub(super) session: Session,
}

impl FromRequestParts<Arc<Vendor>> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(
        parts: &mut Parts,
        vendor: &Arc<Vendor>,
    ) -> Result<Self, Self::Rejection> {
        let session = vendor.sessions.of(&parts.headers);
        let signed_in = session.and_then(|session| {
            let account = vendor.parent_account(&session.account)?.clone();
            Some(Self { account, session })
        });
        signed_in.ok_or_else(|| Redirect::to("/portal/sign-in").into_response())
    }
}

/// The members of a form of someone who is signed in.
pub(super) struct SignedForm<T> {
    pub(super) by: SignedIn,
    pub(super) members: T,
}

impl<T: DeserializeOwned> FromRequest<Arc<Vendor>> for SignedForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, vendor: &Arc<Vendor>) -> Result<Self, Self::Rejection> {
        let (mut parts, body) = request.into_parts();
        let by = SignedIn::from_request_parts(&mut parts, vendor).await?;
        let request = Request::from_parts(parts, body);
        let members = members(request, vendor, &by.session.form_token).await?;
        Ok(Self { by, members })
    }
}

/// The members of a form that needs no session: of the control, and of whoever signs in.
pub(super) struct OpenForm<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<Arc<Vendor>> for OpenForm<T> {
    type Rejection = Response;

    async fn from_request(request: Request, vendor: &Arc<Vendor>) -> Result<Self, Self::Rejection> {
        let token = vendor.sessions.form_token();
        members(request, vendor, token).await.map(Self)
    }
}

/// Returns the members of a form that carries this token.
async fn members<T: DeserializeOwned>(
    request: Request,
    vendor: &Arc<Vendor>,
    token: &str,
) -> Result<T, Response> {
    let RawForm(sent) = RawForm::from_request(request, vendor)
        .await
        .map_err(|rejection| unreadable(rejection.status(), &rejection.body_text()))?;
    let no_token = |_| foreign_form();
    let Token { form_token } = serde_urlencoded::from_bytes(&sent).map_err(no_token)?;
    if form_token != token {
        return Err(foreign_form());
    }
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    serde_urlencoded::from_bytes(&sent).map_err(|error| unreadable(status, &error.to_string()))
}

fn unreadable(status: StatusCode, text: &str) -> Response {
    message(status, "The form cannot be read", text, "/")
}

/// Returns the response to a form that no page of this session had.
pub(super) fn foreign_form() -> Response {
    message(
        StatusCode::FORBIDDEN,
        "The form is out of date",
        "It was not made by this session of the mock, so that nothing was changed. Load the page anew and try again.",
        "/",
    )
}

/// The member that every form has.
#[derive(Deserialize)]
struct Token {
    form_token: String,
}

/// A form without a member of its own: its button says everything.
#[derive(Deserialize)]
pub(super) struct NoMembers {}
