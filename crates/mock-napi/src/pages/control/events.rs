//! The event log as a table: the newest first, and new ones as they come.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use serde::Deserialize;
use serde_json::Value;

use crate::event::Event;
use crate::pages::html::page;
use crate::vendor::Vendor;

pub(super) fn routes() -> Router<Arc<Vendor>> {
    Router::new()
        .route("/control", get(events))
        .route("/control/events", get(rows))
}

#[derive(Deserialize)]
struct Selection {
    /// Of this connection alone.
    connection: Option<u64>,
    /// Later than this event.
    after: Option<u64>,
}

#[derive(Template)]
#[template(path = "events.html")]
struct EventsPage {
    connection: Option<u64>,
    rows: Rows,
}

/// The rows alone, which the page's script asks for.
#[derive(Template)]
#[template(path = "event_rows.html")]
struct Rows {
    events: Vec<Row>,
    latest: u64,
    omitted: usize,
}

struct Row {
    sequence: u64,
    connection: u64,
    peer: String,
    kind: String,
    details: Vec<(String, String)>,
    is_refusal: bool,
}

async fn events(State(vendor): State<Arc<Vendor>>, Query(selection): Query<Selection>) -> Response {
    let template = EventsPage {
        connection: selection.connection,
        rows: Rows::of(&vendor, &selection),
    };
    page(StatusCode::OK, &template)
}

async fn rows(State(vendor): State<Arc<Vendor>>, Query(selection): Query<Selection>) -> Response {
    page(StatusCode::OK, &Rows::of(&vendor, &selection))
}

impl Rows {
    fn of(vendor: &Vendor, selection: &Selection) -> Self {
        let from = selection.after.map_or(0, |after| after.saturating_add(1));
        let mut events = vendor.log.since(from);
        if let Some(connection) = selection.connection {
            events.retain(|event| event.connection == connection);
        }
        let latest = events.last().map(|event| event.sequence);
        Self {
            latest: latest.or(selection.after).unwrap_or_default(),
            omitted: events.len().saturating_sub(SHOWN),
            events: events.iter().rev().take(SHOWN).map(Row::new).collect(),
        }
    }
}

/// The number of events on a page.
const SHOWN: usize = 200;

impl Row {
    fn new(event: &Event) -> Self {
        // By way of JSON, so that a new kind of event is on the page without a line here.
        let json = serde_json::to_value(&event.kind).unwrap_or_default();
        let members = json.as_object().cloned().unwrap_or_default();
        let kind = members.get("event").map(text).unwrap_or_default();
        let details = members.iter().filter(|(name, value)| {
            *name != "event" && !value.is_null() && **value != Value::Array(Vec::new())
        });
        Self {
            sequence: event.sequence,
            connection: event.connection,
            peer: event.peer.to_string(),
            is_refusal: is_refusal(&kind, &members),
            kind: words(&kind),
            details: details
                .map(|(name, value)| (words(name), text(value)))
                .collect(),
        }
    }
}

/// Returns whether an event tells of something that did not go well, which the page marks.
fn is_refusal(kind: &str, members: &serde_json::Map<String, Value>) -> bool {
    let status = members.get("status").and_then(Value::as_u64);
    kind.contains("refused")
        || kind.contains("failed")
        || members
            .get("denial")
            .is_some_and(|denial| !denial.is_null())
        || status.is_some_and(|status| status >= 400)
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// Returns a value as text for a person.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            let members = members.map(|(name, value)| format!("{}: {}", words(name), text(value)));
            members.collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn value_is_shown_as_text() {
        let value = serde_json::json!({"a_b": [1, "x"], "c": null, "d": {"e": true}});
        assert_eq!(text(&value), "a b: 1, x; d: e: true");
    }

    #[test]
    fn rejection_is_marked_and_success_is_not() {
        let members = |json: Value| json.as_object().cloned().unwrap();
        let ok = members(serde_json::json!({"status": 200, "denial": null}));
        assert!(!is_refusal("request", &ok));
        assert!(is_refusal(
            "request",
            &members(serde_json::json!({"status": 401}))
        ));
        assert!(is_refusal("handshake_failed", &ok));
    }
}
