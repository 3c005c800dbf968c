//! `/business/v1`: searches for companies.

use napi::{
    Error, ErrorCode,
    business::{
        BusinessResult, BusinessSearch, BusinessSearchModel, BusinessSearchRequest,
        BusinessSearchResponse,
    },
    verifications::Polling,
};

use super::{COUNTRIES, Environment, country, known, later::quick};

const UNUSED: &str = "https://api.trulioo.com/connection/v1/async-callback";

fn results(response: &BusinessSearchResponse) -> &[BusinessResult] {
    let sources = &response.record.as_ref().unwrap().datasource_results;
    &sources.first().unwrap().results
}

async fn found(
    environment: &Environment,
    request: &BusinessSearchRequest,
) -> BusinessSearchResponse {
    let search = environment.client.business_search(request).await.unwrap();
    search.completed().unwrap()
}

#[tokio::test]
async fn every_company_is_found_by_name_and_read_whole() {
    let environment = Environment::new().await;
    for code in COUNTRIES {
        for company in known(code)["companies"].as_array().unwrap() {
            let name = company["BusinessName"].as_str().unwrap();
            let request = BusinessSearchRequest::new(country(code), name);
            let response = found(&environment, &request).await;
            let best = &results(&response)[0];
            assert_eq!(best.business_name.as_deref(), Some(name));
            assert_eq!(best.matching_score.as_deref(), Some("100.00"));
            let number = company["BusinessRegistrationNumber"].as_str();
            assert_eq!(best.business_registration_number.as_deref(), number);
            assert!(best.extra.is_empty(), "{:?}", best.extra);
            let address = best.address.as_ref().unwrap();
            assert_eq!(address.country_code, Some(country(code)));
        }
    }
    let log = environment.requests().await;
    let line = "POST /business/v1/search 200 acme-api";
    assert!(log.iter().all(|it| it == line), "{log:?}");
    assert_eq!(log.len(), environment.transactions().await.len());
}

#[tokio::test]
async fn jurisdiction_narrows_a_search_to_nothing() {
    let environment = Environment::new().await;
    let search = |name: &str| BusinessSearchModel::named(name);
    let request = |business| BusinessSearchRequest::new(country("AU"), business);
    let all = found(&environment, &request(search("Wattlebird"))).await;
    let within = search("Wattlebird").jurisdiction_of_incorporation("VIC");
    let within = found(&environment, &request(within)).await;
    assert!(results(&all).len() > results(&within).len());
    assert_eq!(results(&within).len(), 1);
    let none = found(&environment, &request(search("No Such Company"))).await;
    assert!(results(&none).is_empty());
    let seen = environment.transactions().await;
    let is_found: Vec<_> = seen.iter().map(|it| it.is_match).collect();
    assert_eq!(is_found, [true, true, false]);
    assert!(seen[1].inputs.contains("JurisdictionOfIncorporation"));
}

#[tokio::test]
async fn a_search_is_read_again_under_its_record() {
    let environment = Environment::new().await;
    let request = BusinessSearchRequest::new(country("GB"), "e");
    let response = found(&environment, &request).await;
    let id = response.record.as_ref().unwrap();
    let id = id.transaction_record_id.clone().unwrap();
    let again = environment.client.business_search_result(&id).await;
    assert_eq!(again.unwrap(), response);
    // It is no verification.
    let error = environment.client.transaction_record(&id).await;
    assert!(matches!(error, Err(Error::Status { status, .. }) if status == 400));
    let path = format!("/business/v1/search/transactionrecord/{}", id.as_str());
    let line = format!("GET {path} 200 acme-api");
    assert!(environment.requests().await.contains(&line));
}

#[tokio::test]
async fn impossible_search_is_a_rejection_with_reason() {
    let environment = Environment::new().await;
    let nameless = BusinessSearchModel::default().website("acme.example");
    let request = BusinessSearchRequest::new(country("GB"), nameless);
    let search = environment.client.business_search(&request).await.unwrap();
    let BusinessSearch::Rejected(rejection) = search else {
        panic!("{search:?}");
    };
    let error = &rejection.errors[0];
    assert_eq!(error.code, Some(ErrorCode::MISSING_REQUIRED_FIELD));
    assert_eq!(error.field_name(), Some("BusinessName"));
}

#[tokio::test]
async fn search_with_a_callback_is_pending_then_found() {
    let environment = Environment::with(quick(1)).await;
    let request = BusinessSearchRequest::new(country("IT"), "e").callback_url(UNUSED);
    let search = environment.client.business_search(&request).await.unwrap();
    let BusinessSearch::Pending(pending) = search else {
        panic!("{search:?}");
    };
    assert!(environment.last_transaction().await.is_pending);
    let polling = Polling::new(super::later::PATIENCE);
    let id = environment
        .client
        .wait(&pending, &polling.first_pause(super::later::PAUSE))
        .await;
    let response = environment
        .client
        .business_search_result(&id.unwrap())
        .await;
    assert!(!results(&response.unwrap()).is_empty());
}
