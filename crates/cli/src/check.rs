//! `napi-mtls check`: what a certificate and a key are, and whether they work together.

use std::{error::Error as _, iter};

use anyhow::{Context, Result};
use identity::{Error, Report, Severity};
use serde_json::json;

use crate::identity_files::IdentityFiles;
use crate::output::Output;
use crate::standard_input::read_once;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    identity: IdentityFiles,

    /// Print the report as JSON
    #[arg(long)]
    json: bool,

    /// Fail on warnings too, such as a certificate that expires soon
    #[arg(long)]
    strict: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Output> {
    match read_once(arguments.identity.options()) {
        // A program that reads JSON gets it for every outcome.
        Err(error) if arguments.json => return Ok(unusable("command_line", &error.to_string())),
        read_once => read_once?,
    }
    let loaded = match arguments.identity.load() {
        Ok(loaded) => loaded,
        Err(error) if arguments.json => return Ok(unusable(&kind(&error), &chain(&error))),
        Err(error) => return Err(error.into()),
    };
    let report = loaded.report();
    let text = if arguments.json {
        serde_json::to_string_pretty(report).context("the report cannot be written as JSON")?
    } else {
        report.to_string()
    };
    // The report has its warnings in it; as problems they also decide the exit code.
    let output = Output::new(text, None::<String>);
    Ok(match arguments.strict {
        true => output.problems(attention(report)),
        false => output,
    })
}

/// Returns the report as JSON where there is no identity: in the form of [`Report`], with what is
/// wrong as the one finding.
fn unusable(kind: &str, message: &str) -> Output {
    let report = json!({
        "key": null,
        "certificate_chain": [],
        "severity": Severity::Error,
        "findings": [{"kind": kind, "severity": Severity::Error, "message": message}],
    });
    Output::new(format!("{report:#}"), None::<String>).problems([message.to_owned()])
}

/// Returns the error with what the operating system says of a file, which stands in its source.
pub(crate) fn chain(error: &Error) -> String {
    let sources = iter::successors(error.source(), |cause| (*cause).source());
    sources.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Returns the name of the variant in snake case, as the kinds of findings are.
fn kind(error: &Error) -> String {
    let shown = format!("{error:?}"); // a derived `Debug` begins with the name
    let name = shown.chars().take_while(char::is_ascii_alphanumeric);
    let mut kind = String::new();
    for character in name {
        if character.is_ascii_uppercase() && !kind.is_empty() {
            kind.push('_');
        }
        kind.push(character.to_ascii_lowercase());
    }
    kind
}

/// Returns the findings that need attention.
pub(crate) fn attention(report: &Report) -> impl Iterator<Item = String> {
    let findings = report.findings().iter();
    findings
        .filter(|finding| finding.severity() >= Severity::Warning)
        .map(ToString::to_string)
}
