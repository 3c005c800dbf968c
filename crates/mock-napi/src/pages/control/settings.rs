//! The mock's clock, and what NAPI answers.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::pages::form::OpenForm;
use crate::pages::html::page;
use crate::pages::when::When;
use crate::service::settings::ServiceSettings;
use crate::vendor::Vendor;

pub(super) fn routes() -> Router<Arc<Vendor>> {
    Router::new()
        .route("/control/settings", get(settings))
        .route("/control/clock", post(set_clock))
        .route("/control/service", post(set_service))
}

#[derive(Template)]
#[template(path = "settings.html")]
struct SettingsPage<'a> {
    form_token: &'a str,
    now: When,
    offset_seconds: i64,
    service: String,
    wrong: Option<String>,
}

async fn settings(State(vendor): State<Arc<Vendor>>) -> Response {
    let settings = vendor.service.settings();
    let json = serde_json::to_string_pretty(settings.as_ref());
    shown(&vendor, StatusCode::OK, json.unwrap_or_default(), None)
}

fn shown(vendor: &Vendor, status: StatusCode, service: String, wrong: Option<String>) -> Response {
    let clock = vendor.server.clock();
    let template = SettingsPage {
        form_token: vendor.sessions.form_token(),
        now: When::new(clock.now()),
        offset_seconds: clock.offset_seconds(),
        service,
        wrong,
    };
    page(status, &template)
}

#[derive(Deserialize)]
struct ClockForm {
    offset_seconds: i64,
}

async fn set_clock(
    State(vendor): State<Arc<Vendor>>,
    OpenForm(clock): OpenForm<ClockForm>,
) -> Response {
    vendor.server.clock().set(clock.offset_seconds);
    Redirect::to("/control/settings").into_response()
}

#[derive(Deserialize)]
struct ServiceForm {
    json: String,
}

async fn set_service(
    State(vendor): State<Arc<Vendor>>,
    OpenForm(ServiceForm { json }): OpenForm<ServiceForm>,
) -> Response {
    match serde_json::from_str::<ServiceSettings>(&json) {
        Ok(settings) => {
            vendor.service.set(settings);
            Redirect::to("/control/settings").into_response()
        }
        Err(error) => shown(
            &vendor,
            StatusCode::UNPROCESSABLE_ENTITY,
            json,
            Some(error.to_string()),
        ),
    }
}
