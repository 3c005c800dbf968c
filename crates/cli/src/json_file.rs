//! JSON from a file, a pipe or standard input.

use std::path::Path;

use anyhow::Result;
use identity::{Input, InputFile};
use serde_json::Value;

use crate::refusal::Refusal;

/// Room for a request with images of a document, in base64.
const LONGEST: u64 = 64 << 20;

/// Reads a file, and checks that it is JSON; the bytes are as they are in the file.
///
/// The error names the place and quotes nothing: the file may hold personal data.
pub(crate) fn read(path: &Path) -> Result<(Vec<u8>, Value)> {
    let input = InputFile::new(path, Input::File).limit(LONGEST);
    let content = input.allow_pipe().read()?;
    let bytes = content.secret_bytes();
    match serde_json::from_slice(bytes) {
        Ok(value) => Ok((bytes.to_vec(), value)),
        Err(error) => Err(Refusal::file(format!(
            "{} is not JSON, at line {}, column {}",
            path.display(),
            error.line(),
            error.column()
        ))
        .into()),
    }
}
