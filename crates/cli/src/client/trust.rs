//! The trust anchors that the server is verified by.

use std::path::Path;
use std::time::SystemTime;

use anyhow::{Context, Result};
use identity::{Input, InputFile};
use transport::TrustAnchors;

/// Several times as many bytes as all that any system trusts.
const LONGEST_CA_FILE: u64 = 4 << 20;

/// Returns the trust anchors of a file, or of the system; and what there is to say of them.
pub(super) fn anchors(file: Option<&Path>) -> Result<(TrustAnchors, Vec<String>)> {
    let trust = match file {
        None => TrustAnchors::platform(),
        Some(file) => read(file)?,
    };
    let left_out = trust.findings().iter().map(ToString::to_string);
    let expiring = trust.expiring_at(SystemTime::now()).into_iter();
    let doubts = left_out.chain(expiring.map(|it| it.to_string())).collect();
    Ok((trust, doubts))
}

fn read(file: &Path) -> Result<TrustAnchors> {
    let input = InputFile::new(file, Input::TrustAnchors).limit(LONGEST_CA_FILE);
    let content = input.allow_pipe().read()?;
    let trust = TrustAnchors::from_pem(content.secret_bytes());
    trust.with_context(|| file.display().to_string())
}
