//! Each of the 25 operations: the request that the service sees, and the published response that
//! the caller gets.

use http::{Method, header};
use napi::{
    ArgumentProblem, ConfigurationName, CountryCode, Credentials, Error, TransactionId,
    TransactionRecordId,
    business::{BusinessSearch, BusinessSearchModel, BusinessSearchRequest},
    configuration::{Fields, TestEntities},
    verifications::{
        DataFields, Document, DocumentField, DocumentType, PersonInfo, RecordStatus,
        TransactionState, TransactionStatus, Verification, VerifyRequest,
    },
};

use crate::service::{Sent, Service, response};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../samples/", $name))
    };
}

fn country(code: &str) -> CountryCode {
    code.parse().unwrap()
}

fn transaction() -> TransactionId {
    TransactionId::from("c0e6ebdd-f752-4a08-b4a3-61c4fe51676f")
}

fn record() -> TransactionRecordId {
    TransactionRecordId::from("c47d485d-005a-4e0c-8ef0-06f16ddbaeb6")
}

/// Returns a GET with the credentials, and nothing else.
fn assert_get(service: &Service, path: &str) {
    let sent = service.only_sent();
    assert_eq!(
        (sent.method.clone(), sent.path.as_str()),
        (Method::GET, path)
    );
    assert!(sent.operation.is_some());
    assert!(sent.body.is_empty());
    assert!(!sent.headers.contains_key(header::CONTENT_TYPE));
    assert_headers(&sent);
}

/// Checks the parts of every request that needs credentials.
fn assert_headers(sent: &Sent) {
    assert!(sent.headers[header::AUTHORIZATION].is_sensitive());
    assert_eq!(sent.headers[header::ACCEPT_ENCODING], "gzip");
    assert!(sent.headers.contains_key(header::ACCEPT));
    assert!(sent.headers.contains_key(header::USER_AGENT));
}

fn assert_post(service: &Service, path: &str) -> Sent {
    let sent = service.only_sent();
    assert_eq!(
        (sent.method.clone(), sent.path.as_str()),
        (Method::POST, path)
    );
    assert!(sent.operation.is_some());
    let content_type = &sent.headers[header::CONTENT_TYPE];
    assert_eq!(content_type, "application/json; charset=utf-8");
    sent
}

#[tokio::test]
async fn say_hello_needs_no_credentials() {
    let service = Service::responding(sample!("sayhello-response.json"));
    let hello = service.client().say_hello("Joe Napoli").await.unwrap();
    assert_eq!(hello, "Hello Joe Napoli");
    let sent = service.only_sent();
    assert_eq!(sent.path, "/connection/v1/sayhello/Joe%20Napoli");
    assert!(!sent.headers.contains_key(header::AUTHORIZATION));
}

#[tokio::test]
async fn test_authentication_returns_the_hello() {
    let service = Service::responding(sample!("testauthentication-response.json"));
    let user = Credentials::basic("JoeNapoli_API_Demo", "password").unwrap();
    let hello = service.client_of(user).test_authentication().await.unwrap();
    assert_eq!(hello, "Hello JoeNapoli_API_Demo");
    assert_get(&service, "/connection/v1/testauthentication");
}

#[tokio::test]
async fn async_callback_sends_the_status_without_credentials() {
    let body = sample!("callback-transaction-status-completed.json");
    let service = Service::responding("{}");
    let status = TransactionStatus::from_callback(body.as_bytes()).unwrap();
    service.client().async_callback(status).await.unwrap();
    let sent = assert_post(&service, "/connection/v1/async-callback");
    assert!(!sent.headers.contains_key(header::AUTHORIZATION));
    assert_eq!(
        sent.json(),
        serde_json::from_str::<serde_json::Value>(body).unwrap()
    );
}

#[tokio::test]
async fn country_codes_are_read_from_the_live_list() {
    let service = Service::responding(sample!("countrycodes-response-live.json"));
    let codes = service.client().country_codes().await.unwrap();
    assert!(codes.contains(&country("XK")) && codes.len() > 200);
    assert_get(
        &service,
        "/configuration/v1/countrycodes/Identity%20Verification",
    );
}

#[tokio::test]
async fn country_subdivisions_have_no_parent_if_it_is_empty() {
    let service = Service::responding(sample!("countrysubdivisions-AU-response.json"));
    let states = service
        .client()
        .country_subdivisions(&country("AU"))
        .await
        .unwrap();
    assert_eq!(states[2].code.as_deref(), Some("NSW"));
    assert_eq!(states[2].parent_code, None);
    assert_get(&service, "/configuration/v1/countrysubdivisions/AU");
}

#[tokio::test]
async fn country_joi_keeps_its_capitals_in_the_path() {
    let body = sample!("countryjoi-CA-response.json");
    let service = Service::responding(body).then(response(200, body));
    let all = service.client().country_joi(None).await.unwrap();
    assert_get(&service, "/configuration/v1/countryJOI");
    let canada = service
        .client()
        .country_joi(Some(&country("CA")))
        .await
        .unwrap();
    assert_get(&service, "/configuration/v1/countryJOI/CA");
    assert_eq!(all, canada);
    assert_eq!(canada[0].country_code, Some(country("CA")));
}

#[tokio::test]
async fn country_joi_of_an_unknown_country_is_a_page() {
    let service =
        Service::responding("<!DOCTYPE html><html><head><title>Error</title></head></html>");
    let error = service
        .client()
        .country_joi(Some(&country("ZZ")))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::UnexpectedHtml { title: Some(title) } if title == "Error"));
}

#[tokio::test]
async fn business_registration_numbers_are_asked_for_in_three_scopes() {
    let body = sample!("businessregistrationnumbers-response.json");
    let service = Service::responding(body)
        .then(response(200, body))
        .then(response(200, body));
    let client = service.client();
    let all = client
        .business_registration_numbers(None, None)
        .await
        .unwrap();
    assert_get(&service, "/configuration/v1/businessregistrationnumbers");
    let canada = country("CA");
    client
        .business_registration_numbers(Some(&canada), None)
        .await
        .unwrap();
    assert_get(&service, "/configuration/v1/businessregistrationnumbers/CA");
    client
        .business_registration_numbers(Some(&canada), Some("A/B"))
        .await
        .unwrap();
    assert_get(
        &service,
        "/configuration/v1/businessregistrationnumbers/CA/A%2FB",
    );
    let error = client.business_registration_numbers(None, Some("AB")).await;
    let problem = ArgumentProblem::WithoutCountry;
    assert!(matches!(error, Err(Error::Argument { problem: it, .. }) if it == problem));
    assert_eq!(all[2].masks[1].mask.as_deref(), Some("######### #####"));
    assert_eq!(all[0].masks[0].prepend_zeroes, None);
}

#[tokio::test]
async fn fields_keep_the_description_as_it_is() {
    let service = Service::responding(sample!("fields-CN-nested-response.json"));
    let fields = service.client().fields(&country("CN")).await.unwrap();
    assert_eq!(fields.as_json()["title"], "DataFields");
    assert_get(
        &service,
        "/configuration/v1/fields/Identity%20Verification/CN",
    );
}

#[tokio::test]
async fn fields_of_another_configuration_have_its_name_in_the_path() {
    let service = Service::responding("{}");
    let fields = Fields::new(country("CN")).configuration(ConfigurationName::DOCUMENT_VERIFICATION);
    service.client().send(&fields).await.unwrap();
    assert_get(
        &service,
        "/configuration/v1/fields/Document%20Verification/CN",
    );
}

#[tokio::test]
async fn recommended_fields_have_the_same_shape() {
    let service = Service::responding(sample!("recommendedfields-AU-response.json"));
    let fields = service
        .client()
        .recommended_fields(&country("AU"))
        .await
        .unwrap();
    assert!(
        fields
            .required()
            .contains(&"PersonInfo.FirstSurName".to_owned())
    );
    assert_get(
        &service,
        "/configuration/v1/recommendedfields/Identity%20Verification/AU",
    );
}

#[tokio::test]
async fn consents_are_names_or_none() {
    let service =
        Service::responding(sample!("consents-AU-response.json")).then(response(200, "[]"));
    let client = service.client();
    let consents = client.consents(&country("AU")).await.unwrap();
    assert_eq!(consents[1], "Australia Passport");
    assert_get(
        &service,
        "/configuration/v1/consents/Identity%20Verification/AU",
    );
    assert!(client.consents(&country("US")).await.unwrap().is_empty());
}

#[tokio::test]
async fn detailed_consents_have_a_capital_in_the_path() {
    let service = Service::responding(sample!("detailedconsents-AU-response.json"));
    let consents = service
        .client()
        .detailed_consents(&country("AU"))
        .await
        .unwrap();
    assert_eq!(consents[1].name.as_deref(), Some("Visa Verification"));
    assert_eq!(consents[1].url, None);
    assert_get(
        &service,
        "/configuration/v1/detailedConsents/Identity%20Verification/AU",
    );
}

#[tokio::test]
async fn test_entities_have_numbers_as_text_and_as_numbers() {
    let service = Service::responding(sample!("testentities-string-numbers-response.json"));
    let entities = service
        .client()
        .test_entities(&country("AU"))
        .await
        .unwrap();
    let john = entities[0].clone();
    assert_eq!(john.person_info.as_ref().unwrap().day_of_birth, Some(5));
    assert_eq!(john.passport.as_ref().unwrap().day_of_expiry, Some(5));
    let inputs = DataFields::from(john);
    assert_eq!(inputs.country_specific["AU"]["MedicareReference"], "2");
    assert_get(
        &service,
        "/configuration/v1/testentities/Identity%20Verification/AU",
    );
}

#[tokio::test]
async fn test_entities_written_with_nulls_have_nothing_there() {
    let service = Service::responding(sample!("testentities-nulls-response.json"));
    let entities = TestEntities::new(country("IT"));
    let entities = service.client().send(&entities).await.unwrap();
    assert_eq!(entities[1].person_info, None);
    let business = entities[1].business.as_ref().unwrap();
    assert_eq!(business.year_of_incorporation, Some(2007));
    assert_eq!(business.entities, None);
}

#[tokio::test]
async fn datasources_have_their_fields() {
    let service = Service::responding(sample!("datasources-AU-response.json"));
    let sources = service.client().datasources(&country("AU")).await.unwrap();
    assert_eq!(sources[1].coverage.as_deref(), Some("1M"));
    let appended = &sources[0].appended_fields[0];
    assert_eq!(appended.field_type.as_deref(), Some("boolean"));
    assert_get(
        &service,
        "/configuration/v1/datasources/Identity%20Verification/AU",
    );
}

#[tokio::test]
async fn all_datasources_come_by_country() {
    let service = Service::responding(sample!("alldatasources-response.json"));
    let countries = service.client().all_datasources().await.unwrap();
    assert_eq!(countries[0].country, Some(country("AU")));
    assert_eq!(countries[0].datasources.len(), 1);
    assert_get(
        &service,
        "/configuration/v1/alldatasources/Identity%20Verification",
    );
}

#[tokio::test]
async fn document_types_come_by_country() {
    let service = Service::responding(sample!("documenttypes-US-response-live.json"))
        .then(response(200, sample!("documenttypes-AU-response.json")))
        .then(response(200, "{\"AQ\":[],\"AU\":null}"));
    let client = service.client();
    let types = client.document_types(Some(&country("US"))).await.unwrap();
    assert!(types["US"].contains(&DocumentType::WORK_VISA));
    assert_get(&service, "/configuration/v1/documentTypes/US");
    let types = client.document_types(Some(&country("AU"))).await.unwrap();
    assert_eq!(
        types["AU"],
        [DocumentType::DRIVING_LICENCE, DocumentType::PASSPORT]
    );
    assert_get(&service, "/configuration/v1/documentTypes/AU");
    let types = client.document_types(None).await.unwrap();
    assert_eq!(
        (types.len(), types["AQ"].len(), types["AU"].len()),
        (2, 0, 0)
    );
    assert_get(&service, "/configuration/v1/documentTypes");
}

#[tokio::test]
async fn verify_sends_the_request_and_returns_the_result() {
    let service = Service::responding(sample!("verify-response-match-nulls.json"));
    let person = PersonInfo::named("Adelina", "Mancini").born(1978, 7, 4);
    let request = VerifyRequest::new(country("IT"), person);
    let verification = service.client().verify(&request).await.unwrap();
    let result = verification.completed().unwrap();
    assert_eq!(result.status(), Some(&RecordStatus::MATCH));
    assert_eq!(result.service_errors().count(), 1);
    let sent = assert_post(&service, "/verifications/v1/verify");
    assert_headers(&sent);
    assert_eq!(sent.json()["DataFields"]["PersonInfo"]["MonthOfBirth"], 7);
}

#[tokio::test]
async fn verify_with_a_callback_returns_the_transaction() {
    let service = Service::responding(sample!("verify-response-async-accepted-live.json"));
    let document = Document::new(DocumentType::PASSPORT, b"test");
    let request = VerifyRequest::new(country("US"), document).callback_url("https://invalid");
    let verification = service.client().verify(&request).await.unwrap();
    let Verification::Pending(pending) = verification else {
        panic!("{verification:?}");
    };
    assert_eq!(*pending.transaction_id(), transaction());
    let sent = assert_post(&service, "/verifications/v1/verify").json();
    assert_eq!(sent["CallBackUrl"], "https://invalid");
    assert_eq!(
        sent["DataFields"]["Document"]["DocumentFrontImage"],
        "dGVzdA=="
    );
}

#[tokio::test]
async fn verify_that_cannot_be_sent_is_not() {
    let service = Service::default();
    let request =
        VerifyRequest::new(country("IT"), PersonInfo::new()).callback_url("http://acme.example");
    let error = service.client().verify(&request).await.unwrap_err();
    assert!(matches!(
        error,
        Error::Argument {
            argument: "CallBackUrl",
            ..
        }
    ));
    assert!(service.sent().is_empty());
}

#[tokio::test]
async fn transaction_record_comes_in_three_details() {
    let service = Service::responding(sample!("transactionrecord-response-match.json"))
        .then(response(
            200,
            sample!("transactionrecord-withaddress-response.json"),
        ))
        .then(response(
            200,
            sample!("transactionrecord-verbose-response-watchlist-hit.json"),
        ));
    let client = service.client();
    let plain = client.transaction_record(&record()).await.unwrap();
    let path = "/verifications/v1/transactionrecord/c47d485d-005a-4e0c-8ef0-06f16ddbaeb6";
    assert_get(&service, path);
    let with_address = client
        .transaction_record_with_address(&record())
        .await
        .unwrap();
    assert_get(&service, &format!("{path}/withaddress"));
    let verbose = client.transaction_record_verbose(&record()).await.unwrap();
    assert_get(&service, &format!("{path}/verbose"));
    for record in [&plain, &with_address, &verbose] {
        assert_eq!(record.status(), Some(&RecordStatus::MATCH));
    }
}

#[tokio::test]
async fn transaction_record_document_is_the_file() {
    let service = Service::responding(sample!("transactionrecord-document-response.json"));
    let client = service.client();
    let image = client
        .transaction_record_document(&record(), DocumentField::LIVE_PHOTO)
        .await
        .unwrap();
    assert!(image.starts_with(b"GIF89a"));
    assert_get(
        &service,
        "/verifications/v1/transactionrecord/c47d485d-005a-4e0c-8ef0-06f16ddbaeb6/LivePhoto",
    );
}

#[tokio::test]
async fn transaction_status_is_read() {
    let service = Service::responding(sample!("transaction-status-inprogress-response.json"));
    let status = service
        .client()
        .transaction_status(&"111-2222-333-4444-5555".into())
        .await
        .unwrap();
    assert_eq!(status.status, Some(TransactionState::IN_PROGRESS));
    assert_eq!(status.is_timed_out, Some(false));
    assert_get(
        &service,
        "/verifications/v1/transaction/111-2222-333-4444-5555/status",
    );
}

#[tokio::test]
async fn partial_result_names_the_sources_without_a_response() {
    let service = Service::responding(sample!("partialresult-response.json"));
    let partial = service
        .client()
        .partial_result(&"00000000-0000-4000-8000-000000000007".into())
        .await
        .unwrap();
    assert_eq!(
        partial.datasources_awaiting_result(),
        ["Business Documents"]
    );
    assert_eq!(partial.completed(), None);
    assert_get(
        &service,
        "/verifications/v1/transaction/00000000-0000-4000-8000-000000000007/partialresult",
    );
}

#[tokio::test]
async fn document_download_has_a_name_in_any_case() {
    let mut named = response(200, "%PDF-1.7");
    let disposition = "attachment; filename=\"../report.pdf\"".parse().unwrap();
    named
        .headers_mut()
        .insert(header::CONTENT_DISPOSITION, disposition);
    let content_type = "application/pdf".parse().unwrap();
    named
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    let service = Service::default()
        .then(named)
        .then(response(200, "%PDF-1.7"));
    let client = service.client();
    let file = client
        .document_download(&record(), "Annual Report")
        .await
        .unwrap();
    assert_eq!(
        (&file.bytes[..], file.file_name.as_str()),
        (&b"%PDF-1.7"[..], "report.pdf")
    );
    assert_eq!(file.content_type.as_deref(), Some("application/pdf"));
    let sent = service.only_sent();
    assert_headers(&sent);
    assert_eq!(sent.headers[header::ACCEPT], "application/pdf, */*;q=0.5");
    assert_eq!(
        sent.path,
        "/verifications/v1/documentdownload/c47d485d-005a-4e0c-8ef0-06f16ddbaeb6/Annual%20Report"
    );
    let file = client.document_download(&record(), "Report").await.unwrap();
    assert_eq!(file.file_name, "downloadDocument.pdf");
}

#[tokio::test]
async fn document_download_of_a_page_is_none() {
    let mut page = response(200, "<html><title>Sign in</title></html>");
    let content_type = "text/html; charset=utf-8".parse().unwrap();
    page.headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    let service = Service::default().then(page);
    let error = service
        .client()
        .document_download(&record(), "Report")
        .await
        .unwrap_err();
    assert!(matches!(error, Error::UnexpectedHtml { title: Some(title) } if title == "Sign in"));
}

#[tokio::test]
async fn business_search_sends_the_request_and_returns_companies() {
    let service = Service::responding(sample!("business-search-response-nulls.json"));
    let business = BusinessSearchModel::named("ACME Consulting").duns_number("150483782");
    let request = BusinessSearchRequest::new(country("CA"), business);
    let search = service.client().business_search(&request).await.unwrap();
    assert!(matches!(search, BusinessSearch::Completed(_)));
    let sent = assert_post(&service, "/business/v1/search");
    assert_headers(&sent);
    assert_eq!(sent.json()["Business"]["DUNSNumber"], "150483782");
}

#[tokio::test]
async fn business_search_result_is_read() {
    let service = Service::responding(sample!("business-search-response-nulls.json"));
    let client = service.client();
    let response = client.business_search_result(&record()).await.unwrap();
    let found = &response.record.unwrap().datasource_results[0].results[0];
    assert_eq!(found.business_name.as_deref(), Some("ACME Consulting"));
    assert_get(
        &service,
        "/business/v1/search/transactionrecord/c47d485d-005a-4e0c-8ef0-06f16ddbaeb6",
    );
}
