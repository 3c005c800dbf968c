//! `napi-mtls batch`: lists of people, verified so that no record is paid for twice.

mod any_journal;
mod confirmation;
mod counted;
mod journal_place;
mod list;
mod listed;
mod pending;
mod progress;
mod renewal;
mod results;
mod retry;
mod run;
mod status;
mod unknown;

use anyhow::Result;
use clap::Subcommand;

use crate::global_arguments::GlobalArguments;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls batch run --input people.csv --journal people.journal --results results.csv
  napi-mtls batch status --journal people.journal
  napi-mtls batch unknown --journal people.journal")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Verifies the people of a list, or goes on where the last run ended
    Run(Box<run::Arguments>),
    /// Counts the records of a batch by state and result
    Status(status::Arguments),
    /// Lists the records that may have been sent and billed, and have no response
    Unknown(unknown::Arguments),
    /// Lists the records that the service still works on, with their transactions
    Pending(pending::Arguments),
    /// Lets records be sent again by the next run, which may be billed again
    Retry(retry::Arguments),
    /// Writes the results of a batch, without a run
    Results(results::Arguments),
}

pub(crate) async fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    match &arguments.command {
        Command::Run(arguments) => run::run(arguments, global).await,
        Command::Status(arguments) => status::run(arguments).await,
        Command::Unknown(arguments) => unknown::run(arguments).await,
        Command::Pending(arguments) => pending::run(arguments).await,
        Command::Retry(arguments) => retry::run(arguments).await,
        Command::Results(arguments) => results::run(arguments).await,
    }
}
