//! Failover: a second identity after a server has rejected the first.
//!
//! For any method if the server cannot have seen the request; after an error response if the caller
//! allows it. Leaves out the choice of the next identity, which is the connector's.

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

/// Tries the next identity after `first`, if that is the rejection of one.
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
    // Under TLS 1.2 the alert may be forged: the identity counts as rejected, for this request and
    // for others, only if the server then accepts another.
    let doubtful = rejected_leaf(&first).filter(|_| !first.is_certain_rejection());
    for _ in 0..TRIES {
        let pool = exchange.generations.current();
        let candidates = pool.connector.candidates();
        let has_another = candidates.has_unrejected(&authority, rejected_leaf(&first));
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
            host = %authority,
            generation = %pool.generation(),
            rejected = rejected_leaf(&first).map(tracing::field::display),
            error = %first,
            "the server rejected an identity: trying the next one"
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
            // Still the first identity: the connection had been opened for another request before
            // the rejection.
            Err(second) if rejected_leaf(&second) == rejected_leaf(&first) => {}
            Err(second) => {
                tracing::warn!(
                    host = %authority,
                    rejected = rejected_leaf(&second).map(tracing::field::display),
                    error = %second,
                    "the server rejected the next identity too"
                );
                break;
            }
        }
    }
    Err(first)
}

/// The number of connections with the rejected identity that a request may get before it gives up.
const TRIES: usize = 4;

fn is_worth_another(error: &Error, http_refusals: HttpRefusals) -> bool {
    let is_response = error
        .http_refusal()
        .is_some_and(|refusal| refusal.is_about_the_certificate());
    error.is_rejected_before_request() || (is_response && http_refusals == HttpRefusals::FailOver)
}

fn rejected_leaf(error: &Error) -> Option<identity::Fingerprint> {
    error.connection()?.identity()
}
