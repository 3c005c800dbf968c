//! `napi-mtls record`: the record that the service keeps of a verification.

use anyhow::Result;
use napi::TransactionRecordId;
use napi::verifications::{Detail, GetTransactionRecord, TransactionRecord};

use crate::as_data::as_data;
use crate::client::{ClientArguments, ServiceClient};
use crate::exit::Exit;
use crate::global_arguments::GlobalArguments;
use crate::output::Output;
use crate::record_view::{is_match, write_findings, write_head};
use crate::styled_text::{PLAIN, StyledText};
use crate::table::Table;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls record 22222222-2222-4222-8222-222222222222
  napi-mtls record 22222222-2222-4222-8222-222222222222 --verbose --output json")]
pub(crate) struct Arguments {
    /// Identifier of the record, not of its transaction
    record: TransactionRecordId,

    /// Ask for the address as the service corrected it, too
    #[arg(long)]
    with_address: bool,

    /// Ask for the corrected address and the details of watchlists, too
    #[arg(long)]
    verbose: bool,

    /// Fail with exit code 1 unless the record is a match
    #[arg(long)]
    exit_status: bool,

    #[command(flatten)]
    client: ClientArguments,
}

pub(crate) async fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    let detail = match (arguments.verbose, arguments.with_address) {
        (true, _) => Detail::Verbose,
        (false, true) => Detail::WithAddress,
        (false, false) => Detail::Plain,
    };
    let get = GetTransactionRecord::new(arguments.record.clone()).detail(detail);
    let call = async |client: &ServiceClient| client.send(&get).await;
    let (record, warnings) = arguments.client.call(global, &[], call).await?;
    let output = Output::styled(&text(&record), as_data(&record)?, warnings);
    Ok(match arguments.exit_status && !is_match(record.status()) {
        true => output.exit(Exit::Findings),
        false => output,
    })
}

fn text(record: &TransactionRecord) -> StyledText {
    let mut text = StyledText::default();
    let result = record.record.as_ref();
    write_head(&mut text, result, record.transaction_id.as_ref());
    if !record.input_fields.is_empty() {
        text.line(PLAIN, "");
        let mut table = Table::new(["input", "value"]);
        for field in &record.input_fields {
            let cells = [&field.field_name, &field.value];
            table.row(cells.map(|it| it.clone().unwrap_or_default()));
        }
        table.write(&mut text);
    }
    write_findings(&mut text, result, &record.errors);
    text
}
