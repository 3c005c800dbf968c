//! `napi-mtls consents`: the consents that data sources of a country need.

use anyhow::Result;
use napi::configuration::DetailedConsents;

use crate::as_data::as_data;
use crate::by_country::CountryArguments;
use crate::client::ServiceClient;
use crate::global_arguments::GlobalArguments;
use crate::output::Output;
use crate::styled_text::StyledText;
use crate::table::Table;

pub(crate) async fn run(arguments: &CountryArguments, global: &GlobalArguments) -> Result<Output> {
    let consents = DetailedConsents::new(arguments.country.clone());
    let consents = consents.configuration(arguments.configuration.name());
    let call = async |client: &ServiceClient| client.send(&consents).await;
    let (consents, warnings) = arguments.client.call(global, &[], call).await?;
    let mut table = Table::new(["name", "text", "url"]);
    for consent in &consents {
        let cells = [&consent.name, &consent.text, &consent.url];
        table.row(cells.map(|it| it.clone().unwrap_or_default()));
    }
    let mut text = StyledText::default();
    table.write(&mut text);
    Ok(Output::styled(&text, as_data(&consents)?, warnings))
}
