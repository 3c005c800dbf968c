//! A second identity where a server has refused the first.
//!
//! Only where the server cannot have seen the request, so for any method. Leaves out refusals in words of HTTP: a
//! server that answers has read the request.

use std::{
    error::Error as StdError,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::{Request, Response, uri::Authority};
use http_body::Body;
use tokio::time::Instant;

use super::{MtlsClient, exchange::exchange, lineup::Lineup};
use crate::{Error, RawConnector, ResponseBody};

/// Makes a second body of a first that has not been sent.
pub(super) type Replay<B> = fn(&B) -> B;

impl<B: Clone, C> MtlsClient<B, C> {
    /// Sends a request once more with the next identity if the server has refused the first before it could see
    /// the request.
    ///
    /// That is when an alert about our certificate ends a new connection before any answer: whatever the method, the
    /// request has not reached HTTP. Of several identities ([`rotate`](Self::rotate)), one that a host has refused is
    /// passed over for that host for five minutes. If the host refuses the second too, the error is about the first,
    /// and both have been logged. The deadline is one for both.
    ///
    /// For this every body is cloned before it is sent, which is cheap for [`Bytes`](bytes::Bytes).
    #[must_use]
    pub fn failover(mut self) -> Self {
        self.replay = Some(B::clone);
        self
    }
}

/// Sends a request with the best identity, and with the next if that one is refused and there is a `replay`.
pub(super) async fn send<B, C>(
    lineup: Arc<Lineup<B, C>>,
    request: Request<B>,
    authority: Authority,
    replay: Option<Replay<B>>,
) -> Result<Response<ResponseBody>, Error>
where
    B: Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
    C: RawConnector + Clone + Send + Sync + 'static,
{
    let first = lineup.choose(&authority);
    let deadline = first.connector.deadlines().request_end();
    let copy = replay.map(|replay| copied(&request, replay));
    let failed = match exchange(first, request, &authority, deadline).await {
        Ok(response) => return Ok(response),
        Err(failed) => failed,
    };
    if !failed.is_refused_unseen() {
        return Err(failed.error);
    }
    first.refusals.note(&authority);
    let (Some(copy), Some(next)) = (copy, lineup.another(&authority)) else {
        return Err(failed.error);
    };
    tracing::warn!(
        generation = %lineup.generation(),
        refused = first.leaf.map(tracing::field::display),
        next = next.leaf.map(tracing::field::display),
        error = %failed.error,
        "the server refused an identity, the next one is tried"
    );
    match exchange(next, copy, &authority, deadline).await {
        Ok(response) => Ok(response),
        Err(second) if second.is_refused_unseen() => {
            next.refusals.note(&authority);
            tracing::warn!(error = %second.error, "the server refused the next identity too");
            Err(failed.error)
        }
        Err(second) => Err(second.error),
    }
}

fn copied<B>(request: &Request<B>, replay: Replay<B>) -> Request<B> {
    let mut copy = Request::new(replay(request.body()));
    *copy.method_mut() = request.method().clone();
    *copy.uri_mut() = request.uri().clone();
    *copy.version_mut() = request.version();
    *copy.headers_mut() = request.headers().clone();
    *copy.extensions_mut() = request.extensions().clone();
    copy
}

/// The hosts that have refused an identity of late.
#[derive(Default)]
pub(super) struct Refusals(Mutex<Vec<(Authority, Instant)>>);

impl Refusals {
    fn note(&self, authority: &Authority) {
        let now = Instant::now();
        let mut refusals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        refusals.retain(|(host, since)| host != authority && is_recent(*since, now));
        if refusals.len() == MOST_REFUSALS {
            refusals.remove(0);
        }
        refusals.push((authority.clone(), now));
    }

    pub(super) fn are_by(&self, authority: &Authority) -> bool {
        let now = Instant::now();
        let refusals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        refusals
            .iter()
            .any(|(host, since)| host == authority && is_recent(*since, now))
    }
}

fn is_recent(since: Instant, now: Instant) -> bool {
    now.saturating_duration_since(since) < FORGIVEN_AFTER
}

/// How long an identity is passed over. A server may have refused it for a passing reason, such as a list of revoked
/// certificates that was out of date; to try again costs one handshake.
const FORGIVEN_AFTER: Duration = Duration::from_secs(5 * 60);
/// Hosts that are kept in mind; a client talks to a few.
const MOST_REFUSALS: usize = 64;

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_refusal_is_forgiven_after_five_minutes() {
        let refusals = Refusals::default();
        let [one, other] = ["one.example", "other.example:444"].map(Authority::from_static);
        refusals.note(&one);
        assert!(refusals.are_by(&one) && !refusals.are_by(&other));
        advance(FORGIVEN_AFTER - Duration::from_millis(1)).await;
        assert!(refusals.are_by(&one));
        advance(Duration::from_millis(1)).await;
        assert!(!refusals.are_by(&one));
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_refusals_are_kept_than_a_client_talks_to_hosts() {
        let refusals = Refusals::default();
        let host = |number| Authority::try_from(format!("{number}.example")).unwrap();
        for number in 0..=MOST_REFUSALS {
            refusals.note(&host(number));
            refusals.note(&host(number));
        }
        assert!(!refusals.are_by(&host(0)), "the oldest is forgotten");
        assert!((1..=MOST_REFUSALS).all(|number| refusals.are_by(&host(number))));
        assert_eq!(refusals.0.lock().unwrap().len(), MOST_REFUSALS);
    }
}
