//! `napi-mtls check`: what a certificate and a key are, and whether they work together.

use std::{error::Error as _, iter, time::SystemTime};

use anyhow::{Context, Result};
use identity::{Error, Loaded, Report, Severity};
use serde_json::Value;

use crate::diagnose::diagnosis;
use crate::format::Format;
use crate::global_arguments::GlobalArguments;
use crate::identity_files::IdentityArguments;
use crate::output::Output;
use crate::prometheus::{self, Pair};
use crate::standard_input::read_once;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls check --certificate napi.pem --key napi.key --passphrase-file passphrase
  napi-mtls check --strict
  napi-mtls check --output prometheus > napi.prom")]
pub(crate) struct Arguments {
    #[command(flatten)]
    identity: IdentityArguments,

    /// Fail on warnings too, such as a certificate that expires soon
    #[arg(long)]
    strict: bool,
}

pub(crate) fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    let files = arguments.identity.files(&global.settings()?)?;
    read_once(files.options())?;
    let loaded = files.load();
    if global.output == Format::Prometheus {
        return Ok(metrics(&files.name(), loaded));
    }
    let loaded = loaded?;
    let report = loaded.report();
    let data = serde_json::to_value(report).context("the report cannot be written as JSON")?;
    // The report has its warnings in it; as problems they also decide the exit code.
    let output = Output::new(report.to_string(), data, None::<String>);
    Ok(match arguments.strict {
        true => output.problems(attention(report)),
        false => output,
    })
}

/// Returns the metrics; also of what cannot be used, which is an error as well.
fn metrics(name: &str, loaded: Result<Loaded>) -> Output {
    let now = SystemTime::now();
    let usable = loaded.as_ref().ok();
    let pair = Pair {
        name,
        loaded: usable.map(|it| (it.identity(), it.report())),
        is_in_use: usable.is_some_and(|it| it.identity().is_valid_at(now)),
    };
    let text = prometheus::lines(&[pair], now);
    let output = Output::new(text, Value::Null, None::<String>);
    match loaded {
        Ok(_) => output,
        Err(error) => {
            let message = format!("{error:#}");
            output.failed(diagnosis(&error), message)
        }
    }
}

/// Returns the error with what the operating system says of a file, which stands in its source.
pub(crate) fn chain(error: &Error) -> String {
    let sources = iter::successors(error.source(), |cause| (*cause).source());
    sources.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Returns the findings that need attention.
pub(crate) fn attention(report: &Report) -> impl Iterator<Item = String> {
    let findings = report.findings().iter();
    findings
        .filter(|finding| finding.severity() >= Severity::Warning)
        .map(ToString::to_string)
}
