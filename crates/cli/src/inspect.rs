//! `napi inspect`: a certificate request that was made anywhere.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use csr::{Finding, InspectedRequest, Policy, Severity};

use crate::Output;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The request, in PEM or DER
    file: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Output> {
    let request = InspectedRequest::from_pem_or_der(&read(&arguments.file)?)
        .with_context(|| arguments.file.display().to_string())?;
    let signature = request.verify();
    let verdict = if signature.is_ok() {
        "good"
    } else {
        "not verified"
    };
    let is_error = |finding: &Finding| finding.severity() == Severity::Error;
    let (problems, warnings): (Vec<_>, Vec<_>) = request
        .lint(Policy::Trulioo)
        .into_iter()
        .partition(is_error);

    let text = format!("{request}\nsignature        {verdict}");
    Ok(Output::new(text, warnings)
        .problems(signature.err())
        .problems(problems))
}

/// Reads a file from elsewhere, but never more than its parser could take.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES).read_to_end(&mut content))
        .with_context(|| format!("cannot read {}", path.display()))?;
    Ok(content)
}

const MAX_BYTES: u64 = 1024 * 1024;
