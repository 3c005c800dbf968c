//! The records of a batch, counted for people and for programs.

use batch::{Counts, RecordState};
use serde_json::{Map, Value, json};

/// Returns one line for each state that has records, the results behind those that are done.
pub(crate) fn text(counts: &Counts) -> String {
    let states = RecordState::ALL.into_iter().filter_map(|state| {
        let count = counts.of(state);
        let results: Vec<_> = match state {
            RecordState::Done => counts
                .results()
                .map(|(name, count)| format!("{count} {name}"))
                .collect(),
            _ => Vec::new(),
        };
        let results = match results.is_empty() {
            true => String::new(),
            false => format!(" ({})", results.join(", ")),
        };
        (count > 0).then(|| format!("{state:<10} {count}{results}"))
    });
    let lines: Vec<_> = states.collect();
    match lines.is_empty() {
        true => "no records yet".to_owned(),
        false => lines.join("\n"),
    }
}

/// Returns the counts by name.
pub(crate) fn data(counts: &Counts) -> Value {
    let states = RecordState::ALL.into_iter();
    let states = states.map(|state| (state.as_str().to_owned(), counts.of(state).into()));
    let results = counts
        .results()
        .map(|(name, count)| (name.to_owned(), count.into()));
    json!({
        "records": counts.total(),
        "states": states.collect::<Map<_, _>>(),
        "results": results.collect::<Map<_, _>>(),
        "attempts": counts.attempts(),
    })
}

/// Returns the sentence on what a batch has cost at most.
pub(crate) fn cost(counts: &Counts) -> String {
    format!(
        "calls that may have been billed: at most {} in all runs",
        counts.attempts()
    )
}

/// Returns what a person has to look at before the batch is done with.
pub(crate) fn problems(counts: &Counts) -> Vec<String> {
    let unknown = counts.of(RecordState::Unknown);
    let failed = counts.of(RecordState::Failed);
    let unknown = (unknown > 0).then(|| {
        format!(
            "{unknown} unknown: they may have been billed and have no result; `napi-mtls batch unknown` lists them, \
             look each up in the portal by its reference"
        )
    });
    let failed = (failed > 0).then(|| {
        format!("{failed} failed: the service rejected them; their errors are in the results")
    });
    unknown.into_iter().chain(failed).collect()
}
