//! The token of version 3 (OAuth 2.0 client credentials, RFC 6749, section 4.4): fetched once, kept until shortly
//! before it ends.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use tokio::{sync::Mutex, time::Instant};
use zeroize::Zeroizing;

use crate::{Credentials, Error, RequestBody, answer, request, wire::model};

/// A token is replaced this long before it ends, or after half of its time if that comes first.
const EARLY: Duration = Duration::from_secs(60);

/// The place of the one token that a client and its clones share.
#[derive(Default)]
pub(crate) struct Tokens(Mutex<Option<Token>>);

/// A token and when it is to be replaced.
struct Token {
    authorization: HeaderValue,
    replace_at: Option<Instant>,
}

model! {
    /// What the token endpoint answers.
    pub(crate) struct TokenResponse {
        /// The token.
        access_token: Option<String> = "access_token",
        /// How long it is good for, in seconds.
        expires_in: Option<i32> = "expires_in",
        /// What it is; `Bearer`.
        token_type: Option<String> = "token_type",
    }
}

impl Tokens {
    /// The `Authorization` header of a token that is still good; `fetch` gets one if there is none.
    ///
    /// One fetches, the others wait for it.
    pub(crate) async fn authorization<F>(&self, fetch: F) -> Result<HeaderValue, Error>
    where
        F: Future<Output = Result<Response<Bytes>, Error>>,
    {
        let mut kept = self.0.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| token.is_good()) {
            return Ok(token.authorization.clone());
        }
        *kept = None;
        let asked_at = Instant::now();
        let answer = fetch.await.map_err(refused)?;
        let token = Token::read(answer.body(), asked_at)?;
        Ok(kept.insert(token).authorization.clone())
    }

    /// Forgets a token that the service did not take, unless another one is there by now.
    pub(crate) async fn forget(&self, authorization: &HeaderValue) {
        let mut kept = self.0.lock().await;
        if kept
            .as_ref()
            .is_some_and(|token| token.authorization == *authorization)
        {
            *kept = None;
        }
    }
}

/// The request for a token.
pub(crate) fn token_request(credentials: &Credentials) -> Result<Request<RequestBody>, Error> {
    let form = credentials.token_form()?;
    let mut request = request::get("/connect/token".to_owned())?
        .map(|_| RequestBody::from(Bytes::copy_from_slice(form.as_bytes())));
    *request.method_mut() = http::Method::POST;
    let content_type = HeaderValue::from_static("application/x-www-form-urlencoded");
    request
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    Ok(request)
}

/// The token endpoint refuses credentials with status 400 (RFC 6749, section 5.2).
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
        let response: TokenResponse = answer::model(body)?;
        let kind = response.token_type.as_deref().unwrap_or("Bearer");
        if !kind.eq_ignore_ascii_case("Bearer") {
            return Err(missing("token_type"));
        }
        let token = response.access_token.map(Zeroizing::new);
        let token = token.ok_or_else(|| missing("access_token"))?;
        let value = Zeroizing::new(format!("Bearer {}", token.as_str()));
        let mut authorization =
            HeaderValue::try_from(value.as_str()).map_err(|_| missing("access_token"))?;
        authorization.set_sensitive(true);
        let seconds = response.expires_in.and_then(|it| u64::try_from(it).ok());
        let lifetime = Duration::from_secs(seconds.unwrap_or_default());
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
