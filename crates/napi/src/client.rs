//! Sends endpoints through any HTTP service.

use std::{fmt, future::poll_fn, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body::Body;
use tower_service::Service;

use crate::{
    Authentication, BaseUrl, BoxError, Credentials, Endpoint, Error, RequestBody, answer, inflate,
    received, refusal,
    token::{Tokens, token_request},
};

/// The longest answer that is read by default, in bytes: room for a document of some megabytes in base64.
const DEFAULT_BODY_LIMIT: usize = 32 * 1024 * 1024;

/// How much is read of an answer that is no success, in bytes: its words come first.
const LONGEST_REFUSAL: usize = 256 * 1024;

const USER_AGENT: HeaderValue =
    HeaderValue::from_static(concat!("napi-rust/", env!("CARGO_PKG_VERSION")));

/// A client of NAPI over an HTTP service.
///
/// The service is any [`tower_service::Service`] of requests; with feature `mtls` it is usually the one of
/// [`Client::over_mtls`], which says what that service sends again. The client itself sends nothing twice, but for the
/// polls of [`Client::wait`](Self::wait). Cheap to clone if the service is. Its calls can be spawned if the service is
/// `Send` and `Sync`.
///
/// # Limits
///
/// The vendor publishes no limits of rate. What an account has agreed on is kept by layers of `tower` (features `limit`,
/// `buffer`) around the service; all clones of the client count together:
///
/// ```
/// use std::time::Duration;
///
/// use napi::{BaseUrl, Client, Credentials, RequestBody};
/// use tower::ServiceBuilder;
///
/// # async fn run(connector: transport::MtlsConnector) -> Result<(), napi::Error> {
/// let transport: transport::MtlsClient<RequestBody> =
///     transport::MtlsClient::builder(connector).failover_on_http_refusals().build();
/// let service = ServiceBuilder::new()
///     .buffer(64) // how many calls may wait; a rate limit alone cannot be cloned
///     .concurrency_limit(8)
///     .rate_limit(20, Duration::from_secs(1))
///     .service(transport);
/// let credentials = Credentials::basic("acme-api", "secret")?;
/// let client = Client::new(service, BaseUrl::MTLS, credentials);
/// println!("{}", client.test_authentication().await?);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client<S> {
    service: S,
    base_url: BaseUrl,
    credentials: Credentials,
    token_url: BaseUrl,
    tokens: Arc<Tokens>,
    body_limit: usize,
}

impl<S> Client<S> {
    /// A client that sends through `service` to `base_url`.
    pub fn new(service: S, base_url: BaseUrl, credentials: Credentials) -> Self {
        Self {
            service,
            base_url,
            credentials,
            token_url: BaseUrl::TOKENS,
            tokens: Arc::default(),
            body_limit: DEFAULT_BODY_LIMIT,
        }
    }

    /// The longest answer that is read, in bytes, before and after it is inflated; 32 MiB by default. Decoding one takes
    /// up to four times as much and 32 MiB besides. Of an answer that is no success, 256 KiB are read.
    #[must_use]
    pub fn body_limit(self, bytes: usize) -> Self {
        Self {
            body_limit: bytes,
            ..self
        }
    }

    /// Where the tokens of version 3 come from; [`BaseUrl::TOKENS`] by default.
    ///
    /// The client's service connects to it, too. With mutual TLS that host is shown the certificate if it asks.
    #[must_use]
    pub fn token_url(self, token_url: BaseUrl) -> Self {
        Self { token_url, ..self }
    }

    /// Where the client sends to.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }
}

impl<S, B> Client<S>
where
    S: Service<Request<RequestBody>, Response = Response<B>, Error: Into<BoxError>> + Clone,
    B: Body<Error: Into<BoxError>>,
{
    /// Sends one operation and reads its answer.
    ///
    /// # Errors
    ///
    /// [`Error::Transport`] if there was no answer; [`Error::Unauthorized`] for status 401 and [`Error::Status`] for
    /// every other that is no success; [`Error::BodyTooLarge`] past the limit; [`Error::Compression`] for an answer
    /// that cannot be inflated; [`Error::Decode`] or [`Error::Markup`] if a successful answer is not the operation's, and
    /// [`Error::Service`] if it has errors in the place of a file, an image or a status;
    /// [`Error::Argument`] if the operation cannot be sent, [`Error::Credentials`] if it is of the other version.
    pub async fn send<E: Endpoint>(&self, endpoint: &E) -> Result<E::Response, Error> {
        let mut request = endpoint.request()?;
        *request.uri_mut() = self.base_url.join(request.uri().path())?;
        let authorization = match E::AUTHENTICATION {
            Authentication::Basic => Some(self.credentials.authorization()?),
            Authentication::Bearer => Some(self.bearer().await?),
            Authentication::Open => None,
        };
        if let Some(authorization) = authorization.clone() {
            request
                .headers_mut()
                .insert(header::AUTHORIZATION, authorization);
        }
        let answer = self.exchange(request).await;
        if let (Authentication::Bearer, Some(authorization), Err(Error::Unauthorized { .. })) =
            (E::AUTHENTICATION, authorization, &answer)
        {
            self.tokens.forget(&authorization).await; // so that the next call fetches another one
        }
        let answer = answer?;
        endpoint.check(&answer, &self.credentials)?;
        endpoint.response(answer)
    }

    async fn bearer(&self) -> Result<HeaderValue, Error> {
        let fetch = async {
            let mut request = token_request(&self.credentials)?;
            *request.uri_mut() = self.token_url.join(request.uri().path())?;
            self.exchange(request).await
        };
        self.tokens.authorization(fetch).await
    }

    /// Sends a request; an answer that is no success is an error.
    async fn exchange(&self, mut request: Request<RequestBody>) -> Result<Response<Bytes>, Error> {
        let headers = request.headers_mut();
        headers
            .entry(header::ACCEPT)
            .or_insert(HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT_ENCODING, inflate::ACCEPTED);
        headers.insert(header::USER_AGENT, USER_AGENT);
        let mut service = self.service.clone();
        poll_fn(|cx| service.poll_ready(cx))
            .await
            .map_err(Error::no_response)?;
        let response = service.call(request).await.map_err(Error::no_response)?;
        let (head, body) = response.into_parts();
        if head.status.is_success() {
            let (body, error) = received::collect(body, self.body_limit).await;
            return match error {
                Some(error) => Err(error),
                None => self.inflated(Response::from_parts(head, body)),
            };
        }
        // The status says more than a body that broke off, as after "413" to an upload; and what came of it may have the
        // words.
        let limit = self.body_limit.min(LONGEST_REFUSAL);
        let (body, _) = received::collect(body, limit).await;
        let (answer, _) = inflate::inflate_what_can_be(Response::from_parts(head, body), limit);
        Err(refusal::refusal(&answer))
    }

    /// The answer without its coding. Of one that breaks off, the transaction may be found in what came out.
    fn inflated(&self, answer: Response<Bytes>) -> Result<Response<Bytes>, Error> {
        match inflate::inflate_what_can_be(answer, self.body_limit) {
            (answer, None) => Ok(answer),
            (answer, Some(Error::Compression)) => Err(answer::broken_off(&answer)),
            (_, Some(error)) => Err(error),
        }
    }
}

impl<S> fmt::Debug for Client<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}
