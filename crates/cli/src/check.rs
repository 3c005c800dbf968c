//! `napi check`: what a certificate and a key are, and whether they work together.

use anyhow::{Context, Result};
use identity::{Report, Severity};

use crate::{Output, identity_files::IdentityFiles};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    identity: IdentityFiles,

    /// Print the report as JSON
    #[arg(long)]
    json: bool,

    /// Fail also on a warning, such as a certificate that expires soon
    #[arg(long)]
    strict: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<Output> {
    let loaded = arguments.identity.load()?;
    let report = loaded.report();
    let text = if arguments.json {
        serde_json::to_string_pretty(report).context("the report cannot be written as JSON")?
    } else {
        report.to_string()
    };
    let output = Output::new(text, None::<String>);
    Ok(match arguments.strict {
        true => output.problems(attention(report)),
        false => output,
    })
}

/// What somebody should look at.
pub(crate) fn attention(report: &Report) -> impl Iterator<Item = String> {
    let findings = report.findings().iter();
    findings
        .filter(|finding| finding.severity() >= Severity::Warning)
        .map(ToString::to_string)
}
