//! `/configuration/v1`: what the client reads is what the service knows, member by member.

use napi::{
    CountryCode, Error,
    configuration::{Consents, CountryCodes, Fields},
};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{COUNTRIES, Environment, country, known};

/// Returns a value without members that are `null` or empty, and short numbers without quotation
/// marks.
///
/// The models leave those out, and one country's file has days in text where the model has numbers.
fn plain(value: &Value) -> Value {
    let is_there = |value: &Value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    };
    match value {
        Value::Array(values) => values.iter().map(plain).collect(),
        Value::Object(members) => members
            .iter()
            .filter(|(_, value)| is_there(value))
            .map(|(name, value)| (name.clone(), plain(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::String(text) => match text.parse::<u16>() {
            Ok(number) if !text.starts_with('0') => number.into(),
            _ => value.clone(),
        },
        _ => value.clone(),
    }
}

fn assert_same(read: &impl Serialize, known: &Value, what: &str) {
    let read = plain(&serde_json::to_value(read).unwrap());
    assert_eq!(read, plain(known), "{what}");
}

/// Returns a data source as it is published: its members in PascalCase.
fn published(datasource: &Value) -> Value {
    let members = datasource.as_object().unwrap().iter();
    members
        .filter(|(name, _)| name.starts_with(char::is_uppercase))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect::<Map<_, _>>()
        .into()
}

fn published_datasources(country: &str) -> Value {
    let known = known(country);
    let datasources = known.get("datasources").and_then(Value::as_array);
    datasources.unwrap().iter().map(published).collect()
}

#[tokio::test]
async fn the_country_codes_are_those_that_have_everything_else() {
    let environment = Environment::new().await;
    let codes = environment.client.country_codes().await.unwrap();
    assert!(codes.is_sorted(), "{codes:?}");
    for code in COUNTRIES {
        assert!(codes.contains(&country(code)), "{code}");
    }
    for code in &codes {
        environment.client.fields(code).await.unwrap();
    }
    let mut expected =
        vec!["GET /configuration/v1/countrycodes/Identity%20Verification 200 acme-api".to_owned()];
    expected.extend(codes.iter().map(|code| {
        format!("GET /configuration/v1/fields/Identity%20Verification/{code} 200 acme-api")
    }));
    assert_eq!(environment.requests().await, expected);
}

#[tokio::test]
async fn every_list_of_a_country_is_read_whole() {
    let environment = Environment::new().await;
    let client = &environment.client;
    for code in COUNTRIES {
        let before = environment.requests().await.len();
        let (country, known) = (country(code), known(code));
        let subdivisions = client.country_subdivisions(&country).await.unwrap();
        assert_same(&subdivisions, &known["subdivisions"], "subdivisions");
        let jurisdictions = client.country_joi(Some(&country)).await.unwrap();
        assert_same(&jurisdictions, &known["jurisdictions"], "jurisdictions");
        let numbers = client
            .business_registration_numbers(Some(&country), None)
            .await;
        let expected = &known["registration_numbers"];
        assert_same(&numbers.unwrap(), expected, "registration numbers");
        let fields = client.fields(&country).await.unwrap();
        assert_eq!(json!(fields), known["fields"]);
        let detailed = client.detailed_consents(&country).await.unwrap();
        assert_same(&detailed, &known["consents"], "consents");
        let names: Vec<_> = detailed.into_iter().filter_map(|it| it.name).collect();
        assert_eq!(client.consents(&country).await.unwrap(), names);
        let entities = client.test_entities(&country).await.unwrap();
        assert_same(&entities, &known["test_entities"], "test entities");
        let sources = client.datasources(&country).await.unwrap();
        assert_same(&sources, &published_datasources(code), "data sources");
        let types = client.document_types(Some(&country)).await.unwrap();
        assert_same(&types, &json!({ code: known["document_types"] }), "types");
        let cfg = "Identity%20Verification";
        let expected = [
            format!("countrysubdivisions/{code}"),
            format!("countryJOI/{code}"),
            format!("businessregistrationnumbers/{code}"),
            format!("fields/{cfg}/{code}"),
            format!("detailedConsents/{cfg}/{code}"),
            format!("consents/{cfg}/{code}"),
            format!("testentities/{cfg}/{code}"),
            format!("datasources/{cfg}/{code}"),
            format!("documentTypes/{code}"),
        ]
        .map(|path| format!("GET /configuration/v1/{path} 200 acme-api"));
        assert_eq!(environment.requests().await[before..], expected);
    }
}

#[tokio::test]
async fn models_know_all_members_of_country_responses() {
    let environment = Environment::new().await;
    let client = &environment.client;
    for code in COUNTRIES {
        let country = country(code);
        let subdivisions = client.country_subdivisions(&country).await.unwrap();
        assert!(subdivisions.iter().all(|it| it.extra.is_empty()));
        let numbers = client
            .business_registration_numbers(Some(&country), None)
            .await;
        for number in numbers.unwrap() {
            assert!(number.extra.is_empty(), "{:?}", number.extra);
            assert!(number.masks.iter().all(|mask| mask.extra.is_empty()));
        }
        let consents = client.detailed_consents(&country).await.unwrap();
        assert!(consents.iter().all(|it| it.extra.is_empty()));
        for source in client.datasources(&country).await.unwrap() {
            assert!(source.extra.is_empty(), "{:?}", source.extra);
        }
        for entity in client.test_entities(&country).await.unwrap() {
            assert!(entity.extra.is_empty(), "{:?}", entity.extra);
            let of_person = entity.person_info.map(|it| it.extra.is_empty());
            assert_ne!(of_person, Some(false));
        }
    }
}

#[tokio::test]
async fn the_recommended_fields_are_some_of_all() {
    let environment = Environment::new().await;
    for code in COUNTRIES {
        let recommended = environment.client.recommended_fields(&country(code)).await;
        let recommended = Value::from(recommended.unwrap().as_json().clone());
        let all = Value::from(
            environment
                .client
                .fields(&country(code))
                .await
                .unwrap()
                .as_json()
                .clone(),
        );
        let mut count = 0;
        for path in known(code)["recommended"].as_array().unwrap() {
            let pointer = format!("/{}", path.as_str().unwrap()).replace('.', "/");
            let pointer = pointer.replace('/', "/properties/");
            assert!(recommended.pointer(&pointer).is_some(), "{pointer}");
            assert!(all.pointer(&pointer).is_some(), "{pointer}");
            count += 1;
        }
        assert!(count > 0, "{code}");
        assert_ne!(recommended, all, "{code}");
        let log = environment.requests().await;
        let path = "recommendedfields/Identity%20Verification";
        let line = format!("GET /configuration/v1/{path}/{code} 200 acme-api");
        assert!(log.contains(&line), "{log:?}");
    }
}

#[tokio::test]
async fn the_lists_of_all_countries_hold_those_of_each() {
    let environment = Environment::new().await;
    let client = &environment.client;
    let jurisdictions = client.country_joi(None).await.unwrap();
    let numbers = client
        .business_registration_numbers(None, None)
        .await
        .unwrap();
    let sources = client.all_datasources().await.unwrap();
    let types = client.document_types(None).await.unwrap();
    let paths = [
        "countryJOI",
        "businessregistrationnumbers",
        "alldatasources/Identity%20Verification",
        "documentTypes",
    ];
    let expected = paths.map(|path| format!("GET /configuration/v1/{path} 200 acme-api"));
    assert_eq!(environment.requests().await, expected);

    for code in COUNTRIES {
        let known = known(code);
        let of_country: Vec<_> = jurisdictions
            .iter()
            .filter(|it| it.country_code == Some(country(code)))
            .collect();
        assert_same(&of_country, &known["jurisdictions"], code);
        let of_country: Vec<_> = numbers
            .iter()
            .filter(|it| it.country.as_deref() == known["name"].as_str())
            .collect();
        assert_same(&of_country, &known["registration_numbers"], code);
        let of_country = sources.iter().find(|it| it.country == Some(country(code)));
        let datasources = &of_country.unwrap().datasources;
        assert_same(datasources, &published_datasources(code), code);
        assert_same(&types[code], &known["document_types"], code);
    }
}

#[tokio::test]
async fn registration_numbers_are_found_by_jurisdiction_code_or_name() {
    let environment = Environment::new().await;
    let within = async |code: &str, jurisdiction: &str| {
        let country = country(code);
        let client = &environment.client;
        client
            .business_registration_numbers(Some(&country), Some(jurisdiction))
            .await
            .unwrap()
    };
    for code in COUNTRIES {
        let all = known(code)["registration_numbers"]
            .as_array()
            .unwrap()
            .clone();
        for jurisdiction in known(code)["jurisdictions"].as_array().unwrap() {
            let name = jurisdiction["Name"].as_str().unwrap();
            let of_it: Value = all
                .iter()
                .filter(|number| number["Jurisdiction"] == name)
                .cloned()
                .collect();
            for jurisdiction in [jurisdiction["Code"].as_str().unwrap(), name] {
                assert_same(&within(code, jurisdiction).await, &of_it, jurisdiction);
            }
        }
        assert!(within(code, "Nowhere").await.is_empty());
    }
    let log = environment.requests().await;
    let path = "GET /configuration/v1/businessregistrationnumbers";
    for line in [
        "AU/NSW",
        "AU/New%20South%20Wales",
        "CA/Canada%20%28Federal%29",
    ] {
        let line = format!("{path}/{line} 200 acme-api");
        assert!(log.contains(&line), "{line}");
    }
}

#[tokio::test]
async fn an_unknown_country_is_a_400_in_the_services_words() {
    let environment = Environment::new().await;
    let client = &environment.client;
    let nowhere: CountryCode = country("XX");
    let refusals = [
        client.country_subdivisions(&nowhere).await.unwrap_err(),
        client
            .business_registration_numbers(Some(&nowhere), None)
            .await
            .unwrap_err(),
        client.fields(&nowhere).await.unwrap_err(),
        client.recommended_fields(&nowhere).await.unwrap_err(),
        client.consents(&nowhere).await.unwrap_err(),
        client.detailed_consents(&nowhere).await.unwrap_err(),
        client.test_entities(&nowhere).await.unwrap_err(),
        client.datasources(&nowhere).await.unwrap_err(),
        client.document_types(Some(&nowhere)).await.unwrap_err(),
    ];
    let count = refusals.len();
    for error in refusals {
        assert!(
            matches!(&error, Error::Status { status, message: Some(said), code: None, .. }
                if *status == 400 && said == "Account not configured for this country"),
            "{error:?}"
        );
        assert!(!error.is_retryable() && !error.is_authentication());
    }
    let log = environment.requests().await;
    assert_eq!(log.len(), count);
    assert!(
        log.iter().all(|line| line.ends_with("/XX 400 acme-api")),
        "{log:?}"
    );
}

#[tokio::test]
async fn jurisdictions_of_an_unknown_country_are_unexpected_html() {
    let environment = Environment::new().await;
    let error = environment
        .client
        .country_joi(Some(&country("XX")))
        .await
        .unwrap_err();
    assert!(
        matches!(&error, Error::UnexpectedHtml { title: Some(title) } if title == "Country not found"),
        "{error:?}"
    );
    assert!(!error.is_retryable());
    // The nearest accept.
    environment
        .client
        .country_joi(Some(&country("CA")))
        .await
        .unwrap();
    let expected =
        ["XX", "CA"].map(|code| format!("GET /configuration/v1/countryJOI/{code} 200 acme-api"));
    assert_eq!(environment.requests().await, expected);
}

#[tokio::test]
async fn unknown_configuration_is_rejected_by_name() {
    let environment = Environment::new().await;
    let client = &environment.client;
    let others = [
        "Document Verification",
        "identity verification",
        "KYC & Co/1",
    ];
    for name in others {
        let errors = [
            client
                .send(&CountryCodes::new(name.into()))
                .await
                .unwrap_err(),
            client
                .send(&Fields::new(country("AU")).configuration(name.into()))
                .await
                .unwrap_err(),
            client
                .send(&Consents::new(country("AU")).configuration(name.into()))
                .await
                .unwrap_err(),
        ];
        for error in errors {
            assert!(
                matches!(&error, Error::Status { status, message: Some(said), .. }
                    if *status == 400 && said == "Configuration name not valid"),
                "{error:?}"
            );
        }
    }
    let log = environment.requests().await;
    assert_eq!(log.len(), 3 * others.len());
    let last = "GET /configuration/v1/consents/KYC%20%26%20Co%2F1/AU 400 acme-api";
    assert_eq!(log.last().unwrap(), last);
}
