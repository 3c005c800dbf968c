//! The token of version 3 (OAuth 2.0 client credentials, RFC 6749, section 4.4): fetched once for
//! all who wait, kept until shortly before it ends.

use std::{
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use futures_util::{
    FutureExt,
    future::{Shared, WeakShared},
};
use http::{HeaderValue, Request, Response, header, uri::PathAndQuery};
use tokio::time::Instant;
use vocabulary::Operation;
use zeroize::Zeroizing;

use crate::credentials::Credentials;
use crate::error::Error;
use crate::request;
use crate::request_body::RequestBody;
use crate::response;
use crate::wire::model;

/// A token is replaced this long before it ends, or after half of its time if that comes first.
const EARLY: Duration = Duration::from_secs(60);

/// The place of the one token that a client and its clones share.
#[derive(Clone, Default)]
pub(crate) struct Tokens(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    kept: Option<Token>,
    /// Weak, so that a fetch that no one waits for any more is dropped and not found again
    /// half-way.
    fetch: Option<WeakShared<Fetch>>,
}

/// A fetch under way. Whoever waits drives it, so it goes on as long as one waits.
type Fetch = Pin<Box<dyn Future<Output = Result<HeaderValue, Error>> + Send>>;

/// A token and when it is to be replaced.
struct Token {
    authorization: HeaderValue,
    replace_at: Option<Instant>,
}

/// The `Authorization` header of a token.
pub(crate) enum Authorization {
    /// Of the one that was kept.
    Kept(HeaderValue),
    /// Of one that is being fetched.
    Awaited(Shared<Fetch>),
}

model! {
    /// The response of the token endpoint.
    pub(crate) struct TokenResponse {
        /// The token.
        access_token: Option<String> = "access_token",
        /// Its lifetime, in seconds.
        expires_in: Option<i32> = "expires_in",
        /// Its type; `Bearer`.
        token_type: Option<String> = "token_type",
    }
}

impl Tokens {
    /// Returns the token that is kept, if it is still good and not the one that the service has
    /// `rejected`; else the fetch that is under way, or a new one.
    ///
    /// A token that replaces a rejected one leaves others in use as they are: the service takes
    /// both.
    pub(crate) fn authorization<F>(
        &self,
        rejected: Option<&HeaderValue>,
        fetch: impl FnOnce() -> F,
    ) -> Authorization
    where
        F: Future<Output = Result<Response<Bytes>, Error>> + Send + 'static,
    {
        let mut state = self.state();
        let is_usable = |token: &&Token| token.is_good() && rejected != Some(&token.authorization);
        if let Some(token) = state.kept.as_ref().filter(is_usable) {
            return Authorization::Kept(token.authorization.clone());
        }
        // Dropped before the fetch ends, so that a rejected one is sent by no other call meanwhile.
        state.kept = None;
        let under_way = state.fetch.as_ref().and_then(WeakShared::upgrade);
        // One that has ended without a token has failed; those who waited have been told.
        if let Some(fetch) = under_way.filter(|fetch| fetch.peek().is_none()) {
            return Authorization::Awaited(fetch);
        }
        // From before the request: the lifetime counts from when the token was made.
        let (tokens, asked_at, response) = (self.clone(), Instant::now(), fetch());
        let fetch: Fetch = Box::pin(async move {
            let token = Token::read(response.await.map_err(refused)?.body(), asked_at)?;
            let authorization = token.authorization.clone();
            tokens.state().kept = Some(token);
            Ok(authorization)
        });
        let fetch = fetch.shared();
        state.fetch = fetch.downgrade();
        Authorization::Awaited(fetch)
    }

    /// Locks the state; never held across an await.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the request for a token.
pub(crate) fn token_request<V>(
    credentials: &Credentials<V>,
) -> Result<Request<RequestBody>, Error> {
    let form = credentials.token_form()?;
    let path = const { PathAndQuery::from_static("/connect/token") };
    let operation = Operation::new("Token", "/connect/token");
    let mut request = request::get_fixed(operation, path)
        .map(|_| RequestBody::from(Bytes::copy_from_slice(form.as_bytes())));
    *request.method_mut() = http::Method::POST;
    let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    request
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    Ok(request)
}

/// Maps status 400 of the token endpoint: it refuses credentials so (RFC 6749, section 5.2).
fn refused(error: Error) -> Error {
    match error {
        Error::Status {
            status: http::StatusCode::BAD_REQUEST,
            message,
            ..
        } => Error::Unauthorized { message },
        error => error,
    }
}

impl Token {
    fn read(body: &[u8], asked_at: Instant) -> Result<Self, Error> {
        let missing = Error::undecoded;
        let response: TokenResponse = response::model(body)?;
        // Required by RFC 6749, section 5.1; without one there is nothing to contradict `Bearer`.
        let kind = response.token_type.as_deref().unwrap_or("Bearer");
        if !kind.eq_ignore_ascii_case("Bearer") {
            return Err(missing("token_type"));
        }
        let token = response.access_token.map(Zeroizing::new);
        let token = token.ok_or_else(|| missing("access_token"))?;
        let value = Zeroizing::new(format!("Bearer {}", token.as_str()));
        let mut authorization =
            HeaderValue::try_from(value.as_str()).map_err(|_| missing("access_token"))?;
        // Hidden in `Debug`, and kept out of the tables of HPACK (RFC 7541, section 7.1.3).
        authorization.set_sensitive(true);
        // RFC 6749 only recommends it. Without one the token serves the calls that wait for it.
        let seconds = response.expires_in.and_then(|it| u64::try_from(it).ok());
        let lifetime = Duration::from_secs(seconds.unwrap_or_default());
        // Early by a minute; one that lives no longer is used for half of its time.
        let good_for = lifetime.saturating_sub(EARLY).max(lifetime / 2);
        Ok(Self {
            authorization,
            replace_at: asked_at.checked_add(good_for),
        })
    }

    fn is_good(&self) -> bool {
        self.replace_at.is_none_or(|at| Instant::now() < at)
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good_for(body: &str) -> Duration {
        let now = Instant::now();
        let token = Token::read(body.as_bytes(), now).unwrap();
        token.replace_at.unwrap() - now
    }

    #[test]
    fn the_published_token_is_replaced_a_minute_early() {
        let body = include_str!("../tests/samples/v3-oauth-token-response.json");
        assert_eq!(good_for(body), Duration::from_secs(1740));
    }

    #[test]
    fn a_short_token_is_replaced_after_half_of_its_time() {
        let body = "{\"access_token\":\"a\",\"expires_in\":\"60\"}";
        assert_eq!(good_for(body), Duration::from_secs(30));
        for none in [
            "{\"access_token\":\"a\"}",
            "{\"access_token\":\"a\",\"expires_in\":-1}",
        ] {
            assert_eq!(good_for(none), Duration::ZERO);
        }
    }

    #[test]
    fn what_is_no_bearer_token_is_refused_and_not_shown() {
        for body in [
            "{}",
            "{\"access_token\":\"secret\",\"token_type\":\"mac\"}",
            "{\"access_token\":\"secret\\n\"}",
            "{\"access_token\":{\"secret\":\"secret\"}}",
        ] {
            let Err(error) = Token::read(body.as_bytes(), Instant::now()) else {
                panic!("{body}");
            };
            assert!(matches!(error, Error::Decode { .. }));
            assert!(!format!("{error} {error:?}").contains("secret"));
        }
    }

    #[test]
    fn the_header_is_sensitive() {
        let body = "{\"access_token\":\"a\",\"expires_in\":1800}";
        let token = Token::read(body.as_bytes(), Instant::now()).unwrap();
        assert_eq!(token.authorization, "Bearer a");
        assert!(token.authorization.is_sensitive());
    }
}
