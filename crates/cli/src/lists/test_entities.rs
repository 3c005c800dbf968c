//! `napi-mtls test-entities`: the people and companies that a sandbox account matches.

use anyhow::Result;
use napi::configuration::TestEntities;
use napi::verifications::TestEntity;

use crate::as_data::as_data;
use crate::by_country::CountryArguments;
use crate::client::ServiceClient;
use crate::global_arguments::GlobalArguments;
use crate::output::Output;
use crate::styled_text::StyledText;
use crate::table::Table;

pub(crate) async fn run(arguments: &CountryArguments, global: &GlobalArguments) -> Result<Output> {
    let entities = TestEntities::new(arguments.country.clone());
    let entities = entities.configuration(arguments.configuration.name());
    let call = async |client: &ServiceClient| client.send(&entities).await;
    let (entities, warnings) = arguments.client.call(global, &[], call).await?;
    let mut table = Table::new(["entity", "name", "born", "city"]);
    for entity in &entities {
        let entity_name = entity.test_entity_name.clone().unwrap_or_default();
        let city = entity.location.as_ref().and_then(|it| it.city.clone());
        table.row([
            entity_name,
            name(entity),
            born(entity),
            city.unwrap_or_default(),
        ]);
    }
    let mut text = StyledText::default();
    table.write(&mut text);
    Ok(Output::styled(&text, as_data(&entities)?, warnings))
}

fn name(entity: &TestEntity) -> String {
    let business = entity
        .business
        .as_ref()
        .and_then(|it| it.business_name.clone());
    let person = entity.person_info.as_ref();
    let parts = person.map(|it| [&it.first_given_name, &it.middle_name, &it.first_sur_name]);
    let parts: Vec<_> = parts
        .iter()
        .flatten()
        .filter_map(|it| it.as_deref())
        .collect();
    match parts.is_empty() {
        true => business.unwrap_or_default(),
        false => parts.join(" "),
    }
}

fn born(entity: &TestEntity) -> String {
    let person = entity.person_info.as_ref();
    let born =
        person.and_then(|it| Some((it.year_of_birth?, it.month_of_birth?, it.day_of_birth?)));
    born.map_or_else(String::new, |(year, month, day)| {
        format!("{year:04}-{month:02}-{day:02}")
    })
}
