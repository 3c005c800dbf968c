//! Authentication: credentials of an API user, and a client certificate of the user's parent
//! account; on the plain endpoint none, as long as the parent account does not enforce mutual TLS.

use std::sync::Arc;

use axum::Extension;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;
use mock_tls::Credentials;

use crate::basic;
use crate::event::Denial;
use crate::http::SILENCE_LIMIT;
use crate::napi::client::{Client, Endpoint};
use crate::napi::response;
use crate::napi::version::Version;
use crate::vendor::{ApiUser, Vendor};

/// The outcome of a request's credentials. Travels on the response to the event log.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attempt {
    /// The API user, if there is one of that name. A name that no one has stays out of the log: it
    /// may be a password in the wrong place.
    pub(crate) user: Option<String>,
    pub(crate) denial: Option<Denial>,
}

/// The user that a request comes from, and the account that it belongs to. Travels on the request
/// to its handler.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) account: String,
    pub(crate) user: String,
}

/// Lets a request of version 1 pass if its Basic credentials are right; else `401 Access Denied`.
pub(crate) async fn basic(
    State(vendor): State<Arc<Vendor>>,
    Extension(client): Extension<Arc<Client>>,
    request: Request,
    next: Next,
) -> Response {
    let judged = match basic::credentials(request.headers()) {
        Some(credentials) => judge(&vendor, &client, &credentials),
        None => Err(Attempt::denied(Denial::NoCredentials)),
    };
    pass(&vendor, Version::One, judged, request, next).await
}

/// Lets a request of version 3 pass if its token is good; else 401 (RFC 6750, section 3).
pub(crate) async fn bearer(
    State(vendor): State<Arc<Vendor>>,
    Extension(client): Extension<Arc<Client>>,
    request: Request,
    next: Next,
) -> Response {
    let judged = match token(request.headers()) {
        Some(token) => match vendor
            .service
            .tokens
            .user(token, vendor.server.clock().now())
        {
            Some(user) => vendor
                .api_user(&user)
                .ok_or_else(|| Attempt::denied(Denial::UnknownToken))
                .and_then(|user| admit(&vendor, &client, user)),
            None => Err(Attempt::denied(Denial::UnknownToken)),
        },
        None => Err(Attempt::denied(Denial::NoCredentials)),
    };
    pass(&vendor, Version::Three, judged, request, next).await
}

/// Returns the caller with these credentials, or why there is none.
fn judge(vendor: &Vendor, client: &Client, credentials: &Credentials) -> Result<Caller, Attempt> {
    identify(vendor, credentials).and_then(|user| admit(vendor, client, user))
}

/// Returns the user with these credentials, or what is wrong with them.
pub(crate) fn identify<'a>(
    vendor: &'a Vendor,
    credentials: &Credentials,
) -> Result<ApiUser<'a>, Attempt> {
    let Some(user) = vendor.api_user(credentials.user()) else {
        return Err(Attempt::denied(Denial::UnknownUser));
    };
    // Not in constant time: the passwords are made up and printed at the start.
    if user.credentials != credentials {
        return Err(Attempt::of(user, Some(Denial::WrongPassword)));
    }
    Ok(user)
}

/// Returns the user as a caller, if the connection is one that its organization may use.
pub(crate) fn admit(
    vendor: &Vendor,
    client: &Client,
    user: ApiUser<'_>,
) -> Result<Caller, Attempt> {
    let parent = user.parent.name();
    let denial = match client.endpoint {
        // Certificates belong to parent accounts; users of sub-accounts use that of their parent.
        Endpoint::MutualTls if client.account.as_deref() != Some(parent) => {
            Some(Denial::CertificateOfAnotherAccount)
        }
        Endpoint::Plain if vendor.enforcement.of(parent).enforced => {
            Some(Denial::MutualTlsEnforced)
        }
        Endpoint::MutualTls | Endpoint::Plain => None,
    };
    if denial.is_some() {
        return Err(Attempt::of(user, denial));
    }
    Ok(Caller::from(user))
}

async fn pass(
    vendor: &Vendor,
    version: Version,
    judged: Result<Caller, Attempt>,
    mut request: Request,
    next: Next,
) -> Response {
    match judged {
        Ok(caller) => {
            let attempt = Attempt::from(&caller);
            // For the handler, and in the response for the log.
            request.extensions_mut().insert(caller);
            let mut response = next.run(request).await;
            response.extensions_mut().insert(attempt);
            response
        }
        Err(attempt) => {
            let settings = vendor.service.settings();
            // HTTP/2 resets a stream whose body is not read, which curl 7.88 takes for a failure of
            // the response.
            let body = to_bytes(request.into_body(), settings.longest_body);
            let _dropped = tokio::time::timeout(SILENCE_LIMIT, body).await;
            let mut response = match (attempt.denial, version) {
                (Some(Denial::MutualTlsEnforced), _) => {
                    response::plain_rejected(version, &settings)
                }
                (_, Version::One) => response::access_denied(),
                (_, Version::Three) => response::invalid_token(),
            };
            response.extensions_mut().insert(attempt);
            response
        }
    }
}

fn token(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("Bearer").then(|| token.trim())
}

impl Attempt {
    fn denied(denial: Denial) -> Self {
        Self {
            user: None,
            denial: Some(denial),
        }
    }

    fn of(user: ApiUser<'_>, denial: Option<Denial>) -> Self {
        Self {
            user: Some(user.credentials.user().to_owned()),
            denial,
        }
    }
}

impl From<ApiUser<'_>> for Caller {
    fn from(user: ApiUser<'_>) -> Self {
        Self {
            account: user.account.to_owned(),
            user: user.credentials.user().to_owned(),
        }
    }
}

impl From<&Caller> for Attempt {
    fn from(caller: &Caller) -> Self {
        Self {
            user: Some(caller.user.clone()),
            denial: None,
        }
    }
}
