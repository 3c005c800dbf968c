//! `napi-mtls batch retry`: the only way to send again what may have been sent.

use std::collections::HashSet;

use anyhow::Result;
use batch::{Journal, Record, RecordState, Selection};
use serde_json::{Value, json};
use vocabulary::Escaped;

use crate::batch::confirmation::confirm;
use crate::batch::journal_place::JournalArguments;
use crate::batch::listed::each;
use crate::output::Output;
use crate::refusal::{Refusal, RefusalKind};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls batch retry --failed --yes --journal people.journal
  napi-mtls batch retry --unknown --yes --journal people.journal")]
pub(crate) struct Arguments {
    #[command(flatten)]
    journal: JournalArguments,

    #[command(flatten)]
    states: StateArguments,

    /// Only the record with this CustomerReferenceID; may be given more than once
    #[arg(long, value_name = "REFERENCE")]
    reference: Vec<String>,

    /// Do not ask: take it that each may be billed a second time
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct StateArguments {
    /// Records that may have been sent and have no response: look them up in the portal before, by
    /// the references that `batch unknown` lists
    #[arg(long)]
    unknown: bool,

    /// Records that the service has accepted and does not finish: `batch pending` lists them. Their
    /// transactions are given up
    #[arg(long)]
    pending: bool,

    /// Records that the service has rejected
    #[arg(long)]
    failed: bool,
}

impl StateArguments {
    fn state(&self) -> RecordState {
        match (self.unknown, self.pending) {
            (true, _) => RecordState::Unknown,
            (_, true) => RecordState::Pending,
            _ => RecordState::Failed,
        }
    }
}

pub(crate) async fn run(arguments: &Arguments) -> Result<Output> {
    let journal = arguments.journal.open_known().await?;
    let state = arguments.states.state();
    let chosen = Chosen::read(&journal, state, &arguments.reference).await?;
    let count = chosen.records.len() as u64;
    if count == 0 {
        let text = format!("no record is {state}; nothing was changed");
        return Ok(Output::new(
            text,
            json!({"waiting_again": 0}),
            None::<String>,
        ));
    }
    if !arguments.yes && !confirm(&question(state, count))? {
        let text = "cancelled, nothing was changed";
        return Err(Refusal::new(RefusalKind::Cancelled, text).into());
    }
    // Workers go on while the question is read: what they settle then was not asked about.
    let selection = Selection::Records(chosen.records.clone());
    let changed: HashSet<_> = journal
        .requeue(state, selection)
        .await?
        .into_iter()
        .collect();
    let count = changed.len();
    let text = format!("{count} wait again: the next `napi-mtls batch run` sends them");
    let (changed, left): (Vec<_>, Vec<_>) = chosen
        .records
        .into_iter()
        .partition(|record| changed.contains(&record.digest));
    let lines = changed.iter().filter_map(given_up_line);
    let lines: Vec<_> = std::iter::once(text).chain(lines).collect();
    let given_up: Vec<_> = changed.iter().filter_map(given_up).collect();
    let data = json!({"waiting_again": count, "given_up": given_up});
    let left = (!left.is_empty()).then(|| {
        let count = left.len();
        format!("{count} have changed meanwhile, and stay as they are: look at the batch again")
    });
    Ok(Output::new(lines.join("\n"), data, left))
}

/// The records that are to be sent again.
#[derive(Debug, Default)]
struct Chosen {
    records: Vec<Record>,
}

impl Chosen {
    /// Reads the records of a state, those of some references alone if any are given.
    ///
    /// # Errors
    ///
    /// If a reference is of no record of the state.
    async fn read(
        journal: &impl Journal,
        state: RecordState,
        references: &[String],
    ) -> Result<Self> {
        let mut chosen = Self::default();
        let mut missing: Vec<&String> = references.iter().collect();
        let take = |record: Record| {
            if references.is_empty() || references.contains(&record.reference) {
                missing.retain(|it| **it != record.reference);
                chosen.records.push(record);
            }
        };
        each(journal, state, take).await?;
        match missing.first() {
            None => Ok(chosen),
            Some(reference) => Err(Refusal::command_line(format!(
                "--reference: no record that is {state} has {}; nothing was changed",
                Escaped::line(reference)
            ))
            .into()),
        }
    }
}

/// Returns the transaction of a record, which the journal no longer has, for people.
fn given_up_line(record: &Record) -> Option<String> {
    let transaction = record.outcome.transaction_id.as_ref()?;
    let reference = Escaped::line(&record.reference);
    Some(format!(
        "{reference}: no longer asked for: transaction {transaction}"
    ))
}

/// Returns the same for programs.
fn given_up(record: &Record) -> Option<Value> {
    let transaction = record.outcome.transaction_id.as_ref()?;
    Some(json!({
        "customer_reference_id": record.reference,
        "transaction_id": transaction,
    }))
}

fn question(state: RecordState, count: u64) -> String {
    let cost = match state {
        RecordState::Unknown => {
            "Each may have been verified and billed already, and sending it again is then billed a second time"
        }
        RecordState::Pending => {
            "The service has accepted each, and bills it if it finishes it after all; sending it again is then \
             billed a second time, and the first result is at the service alone"
        }
        _ => {
            "Sending them again is billed for those that are verified then, and for some a second time"
        }
    };
    format!(
        "{count} {state} would be sent again: up to {count} calls. {cost}. Send them again? [y/N] "
    )
}
