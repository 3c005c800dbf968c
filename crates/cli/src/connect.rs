//! `napi-mtls connect`: each step from the name to "Hello", and at the first failure why, on whose
//! side, and what to do.

mod failed_step;
mod failure;
mod step;
mod walk;

use std::time::{Duration, Instant};

use anyhow::Result;
use napi::connection::TestAuthentication;
use napi::{Client, Endpoint, RequestBody, ResultWithMetadata};
use serde_json::json;
use transport::{ConnectionInfo, HttpRefusal, MtlsClient};

use crate::client::{ClientArguments, ClientParts};
use crate::connect::failure::{Circumstances, Failure};
use crate::connect::step::{Step, Verdict};
use crate::global_arguments::GlobalArguments;
use crate::output::Output;
use crate::styled_text::{BOLD, DIM, GREEN, PLAIN, RED, StyledText, YELLOW};
use crate::table::Table;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls connect
  napi-mtls connect --certificate napi.pem --key napi.key --passphrase-file passphrase \\
      --user acme-api --password-file password")]
pub(crate) struct Arguments {
    #[command(flatten)]
    client: ClientArguments,
}

/// Calls once and sends nothing again, so that a failure is seen at its first appearance.
pub(crate) async fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    let ClientParts {
        connector,
        base_url,
        credentials,
        has_identity,
        warnings,
    } = arguments.client.parts(global, &[])?;
    let transport: MtlsClient<RequestBody, _> = MtlsClient::builder(connector).build();
    let client = Client::new(transport, base_url.clone(), credentials);
    let start = Instant::now();
    let test = TestAuthentication::new();
    let sent = client.send_raw_with_any_status(test.request()?).await;
    let elapsed = start.elapsed();
    let (connection, refusal, error) = match sent {
        Ok(raw) => {
            let connection = raw.connection().cloned();
            let refusal = refusal(&raw, connection.as_ref());
            (connection, refusal, client.read_raw(&test, raw).err())
        }
        Err(error) => {
            let connection = error.transport().and_then(transport::Error::connection);
            (connection.cloned(), None, Some(error))
        }
    };
    let known = Circumstances {
        connection: connection.as_ref(),
        refusal,
        has_identity,
    };
    let failure = error.map(|error| Failure::of(error, &known));
    let failed = failure.as_ref().map(|failure| failure.step);
    let steps = walk::steps(&known, failed, elapsed);
    let data = json!({
        "base_url": base_url.to_string(),
        "steps": steps,
        "error": failure.as_ref().map(|it| it.diagnosis.data(&it.message)),
    });
    let text = text(&steps, failure.as_ref());
    let output = Output::styled(&text, data, warnings).problems(problems(&steps));
    Ok(match failure {
        None => output,
        Some(failure) => output.failed(failure.diagnosis, failure.message),
    })
}

/// Returns the page of a server in front of the service, if the response is one.
fn refusal(
    raw: &ResultWithMetadata<bytes::Bytes>,
    connection: Option<&ConnectionInfo>,
) -> Option<HttpRefusal> {
    let client_auth = connection?.client_auth();
    HttpRefusal::recognise(raw.status, &raw.headers, &raw.result, client_auth)
}

/// Returns what is wrong though the call went well.
fn problems(steps: &[Step]) -> Option<String> {
    let has_failed = steps.iter().any(|step| step.verdict == Verdict::Failed);
    let step = steps
        .iter()
        .find(|step| step.verdict == Verdict::Doubtful)?;
    let text = format!("{}: {}", step.step.shown(), step.detail);
    (!has_failed).then_some(text)
}

fn text(steps: &[Step], failure: Option<&Failure>) -> StyledText {
    let mut text = StyledText::default();
    let mut table = Table::new(["step", "verdict", "time", "detail"]);
    for step in steps {
        let style = match step.verdict {
            Verdict::Good => GREEN,
            Verdict::Doubtful => YELLOW,
            Verdict::Failed => RED,
            Verdict::None | Verdict::NotReached => DIM,
        };
        let time = step.time.map(shown).unwrap_or_default();
        let cells = [step.step.shown(), step.verdict.shown(), &time, &step.detail];
        table.styled(style, cells.map(str::to_owned));
    }
    table.write(&mut text);
    if let Some(Failure {
        diagnosis, message, ..
    }) = failure
    {
        text.line(PLAIN, "");
        text.line(BOLD, &format!("cause   {message}"));
        text.line(PLAIN, &format!("side    {}", diagnosis.side));
        text.line(PLAIN, &format!("remedy  {}", diagnosis.remedy));
    }
    text
}

fn shown(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
