//! Version 3: tokens, packages, and the same responses under other paths.

use http_body_util::Full;
use hyper::StatusCode;
use hyper::body::Bytes;
use mock_napi::{Account, Denial, EventKind, MockNapi, ServiceSettings};
use serde_json::{Value, json};

use crate::client::{ClientResponse, header};
use crate::service::{CONFIGURATION, Napi, person, read};

const PACKAGE: &str = MockNapi::PACKAGE_ID;

async fn token(napi: &Napi, form: &str) -> ClientResponse {
    let request = hyper::Request::post("/connect/token")
        .header("host", "localhost")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(form.to_owned())))
        .unwrap();
    napi.client
        .send(napi.mock.mtls_addr(), request)
        .await
        .unwrap()
}

fn form() -> String {
    let user = Account::ACME.api();
    format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope=napi.api",
        user.user(),
        user.secret_password()
    )
}

/// Returns a mock whose client has a token.
async fn start(settings: ServiceSettings) -> Napi {
    let mut napi = Napi::with(settings).await;
    let granted = read(StatusCode::OK, &token(&napi, &form()).await);
    napi.authorization = format!("Bearer {}", granted["access_token"].as_str().unwrap());
    napi
}

fn last_denial(napi: &Napi) -> Option<Denial> {
    let events = napi.mock.events().into_iter().rev();
    let mut requests = events.filter_map(|event| match event.kind {
        EventKind::Request { denial, .. } => Some(denial),
        _ => None,
    });
    requests.next().unwrap()
}

#[tokio::test]
async fn token_is_granted_to_a_user_of_the_account() {
    let napi = Napi::start().await;
    let granted = read(StatusCode::OK, &token(&napi, &form()).await);
    assert_eq!(granted["expires_in"], 1800);
    assert_eq!(granted["token_type"], "Bearer");
    assert_eq!(granted["scope"], "napi.api");
    let again = read(StatusCode::OK, &token(&napi, &form()).await);
    assert_ne!(granted["access_token"], again["access_token"]);
}

#[tokio::test]
async fn a_token_is_refused_in_the_words_of_the_standard() {
    let napi = Napi::start().await;
    let wrong = form().replace("acme-password", "other");
    let globex = form().replace("acme-", "globex-");
    for (form, error, denial) in [
        (
            wrong.as_str(),
            "invalid_client",
            Some(Denial::WrongPassword),
        ),
        (
            &globex,
            "invalid_client",
            Some(Denial::CertificateOfAnotherAccount),
        ),
        (
            &form().replace("acme-api", "x"),
            "invalid_client",
            Some(Denial::UnknownUser),
        ),
        (
            &form().replace("client_credentials", "password"),
            "unsupported_grant_type",
            None,
        ),
        ("", "unsupported_grant_type", None),
        (
            &form().replace("napi.api", "other.api"),
            "invalid_scope",
            None,
        ),
    ] {
        let refused = read(StatusCode::BAD_REQUEST, &token(&napi, form).await);
        assert_eq!(refused, json!({ "error": error }), "{form}");
        assert_eq!(last_denial(&napi), denial, "{form}");
    }
}

#[tokio::test]
async fn package_is_listed_to_a_token_alone() {
    let mut napi = start(ServiceSettings::new()).await;
    let packages = napi.value("/v3/account/packages").await;
    assert_eq!(packages[0]["PackageIdentifier"], MockNapi::PACKAGE_ID);
    assert_eq!(packages[0]["IsApproved"], true);
    napi.authorization = crate::client::basic(Account::ACME.api());
    let refused = napi.get("/v3/account/packages").await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn only_a_live_token_opens_version_3() {
    let mut napi = start(ServiceSettings::new().token_seconds(600)).await;
    let path = "/v3/connection/testauthentication";
    assert_eq!(napi.value(path).await, "Hello acme-api");
    let version1 = napi.get("/connection/v1/testauthentication").await;
    assert_eq!(version1.status(), StatusCode::UNAUTHORIZED);
    napi.mock.set_clock(590);
    assert_eq!(napi.value(path).await, "Hello acme-api");
    napi.mock.set_clock(601);
    let ended = napi.get(path).await;
    assert_eq!(ended.status(), StatusCode::UNAUTHORIZED);
    let challenge = "Bearer error=\"invalid_token\"";
    assert_eq!(header(&ended, "www-authenticate"), challenge);
    assert_eq!(last_denial(&napi), Some(Denial::UnknownToken));
    napi.mock.set_clock(0);
    napi.authorization = crate::client::basic(Account::ACME.api());
    assert_eq!(napi.get(path).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(last_denial(&napi), Some(Denial::NoCredentials));
}

#[tokio::test]
async fn each_path_answers_what_version_1_answers() {
    let version1 = Napi::start().await;
    let napi = start(ServiceSettings::new()).await;
    let conf = |rest: &str| format!("/v3/configuration/{rest}");
    let old = |word: &str| format!("/configuration/v1/{word}/{CONFIGURATION}/CA");
    for (path, old) in [
        (
            "/v3/connection/sayhello/World".to_owned(),
            "/connection/v1/sayhello/World".to_owned(),
        ),
        (conf(&format!("fields/{PACKAGE}/CA")), old("fields")),
        (
            conf(&format!("fields/{PACKAGE}/CA/recommended")),
            old("recommendedfields"),
        ),
        (conf(&format!("consents/{PACKAGE}/CA")), old("consents")),
        (
            conf(&format!("consents/{PACKAGE}/CA/detail")),
            old("detailedConsents"),
        ),
        (
            conf(&format!("testentities/{PACKAGE}/CA")),
            old("testentities"),
        ),
        (
            conf(&format!("datasources/{PACKAGE}/CA")),
            old("datasources"),
        ),
        (
            conf(&format!("countrycodes/{PACKAGE}")),
            format!("/configuration/v1/countrycodes/{CONFIGURATION}"),
        ),
        (
            conf(&format!("alldatasources/{PACKAGE}")),
            format!("/configuration/v1/alldatasources/{CONFIGURATION}"),
        ),
        (
            conf("countrysubdivisions/CA"),
            "/configuration/v1/countrysubdivisions/CA".to_owned(),
        ),
        (
            "/v3/business/countryJOI".to_owned(),
            "/configuration/v1/countryJOI".to_owned(),
        ),
        (
            "/v3/business/countryJOI/CA".to_owned(),
            "/configuration/v1/countryJOI/CA".to_owned(),
        ),
        (
            "/v3/business/businessregistrationnumbers".to_owned(),
            "/configuration/v1/businessregistrationnumbers".to_owned(),
        ),
        (
            "/v3/business/businessregistrationnumbers/CA/BC".to_owned(),
            "/configuration/v1/businessregistrationnumbers/CA/BC".to_owned(),
        ),
    ] {
        assert_eq!(
            napi.value(&path).await,
            version1.value(&old).await,
            "{path}"
        );
    }
}

#[tokio::test]
async fn another_package_is_refused_with_problem_details() {
    let napi = start(ServiceSettings::new()).await;
    for path in [
        "/v3/configuration/countrycodes/00000000-0000-4000-8000-000000000000",
        "/v3/configuration/fields/Identity%20Verification/CA",
    ] {
        let response = napi.get(path).await;
        let details = read(StatusCode::BAD_REQUEST, &response);
        assert_eq!(details["title"], "Account not configured for this product");
    }
    let without = json!({ "CountryCode": "CA", "DataFields": {} });
    let refused = napi.post("/v3/verifications/verify", &without).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert!(napi.transactions().is_empty());
}

#[tokio::test]
async fn what_is_no_request_is_refused_with_problem_details() {
    let napi = start(ServiceSettings::new()).await;
    let json = "application/json";
    for path in [
        "/v3/verifications/verify",
        "/v3/business/verify",
        "/v3/business/search",
        "/v3/connection/async-callback",
    ] {
        for (content_type, body, status) in [
            (json, "[]", StatusCode::BAD_REQUEST),
            ("text/plain", "{}", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ] {
            let response = napi.post_as(content_type, path, body.to_owned()).await;
            let details = read(status, &response);
            assert_eq!(details["status"], status.as_u16(), "{path}");
            let form = "application/problem+json; charset=utf-8";
            assert_eq!(header(&response, "content-type"), form);
        }
    }
    for (length, status) in [(100, StatusCode::OK), (101, StatusCode::BAD_REQUEST)] {
        let name = "x".repeat(length);
        let response = napi.get(&format!("/v3/connection/sayhello/{name}")).await;
        let hello = read(status, &response);
        assert_eq!(hello.is_object(), status != StatusCode::OK, "{hello}");
    }
}

#[tokio::test]
async fn a_person_is_verified_and_the_record_read() {
    let version1 = Napi::start().await;
    let mut request = person(&version1, "CA").await;
    request["PackageId"] = json!(PACKAGE);
    request["VerificationType"] = json!("Demo");
    let napi = start(ServiceSettings::new()).await;
    let response = napi.post("/v3/verifications/verify", &request).await;
    let response = read(StatusCode::OK, &response);
    assert_eq!(response["Record"]["RecordStatus"], "match", "{response:#}");
    let id = response["Record"]["TransactionRecordID"].as_str().unwrap();
    let path = format!("/v3/verifications/transactionrecord/{id}");
    let record = napi.value(&path).await;
    assert_eq!(record["Record"], response["Record"]);
    let image = napi.value(&format!("{path}/DocumentFrontImage")).await;
    assert_eq!(
        image,
        request["DataFields"]["Document"]["DocumentFrontImage"]
    );
    // Of a record, version 3 has the plain one alone.
    let verbose = napi.get(&format!("{path}/verbose")).await;
    assert_eq!(verbose.status(), StatusCode::BAD_REQUEST);
    let id = response["TransactionID"].as_str().unwrap();
    let path = format!("/v3/verifications/transaction/{id}");
    assert_eq!(
        napi.value(&format!("{path}/status")).await["Status"],
        "Completed"
    );
    let partial = napi.value(&format!("{path}/partialresult")).await;
    assert_eq!(partial["Record"], response["Record"]);
}

#[tokio::test]
async fn a_company_is_verified_by_fields_in_one_group() {
    let version1 = Napi::start().await;
    let entities = crate::service::entities(&version1, "CA").await;
    let company = entities.iter().find_map(|it| it.get("Business")).unwrap();
    let mut business: Value = company.clone();
    business["AnnualReport"] = json!(true);
    business["Location"] = json!([{ "Index": 1, "Address1": "1 Main Street" }]);
    let request = json!({
        "PackageId": PACKAGE, "CountryCode": "CA", "BusinessDataFields": business,
    });
    let napi = start(ServiceSettings::new()).await;
    let response = read(
        StatusCode::OK,
        &napi.post("/v3/business/verify", &request).await,
    );
    assert_eq!(response["Record"]["RecordStatus"], "match", "{response:#}");
    assert_eq!(response["Record"]["Errors"], json!([]));
    let id = response["Record"]["TransactionRecordID"].as_str().unwrap();
    let path = format!("/v3/verifications/documentdownload/{id}/AnnualReport");
    let file = napi.get(&path).await;
    assert!(file.body().starts_with(b"%PDF-"));
    let search = json!({
        "PackageId": PACKAGE, "CountryCode": "CA", "Business": { "BusinessName": "e" },
    });
    let found = read(
        StatusCode::OK,
        &napi.post("/v3/business/search", &search).await,
    );
    let results = &found["Record"]["DatasourceResults"][0]["Results"];
    assert!(!results.as_array().unwrap().is_empty());
}
