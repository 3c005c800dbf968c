//! `napi-mtls inspect`: any file, and a certificate request in full.

use std::path::PathBuf;

use anyhow::{Context, Result};
use csr::{Finding, InspectedRequest, Policy, Severity};
use identity::{Format, Input, InputFile, Inspected, Loader, PublicFile};
use serde_json::{Value, json};

use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls inspect napi.key
  napi-mtls inspect napi.csr --output json")]
pub(crate) struct Arguments {
    /// A certificate request, key or certificate, in PEM or DER; `-` is standard input
    file: PathBuf,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Output> {
    let file = InputFile::new(&arguments.file, Input::File).allow_pipe();
    let content = file.read()?;
    // It may be a key; nothing of it is printed but its kind.
    let content = content.secret_bytes();
    let parts = Loader::new().inspect(content)?;
    match parts.as_slice() {
        [part] if part.format() == Format::CertificationRequest => {
            request(content).with_context(|| arguments.file.display().to_string())
        }
        parts => Ok(listed(parts)),
    }
}

/// Returns the reader that has recognised it reads it: in UTF-16, inside JSON, whatever its line
/// ends.
fn request(content: &[u8]) -> Result<Output> {
    let file = PublicFile::read(content, Format::CertificationRequest, Input::File)?;
    let der = file.parts().map(|(_, der)| der).next().unwrap_or_default();
    let request = InspectedRequest::from_der(der)?;
    // Without a verdict it is a problem too: whether the key has signed it is not known then.
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

    let portal = match (signature.is_ok() && problems.is_empty(), warnings.len()) {
        (false, _) => "would refuse it",
        (true, 0) => "would take it",
        (true, _) => "would take it, with the warnings below",
    };
    let text = format!("{request}\nsignature        {verdict}\nportal           {portal}");
    let data = request_data(&request, signature.is_ok(), problems.is_empty());
    Ok(Output::new(text, data, warnings)
        .problems(signature.err())
        .problems(problems))
}

/// Returns what a request asks for.
fn request_data(request: &InspectedRequest, is_verified: bool, is_clean: bool) -> Value {
    let attributes = request.subject().iter();
    let subject: Vec<_> = attributes
        .map(|it| json!({"name": it.label(), "value": it.value()}))
        .collect();
    let names = request.alternative_names().iter();
    let names: Vec<_> = names.map(ToString::to_string).collect();
    json!({
        "format": Format::CertificationRequest,
        "subject": subject,
        "alternative_names": names,
        "public_key": request.public_key().to_string(),
        "public_key_sha256": request.public_key_sha256().to_string(),
        "signature_algorithm": request.signature_algorithm().to_string(),
        "signature_verified": is_verified,
        "portal_accepts": is_verified && is_clean,
    })
}

fn listed(parts: &[Inspected]) -> Output {
    let (problems, fine): (Vec<_>, Vec<_>) = parts.iter().partition(|part| is_of_no_use(part));
    let shown: Vec<String> = fine.into_iter().map(ToString::to_string).collect();
    let data: Vec<_> = parts.iter().map(part_data).collect();
    Output::new(shown.join("\n"), json!({ "parts": data }), None::<String>).problems(problems)
}

fn part_data(part: &Inspected) -> Value {
    json!({
        "format": part.format(),
        "certificate": part.certificate(),
        "encryption": part.encryption(),
        "key": part.key_algorithm(),
        "problem": part.problem().map(ToString::to_string),
    })
}

fn is_of_no_use(part: &Inspected) -> bool {
    part.problem().is_some()
        || matches!(
            part.format(),
            Format::Archive
                | Format::Ber
                | Format::Damaged
                | Format::DamagedDer
                | Format::Empty
                | Format::EncryptedFile
                | Format::Gzip
                | Format::Html
                | Format::Unrecognised
                | Format::Utf16
                | Format::Zip
        )
}
