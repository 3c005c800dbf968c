//! The common part of verifications and searches: a transaction is made, and answered at once or
//! later.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use time::Duration;
use uuid::Uuid;

use crate::event::EventKind;
use crate::napi::call::{CONFIGURATION, Call, Refused};
use crate::napi::version::Version;
use crate::service::callback::{Callback, Receiver};
use crate::service::input_fields::paths;
use crate::service::known_error::ServiceError;
use crate::service::render::errors_json;
use crate::service::request::Asked;
use crate::service::settings::{FinalState, UnknownRecords};
use crate::service::source::Seen;
use crate::service::transaction::{Finding, State, Transaction};
use crate::service::transactions::Missing;

/// A transaction that was made, if it was.
pub(crate) enum Begun {
    /// The result comes later.
    Accepted(Transaction),
    /// The result is there.
    Done(Transaction),
    /// An error of the whole request: there is none.
    Rejected(Transaction),
}

impl Begun {
    pub(crate) fn into_answer(self, call: &Call) -> Response {
        let render = call.render();
        call.ok(match &self {
            Self::Accepted(transaction) => render.accepted(transaction),
            Self::Done(transaction) => render.result(transaction, transaction.seen),
            Self::Rejected(transaction) => render.rejected(transaction),
        })
    }
}

/// Makes a transaction of a request and what it comes to, and says so in the log.
pub(crate) fn begin(
    call: &Call,
    asked: Asked,
    input: Map<String, Value>,
    finding: Finding,
) -> Result<Begun, Refused> {
    // A search of version 1 names no configuration, and a verification need not.
    match call.version {
        Version::One => {
            let name = asked.configuration.as_deref().unwrap_or(CONFIGURATION);
            call.configured(name)?;
        }
        Version::Three => call.configured(asked.package.as_deref().unwrap_or_default())?,
    }
    let now = call.vendor.server.clock().now();
    let is_rejected = !finding.request_errors().is_empty();
    let state = match &asked.callback_url {
        // What is wrong with a request is known at once, so it is never pending.
        Some(_) if !is_rejected => State::Running {
            polls: call.settings.polls,
            end: call.settings.end,
        },
        _ => State::Ended {
            end: FinalState::Completed,
            at: now,
        },
    };
    // 0, which some of the vendor's examples send, is no limit.
    let seconds = asked.timeout.filter(|seconds| *seconds > 0);
    let transaction = Transaction {
        id: guid()?,
        record_id: guid()?,
        account: call.caller.account.clone(),
        country_code: asked.country_code,
        customer_reference: asked.customer_reference,
        uploaded: now,
        deadline: seconds.and_then(|seconds| now.checked_add(Duration::seconds(seconds))),
        finding,
        input,
        seen: match (asked.verbose, asked.cleansed_address) {
            (true, _) => Seen::Verbose,
            (false, true) => Seen::WithAddress,
            (false, false) => Seen::Always,
        },
        state,
    };
    record(call, &transaction);
    // Not kept: a rejected request has no transaction that one could ask about.
    if is_rejected {
        return Ok(Begun::Rejected(transaction));
    }
    call.vendor.service.transactions.add(transaction.clone());
    let Some(url) = asked.callback_url else {
        return Ok(Begun::Done(transaction));
    };
    if let Some(receiver) = Receiver::of(&url, &call.settings, &call.vendor.callback_hosts) {
        call.vendor.service.callback(Callback {
            transaction_id: transaction.id.clone(),
            account: transaction.account.clone(),
            receiver,
            log: call.log.clone(),
        });
    }
    Ok(Begun::Accepted(transaction))
}

/// Returns the response where a transaction or a record is not to be had.
pub(crate) fn unavailable(call: &Call, missing: Option<Missing>) -> Refused {
    match call.settings.unknown_records {
        UnknownRecords::BadRequest => call.refused("Transaction not available"),
        UnknownRecords::ServiceError => {
            // The vendor has a code for each, so that one account learns of another's numbers; the
            // 400 does not tell.
            let code = match missing {
                Some(Missing::OfAnotherAccount) => 2005,
                Some(Missing::Unknown) | None => 2004,
            };
            let errors = errors_json(&[ServiceError::new(code)]);
            call.ok(json!({ "Errors": errors })).into()
        }
    }
}

fn record(call: &Call, transaction: &Transaction) {
    let country = call
        .vendor
        .service
        .countries
        .find(&transaction.country_code);
    call.log.record(EventKind::Transaction {
        transaction_id: transaction.id.clone(),
        transaction_record_id: transaction.record_id.clone(),
        country: transaction.country_code.clone(),
        inputs: paths(&transaction.input, country),
        is_match: match &transaction.finding {
            Finding::Verified(verified) => verified.is_match,
            Finding::Found(found) => !found.results.is_empty(),
        },
        is_pending: matches!(transaction.state, State::Running { .. }),
    });
}

fn guid() -> Result<String, Refused> {
    let bytes = mock_tls::random()
        .map_err(|_| Refused::from(StatusCode::INTERNAL_SERVER_ERROR.into_response()))?;
    let id: Uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
    Ok(id.to_string())
}
