//! `/verifications/v1`: verifications, and what is left of them.

use axum::extract::Request;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::IntoResponse;
use serde_json::{Map, Value, json};

use crate::napi::body;
use crate::napi::call::{Call, Handled, Refused};
use crate::napi::parameters::Parameters;
use crate::napi::transact::{Begun, begin, unavailable};
use crate::napi::version::Version;
use crate::service::data_fields::groups::{BUSINESS, Kind};
use crate::service::input_fields::IMAGES;
use crate::service::known_error::ServiceError;
use crate::service::request::Asked;
use crate::service::settings::FileNames;
use crate::service::source::Seen;
use crate::service::transaction::{Finding, Transaction};
use crate::service::transactions::By;
use crate::service::verification::{Verified, verify as verify_input};

/// Serves `POST /verifications/v1/verify`.
pub(crate) async fn verify(call: Call, request: Request) -> Handled {
    let body = body::object(request, call.version, &call.settings).await?;
    verification(&call, Asked::verification(&body), "DataFields")
}

/// Serves `POST /v3/business/verify`.
pub(crate) async fn verify_business(call: Call, request: Request) -> Handled {
    let body = body::object(request, call.version, &call.settings).await?;
    let asked = Asked::business_verification(&body);
    verification(&call, asked, "BusinessDataFields")
}

fn verification(call: &Call, mut asked: Asked, input: &str) -> Handled {
    let country = call.country(&asked.country_code)?;
    let verified = match &asked.input {
        Some(input) => {
            let (code, consents) = (&asked.country_code, &asked.consents);
            verify_input(code, country, input, consents, call.settings.outcome)
        }
        None => Verified {
            request_errors: vec![ServiceError::missing_field(input)],
            ..Verified::default()
        },
    };
    let input = asked.input.take().unwrap_or_default();
    begin(call, asked, input, Finding::Verified(verified))
        .map(|begun: Begun| begun.into_answer(call))
}

/// Serves `GET /verifications/v1/transactionrecord/{id}`.
pub(crate) async fn record(call: Call, Parameters(id): Parameters<String>) -> Handled {
    record_in_detail(&call, &id, Seen::Always)
}

/// Serves `GET /verifications/v1/transactionrecord/{id}/{field}`: the names of two kinds of record
/// are taken for those, and any other for a document's.
pub(crate) async fn record_part(
    call: Call,
    Parameters((id, field)): Parameters<(String, String)>,
) -> Handled {
    match field.as_str() {
        "withaddress" => record_in_detail(&call, &id, Seen::WithAddress),
        "verbose" => record_in_detail(&call, &id, Seen::Verbose),
        // Version 1 has images under the same path as the degrees of detail.
        _ => image(&call, &id, &field),
    }
}

/// Serves `GET /v3/verifications/transactionrecord/{id}/{field}`, which knows of documents alone.
pub(crate) async fn record_document(
    call: Call,
    Parameters((id, field)): Parameters<(String, String)>,
) -> Handled {
    image(&call, &id, &field)
}

fn record_in_detail(call: &Call, id: &str, seen: Seen) -> Handled {
    let prefix = match call.version {
        Version::One => "verifications/v1",
        Version::Three => "v3/verifications",
    };
    // Images are named by a URL of the host that the client has used.
    let images = format!("{}/{prefix}/transactionrecord/{id}", call.base_url);
    of_record(call, id, |transaction| match transaction.finding {
        Finding::Verified(_) => {
            let url = |field: &str| format!("{images}/{field}");
            let country = call
                .vendor
                .service
                .countries
                .find(&transaction.country_code);
            let render = call.render();
            Some(render.record_with_inputs(transaction, seen, country, url))
        }
        Finding::Found(_) => None,
    })
    .map(|record| call.ok(record))
}

/// Returns the image itself: the text that was sent, base64.
fn image(call: &Call, id: &str, field: &str) -> Handled {
    of_record(call, id, |transaction| {
        let document = transaction.input.get("Document")?;
        let image = document.get(field).filter(|_| IMAGES.contains(&field))?;
        image.as_str().map(Value::from)
    })
    .map(|image| call.ok(image))
}

/// Returns something of a record that the account has; else the response in its place.
pub(crate) fn of_record<T>(
    call: &Call,
    id: &str,
    read: impl FnOnce(&Transaction) -> Option<T>,
) -> Result<T, Refused> {
    let service = &call.vendor.service;
    let read = |transaction: &mut Transaction| {
        transaction.expire(call.vendor.server.clock().now());
        // A transaction that still runs, or has failed, has no record yet.
        let is_there = transaction.is_completed();
        is_there.then(|| read(transaction)).flatten()
    };
    let found = service
        .transactions
        .with(&call.caller.account, By::RecordId(id), read);
    match found {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(unavailable(call, None)),
        Err(missing) => Err(unavailable(call, Some(missing))),
    }
}

/// Serves `GET /verifications/v1/transaction/{id}/status`. Asking brings a transaction nearer to
/// its end.
pub(crate) async fn status(call: Call, Parameters(id): Parameters<String>) -> Handled {
    let gate = call.settings.completion_gate.as_deref();
    let is_gate_open = gate.is_none_or(|gate| call.vendor.server.gates().is_open(gate));
    of_transaction(&call, &id, |transaction| {
        transaction.ask(call.vendor.server.clock().now(), is_gate_open);
        call.render().status(transaction)
    })
}

/// Serves `GET /verifications/v1/transaction/{id}/partialresult`.
pub(crate) async fn partial_result(call: Call, Parameters(id): Parameters<String>) -> Handled {
    of_transaction(&call, &id, |transaction| {
        transaction.expire(call.vendor.server.clock().now());
        call.render().partial(transaction)
    })
}

fn of_transaction(call: &Call, id: &str, read: impl FnOnce(&mut Transaction) -> Value) -> Handled {
    let transactions = &call.vendor.service.transactions;
    let found = transactions.with(&call.caller.account, By::Id(id), read);
    match found {
        Ok(value) => Ok(call.ok(value)),
        Err(missing) => Err(unavailable(call, Some(missing))),
    }
}

/// Serves `GET /verifications/v1/documentdownload/{id}/{field}`: a file, if the verification asked
/// for it.
pub(crate) async fn download(
    call: Call,
    Parameters((id, field)): Parameters<(String, String)>,
) -> Handled {
    let is_file = file_names().any(|name| name == field);
    let is_wanted =
        |business: &Map<String, Value>| is_file && business.get(&field) == Some(&json!(true));
    of_record(&call, &id, |transaction| {
        let business = transaction.input.get("Business")?.as_object()?;
        // A file exists only if the verification asked for it.
        is_wanted(business).then_some(())
    })?;
    // The same file for every name: tests are about the way there, not about its content.
    let mut response = ([(CONTENT_TYPE, "application/pdf")], PDF).into_response();
    let name = format!("attachment; filename=\"{field}.pdf\"").parse();
    if let (FileNames::Given, Ok(name)) = (call.settings.file_names, name) {
        response.headers_mut().insert(CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// Returns the names of the files that a verification may ask for.
pub(super) fn file_names() -> impl Iterator<Item = &'static str> {
    let is_file = |kind: &Kind| matches!(kind, Kind::Flag);
    let files = BUSINESS.iter().filter(move |(_, kind)| is_file(kind));
    files.map(|(name, _)| *name)
}

/// One empty page (ISO 32000-1), as small as readers take it.
const PDF: &str = "%PDF-1.4\n\
    1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n\
    2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n\
    3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>endobj\n\
    trailer<</Root 1 0 R>>\n%%EOF\n";
