//! Who calls: Basic credentials of an API user, on a connection whose client certificate belongs
//! to the same account.

use axum::http::HeaderMap;
use axum::response::Response;

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

impl Attempt {
    pub(crate) fn new(vendor: &Vendor, client: &Client, headers: &HeaderMap) -> Self {
        let Some(credentials) = basic::credentials(headers) else {
            return Self {
                user: None,
                denial: Some(Denial::NoCredentials),
            };
        };
        let Some(account) = vendor.account_of_api_user(credentials.user()) else {
            return Self {
                user: None,
                denial: Some(Denial::UnknownUser),
            };
        };
        let denial = if *account.api() != credentials {
            Some(Denial::WrongPassword)
        } else if client.account.as_deref() != Some(account.name()) {
            Some(Denial::CertificateOfAnotherAccount)
        } else {
            None
        };
        Self {
            user: Some(account.api().user().to_owned()),
            denial,
        }
    }

    /// The answer for the user who is let in, or `401 Access Denied`.
    pub(crate) fn answer(self, granted: impl FnOnce(&str) -> Response) -> Response {
        let mut response = match (&self.user, self.denial) {
            (Some(user), None) => granted(user),
            _ => answer::access_denied(),
        };
        response.extensions_mut().insert(self);
        response
    }
}
