//! `/configuration/v1`: each path, each country, and the data behind them.

use std::collections::BTreeSet;

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::client::{header, text};
use crate::service::{CONFIGURATION, COUNTRIES, Napi, entities, read};

fn names<'a>(list: &'a Value, member: &str) -> Vec<&'a str> {
    let list = list.as_array().unwrap().iter();
    list.filter_map(|item| item[member].as_str()).collect()
}

#[tokio::test]
async fn every_country_of_the_list_answers_every_path() {
    let napi = Napi::start().await;
    let codes = napi
        .value(&format!("/configuration/v1/countrycodes/{CONFIGURATION}"))
        .await;
    assert_eq!(codes, json!(COUNTRIES));
    for country in COUNTRIES {
        for word in [
            "fields",
            "recommendedfields",
            "consents",
            "detailedConsents",
            "testentities",
            "datasources",
        ] {
            let path = format!("/configuration/v1/{word}/{CONFIGURATION}/{country}");
            assert!(!napi.value(&path).await.is_null(), "{path}");
        }
        for word in [
            "countrysubdivisions",
            "countryJOI",
            "businessregistrationnumbers",
        ] {
            let path = format!("/configuration/v1/{word}/{country}");
            let list = napi.value(&path).await;
            assert!(!list.as_array().unwrap().is_empty(), "{path}");
        }
        let types = napi
            .value(&format!("/configuration/v1/documentTypes/{country}"))
            .await;
        assert!(!types[country].as_array().unwrap().is_empty());
    }
}

#[tokio::test]
async fn lists_of_all_countries_agree_with_each_country() {
    let napi = Napi::start().await;
    let (mut jurisdictions, mut numbers) = (Vec::new(), Vec::new());
    let mut types = json!({});
    let mut sources = Vec::new();
    for country in COUNTRIES {
        let one = |word: &str| format!("/configuration/v1/{word}/{country}");
        let list = napi.value(&one("countryJOI")).await;
        jurisdictions.extend(list.as_array().unwrap().clone());
        let list = napi.value(&one("businessregistrationnumbers")).await;
        numbers.extend(list.as_array().unwrap().clone());
        types[country] = napi.value(&one("documentTypes")).await[country].clone();
        let path = format!("/configuration/v1/datasources/{CONFIGURATION}/{country}");
        sources.push(json!({ "Country": country, "Datasources": napi.value(&path).await }));
    }
    let all = |word: &str| format!("/configuration/v1/{word}");
    assert_eq!(napi.value(&all("countryJOI")).await, json!(jurisdictions));
    let path = all("businessregistrationnumbers");
    assert_eq!(napi.value(&path).await, json!(numbers));
    assert_eq!(napi.value(&all("documentTypes")).await, types);
    let path = all(&format!("alldatasources/{CONFIGURATION}"));
    assert_eq!(napi.value(&path).await, json!(sources));
}

#[tokio::test]
async fn registration_numbers_are_found_by_jurisdiction_code_and_name() {
    let napi = Napi::start().await;
    for country in ["CA", "US"] {
        let path = format!("/configuration/v1/businessregistrationnumbers/{country}");
        let all = napi.value(&path).await;
        let joi = napi
            .value(&format!("/configuration/v1/countryJOI/{country}"))
            .await;
        let jurisdiction = joi
            .as_array()
            .unwrap()
            .iter()
            .find(|one| names(&all, "Jurisdiction").contains(&one["Name"].as_str().unwrap()))
            .unwrap();
        let (code, name) = (&jurisdiction["Code"], &jurisdiction["Name"]);
        let by_code = napi
            .value(&format!("{path}/{}", code.as_str().unwrap()))
            .await;
        let encoded = name.as_str().unwrap().replace(' ', "%20");
        let by_name = napi.value(&format!("{path}/{encoded}")).await;
        assert_eq!(by_code, by_name);
        assert!(!by_code.as_array().unwrap().is_empty());
        let theirs = by_code.as_array().unwrap().iter();
        assert!(theirs.clone().all(|one| one["Jurisdiction"] == *name));
        assert_eq!(napi.value(&format!("{path}/nowhere")).await, json!([]));
    }
}

#[tokio::test]
async fn country_not_configured_is_rejected() {
    let napi = Napi::start().await;
    for country in ["ZZ", "au", "UK", "%20"] {
        for path in [
            format!("/configuration/v1/countrysubdivisions/{country}"),
            format!("/configuration/v1/businessregistrationnumbers/{country}"),
            format!("/configuration/v1/documentTypes/{country}"),
            format!("/configuration/v1/fields/{CONFIGURATION}/{country}"),
            format!("/configuration/v1/datasources/{CONFIGURATION}/{country}"),
        ] {
            let refused = read(StatusCode::BAD_REQUEST, &napi.get(&path).await);
            assert_eq!(refused, "Account not configured for this country", "{path}");
        }
        let path = format!("/configuration/v1/countryJOI/{country}");
        let page = napi.get(&path).await;
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(header(&page, "content-type"), "text/html; charset=utf-8");
        assert!(text(&page).starts_with("<!DOCTYPE html>"));
    }
}

#[tokio::test]
async fn another_configuration_is_refused() {
    let napi = Napi::start().await;
    for path in [
        "/configuration/v1/countrycodes/Identity+Verification",
        "/configuration/v1/alldatasources/Document%20Verification",
        "/configuration/v1/fields/identity%20verification/AU",
    ] {
        let refused = read(StatusCode::BAD_REQUEST, &napi.get(path).await);
        assert_eq!(refused, "Configuration name not valid", "{path}");
    }
}

#[tokio::test]
async fn recommended_fields_are_some_of_the_fields_and_spell_integer() {
    let napi = Napi::start().await;
    for country in COUNTRIES {
        let path = |word: &str| format!("/configuration/v1/{word}/{CONFIGURATION}/{country}");
        let all = napi.value(&path("fields")).await;
        let recommended = napi.value(&path("recommendedfields")).await;
        let groups = recommended["properties"].as_object().unwrap();
        assert!(groups.contains_key("PersonInfo"), "{country}");
        for (name, group) in groups {
            for field in group["properties"].as_object().unwrap().keys() {
                assert!(
                    !all["properties"][name]["properties"][field].is_null(),
                    "{country} {name}.{field}"
                );
            }
        }
        assert!(all.to_string().contains(r#""type":"int""#), "{country}");
        let recommended = recommended.to_string();
        assert!(recommended.contains(r#""type":"integer""#), "{country}");
        assert!(!recommended.contains(r#""type":"int""#), "{country}");
    }
}

#[tokio::test]
async fn a_consent_has_the_same_name_wherever_it_stands() {
    let napi = Napi::start().await;
    for country in COUNTRIES {
        let path = |word: &str| format!("/configuration/v1/{word}/{CONFIGURATION}/{country}");
        let consents = napi.value(&path("consents")).await;
        let detailed = napi.value(&path("detailedConsents")).await;
        assert_eq!(consents, json!(names(&detailed, "Name")), "{country}");
    }
}

#[tokio::test]
async fn test_entities_have_only_fields_of_their_country() {
    fn leaves(path: &str, value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (name, value) in members {
                    leaves(&format!("{path}/properties/{name}"), value, found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| leaves(path, item, found)),
            _ => {
                found.insert(path.to_owned());
            }
        }
    }
    let napi = Napi::start().await;
    for country in COUNTRIES {
        let path = format!("/configuration/v1/fields/{CONFIGURATION}/{country}");
        let fields = napi.value(&path).await;
        for entity in entities(&napi, country).await {
            let mut found = BTreeSet::new();
            leaves("", &entity, &mut found);
            found.remove("/properties/TestEntityName");
            assert!(!found.is_empty());
            for path in found {
                // A nested group has the members of its group once more inside.
                let nested = path.replacen("AdditionalFields/", "AdditionalFields/properties/", 1);
                assert!(
                    fields.pointer(&path).is_some() || fields.pointer(&nested).is_some(),
                    "{country} {path}"
                );
            }
        }
    }
}
