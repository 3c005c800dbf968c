//! Says what a certificate file and a key file are good for.
//!
//! `cargo run -p identity --example check_identity -- cert.pem key.pem`; the passphrase of the key,
//! if it has one, comes from the environment variable `KEY_PASSPHRASE`.

use std::error::Error;
use std::path::Path;

use identity::{Loader, PassphraseSource};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [certificate, key] = arguments.as_slice() else {
        return Err("usage: check_identity CERTIFICATE KEY".into());
    };
    let loaded = Loader::new()
        .passphrase(PassphraseSource::env("KEY_PASSPHRASE"))
        .load_files(Path::new(certificate), Path::new(key))
        .map_err(|error| match error.source() {
            Some(reason) => format!("{error}: {reason}"),
            None => error.to_string(),
        })?;

    let leaf = loaded.identity().leaf();
    let left = leaf
        .not_after()
        .duration_since(std::time::SystemTime::now())?;
    print(&format!("subject:  {}", leaf.subject()));
    print(&format!("issuer:   {}", leaf.issuer()));
    print(&format!("serial:   {}", leaf.serial()));
    print(&format!("validity: {} days left", left.as_secs() / 86_400));
    print(&format!("SHA-256:  {}", leaf.sha256()));
    for finding in loaded.report().findings() {
        print(&format!("{:?}: {finding}", finding.severity()));
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
