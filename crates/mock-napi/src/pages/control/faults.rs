//! Faults by name, for the next connections.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use mock_tls::Script;
use serde::Deserialize;

use crate::named_fault::{fault_names, named_fault};
use crate::pages::form::{NoMembers, OpenForm};
use crate::pages::html::page;
use crate::vendor::Vendor;

pub(super) fn routes() -> Router<Arc<Vendor>> {
    Router::new()
        .route("/control/faults", get(faults).post(set))
        .route("/control/faults/clear", post(clear))
}

#[derive(Template)]
#[template(path = "faults.html")]
struct FaultsPage<'a> {
    form_token: &'a str,
    names: Vec<&'static str>,
    queued: Vec<&'static str>,
    repeated: Option<&'static str>,
    wrong: Option<String>,
}

async fn faults(State(vendor): State<Arc<Vendor>>) -> Response {
    shown(&vendor, StatusCode::OK, None)
}

fn shown(vendor: &Vendor, status: StatusCode, wrong: Option<String>) -> Response {
    let scripts = vendor.server.scripts();
    let template = FaultsPage {
        form_token: vendor.sessions.form_token(),
        names: fault_names(),
        queued: scripts.queued().iter().map(name).collect(),
        repeated: scripts.repeated().as_ref().map(name),
        wrong,
    };
    page(status, &template)
}

/// Returns the name of a script; one that was put together by hand has none.
fn name(script: &Script) -> &'static str {
    let mut names = fault_names().into_iter();
    let found = names.find(|name| named_fault(name).as_ref() == Some(script));
    found.unwrap_or("a script without a name")
}

#[derive(Deserialize)]
struct Fault {
    name: String,
    times: Times,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Times {
    Next,
    Every,
}

async fn set(State(vendor): State<Arc<Vendor>>, OpenForm(fault): OpenForm<Fault>) -> Response {
    let Some(script) = named_fault(fault.name.trim()) else {
        return shown(&vendor, StatusCode::UNPROCESSABLE_ENTITY, Some(fault.name));
    };
    match fault.times {
        Times::Next => vendor.server.scripts().enqueue([script]),
        Times::Every => vendor.server.scripts().repeat(script),
    }
    Redirect::to("/control/faults").into_response()
}

async fn clear(State(vendor): State<Arc<Vendor>>, _: OpenForm<NoMembers>) -> Response {
    vendor.server.scripts().clear();
    Redirect::to("/control/faults").into_response()
}
