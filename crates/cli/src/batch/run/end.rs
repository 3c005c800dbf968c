//! The end of a run, in words: a list that is refused, a journal that failed, a summary.

use std::io::{self, Write};
use std::path::Path;

use batch::{BatchError, ListReport, RecordState, StopReason, Summary, Unsaved};
use serde_json::{Value, json};

use crate::batch::counted;
use crate::exit::Exit;
use crate::output::Output;

/// The most problems of a list that are shown.
const MOST_SHOWN: usize = 100;

/// Returns the problems of a list of which nothing was sent.
pub(super) fn refused(report: &ListReport) -> Output {
    let text = format!(
        "{} of {} records cannot be sent, so none was: correct them, or leave them out by --skip-invalid",
        report.unsendable, report.records
    );
    let problems = report
        .problems
        .iter()
        .map(|problem| json!({"line": problem.line, "message": problem.problem.to_string()}));
    let data = json!({
        "records": report.records,
        "unsendable": report.unsendable,
        "sent": 0,
        "problems": problems.collect::<Vec<_>>(),
    });
    let shown = report
        .problems
        .iter()
        .take(MOST_SHOWN)
        .map(ToString::to_string);
    let rest = report.unsendable.saturating_sub(MOST_SHOWN as u64);
    let rest = (rest > 0).then(|| format!("and {rest} more lines"));
    Output::new(text, data, None::<String>).problems(shown.chain(rest))
}

/// Writes out the responses that the journal does not have, after an error of a run: no one else
/// has them.
pub(super) fn write_unsaved(error: &anyhow::Error) {
    if let Some(BatchError::Journal { unsaved, .. }) = error.downcast_ref() {
        for response in unsaved {
            // Without standard error there is nowhere to write it to.
            let _ = writeln!(io::stderr(), "{}", unsaved_line(response));
        }
    }
}

fn unsaved_line(response: &Unsaved) -> Value {
    let outcome = &response.outcome;
    json!({"not_in_the_journal": {
        "number": response.number,
        "customer_reference_id": response.reference,
        "state": response.state.as_str(),
        "record_status": outcome.status,
        "transaction_id": outcome.transaction_id,
        "transaction_record_id": outcome.transaction_record_id,
        "errors": outcome.errors,
    }})
}

/// Returns the summary of a run.
pub(super) fn summed_up(
    summary: &Summary,
    report: &ListReport,
    results: u64,
    path: &Path,
) -> Output {
    let counts = &summary.counts;
    let left_out = match summary.left_out {
        0 => String::new(),
        count => format!("left out   {count} lines\n"),
    };
    let text = format!(
        "{}\n{left_out}sent now   {}\n{}\n{results} results in {}",
        counted::text(counts),
        summary.sent,
        counted::cost(counts),
        path.display()
    );
    let mut data = counted::data(counts);
    if let Value::Object(members) = &mut data {
        let more = json!({
            "sent": summary.sent,
            "left_out": summary.left_out,
            "no_longer_in_the_list": summary.missing,
            "stopped": summary.stopped.map(|reason| reason.to_string()),
            "results_written": results,
        });
        members.extend(more.as_object().cloned().unwrap_or_default());
    }
    let left = |state, advice: &str| {
        let count = counts.of(state);
        let is_left = count > 0 && summary.stopped.is_none();
        is_left.then(|| format!("{count} {state}: {advice}"))
    };
    let waiting = left(RecordState::Waiting, "run the same command again");
    let pending = left(
        RecordState::Pending,
        "the service works on them, and the same command asks for them again; `napi-mtls batch pending` lists them",
    );
    let missing = (summary.missing > 0).then(|| {
        format!(
            "{} records of the batch are no longer in the list: those of them that wait are not sent",
            summary.missing
        )
    });
    let skipped = (report.unsendable > 0).then(|| {
        format!(
            "{} lines cannot be sent, and were left out",
            report.unsendable
        )
    });
    let stopped = summary
        .stopped
        .map(|reason| format!("stopped: {reason}; run the same command again to go on"));
    let problems = counted::problems(counts).into_iter().chain(stopped);
    let output = Output::new(
        text,
        data,
        waiting
            .into_iter()
            .chain(pending)
            .chain(missing)
            .chain(skipped),
    )
    .problems(problems);
    match summary.stopped {
        Some(reason) => output.exit(exit(reason)),
        None => output,
    }
}

/// Returns the exit code of a run that ended before its list did.
fn exit(reason: StopReason) -> Exit {
    match reason {
        StopReason::Asked => Exit::Interrupted,
        StopReason::Key => Exit::Local,
        StopReason::Certificate | StopReason::Credentials | StopReason::Setup => Exit::Rejected,
        _ => Exit::Unreachable,
    }
}
