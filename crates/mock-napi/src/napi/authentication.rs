//! Who calls: credentials of an API user, on a connection whose client certificate belongs to the
//! same account.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::Response;

use crate::account::{Account, Credentials};
use crate::basic;
use crate::event::Denial;
use crate::napi::{Client, answer};
use crate::vendor::Vendor;

/// What a request's credentials came to. Travels on the response to the event log.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attempt {
    /// The API user, if there is one of that name. A name that nobody has stays out of the log: it
    /// may be a password in the wrong place.
    pub(crate) user: Option<String>,
    pub(crate) denial: Option<Denial>,
}

/// The account whose user a request comes from. Travels on the request to its handler.
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
    pass(judged, request, next, answer::access_denied).await
}

/// Lets a request of version 3 pass if its token is good; else 401 (RFC 6750, section 3).
pub(crate) async fn bearer(
    State(vendor): State<Arc<Vendor>>,
    Extension(client): Extension<Arc<Client>>,
    request: Request,
    next: Next,
) -> Response {
    let judged = match token(request.headers()) {
        Some(token) => match vendor.service.tokens.user(token, vendor.clock.now()) {
            Some(user) => vendor
                .account_of_api_user(&user)
                .ok_or_else(|| Attempt::denied(Denial::UnknownToken))
                .and_then(|account| of_certificate(&client, account)),
            None => Err(Attempt::denied(Denial::UnknownToken)),
        },
        None => Err(Attempt::denied(Denial::NoCredentials)),
    };
    pass(judged, request, next, answer::invalid_token).await
}

/// The caller with these credentials, or what is wrong with them.
pub(crate) fn judge(
    vendor: &Vendor,
    client: &Client,
    credentials: &Credentials,
) -> Result<Caller, Attempt> {
    let Some(account) = vendor.account_of_api_user(credentials.user()) else {
        return Err(Attempt::denied(Denial::UnknownUser));
    };
    if account.api() != credentials {
        return Err(Attempt::of(account, Some(Denial::WrongPassword)));
    }
    of_certificate(client, account)
}

/// The account's user, if the connection's certificate is the account's.
fn of_certificate(client: &Client, account: &Account) -> Result<Caller, Attempt> {
    if client.account.as_deref() != Some(account.name()) {
        let denial = Denial::CertificateOfAnotherAccount;
        return Err(Attempt::of(account, Some(denial)));
    }
    Ok(Caller {
        account: account.name().to_owned(),
        user: account.api().user().to_owned(),
    })
}

async fn pass(
    judged: Result<Caller, Attempt>,
    mut request: Request,
    next: Next,
    denied: impl FnOnce() -> Response,
) -> Response {
    match judged {
        Ok(caller) => {
            let attempt = Attempt::from(&caller);
            request.extensions_mut().insert(caller);
            let mut response = next.run(request).await;
            response.extensions_mut().insert(attempt);
            response
        }
        Err(attempt) => {
            let mut response = denied();
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

    fn of(account: &Account, denial: Option<Denial>) -> Self {
        Self {
            user: Some(account.api().user().to_owned()),
            denial,
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
