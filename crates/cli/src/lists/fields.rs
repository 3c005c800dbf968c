//! `napi-mtls fields`: the fields that data sources of a country take.

use anyhow::Result;
use napi::configuration::{FieldSchema, Fields, RecommendedFields};
use serde_json::{Map, Value};

use crate::as_data::as_data;
use crate::by_country::CountryArguments;
use crate::client::ServiceClient;
use crate::global_arguments::GlobalArguments;
use crate::output::Output;
use crate::styled_text::StyledText;
use crate::table::Table;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  napi-mtls fields AU
  napi-mtls fields AU --recommended --output json")]
pub(crate) struct Arguments {
    /// Only the fields that the service recommends
    #[arg(long)]
    recommended: bool,

    #[command(flatten)]
    country: CountryArguments,
}

pub(crate) async fn run(arguments: &Arguments, global: &GlobalArguments) -> Result<Output> {
    let of = &arguments.country;
    let (country, configuration) = (of.country.clone(), of.configuration.name());
    let call = async |client: &ServiceClient| match arguments.recommended {
        false => {
            let fields = Fields::new(country).configuration(configuration);
            client.send(&fields).await
        }
        true => {
            let fields = RecommendedFields::new(country).configuration(configuration);
            client.send(&fields).await
        }
    };
    let (schema, warnings) = of.client.call(global, &[], call).await?;
    let mut text = StyledText::default();
    table(&schema).write(&mut text);
    Ok(Output::styled(&text, as_data(&schema)?, warnings))
}

fn table(schema: &FieldSchema) -> Table {
    let mut table = Table::new(["field", "type", "required", "label"]);
    let required = schema.required();
    let mut leaves = Vec::new();
    collect(schema.as_json(), "", DEEPEST, &mut leaves);
    for (path, member) in leaves {
        let text = |name| member.get(name).and_then(Value::as_str).unwrap_or_default();
        let is_required = match required.contains(&path) {
            true => "required",
            false => "",
        };
        let label = text("label").to_owned();
        let kind = text("type").to_owned();
        table.row([path, kind, is_required.to_owned(), label]);
    }
    table
}

/// Deeper than any description; one that is deeper still is cut.
const DEEPEST: u32 = 16;

/// Collects the members that have none of their own, with their paths.
///
/// A nested group may have its head inside its `properties`, as the service writes some.
fn collect<'a>(
    group: &'a Map<String, Value>,
    path: &str,
    depth: u32,
    leaves: &mut Vec<(String, &'a Map<String, Value>)>,
) {
    let Some(Value::Object(members)) = group.get("properties") else {
        return;
    };
    let is_head = members.get("properties").is_some_and(Value::is_object)
        && members.get("type").is_some_and(Value::is_string);
    if is_head && depth > 0 {
        return collect(members, path, depth - 1, leaves);
    }
    for (name, member) in members {
        let Value::Object(member) = member else {
            continue;
        };
        let path = match path {
            "" => name.clone(),
            path => format!("{path}.{name}"),
        };
        match member.contains_key("properties") && depth > 0 {
            true => collect(member, &path, depth - 1, leaves),
            false => leaves.push((path, member)),
        }
    }
}
