//! The records of one state, for people and for programs.

use anyhow::Result;
use batch::{Journal, Position, Record, RecordState};
use serde_json::{Value, json};
use vocabulary::Escaped;

use crate::output::Output;

/// The most records that are read in one step.
const CHUNK: usize = 1000;

/// Returns the records of a state, one a line.
pub(crate) async fn listed(journal: &impl Journal, state: RecordState) -> Result<Output> {
    let (mut lines, mut data) = (Vec::new(), Vec::new());
    each(journal, state, |record| {
        lines.push(line(&record));
        data.push(member(&record));
    })
    .await?;
    let text = match lines.is_empty() {
        true => format!("no record is {state}"),
        false => format!("number     CustomerReferenceID\n{}", lines.join("\n")),
    };
    Ok(Output::new(text, Value::Array(data), None::<String>))
}

/// Takes each record of a state, in the order of the list.
pub(crate) async fn each(
    journal: &impl Journal,
    state: RecordState,
    mut take: impl FnMut(Record),
) -> Result<()> {
    let mut position = Position::START;
    loop {
        let records = journal.records_after(position, Some(state), CHUNK).await?;
        let Some(last) = records.last() else {
            return Ok(());
        };
        position = last.position();
        records.into_iter().for_each(&mut take);
    }
}

fn line(record: &Record) -> String {
    let outcome = &record.outcome;
    let transaction = outcome.transaction_id.as_ref();
    let transaction = transaction.map(|id| format!("transaction {id}"));
    let notes: Vec<_> = transaction
        .iter()
        .chain(&outcome.errors)
        .map(String::as_str)
        .collect();
    let notes = match notes.is_empty() {
        true => String::new(),
        false => format!("  ({})", notes.join(", ")),
    };
    let number = record
        .number
        .map_or_else(|| "-".to_owned(), |it| it.to_string());
    format!(
        "{number:<10} {}{}",
        Escaped::line(&record.reference),
        Escaped::line(&notes)
    )
}

fn member(record: &Record) -> Value {
    json!({
        "number": record.number,
        "customer_reference_id": record.reference,
        "attempts": record.attempts,
        "transaction_id": record.outcome.transaction_id,
        "errors": record.outcome.errors,
    })
}
