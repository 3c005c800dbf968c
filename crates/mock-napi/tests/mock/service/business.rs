//! `/business/v1/search`, and what becomes of it.

use hyper::StatusCode;
use mock_napi::{EventKind, Outcome, SearchStatus, ServiceSettings};
use serde_json::{Value, json};

use crate::service::{COUNTRIES, Napi, codes, read};

const SEARCH: &str = "/business/v1/search";

async fn search(napi: &Napi, country: &str, business: Value) -> Value {
    let request = json!({ "CountryCode": country, "Business": business });
    read(StatusCode::OK, &napi.post(SEARCH, &request).await)
}

fn results(response: &Value) -> &Vec<Value> {
    let source = &response["Record"]["DatasourceResults"][0];
    source["Results"].as_array().unwrap()
}

#[tokio::test]
async fn companies_are_found_by_name_best_first() {
    let napi = Napi::start().await;
    for country in COUNTRIES {
        // The letter E is in some name of every country.
        let broad = search(&napi, country, json!({ "BusinessName": "e" })).await;
        assert!(results(&broad).len() > 1, "{country}");
        let company = &results(&broad)[0];
        assert_eq!(company["Index"], "1");
        assert_eq!(company["MatchingScore"], "50.00");
        let name = company["BusinessName"].as_str().unwrap();
        let exact = search(
            &napi,
            country,
            json!({ "BusinessName": name.to_lowercase() }),
        )
        .await;
        assert_eq!(results(&exact)[0]["BusinessName"], name);
        assert_eq!(results(&exact)[0]["MatchingScore"], "100.00");
        let beginning: String = name.chars().take(5).collect();
        let like = search(&napi, country, json!({ "BusinessName": beginning })).await;
        assert_eq!(results(&like)[0]["MatchingScore"], "75.00", "{country}");
    }
}

#[tokio::test]
async fn a_jurisdiction_narrows_a_search() {
    let napi = Napi::start().await;
    let all = search(&napi, "AU", json!({ "BusinessName": "Wattlebird" })).await;
    let victorian = json!({ "BusinessName": "Wattlebird", "JurisdictionOfIncorporation": "VIC" });
    let victorian = search(&napi, "AU", victorian).await;
    assert!(results(&all).len() > results(&victorian).len());
    assert_eq!(
        results(&victorian)[0]["BusinessName"],
        "WATTLEBIRD LANTERN PTY LTD"
    );
    assert!(
        results(&victorian)
            .iter()
            .all(|it| it["JurisdictionOfIncorporation"] == "VIC")
    );
}

#[tokio::test]
async fn nothing_found_is_a_record_without_results() {
    let napi = Napi::start().await;
    let response = search(&napi, "AU", json!({ "BusinessName": "No Such Company" })).await;
    assert!(results(&response).is_empty());
    assert!(response["Record"]["TransactionRecordID"].is_string());
    assert!(response["Record"].get("RecordStatus").is_none());
}

#[tokio::test]
async fn a_search_may_say_nomatch_although_it_has_found_companies() {
    let napi = Napi::with(ServiceSettings::new().search_status(SearchStatus::NoMatch)).await;
    let response = search(&napi, "AU", json!({ "BusinessName": "Wattlebird" })).await;
    assert!(!results(&response).is_empty());
    assert_eq!(response["Record"]["RecordStatus"], "nomatch");
    let id = response["Record"]["TransactionRecordID"].as_str().unwrap();
    let path = format!("{SEARCH}/transactionrecord/{id}");
    assert_eq!(napi.value(&path).await, response);
    let nothing = search(&napi, "AU", json!({ "BusinessName": "No Such Company" })).await;
    assert!(results(&nothing).is_empty());
    assert_eq!(nothing["Record"]["RecordStatus"], "nomatch");
}

#[tokio::test]
async fn search_is_read_again_as_search_only() {
    let napi = Napi::start().await;
    let response = search(&napi, "AU", json!({ "BusinessName": "Wattlebird" })).await;
    let id = response["Record"]["TransactionRecordID"].as_str().unwrap();
    let path = format!("{SEARCH}/transactionrecord/{id}");
    assert_eq!(napi.value(&path).await, response);
    let record = napi
        .get(&format!("/verifications/v1/transactionrecord/{id}"))
        .await;
    assert_eq!(record.status(), StatusCode::BAD_REQUEST);
    let other = napi.get(&format!("{SEARCH}/transactionrecord/1")).await;
    assert_eq!(other.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn search_without_a_name_is_a_request_error() {
    let napi = Napi::start().await;
    let response = search(&napi, "AU", json!({})).await;
    assert_eq!(codes(&response["Errors"]), ["1001"]);
    let response = search(&napi, "AU", json!({ "BusinessName": " " })).await;
    assert_eq!(codes(&response["Errors"]), ["1001"]);
    assert!(response["Record"]["TransactionRecordID"].is_null());
}

#[tokio::test]
async fn errors_of_a_search_can_be_had_by_name() {
    let napi = Napi::start().await;
    let response = search(&napi, "AU", json!({ "BusinessName": "Error 1002" })).await;
    let source = &response["Record"]["DatasourceResults"][0];
    assert_eq!(codes(&source["Errors"]), ["1002"]);
    let response = search(&napi, "AU", json!({ "BusinessName": "Error 1010 record" })).await;
    assert_eq!(codes(&response["Record"]["Errors"]), ["1010"]);
    let response = search(&napi, "AU", json!({ "BusinessName": "Error 2000 request" })).await;
    assert_eq!(codes(&response["Errors"]), ["2000"]);
}

#[tokio::test]
async fn a_search_can_be_finished_later_and_its_outcome_set() {
    let napi = Napi::with(ServiceSettings::new().polls(0).outcome(Outcome::Match)).await;
    let request = json!({
        "CountryCode": "CA",
        "CallBackUrl": "https://api.trulioo.com/connection/v1/async-callback",
        "Business": { "BusinessName": "Anything" },
    });
    let response = read(StatusCode::OK, &napi.post(SEARCH, &request).await);
    assert!(response["Record"].get("TransactionRecordID").is_none());
    let [
        EventKind::Transaction {
            is_match: true,
            is_pending: true,
            ..
        },
    ] = &napi.transactions()[..]
    else {
        panic!("{:?}", napi.transactions());
    };
    let id = response["TransactionID"].as_str().unwrap();
    let status = napi
        .value(&format!("/verifications/v1/transaction/{id}/status"))
        .await;
    let record = status["TransactionRecordId"].as_str().unwrap();
    let found = napi
        .value(&format!("{SEARCH}/transactionrecord/{record}"))
        .await;
    assert!(results(&found).len() > 2);
}
