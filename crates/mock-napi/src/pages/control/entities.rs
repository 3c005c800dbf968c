//! The test entities of each country: who can be verified, and with which inputs.

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use axum::routing::get;
use serde_json::{Map, Value};

use crate::pages::html::{message, page};
use crate::service::country::Country;
use crate::vendor::Vendor;

pub(super) fn routes() -> Router<Arc<Vendor>> {
    Router::new()
        .route("/control/entities", get(first))
        .route("/control/entities/{country}", get(entities))
}

async fn first(State(vendor): State<Arc<Vendor>>) -> Redirect {
    let first = vendor.service.countries.iter().next();
    let code = first.map_or("", |(code, _)| code);
    Redirect::to(&format!("/control/entities/{code}"))
}

#[derive(Template)]
#[template(path = "entities.html")]
struct EntitiesPage<'a> {
    country: &'a str,
    countries: Vec<&'static str>,
    consents: Vec<&'a str>,
    entities: Vec<Entity>,
}

struct Entity {
    name: String,
    /// The path of each input, and its value.
    inputs: Vec<(String, String)>,
    /// The smallest body that verifies the person.
    example: String,
}

async fn entities(State(vendor): State<Arc<Vendor>>, Path(country): Path<String>) -> Response {
    let countries = &vendor.service.countries;
    let Some(found) = countries.find(&country) else {
        let text = "The mock has no data of this country.";
        return message(
            StatusCode::NOT_FOUND,
            "Not found",
            text,
            "/control/entities",
        );
    };
    let template = EntitiesPage {
        country: &country,
        countries: countries.iter().map(|(code, _)| code).collect(),
        consents: found.consent_names().collect(),
        entities: entities_of(found, &country),
    };
    page(StatusCode::OK, &template)
}

fn entities_of(country: &Country, code: &str) -> Vec<Entity> {
    let entities = country.test_entities.iter();
    entities
        .map(|entity| Entity::new(entity, country, code))
        .collect()
}

impl Entity {
    fn new(entity: &Map<String, Value>, country: &Country, code: &str) -> Self {
        let name = entity.get("TestEntityName").and_then(Value::as_str);
        let mut inputs = Vec::new();
        for (group, value) in entity {
            if group != "TestEntityName" {
                flatten(group, value, &mut inputs);
            }
        }
        let mut fields = entity.clone();
        fields.remove("TestEntityName");
        fields.remove("Document"); // images, which no one would type
        let consents: Vec<_> = country.consent_names().collect();
        let example = serde_json::json!({
            "CountryCode": code,
            "ConsentForDataSources": consents,
            "DataFields": fields,
        });
        Self {
            name: name.unwrap_or_default().to_owned(),
            inputs,
            example: format!("{example:#}"),
        }
    }
}

fn flatten(path: &str, value: &Value, inputs: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                flatten(&format!("{path}.{name}"), value, inputs);
            }
        }
        Value::Array(values) => {
            for (place, value) in values.iter().enumerate() {
                flatten(&format!("{path}[{place}]"), value, inputs);
            }
        }
        Value::Null => {}
        Value::String(text) => inputs.push((path.to_owned(), beginning(text))),
        other => inputs.push((path.to_owned(), other.to_string())),
    }
}

/// Returns a text without the long rest of an image.
fn beginning(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

const LONGEST: usize = 60;
