//! `napi-mtls document-types`: the types of document that can be checked, by country.

use anyhow::Result;
use napi::CountryCode;
use napi::verifications::DocumentType;

use crate::as_data::as_data;
use crate::client::{ClientArguments, ServiceClient};
use crate::global_arguments::GlobalArguments;
use crate::output::Output;
use crate::styled_text::StyledText;
use crate::table::Table;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls document-types
  napi-mtls document-types CA")]
pub(crate) struct Arguments {
    /// Two-letter ISO code of the country, such as CA; by default all
    country: Option<CountryCode>,

    #[command(flatten)]
    client: ClientArguments,
}

pub(crate) async fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    let country = arguments.country.as_ref();
    let call = async |client: &ServiceClient| client.document_types(country).await;
    let (types, warnings) = arguments.client.call(global, &[], call).await?;
    let mut table = Table::new(["country", "types"]);
    for (country, types) in &types {
        let names: Vec<_> = types.iter().map(DocumentType::as_str).collect();
        table.row([country.clone(), names.join(", ")]);
    }
    let mut text = StyledText::default();
    table.write(&mut text);
    Ok(Output::styled(&text, as_data(&types)?, warnings))
}
