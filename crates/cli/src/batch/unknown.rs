//! `napi-mtls batch unknown`: the records that may have been billed and have no response.

use anyhow::Result;
use batch::RecordState;

use crate::batch::journal_place::JournalArguments;
use crate::batch::listed::listed;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls batch unknown --journal people.journal")]
pub(crate) struct Arguments {
    #[command(flatten)]
    journal: JournalArguments,
}

pub(crate) async fn run(arguments: &Arguments) -> Result<Output> {
    let journal = arguments.journal.open_known().await?;
    listed(&journal, RecordState::Unknown).await
}
