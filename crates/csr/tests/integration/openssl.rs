//! The `openssl` program, where there is one.
//!
//! A test that uses it has a sibling that proves the same against stored output of it, so that its
//! absence hides nothing.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the standard output of `openssl`; `None` if there is no OpenSSL 3 here.
///
/// LibreSSL goes by the same name and writes requests a little differently.
pub(crate) fn run(args: &[&str]) -> Option<Vec<u8>> {
    let version = Command::new("openssl").arg("version").output().ok()?;
    if !version.stdout.starts_with(b"OpenSSL 3") {
        return None;
    }
    let output = Command::new("openssl").args(args).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {args:?}: {complaint}");
    Some(output.stdout)
}

pub(crate) fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(name)
}
