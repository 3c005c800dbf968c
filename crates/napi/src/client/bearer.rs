//! Calls with a token.

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use tokio::time::Instant;

use crate::authentication::Authentication;
use crate::call_headers::CallHeaders;
use crate::client::Client;
use crate::client::in_time::by;
use crate::error::Error;
use crate::exchange::{self, exchange};
use crate::http_service::HttpService;
use crate::request_body::RequestBody;
use crate::token::{Authorization, token_request};
use crate::version::Version;

impl<S: HttpService, V: Version> Client<S, V> {
    /// Sends a request with a token, and once more with another one if the service does not take
    /// the first.
    ///
    /// By status 401 it says that it has not processed the request, so that what is billed is sent
    /// again, too.
    pub(super) async fn with_token(
        &self,
        request: Request<RequestBody>,
    ) -> Result<Response<Bytes>, Error> {
        let end = Instant::now().checked_add(self.call_timeout);
        let token = self.token(None, end).await?;
        let first = authorized(request.clone(), token.header.clone());
        // The service keeps the time of a call; what was spent on waiting for the token it does not
        // know.
        let end_of_first = end.filter(|_| token.was_awaited);
        let first = by(end_of_first, self.call_timeout, self.exchange(first)).await;
        if !matches!(first, Err(Error::Unauthorized { .. })) {
            return first;
        }
        let renewed = self.token(Some(&token.header), end).await?;
        let second = authorized(request, renewed.header);
        by(end, self.call_timeout, self.exchange(second)).await
    }

    /// Returns a token. Whoever waits for one has no more time for it than its own call has.
    async fn token(
        &self,
        rejected: Option<&HeaderValue>,
        end: Option<Instant>,
    ) -> Result<Held, Error> {
        // Rejected credentials are the caller's to mend, whichever host says so; of anything else
        // the host of tokens has to be named, or one would look for it at the service.
        let told = |cause| match cause {
            Error::Unauthorized { .. } | Error::Credentials(_) => cause,
            cause => Error::Token {
                host: self.token_url.clone(),
                cause: Box::new(cause),
            },
        };
        let fetch = || {
            // Owned, since others may wait for the same fetch when this call has been dropped.
            let (service, credentials) = (self.service.clone(), self.credentials.clone());
            let (token_url, limit) = (self.token_url.clone(), self.max_response_body);
            async move {
                let mut request = token_request(&credentials)?;
                let base = token_url.parts().map_err(Error::BaseUrl)?;
                *request.uri_mut() = base.join(request.uri())?;
                // The form has the credentials. No options: those are of one call, a token is not.
                let headers = CallHeaders::new(&credentials, None);
                headers.apply(request.headers_mut(), Authentication::None)?;
                exchange(service, request, limit, exchange::rejected).await
            }
        };
        let fetch = match self.tokens.authorization(rejected, fetch) {
            Authorization::Kept(header) => {
                let was_awaited = false;
                return Ok(Held {
                    header,
                    was_awaited,
                });
            }
            Authorization::Awaited(fetch) => fetch,
        };
        let header = by(end, self.call_timeout, fetch).await.map_err(told)?;
        Ok(Held {
            header,
            was_awaited: true,
        })
    }
}

/// A token that a call holds.
struct Held {
    header: HeaderValue,
    was_awaited: bool,
}

fn authorized(mut request: Request<RequestBody>, header: HeaderValue) -> Request<RequestBody> {
    request.headers_mut().insert(header::AUTHORIZATION, header);
    request
}
