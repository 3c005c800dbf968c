//! `/configuration/v1`: what an account can use in each country. Version 3 has the same under other
//! paths.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use crate::napi::call::{Call, Handled};
use crate::napi::parameters::Parameters;
use crate::napi::response;
use crate::service::country::Country;

/// Returns what `read` takes from one country under a configuration.
fn of_country(
    call: &Call,
    configuration: &str,
    country: &str,
    read: impl FnOnce(&Country) -> Value,
) -> Handled {
    call.configured(configuration)?;
    Ok(call.ok(read(call.country(country)?)))
}

/// Serves `GET /configuration/v1/countrycodes/{configuration}`.
pub(crate) async fn country_codes(
    call: Call,
    Parameters(configuration): Parameters<String>,
) -> Handled {
    call.configured(&configuration)?;
    let codes: Value = call
        .vendor
        .service
        .countries
        .iter()
        .map(|it| it.0)
        .collect();
    Ok(call.ok(codes))
}

/// Serves `GET /configuration/v1/countrysubdivisions/{country}`.
pub(crate) async fn country_subdivisions(
    call: Call,
    Parameters(code): Parameters<String>,
) -> Handled {
    Ok(call.ok(call.country(&code)?.subdivisions.clone()))
}

/// Serves `GET /configuration/v1/countryJOI`.
pub(crate) async fn all_jurisdictions(call: Call) -> Response {
    let countries = call.vendor.service.countries.iter();
    let all: Value = countries
        .flat_map(|(_, country)| country.jurisdictions.iter().cloned())
        .collect();
    call.ok(all)
}

/// Serves `GET /configuration/v1/countryJOI/{country}`: a page with status 200 for a country that
/// is not known, as the vendor's SDK says.
pub(crate) async fn jurisdictions(call: Call, Parameters(code): Parameters<String>) -> Response {
    match call.vendor.service.countries.find(&code) {
        Some(country) => call.ok(json!(country.jurisdictions)),
        None => response::page(StatusCode::OK, "Country not found"),
    }
}

/// Serves `GET /configuration/v1/businessregistrationnumbers`.
pub(crate) async fn all_registration_numbers(call: Call) -> Response {
    let countries = call.vendor.service.countries.iter();
    let all: Value = countries
        .flat_map(|(_, country)| country.registration_numbers.iter().cloned())
        .collect();
    call.ok(all)
}

/// Serves `GET /configuration/v1/businessregistrationnumbers/{country}`.
pub(crate) async fn registration_numbers(
    call: Call,
    Parameters(code): Parameters<String>,
) -> Handled {
    Ok(call.ok(json!(call.country(&code)?.registration_numbers)))
}

/// Serves `GET /configuration/v1/businessregistrationnumbers/{country}/{jurisdiction}`: the
/// jurisdiction by its code, or by the name that the response has.
pub(crate) async fn registration_numbers_within(
    call: Call,
    Parameters((code, jurisdiction)): Parameters<(String, String)>,
) -> Handled {
    let country = call.country(&code)?;
    let named = country
        .jurisdictions
        .iter()
        .find(|known| known.get("Code").is_some_and(|code| *code == *jurisdiction))
        .and_then(|known| known.get("Name")?.as_str())
        .unwrap_or(&jurisdiction);
    let within: Value = country
        .registration_numbers
        .iter()
        .filter(|number| number.get("Jurisdiction").is_some_and(|it| *it == *named))
        .cloned()
        .collect();
    Ok(call.ok(within))
}

/// Serves `GET /configuration/v1/fields/{configuration}/{country}`.
pub(crate) async fn fields(
    call: Call,
    Parameters((name, code)): Parameters<(String, String)>,
) -> Handled {
    of_country(&call, &name, &code, |country| country.fields.clone())
}

/// Serves `GET /configuration/v1/recommendedfields/{configuration}/{country}`.
pub(crate) async fn recommended_fields(
    call: Call,
    Parameters((name, code)): Parameters<(String, String)>,
) -> Handled {
    of_country(&call, &name, &code, Country::recommended_fields)
}

/// Serves `GET /configuration/v1/consents/{configuration}/{country}`.
pub(crate) async fn consents(
    call: Call,
    Parameters((name, code)): Parameters<(String, String)>,
) -> Handled {
    of_country(&call, &name, &code, |country| {
        country.consent_names().collect()
    })
}

/// Serves `GET /configuration/v1/detailedConsents/{configuration}/{country}`.
pub(crate) async fn detailed_consents(
    call: Call,
    Parameters((name, code)): Parameters<(String, String)>,
) -> Handled {
    of_country(&call, &name, &code, |country| json!(country.consents))
}

/// Serves `GET /configuration/v1/testentities/{configuration}/{country}`.
pub(crate) async fn test_entities(
    call: Call,
    Parameters((name, code)): Parameters<(String, String)>,
) -> Handled {
    of_country(&call, &name, &code, Country::published_entities)
}

/// Serves `GET /configuration/v1/datasources/{configuration}/{country}`.
pub(crate) async fn datasources(
    call: Call,
    Parameters((name, code)): Parameters<(String, String)>,
) -> Handled {
    of_country(&call, &name, &code, Country::published_datasources)
}

/// Serves `GET /configuration/v1/alldatasources/{configuration}`.
pub(crate) async fn all_datasources(
    call: Call,
    Parameters(configuration): Parameters<String>,
) -> Handled {
    call.configured(&configuration)?;
    let countries = call.vendor.service.countries.iter();
    let all: Value = countries
        .map(|(code, country)| {
            json!({ "Country": code, "Datasources": country.published_datasources() })
        })
        .collect();
    Ok(call.ok(all))
}

/// Serves `GET /configuration/v1/documentTypes`.
pub(crate) async fn all_document_types(call: Call) -> Response {
    let countries = call.vendor.service.countries.iter();
    let all: Map<String, Value> = countries
        .map(|(code, country)| (code.to_owned(), json!(country.document_types)))
        .collect();
    call.ok(all.into())
}

/// Serves `GET /configuration/v1/documentTypes/{country}`.
pub(crate) async fn document_types(call: Call, Parameters(code): Parameters<String>) -> Handled {
    let types = &call.country(&code)?.document_types;
    Ok(call.ok(json!({ code: types })))
}
