//! `napi-mtls status`: how far a transaction is.

use anyhow::Result;
use napi::TransactionId;
use napi::verifications::Pending;

use crate::as_data::as_data;
use crate::client::{ClientArguments, ServiceClient};
use crate::global_arguments::GlobalArguments;
use crate::output::Output;
use crate::styled_text::{PLAIN, StyledText};
use crate::waiting::WaitingArguments;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls status 33333333-3333-4333-8333-333333333333
  napi-mtls status 33333333-3333-4333-8333-333333333333 --wait=60")]
pub(crate) struct Arguments {
    /// Identifier of the transaction, not of its record
    transaction: TransactionId,

    #[command(flatten)]
    waiting: WaitingArguments,

    #[command(flatten)]
    client: ClientArguments,
}

pub(crate) async fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    let id = &arguments.transaction;
    let call = async |client: &ServiceClient| {
        // Its end is waited for, and then asked for once more: the state is what is printed.
        let pending = Pending::new(id.clone());
        arguments.waiting.record(client, &pending).await?;
        client.transaction_status(id).await
    };
    let (status, warnings) = arguments.client.call(global, &[], call).await?;
    let state = status.status.as_ref().map(|state| state.as_str());
    let record = status.transaction_record_id.as_ref().map(|id| id.as_str());
    let mut text = StyledText::default();
    for (name, value) in [
        ("state", state),
        ("record", record),
        ("transaction", Some(id.as_str())),
    ] {
        if let Some(value) = value {
            text.line(PLAIN, &format!("{name:<12} {value}"));
        }
    }
    Ok(Output::styled(&text, as_data(&status)?, warnings))
}
