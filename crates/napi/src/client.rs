//! Sends endpoints through any HTTP service.

mod any_status;
mod bearer;
mod call;
mod in_time;
mod raw_request;

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use tokio::time::Instant;

use crate::authentication::Authentication;
use crate::base_url::{BaseParts, BaseUrl, BaseUrlProblem};
use crate::call_headers::CallHeaders;
use crate::call_options::CallOptions;
use crate::credentials::Credentials;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::exchange::{exchange, rejected};
use crate::http_service::HttpService;
use crate::request_body::RequestBody;
use crate::result_with_metadata::ResultWithMetadata;
use crate::token::Tokens;
use crate::version::{Version, Version1};

use call::Call;
use in_time::by;
use raw_request::for_path;

/// The longest response that is read by default, in bytes: room for a document of some megabytes in
/// base64.
const DEFAULT_MAX_RESPONSE_BODY: usize = 32 * 1024 * 1024;

/// As long as the deadline that a request has over mutual TLS by default.
const DEFAULT_CALL_TIMEOUT: Duration = Duration::from_secs(150);

/// A client of NAPI over an HTTP service.
///
/// The service is any [`tower_service::Service`] of requests; with feature `mtls` it is by default
/// the one of [`Client::over_mtls`], which says what that service sends again. The client itself
/// sends nothing twice, but for the polls of [`Client::wait`](Self::wait) and what the service did
/// not process for want of a newer token. Cheap to clone if the service is. Its calls can be
/// spawned if the service is `Sync`.
///
/// # Limits
///
/// The vendor publishes no limits of rate. What an account has agreed on is kept by layers of
/// `tower` (features `limit`, `buffer`) around the service; all clones of the client count
/// together:
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
pub struct Client<
    #[cfg(feature = "mtls")] S = transport::MtlsClient<RequestBody>,
    #[cfg(not(feature = "mtls"))] S,
    V = Version1,
> {
    service: S,
    base_url: BaseUrl,
    base: Result<BaseParts, BaseUrlProblem>,
    credentials: Credentials<V>,
    token_url: BaseUrl,
    tokens: Tokens,
    max_response_body: usize,
    call_timeout: Duration,
    timeout: Option<Duration>,
    headers: Arc<CallHeaders>,
}

impl<S, V> Client<S, V> {
    /// Makes a client that sends through `service` to `base_url`.
    pub fn new(service: S, base_url: BaseUrl, credentials: Credentials<V>) -> Self {
        let headers = Arc::new(CallHeaders::new(&credentials, None));
        Self {
            service,
            // Parsed once for all calls. The first call reports a problem, so `new` cannot fail.
            base: base_url.parts(),
            base_url,
            credentials,
            token_url: BaseUrl::TOKENS,
            tokens: Tokens::default(),
            max_response_body: DEFAULT_MAX_RESPONSE_BODY,
            call_timeout: DEFAULT_CALL_TIMEOUT,
            timeout: None,
            headers,
        }
    }

    /// Sets the longest response that is read, in bytes, before and after it is inflated; 32 MiB by
    /// default. Decoding one takes up to four times as much and 32 MiB besides. Of a response that
    /// is no success, 256 KiB are read.
    #[must_use]
    pub fn max_response_body(self, bytes: usize) -> Self {
        Self {
            max_response_body: bytes,
            ..self
        }
    }

    /// Sets the time of a call of version 3 that has to wait for a token; 150 seconds by default.
    ///
    /// One fetch serves all calls that wait for a token, and each waits no longer than its own
    /// time. A call that needs no new token takes as long as the HTTP service lets it: over mutual
    /// TLS, see [`Client::over_mtls`].
    #[must_use]
    pub fn call_timeout(self, call_timeout: Duration) -> Self {
        Self {
            call_timeout,
            ..self
        }
    }

    /// Sets the options of the calls of this client. Clones made before keep theirs, and share all
    /// else with it.
    #[must_use]
    pub fn options(self, options: CallOptions) -> Self {
        Self {
            headers: Arc::new(CallHeaders::new(&self.credentials, Some(&options))),
            timeout: options.timeout,
            ..self
        }
    }

    /// Sets the host of the tokens of version 3; [`BaseUrl::TOKENS`] by default.
    ///
    /// The client's service connects to it, too. With mutual TLS that host is shown the certificate
    /// if it asks.
    #[must_use]
    pub fn token_url(self, token_url: BaseUrl) -> Self {
        // A token that the host of before has given is sent to no other.
        Self {
            token_url,
            tokens: Tokens::default(),
            ..self
        }
    }

    /// Returns the same client over another service, such as one with a candidate for its next
    /// certificate.
    #[must_use]
    pub fn with_service<T>(self, service: T) -> Client<T, V> {
        Client {
            service,
            base_url: self.base_url,
            base: self.base,
            credentials: self.credentials,
            token_url: self.token_url,
            tokens: self.tokens,
            max_response_body: self.max_response_body,
            call_timeout: self.call_timeout,
            timeout: self.timeout,
            headers: self.headers,
        }
    }

    /// Returns the service that the client sends through, such as to rotate its identities.
    #[must_use]
    pub fn service(&self) -> &S {
        &self.service
    }

    /// Returns the URL that the client sends to.
    #[must_use]
    pub fn base_url(&self) -> &BaseUrl {
        &self.base_url
    }
}

impl<S: HttpService, V: Version> Client<S, V> {
    /// Sends one operation and reads its response.
    ///
    /// An operation of version 3 whose token the service does not take (401) is sent once more with
    /// a new one: the service has not processed it.
    ///
    /// # Errors
    ///
    /// [`Error::Transport`] if there was no response; [`Error::Unauthorized`] for status 401 and
    /// [`Error::Status`] for every other that is no success; [`Error::BodyTooLarge`] past the
    /// limit; [`Error::Compression`] for a response that cannot be inflated; [`Error::Decode`] or
    /// [`Error::UnexpectedHtml`] if a successful response is not the operation's, and
    /// [`Error::Service`] if it has errors in the place of a file, an image or a status;
    /// [`Error::OtherTransaction`] if it is about another transaction or record than the one that
    /// was asked for, [`Error::Hello`] if the response to a hello is another text;
    /// [`Error::Argument`] if the operation cannot be sent, [`Error::Credentials`] if it is of the
    /// other version; [`Error::Token`] if there is no token for version 3, and [`Error::Timeout`]
    /// if there was one too late.
    pub async fn send<E: Endpoint<Version = V>>(&self, endpoint: &E) -> Result<E::Response, Error> {
        let request = endpoint.request()?;
        let call = self.call(&request, E::AUTHENTICATION);
        let result = async {
            let response = self.respond(request, E::AUTHENTICATION).await?;
            let status = response.status();
            let result = endpoint.response(response)?;
            endpoint.check(&result, self.credentials.name())?;
            Ok((status, result))
        };
        call.run(result).await
    }

    /// Sends one operation as [`send`](Self::send) does, and returns the status, the header fields,
    /// the connection and the time beside its result.
    ///
    /// # Errors
    ///
    /// As [`send`](Self::send).
    pub async fn send_with_metadata<E: Endpoint<Version = V>>(
        &self,
        endpoint: &E,
    ) -> Result<ResultWithMetadata<E::Response>, Error> {
        let start = Instant::now();
        let request = endpoint.request()?;
        let call = self.call(&request, E::AUTHENTICATION);
        let result = async {
            let response = self.respond(request, E::AUTHENTICATION).await?;
            let (head, body) = response.into_parts();
            // Without the extensions, which no endpoint reads: they are the caller's.
            let mut copy = Response::new(body);
            *copy.status_mut() = head.status;
            copy.headers_mut().clone_from(&head.headers);
            let result = endpoint.response(copy)?;
            endpoint.check(&result, self.credentials.name())?;
            Ok((head.status, ResultWithMetadata::new(head, result, start)))
        };
        call.run(result).await
    }

    /// Sends a request for which there is no operation here, with the credentials of the client,
    /// and returns the body as it came, uncompressed.
    ///
    /// The URI is a path, with a query if need be, below the [base URL](Self::base_url): the
    /// credentials go nowhere else. The client itself sends nothing twice but after a 401 of
    /// version 3; over mutual TLS a request is sent again by its method, so that one that must not
    /// be done twice has to be a POST. Spans and metrics name it by the
    /// [`Operation`](crate::Operation) in its extensions, if it has one.
    ///
    /// ```
    /// use napi::{Authentication, RequestBody};
    ///
    /// # async fn run(client: napi::v3::Client) -> Result<(), napi::Error> {
    /// let request = http::Request::get("/v3/business/report/2074fbd2?additionalData=true");
    /// let request = request.body(RequestBody::default()).expect("the path is a URI");
    /// let report = client.send_raw(request, Authentication::Bearer).await?;
    /// println!("{} bytes", report.result.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Argument`] if the URI is no such path; else as [`send`](Self::send), but nothing
    /// that is about decoding.
    pub async fn send_raw(
        &self,
        mut request: Request<RequestBody>,
        authentication: Authentication,
    ) -> Result<ResultWithMetadata<Bytes>, Error> {
        let start = Instant::now();
        for_path(&mut request)?;
        let call = self.call(&request, authentication);
        let result = async {
            let (head, result) = self.respond(request, authentication).await?.into_parts();
            Ok((head.status, ResultWithMetadata::new(head, result, start)))
        };
        call.run(result).await
    }

    fn call(&self, request: &Request<RequestBody>, authentication: Authentication) -> Call {
        Call::begin(request, self.base.as_ref().ok(), authentication)
    }

    /// Sends a request, whose path begins at the base URL, with the credentials that it wants.
    async fn respond(
        &self,
        mut request: Request<RequestBody>,
        authentication: Authentication,
    ) -> Result<Response<Bytes>, Error> {
        let base = self
            .base
            .as_ref()
            .map_err(|problem| Error::BaseUrl(*problem))?;
        *request.uri_mut() = base.join(request.uri())?;
        let headers = request.headers_mut();
        self.headers.apply(headers, authentication)?;
        match (authentication, self.timeout) {
            (Authentication::None | Authentication::Basic, None) => self.exchange(request).await,
            // Boxed: each step that a request is handed on by copies it, and most calls need
            // neither.
            _ => Box::pin(self.respond_with_token_or_in_time(request, authentication)).await,
        }
    }

    async fn respond_with_token_or_in_time(
        &self,
        request: Request<RequestBody>,
        authentication: Authentication,
    ) -> Result<Response<Bytes>, Error> {
        let response = async {
            match authentication {
                Authentication::Bearer => self.with_token(request).await,
                Authentication::None | Authentication::Basic => self.exchange(request).await,
            }
        };
        // A timeout beyond the range of the clock is none.
        let after = self.timeout.unwrap_or(Duration::MAX);
        let end = self
            .timeout
            .and_then(|after| Instant::now().checked_add(after));
        by(end, after, response).await
    }

    fn exchange(
        &self,
        request: Request<RequestBody>,
    ) -> impl Future<Output = Result<Response<Bytes>, Error>> + Send + use<S, V> {
        exchange(
            self.service.clone(),
            request,
            self.max_response_body,
            rejected,
        )
    }
}

impl<S: Clone, V> Clone for Client<S, V> {
    fn clone(&self) -> Self {
        Self {
            service: self.service.clone(),
            base_url: self.base_url.clone(),
            base: self.base.clone(),
            credentials: self.credentials.clone(),
            token_url: self.token_url.clone(),
            tokens: self.tokens.clone(),
            max_response_body: self.max_response_body,
            call_timeout: self.call_timeout,
            timeout: self.timeout,
            headers: Arc::clone(&self.headers),
        }
    }
}

impl<S, V> fmt::Debug for Client<S, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}
