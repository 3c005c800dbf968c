//! `napi-mtls verify`: a person, a company or a document; billed, and so checked first.

mod inputs;
mod outcome;

use anyhow::Result;
use napi::configuration::{FieldProblemKind, Fields};
use napi::verifications::{Verification, VerifyRequest};
use napi::{Error, FoundTransaction};

use crate::client::{ClientArguments, Connected, ServiceClient};
use crate::diagnosis::{Diagnosis, Side};
use crate::exit::Exit;
use crate::global_arguments::GlobalArguments;
use crate::output::Output;
use crate::record_view::is_match;
use crate::verify::inputs::InputArguments;
use crate::verify::outcome::Outcome;
use crate::waiting::WaitingArguments;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls verify --json person.json --reference \"order 4711\"
  napi-mtls verify --json - < person.json
  napi-mtls verify --country CA --no-check --exit-status \\
      --field PersonInfo.FirstGivenName=Absent --field PersonInfo.FirstSurName=Atall  # exit code 1: no match
  napi-mtls verify --json asynchronous.json --wait=60 --output json")]
pub(crate) struct Arguments {
    #[command(flatten)]
    inputs: InputArguments,

    #[command(flatten)]
    waiting: WaitingArguments,

    /// Send the request without a look at the fields of the country
    #[arg(long)]
    no_check: bool,

    /// Fail with exit code 1 unless the result is a match
    #[arg(long)]
    exit_status: bool,

    #[command(flatten)]
    client: ClientArguments,
}

pub(crate) async fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    let request = arguments.inputs.request()?;
    let json = [("--json", arguments.inputs.json())];
    let mut connected = arguments.client.connect(global, &json)?;
    if !arguments.no_check {
        let unlisted = match check(&connected.client, &request).await {
            Ok(unlisted) => unlisted,
            Err(error) => return Err(failed(arguments, connected, error, "check of the fields")),
        };
        connected.warnings.extend(unlisted);
    }
    let verification = match connected.client.verify(&request).await {
        Ok(verification) => verification,
        Err(error) => return Err(failed(arguments, connected, error, "result")),
    };
    let outcome = match verification {
        Verification::Pending(pending) => {
            match awaited(arguments, &connected.client, &pending).await {
                Ok(outcome) => outcome,
                Err(error) => {
                    let what = format!(
                        "result of transaction {}",
                        pending.transaction_id().as_str()
                    );
                    return Err(failed(arguments, connected, error, &what));
                }
            }
        }
        Verification::Completed(result) => Outcome::Completed(Box::new(result)),
        Verification::Rejected(rejection) => Outcome::Rejected(rejection),
        _ => {
            return Err(anyhow::anyhow!(
                "the response is of a kind that is not known here"
            ));
        }
    };
    output(&outcome, arguments.exit_status, connected.warnings)
}

/// Holds the request against the fields of its country, which costs nothing; returns what no source
/// of the country takes.
async fn check(client: &ServiceClient, request: &VerifyRequest) -> Result<Vec<String>, Error> {
    let Some(country) = &request.country_code else {
        return Ok(Vec::new()); // refused by the arguments
    };
    let fields = Fields::new(country.clone());
    let fields = match &request.configuration_name {
        Some(name) => fields.configuration(name.clone()),
        None => fields,
    };
    let schema = client.send(&fields).await?;
    schema.check(request)?;
    let problems = schema.problems(request).into_iter();
    let unlisted = problems.filter(|problem| problem.kind == FieldProblemKind::Unlisted);
    Ok(unlisted.map(|problem| problem.to_string()).collect())
}

async fn awaited(
    arguments: &Arguments,
    client: &ServiceClient,
    pending: &napi::verifications::Pending,
) -> Result<Outcome, Error> {
    match arguments.waiting.record(client, pending).await? {
        None => Ok(Outcome::Pending(pending.clone())),
        Some(id) => {
            let record = client.transaction_record(&id).await?;
            Ok(Outcome::Recorded(Box::new(record)))
        }
    }
}

fn output(outcome: &Outcome, exit_status: bool, warnings: Vec<String>) -> Result<Output> {
    let output = Output::styled(&outcome.text(), outcome.data()?, warnings);
    if let Outcome::Rejected(_) = outcome {
        let diagnosis = Diagnosis {
            kind: "verification_rejected".to_owned(),
            side: Side::Client,
            remedy: "correct what the errors name; there is no record, and nothing to look up"
                .into(),
            exit: Exit::Rejected,
        };
        let message = "the service gave no record, for the errors that are listed";
        return Ok(output.failed(diagnosis, message.to_owned()));
    }
    let is_final = !matches!(outcome, Outcome::Pending(_));
    Ok(
        match exit_status && is_final && !is_match(outcome.status()) {
            true => output.exit(Exit::Findings),
            false => output,
        },
    )
}

/// Returns the error of a call, and what is known of the transaction: it may have been billed.
fn failed(arguments: &Arguments, connected: Connected, error: Error, what: &str) -> anyhow::Error {
    let billed = match error.transaction() {
        Some(found) => format!(
            "{what} (look it up before you send it again: {})",
            shown(found)
        ),
        None if error.is_unprocessed() => format!("{what} (nothing was billed)"),
        None => what.to_owned(),
    };
    let failure = arguments.client.failure(&billed, connected, &error);
    anyhow::Error::new(error).context(failure)
}

fn shown(found: &FoundTransaction) -> String {
    let transaction = found.transaction_id.as_ref().map(|id| id.as_str());
    let record = found.transaction_record_id.as_ref().map(|id| id.as_str());
    let transaction = transaction.map(|id| format!("transaction {id}"));
    let record = record.map(|id| format!("record {id}"));
    let parts: Vec<_> = record.into_iter().chain(transaction).collect();
    parts.join(", ")
}
