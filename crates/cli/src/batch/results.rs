//! `napi-mtls batch results`: the results of a batch as a file.

use std::path::PathBuf;

use anyhow::Result;
use batch::{ResultsFile, ResultsFormat};
use serde_json::json;

use crate::batch::journal_place::JournalArguments;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls batch results --journal people.journal --results people.ndjson")]
pub(crate) struct Arguments {
    #[command(flatten)]
    journal: JournalArguments,

    #[command(flatten)]
    results: ResultsArguments,
}

/// The file of results.
#[derive(Debug, clap::Args)]
pub(crate) struct ResultsArguments {
    /// File of the results: CSV if its name ends in .csv, else JSON, one line for each record that
    /// is done or has failed, in the order of the list
    #[arg(long, value_name = "FILE")]
    pub(crate) results: PathBuf,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<Output> {
    let journal = arguments.journal.open_known().await?;
    let path = &arguments.results.results;
    let format = ResultsFormat::of_path(path);
    let file = ResultsFile::open(path, format, &journal).await?;
    let count = file.finish(&journal).await?;
    let text = format!("{count} results in {}", path.display());
    let data = json!({"results": count, "file": path.display().to_string()});
    Ok(Output::new(text, data, None::<String>))
}
