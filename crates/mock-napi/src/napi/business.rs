//! `/business/v1`: searches for companies.

use axum::extract::Request;

use crate::napi::body;
use crate::napi::call::{Call, Handled};
use crate::napi::parameters::Parameters;
use crate::napi::transact::{Begun, begin};
use crate::napi::verifications::of_record;
use crate::service::business_search::{Found, search as search_companies};
use crate::service::known_error::ServiceError;
use crate::service::request::Asked;
use crate::service::transaction::Finding;

/// Serves `POST /business/v1/search`.
pub(crate) async fn search(call: Call, request: Request) -> Handled {
    let body = body::object(request, call.version, &call.settings).await?;
    let mut asked = Asked::search(&body);
    let country = call.country(&asked.country_code)?;
    let found = match &asked.input {
        Some(business) => search_companies(country, business, call.settings.outcome),
        None => Found {
            request_errors: vec![ServiceError::missing_field("Business")],
            ..Found::default()
        },
    };
    let input = asked.input.take().unwrap_or_default();
    begin(&call, asked, input, Finding::Found(found)).map(|begun: Begun| begun.into_answer(&call))
}

/// Serves `GET /business/v1/search/transactionrecord/{id}`.
pub(crate) async fn search_result(call: Call, Parameters(id): Parameters<String>) -> Handled {
    of_record(&call, &id, |transaction| match transaction.finding {
        Finding::Found(_) => Some(call.render().result(transaction, transaction.seen)),
        Finding::Verified(_) => None,
    })
    .map(|result| call.ok(result))
}
