//! The URI of a key in a token, where the file of a key could be.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use pkcs11::Pkcs11Uri;

/// Names the module where the URI does not.
const MODULE: &str = "NAPI_PKCS11_MODULE";

/// Returns whether the argument names a key in a token.
pub(crate) fn is_token(key: &Path) -> bool {
    let bytes = key.as_os_str().as_encoded_bytes();
    let scheme = bytes.get(..Pkcs11Uri::SCHEME.len());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(Pkcs11Uri::SCHEME.as_bytes()))
}

/// Reads the URI of a key in a token.
pub(crate) fn uri(key: &Path) -> Result<Pkcs11Uri> {
    let text = key.to_str().context("the pkcs11: URI is not UTF-8 text")?;
    let uri: Pkcs11Uri = text.parse().context("the pkcs11: URI of the key")?;
    Ok(match module() {
        Some(module) => uri.or_module_path(module),
        None => uri,
    })
}

/// Returns the module that the environment names.
pub(crate) fn module() -> Option<PathBuf> {
    env::var_os(MODULE).map(PathBuf::from)
}
