//! `POST /verifications/v1/verify`: what becomes of inputs.

use hyper::StatusCode;
use mock_napi::{ErrorLevel, EventKind, Outcome, ServiceSettings};
use serde_json::{Value, json};

use crate::service::{COUNTRIES, Napi, VERIFY, codes, entities, person, read, request};

/// Returns the statuses of one field in all sources that compare it.
fn statuses<'a>(response: &'a Value, field: &str) -> Vec<&'a str> {
    let sources = response["Record"]["DatasourceResults"].as_array().unwrap();
    sources
        .iter()
        .flat_map(|source| source["DatasourceFields"].as_array().unwrap())
        .filter(|compared| compared["FieldName"] == field)
        .map(|compared| compared["Status"].as_str().unwrap())
        .collect()
}

fn source_codes(response: &Value) -> Vec<&str> {
    let sources = response["Record"]["DatasourceResults"].as_array().unwrap();
    sources
        .iter()
        .flat_map(|source| codes(&source["Errors"]))
        .collect()
}

#[tokio::test]
async fn every_test_entity_matches_in_every_source_that_is_asked() {
    let napi = Napi::start().await;
    for country in COUNTRIES {
        let entities = entities(&napi, country).await;
        assert!(entities.len() > 2, "{country}");
        for entity in entities {
            let name = entity["TestEntityName"].as_str().unwrap();
            let response = napi.verify(&request(&napi, country, &entity).await).await;
            let record = &response["Record"];
            assert_eq!(
                record["RecordStatus"], "match",
                "{country} {name} {response:#}"
            );
            assert_eq!(record["Errors"], json!([]), "{country} {name}");
            assert_eq!(response["Errors"], json!([]));
            assert_eq!(source_codes(&response), [""; 0], "{country} {name}");
            assert!(record["DatasourceResults"].as_array().unwrap().len() > 1);
            assert_eq!(response["CountryCode"], country);
            assert_eq!(response["ProductName"], "Identity Verification");
        }
    }
}

#[tokio::test]
async fn one_wrong_field_is_no_match_in_that_field_alone() {
    let napi = Napi::start().await;
    for country in COUNTRIES {
        let mut request = person(&napi, country).await;
        let year = &mut request["DataFields"]["PersonInfo"]["YearOfBirth"];
        *year = json!(1901);
        let response = napi.verify(&request).await;
        assert_eq!(response["Record"]["RecordStatus"], "nomatch", "{country}");
        let years = statuses(&response, "YearOfBirth");
        assert!(!years.is_empty());
        assert!(years.iter().all(|status| *status == "nomatch"), "{country}");
        let names = statuses(&response, "FirstSurName");
        // The watchlist compares the name with those on it.
        assert!(names.contains(&"match"), "{country}");
    }
}

#[tokio::test]
async fn case_spaces_and_zeros_are_ignored_in_values_only() {
    let napi = Napi::start().await;
    let mut request = person(&napi, "AU").await;
    let person = &mut request["DataFields"]["PersonInfo"];
    person["FirstGivenName"] = json!("  JOHN ");
    person["DayOfBirth"] = json!("05");
    let response = napi.verify(&request).await;
    assert_eq!(response["Record"]["RecordStatus"], "match");
    let name = request["DataFields"]["PersonInfo"]
        .as_object_mut()
        .unwrap()
        .remove("FirstSurName");
    request["DataFields"]["PersonInfo"]["FirstSurname"] = name.unwrap();
    let response = napi.verify(&request).await;
    assert_eq!(codes(&response["Record"]["Errors"]), ["1006"]);
    let message = "Missing required field: FirstSurName";
    assert!(response.to_string().contains(message), "{response:#}");
}

#[tokio::test]
async fn unknown_person_is_no_match() {
    let napi = Napi::start().await;
    let person = json!({
        "PersonInfo": { "FirstGivenName": "No", "FirstSurName": "Body", "YearOfBirth": 1950 },
    });
    let response = napi.verify(&request(&napi, "AU", &person).await).await;
    assert_eq!(response["Record"]["RecordStatus"], "nomatch");
    assert!(
        statuses(&response, "FirstSurName")
            .iter()
            .all(|it| *it == "nomatch")
    );
    assert!(
        statuses(&response, "MiddleName")
            .iter()
            .all(|it| *it == "missing")
    );
    assert!(response["Record"]["TransactionRecordID"].is_string());
}

#[tokio::test]
async fn inputs_cause_every_service_error_at_every_level() {
    let napi = Napi::start().await;
    for code in [
        "1000", "1002", "1003", "1010", "1015", "2000", "3000", "3101", "4003", "7777",
    ] {
        let mut request = person(&napi, "AU").await;
        let surname = |level: &str| json!(format!("Error {code} {level}"));
        request["DataFields"]["PersonInfo"]["FirstSurName"] = surname("source");
        let response = napi.verify(&request).await;
        let found = source_codes(&response);
        assert!(
            !found.is_empty() && found.iter().all(|it| *it == code),
            "{found:?}"
        );
        request["DataFields"]["PersonInfo"]["FirstSurName"] = surname("record");
        let response = napi.verify(&request).await;
        assert_eq!(codes(&response["Record"]["Errors"]), [code]);
        assert_eq!(source_codes(&response), [""; 0]);
        request["DataFields"]["PersonInfo"]["FirstSurName"] = surname("request");
        let response = napi.verify(&request).await;
        assert_eq!(codes(&response["Errors"]), [code]);
        assert_eq!(response["Record"]["DatasourceResults"], json!([]));
        assert!(response["Record"]["TransactionRecordID"].is_null());
    }
}

#[tokio::test]
async fn consents_are_wanted_and_known() {
    let napi = Napi::start().await;
    let mut request = person(&napi, "AU").await;
    request["ConsentForDataSources"] = json!([]);
    let response = napi.verify(&request).await;
    assert!(source_codes(&response).contains(&"1005"));
    // The sources that need none still count.
    assert_eq!(response["Record"]["RecordStatus"], "match");
    request["ConsentForDataSources"] = json!(["Credit Agency", "No Such Consent"]);
    let response = napi.verify(&request).await;
    assert_eq!(codes(&response["Record"]["Errors"]), ["1007"]);
}

#[tokio::test]
async fn inputs_that_cannot_be_read_are_named() {
    let napi = Napi::start().await;
    let good = person(&napi, "AU").await;
    for (group, field, value, code, message) in [
        (
            "PersonInfo",
            "MonthOfBirth",
            json!(13),
            "1008",
            "Field format invalid: MonthOfBirth",
        ),
        (
            "PersonInfo",
            "DayOfBirth",
            json!("x"),
            "1008",
            "Field format invalid: DayOfBirth",
        ),
        (
            "PersonInfo",
            "Gender",
            json!("X"),
            "1008",
            "Field format invalid: Gender",
        ),
        (
            "PersonInfo",
            "FirstGivenName",
            json!(1),
            "1008",
            "Field format invalid: FirstGivenName",
        ),
        (
            "Location",
            "Postcode",
            json!("1"),
            "1006",
            "Unrecognized field name",
        ),
        (
            "Locations",
            "City",
            json!("1"),
            "1009",
            "Unrecognized field group",
        ),
    ] {
        let mut request = good.clone();
        request["DataFields"][group][field] = value;
        let response = napi.verify(&request).await;
        let errors = &response["Record"]["Errors"];
        assert_eq!(codes(errors), [code], "{group}.{field}");
        assert_eq!(errors[0]["Message"], message);
    }
    for month in [1, 12] {
        let mut request = good.clone();
        request["DataFields"]["PersonInfo"]["MonthOfBirth"] = json!(month);
        let response = napi.verify(&request).await;
        assert_eq!(response["Record"]["Errors"], json!([]));
    }
}

#[tokio::test]
async fn a_source_knows_the_licences_of_its_states_only() {
    let napi = Napi::start().await;
    let mut request = person(&napi, "AU").await;
    request["DataFields"]["DriverLicence"]["State"] = json!("NT");
    let response = napi.verify(&request).await;
    assert!(source_codes(&response).contains(&"1004"), "{response:#}");
}

#[tokio::test]
async fn watchlist_hit_has_details_where_requested() {
    let napi = Napi::start().await;
    let listed = json!({
        "PersonInfo": { "FirstGivenName": "Garrick", "FirstSurName": "Thornbush-Vale" },
    });
    let mut request = request(&napi, "AU", &listed).await;
    let appended = |response: &Value| -> Value {
        let sources = response["Record"]["DatasourceResults"].as_array().unwrap();
        let list = |source: &&Value| source["DatasourceName"] == "International Watchlist";
        sources.iter().find(list).unwrap()["AppendedFields"].clone()
    };
    let hit = json!({ "FieldName": "WatchlistState", "Data": "Potential Hit" });
    assert_eq!(appended(&napi.verify(&request).await), json!([hit]));
    request["VerboseMode"] = json!(true);
    let verbose = appended(&napi.verify(&request).await);
    assert_eq!(verbose[0], hit);
    let details = &verbose[1]["Data"]["WL_results"][0];
    assert_eq!(details["subjectMatched"], "Garrick Thornbush-Vale");
    request["DataFields"]["PersonInfo"]["FirstSurName"] = json!("Thornbush");
    let miss = json!({ "FieldName": "WatchlistState", "Data": "No Hit" });
    assert_eq!(appended(&napi.verify(&request).await), json!([miss]));
}

#[tokio::test]
async fn a_document_is_authentic_if_its_image_is_the_entitys() {
    let napi = Napi::start().await;
    let details = |response: &Value| -> Value {
        let sources = response["Record"]["DatasourceResults"].as_array().unwrap();
        let fields = sources
            .iter()
            .flat_map(|it| it["AppendedFields"].as_array().unwrap());
        let mut authenticity = fields.filter(|it| it["FieldName"] == "AuthenticityDetails");
        // A text that holds JSON, as the real ones are.
        let text = authenticity.next().unwrap()["Data"]
            .as_str()
            .unwrap()
            .to_owned();
        serde_json::from_str(&text).unwrap()
    };
    let is_valid = |details: &Value| {
        let details = details.as_array().unwrap();
        let image = details.iter().find(|it| it["Name"] == "DocumentFrontImage");
        image.unwrap()["IsValid"].clone()
    };
    let mut request = person(&napi, "AU").await;
    assert_eq!(is_valid(&details(&napi.verify(&request).await)), true);
    request["DataFields"]["Document"]["DocumentFrontImage"] = json!("AAAA");
    assert_eq!(is_valid(&details(&napi.verify(&request).await)), false);
}

#[tokio::test]
async fn request_without_country_or_inputs_is_rejected() {
    let napi = Napi::start().await;
    let refused = napi.post(VERIFY, &json!({ "DataFields": {} })).await;
    let refused = read(StatusCode::BAD_REQUEST, &refused);
    assert_eq!(refused, "Account not configured for this country");
    let response = napi.verify(&json!({ "CountryCode": "AU" })).await;
    assert_eq!(codes(&response["Errors"]), ["1001"]);
    let other = json!({ "CountryCode": "AU", "ConfigurationName": "Other", "DataFields": {} });
    let refused = read(StatusCode::BAD_REQUEST, &napi.post(VERIFY, &other).await);
    assert_eq!(refused, "Configuration name not valid");
    // Nothing to ask a source for.
    let empty = json!({ "CountryCode": "AU", "DataFields": {} });
    let response = napi.verify(&empty).await;
    assert_eq!(response["Record"]["RecordStatus"], "nomatch");
    assert_eq!(response["Record"]["DatasourceResults"], json!([]));
}

#[tokio::test]
async fn settings_override_the_outcome_of_inputs() {
    let napi = Napi::start().await;
    let known = person(&napi, "CA").await;
    let mut unknown = known.clone();
    unknown["DataFields"]["PersonInfo"]["FirstSurName"] = json!("Unknown");
    for (outcome, request, status) in [
        (Outcome::Match, &unknown, "match"),
        (Outcome::NoMatch, &known, "nomatch"),
        (Outcome::ByInput, &known, "match"),
        (Outcome::ByInput, &unknown, "nomatch"),
    ] {
        napi.mock
            .set_service(ServiceSettings::new().outcome(outcome));
        let response = napi.verify(request).await;
        assert_eq!(response["Record"]["RecordStatus"], status, "{outcome:?}");
    }
    let (code, level) = (1003, ErrorLevel::Record);
    let outcome = Outcome::Error { code, level };
    napi.mock
        .set_service(ServiceSettings::new().outcome(outcome));
    let response = napi.verify(&known).await;
    assert_eq!(codes(&response["Record"]["Errors"]), ["1003"]);
    assert_eq!(response["Record"]["RecordStatus"], "match");
}

#[tokio::test]
async fn the_log_names_the_inputs_and_has_none_of_them() {
    let napi = Napi::start().await;
    let request = json!({
        "CountryCode": "AU",
        "CustomerReferenceID": "marker-reference",
        "DataFields": {
            "PersonInfo": { "FirstGivenName": "marker-name", "YearOfBirth": 1901 },
            "NationalIds": [{ "Number": "marker-number", "Type": null }],
        },
    });
    let response = napi.verify(&request).await;
    assert_eq!(response["CustomerReferenceID"], "marker-reference");
    let [
        EventKind::Transaction {
            transaction_id,
            transaction_record_id,
            country,
            inputs,
            is_match: false,
            is_pending: false,
        },
    ] = &napi.transactions()[..]
    else {
        panic!("{:?}", napi.transactions());
    };
    assert_eq!(response["TransactionID"], **transaction_id);
    let record = &response["Record"]["TransactionRecordID"];
    assert_eq!(*record, **transaction_record_id);
    assert_eq!(country, "AU");
    let expected = [
        "NationalIds[0].Number",
        "PersonInfo.FirstGivenName",
        "PersonInfo.YearOfBirth",
    ];
    assert_eq!(inputs[..], expected);
    let log = serde_json::to_string(&napi.mock.events()).unwrap();
    assert!(!log.contains("marker"), "{log}");
}

/// Returns the codes of the record of someone good but for these members of `DataFields`.
async fn record_codes(napi: &Napi, country: &str, members: Value) -> Vec<String> {
    let mut request = person(napi, country).await;
    for (name, value) in members.as_object().unwrap() {
        request["DataFields"][name] = value.clone();
    }
    let response = napi.verify(&request).await;
    let codes = codes(&response["Record"]["Errors"]).into_iter();
    codes.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_group_that_is_none_is_named_wherever_it_stands() {
    let napi = Napi::start().await;
    for (members, codes) in [
        (
            json!({ "PersonInfo": [{ "FirstGivenName": "John" }] }),
            vec!["1008"],
        ),
        (json!({ "PersonInfo": "John" }), vec!["1008"]),
        (json!({ "NationalIds": [{}, null] }), vec![]),
        (json!({ "NationalIds": [{}, "1"] }), vec!["1008"]),
        (json!({ "CountrySpecific": { "IT": null } }), vec![]),
        (
            json!({ "CountrySpecific": { "IT": "POLLA" } }),
            vec!["1008"],
        ),
        (
            json!({ "CountrySpecific": { "IT": { "CityOfBirth": "POLLA" } } }),
            vec![],
        ),
        (
            json!({ "CountrySpecific": { "IT": { "CityOfBirth/label": "1" } } }),
            vec!["1006"],
        ),
    ] {
        assert_eq!(
            record_codes(&napi, "IT", members.clone()).await,
            codes,
            "{members}"
        );
    }
}

#[tokio::test]
async fn a_record_names_so_many_errors_and_no_more() {
    let napi = Napi::start().await;
    let mut request = person(&napi, "AU").await;
    for (count, expected) in [(200, 200), (50_000, 200)] {
        let consents: Vec<_> = (0..count)
            .map(|number| format!("consent {number}"))
            .collect();
        request["ConsentForDataSources"] = json!(consents);
        let response = napi.verify(&request).await;
        assert_eq!(
            codes(&response["Record"]["Errors"]).len(),
            expected,
            "{count}"
        );
    }
    let members = json!({ "NationalIds": vec!["1"; 50_000] });
    assert_eq!(record_codes(&napi, "AU", members).await.len(), 200);
}
