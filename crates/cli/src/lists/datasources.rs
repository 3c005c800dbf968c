//! `napi-mtls datasources`: the data sources of a country.

use anyhow::Result;
use napi::configuration::{DatasourceFieldType, Datasources};

use crate::as_data::as_data;
use crate::by_country::CountryArguments;
use crate::client::ServiceClient;
use crate::global_arguments::GlobalArguments;
use crate::output::Output;
use crate::styled_text::StyledText;
use crate::table::Table;

pub(crate) async fn run(arguments: &CountryArguments, global: &GlobalArguments) -> Result<Output> {
    let sources = Datasources::new(arguments.country.clone());
    let sources = sources.configuration(arguments.configuration.name());
    let call = async |client: &ServiceClient| client.send(&sources).await;
    let (sources, warnings) = arguments.client.call(global, &[], call).await?;
    let mut table = Table::new(["name", "type", "coverage", "required fields"]);
    for source in &sources {
        let cells = [&source.name, &source.source_type, &source.coverage];
        let [name, kind, coverage] = cells.map(|it| it.clone().unwrap_or_default());
        table.row([name, kind, coverage, names(&source.required_fields)]);
    }
    let mut text = StyledText::default();
    table.write(&mut text);
    Ok(Output::styled(&text, as_data(&sources)?, warnings))
}

fn names(fields: &[DatasourceFieldType]) -> String {
    let names = fields
        .iter()
        .filter_map(|field| field.field_name.as_deref());
    names.collect::<Vec<_>>().join(", ")
}
