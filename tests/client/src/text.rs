//! The texts of requests and responses.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::client::ClientResponse;

/// Returns the value of a header of a response; empty if there is none.
#[must_use]
pub fn header<'a>(response: &'a ClientResponse, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

/// Writes Basic credentials as a header's value.
#[must_use]
pub fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}
