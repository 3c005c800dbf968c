//! A key as a file of its own, in PKCS#8.
//!
//! Leaves out where the key comes from.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use csr::{FileAccess, write_new_file};
use identity::{Loader, Passphrase, PrivateKey};
use serde_json::json;
use vocabulary::Escaped;

use crate::output::Output;

/// Writes the key under the passphrase, or without one.
pub(super) fn write(
    out: &Path,
    key: &PrivateKey,
    passphrase: Option<Passphrase>,
) -> Result<Output> {
    let findings = passphrase.as_ref().map(|it| it.findings().to_vec());
    match passphrase {
        Some(passphrase) => {
            let pem = key.to_encrypted_pkcs8_pem(&passphrase)?;
            write_checked(
                out,
                pem.as_bytes(),
                key,
                &Loader::new().passphrase(passphrase),
            )?;
        }
        None => {
            let pem = key.to_secret_pkcs8_pem()?;
            write_checked(out, pem.as_bytes(), key, &Loader::new())?;
        }
    }
    let shown = out.to_string_lossy();
    let text = format!(
        "key      {}\nfor      {}",
        Escaped::line(&shown),
        key.algorithm()
    );
    let data = json!({"key": shown, "algorithm": key.algorithm()});
    Ok(Output::new(text, data, findings.unwrap_or_default()))
}

/// Writes the key only if what is written opens to the same one.
fn write_checked(out: &Path, pem: &[u8], key: &PrivateKey, loader: &Loader) -> Result<()> {
    // The old key may be deleted next, so what is written has been opened once.
    let opened = loader.open_key(pem)?;
    ensure!(
        opened.secret_pkcs8() == key.secret_pkcs8(),
        "what was to be written does not open to the same key: this is a defect of the program"
    );
    let written = write_new_file(out, FileAccess::OwnerOnly, pem);
    written.with_context(|| format!("cannot write {}", out.display()))
}
