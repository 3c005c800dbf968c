//! Says what a certificate file and a key file are good for, and fails if that needs attention.
//!
//! `cargo run --example check_identity -- cert.pem key.pem`; the passphrase of the key,
//! if it has one, comes from the environment variable `KEY_PASSPHRASE`.

use std::error::Error;
use std::path::Path;

use identity::{Loader, PassphraseSource, Severity};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [certificate, key] = arguments.as_slice() else {
        return Err("usage: check_identity CERTIFICATE KEY".into());
    };
    let loaded = Loader::new()
        .passphrase(PassphraseSource::env("KEY_PASSPHRASE"))
        .allow_outside_validity()
        .load_files(Path::new(certificate), Path::new(key))
        .map_err(|error| match error.source() {
            Some(reason) => format!("{error}: {reason}"),
            None => error.to_string(),
        })?;

    print(&loaded.report().to_string());
    // So that a nightly check notices what needs attention.
    if loaded.report().severity() >= Some(Severity::Warning) {
        return Err("this needs attention".into());
    }
    Ok(())
}

#[expect(
    clippy::print_stdout,
    reason = "showing the result is what this program is for"
)]
fn print(line: &str) {
    println!("{line}");
}
