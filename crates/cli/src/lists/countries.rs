//! `napi-mtls countries`: the countries that the account covers.

use anyhow::Result;
use napi::configuration::CountryCodes;

use crate::as_data::as_data;
use crate::by_country::ConfigurationArguments;
use crate::client::{ClientArguments, ServiceClient};
use crate::global_arguments::GlobalArguments;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls countries")]
pub(crate) struct Arguments {
    #[command(flatten)]
    configuration: ConfigurationArguments,

    #[command(flatten)]
    client: ClientArguments,
}

pub(crate) async fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    let codes = CountryCodes::new(arguments.configuration.name());
    let call = async |client: &ServiceClient| client.send(&codes).await;
    let (codes, warnings) = arguments.client.call(global, &[], call).await?;
    let lines: Vec<_> = codes.iter().map(ToString::to_string).collect();
    Ok(Output::new(lines.join("\n"), as_data(&codes)?, warnings))
}
