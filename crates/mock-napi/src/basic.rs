//! Basic credentials in a request.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use mock_tls::Credentials;

/// Returns the credentials that a request carries, if it carries readable ones.
pub(crate) fn credentials(headers: &HeaderMap) -> Option<Credentials> {
    Credentials::from_basic(headers.get(AUTHORIZATION)?.to_str().ok()?)
}
