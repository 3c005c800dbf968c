//! Responses as data, under the vendor's names.

use anyhow::{Context, Result};
use serde::Serialize;
use serde_json::Value;

/// Returns a response as JSON.
pub(crate) fn as_data(response: &impl Serialize) -> Result<Value> {
    serde_json::to_value(response).context("the response cannot be written as JSON")
}
