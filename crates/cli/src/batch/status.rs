//! `napi-mtls batch status`: the records of a batch by state and result.

use anyhow::Result;
use batch::Journal;

use crate::batch::counted;
use crate::batch::journal_place::JournalArguments;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls batch status --journal people.journal")]
pub(crate) struct Arguments {
    #[command(flatten)]
    journal: JournalArguments,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<Output> {
    let journal = arguments.journal.open_known().await?;
    let counts = journal.counts().await?;
    let text = format!("{}\n{}", counted::text(&counts), counted::cost(&counts));
    Ok(Output::new(
        text,
        counted::data(&counts),
        counted::problems(&counts),
    ))
}
