//! A second identity where a server has refused the first.
//!
//! Where the server cannot have seen the request, for any method; where it has answered with a refusal, if the caller
//! says so. Leaves out which identity is next: the connector knows.

use std::error::Error as StdError;

use http::{Request, Response, uri::Authority};
use http_body::Body;

use super::{
    deadline::Deadline,
    exchange::exchange,
    pool::Pool,
    settings::{HttpRefusals, Replay, Settings},
};
use crate::{Error, RawConnector, response_body::Unread, telemetry};

/// Sends a request with the best identity, and with the next if that one is refused and failover is on.
pub(super) async fn send<B, C>(
    pool: &Pool<B, C>,
    settings: &Settings<B>,
    request: Request<B>,
    authority: &Authority,
    deadline: &mut Deadline,
) -> Result<Response<Unread>, Error>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    let Some(replay) = settings.failover else {
        return exchange(pool, settings, request, authority, deadline).await;
    };
    let mut copy = copied(&request, replay);
    let first = match exchange(pool, settings, request, authority, deadline).await {
        Ok(answer) => return Ok(answer),
        Err(error) => error,
    };
    let candidates = pool.connector.candidates();
    // Under TLS 1.2 an alert may be anybody's: nothing is held against the identity, for this request or for others,
    // unless the server then takes another.
    let doubtful = refused_leaf(&first).filter(|_| !first.is_refused_for_certain());
    for _ in 0..TRIES {
        let refused = refused_leaf(&first);
        if !is_worth_another(&first, settings) || !candidates.has_unrefused(authority, refused) {
            break;
        }
        if let Some(leaf) = doubtful {
            candidates.skip_once(authority, leaf);
        }
        tracing::warn!(
            generation = %pool.generation(),
            refused = refused_leaf(&first).map(tracing::field::display),
            error = %first,
            "the server refused an identity, the next one is tried"
        );
        telemetry::failed_over();
        let next = copied(&copy, replay);
        let request = std::mem::replace(&mut copy, next);
        // On the heap, as it is rare: every request would carry room for it.
        let second = Box::pin(exchange(pool, settings, request, authority, deadline));
        match second.await {
            Ok(answer) => {
                if let Some(leaf) = doubtful {
                    candidates.note_refusal(authority, leaf);
                }
                return Ok(answer);
            }
            Err(second) if !is_worth_another(&second, settings) => return Err(second),
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

fn is_worth_another<B>(error: &Error, settings: &Settings<B>) -> bool {
    let is_answer = error
        .http_refusal()
        .is_some_and(|refusal| refusal.is_about_the_certificate());
    error.is_refused_unseen() || (is_answer && settings.http_refusals == HttpRefusals::FailedOver)
}

fn refused_leaf(error: &Error) -> Option<identity::Fingerprint> {
    error.connection()?.identity()
}

/// The same request once more.
pub(super) fn copied<B>(request: &Request<B>, replay: Replay<B>) -> Request<B> {
    let mut copy = Request::new(replay(request.body()));
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    copy
}
