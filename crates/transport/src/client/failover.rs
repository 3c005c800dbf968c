//! A second identity where a server has refused the first.
//!
//! Where the server cannot have seen the request, for any method; where it has answered with a refusal, if the caller
//! says so. Leaves out which identity is next: the connector knows.

use std::error::Error as StdError;

use http::Response;
use http_body::Body;
use tokio::time::Instant;

use crate::client::exchange::{Exchange, HttpRefusals};
use crate::client::outgoing::Repeatable;
use crate::client::response_body::ResponseBody;
use crate::error::Error;
use crate::net::raw_connector::RawConnector;
use crate::telemetry;

/// Tries the next identity after `first`, if that was a refusal of one.
pub(super) async fn next<B, C>(
    exchange: &Exchange<B, C>,
    request: &Repeatable<B>,
    first: Error,
) -> Result<Response<ResponseBody>, Error>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    let http_refusals = exchange.settings.http_refusals;
    let Some(authority) = request.authority().cloned() else {
        return Err(first);
    };
    // Under TLS 1.2 an alert may be anybody's: nothing is held against the identity, for this request or for others,
    // unless the server then takes another.
    let doubtful = refused_leaf(&first).filter(|_| !first.is_certain_rejection());
    for _ in 0..TRIES {
        let pool = exchange.generations.current();
        let candidates = pool.connector.candidates();
        let has_another = candidates.has_unrejected(&authority, refused_leaf(&first));
        if !is_worth_another(&first, http_refusals) || !has_another {
            break;
        }
        let Some(again) = request.at(Instant::now()) else {
            break;
        };
        if let Some(leaf) = doubtful {
            candidates.skip_once(&authority, leaf);
        }
        tracing::warn!(
            generation = %pool.generation(),
            refused = refused_leaf(&first).map(tracing::field::display),
            error = %first,
            "the server refused an identity, the next one is tried"
        );
        telemetry::failed_over();
        match exchange.send(again).await {
            Ok(response) => {
                if let Some(leaf) = doubtful {
                    candidates.note_rejection(&authority, leaf);
                }
                return Ok(response);
            }
            Err(second) if !is_worth_another(&second, http_refusals) => return Err(second),
            // Not the next one: the request was given a connection that another had begun to open before the refusal.
            Err(second) if refused_leaf(&second) == refused_leaf(&first) => {}
            Err(second) => {
                tracing::warn!(
                    refused = refused_leaf(&second).map(tracing::field::display),
                    error = %second,
                    "the server refused the next identity too"
                );
                break;
            }
        }
    }
    Err(first)
}

/// How often a request may be given a connection of the identity that it has just been refused with, before it gives up.
const TRIES: usize = 4;

fn is_worth_another(error: &Error, http_refusals: HttpRefusals) -> bool {
    let is_answer = error
        .http_refusal()
        .is_some_and(|refusal| refusal.is_about_the_certificate());
    error.is_rejected_before_request() || (is_answer && http_refusals == HttpRefusals::FailedOver)
}

fn refused_leaf(error: &Error) -> Option<identity::Fingerprint> {
    error.connection()?.identity()
}
