//! Version 3: tokens, packages, and the operations that have bodies of their own.

use std::time::Duration;

use http::{Method, header};
use napi::{
    Authentication, BaseUrl, Client, ConfigurationName, Credentials, CredentialsProblem, Endpoint,
    Error, RequestBody, Version3,
    configuration::CountryCodes,
    connection::TestAuthentication,
    v3::{
        BusinessDataFields, BusinessSearchRequest, BusinessVerifyRequest, PackageId, V3,
        VerificationType, VerifyRequest,
    },
    verifications::{PersonInfo, Polling, RecordStatus, TransactionStatus, Verification},
};
use serde_json::Value;

use crate::service::{HttpClient, Service, response};

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../samples/", $name))
    };
}

const PACKAGE: &str = "00000000-0000-4000-8000-000000000004";

fn client(service: &Service) -> HttpClient<Version3> {
    service.client_of(Credentials::client("acme-client", "acme secret").unwrap())
}

/// Returns a service that gives out a token and then responds with this.
fn after_token(body: &'static str) -> Service {
    Service::responding(sample!("v3-oauth-token-response.json")).then(response(200, body))
}

fn hello() -> V3<TestAuthentication> {
    V3::new(TestAuthentication::new())
}

#[tokio::test]
async fn token_is_fetched_from_its_host_and_marked_sensitive() {
    let service = after_token("\"Hello acme\"");
    assert_eq!(client(&service).send(&hello()).await.unwrap(), "Hello acme");

    let sent = service.sent();
    let (token, call) = (&sent[0], &sent[1]);
    assert_eq!(
        (token.method.clone(), token.path.as_str()),
        (Method::POST, "/connect/token")
    );
    assert_eq!(token.host, "auth-api.trulioo.com");
    assert!(!token.headers.contains_key(header::AUTHORIZATION));
    let content_type = &token.headers[header::CONTENT_TYPE];
    assert_eq!(content_type, "application/x-www-form-urlencoded");
    assert_eq!(
        token.body,
        "grant_type=client_credentials&client_id=acme%2Dclient&client_secret=acme%20secret&scope=napi.api"
    );
    assert_eq!(call.host, "mtls.primary.prod.trulioo.com");
    assert_eq!(call.path, "/v3/connection/testauthentication");
    let authorization = &call.headers[header::AUTHORIZATION];
    assert_eq!(authorization, "Bearer opaque-token-placeholder");
    assert!(authorization.is_sensitive());
}

#[tokio::test]
async fn the_host_of_tokens_can_be_another() {
    let service = after_token("\"Hello acme\"");
    let other: BaseUrl = "https://tokens.example/base".parse().unwrap();
    client(&service)
        .token_url(other)
        .send(&hello())
        .await
        .unwrap();
    let sent = service.sent();
    assert_eq!(sent[0].host, "tokens.example");
    assert_eq!(sent[0].path, "/base/connect/token");
}

#[tokio::test]
async fn many_calls_at_once_fetch_one_token() {
    let service = after_token("\"Hello 1\"")
        .then(response(200, "\"Hello 2\""))
        .then(response(200, "\"Hello 3\""));
    let client = client(&service);
    let clone: Client<_, _> = client.clone();
    let operation = hello();
    let (first, second, third) = tokio::join!(
        client.send(&operation),
        clone.send(&operation),
        client.send(&operation)
    );
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    let sent = service.sent();
    let tokens = sent.iter().filter(|sent| sent.path == "/connect/token");
    assert_eq!((tokens.count(), sent.len()), (1, 4));
}

#[tokio::test(start_paused = true)]
async fn a_token_is_replaced_a_minute_before_it_ends() {
    let token = "{\"access_token\":\"second\",\"expires_in\":1800,\"token_type\":\"Bearer\"}";
    let service = after_token("\"Hello 1\"")
        .then(response(200, "\"Hello 2\""))
        .then(response(200, token))
        .then(response(200, "\"Hello 3\""));
    let client = client(&service);
    client.send(&hello()).await.unwrap();
    tokio::time::advance(Duration::from_secs(1739)).await;
    client.send(&hello()).await.unwrap();
    assert_eq!(service.sent().len(), 3); // one token, two calls
    tokio::time::advance(Duration::from_secs(1)).await;
    client.send(&hello()).await.unwrap();
    let sent = service.sent();
    assert_eq!(sent[0].path, "/connect/token");
    assert_eq!(sent[1].headers[header::AUTHORIZATION], "Bearer second");
}

#[tokio::test]
async fn rejected_token_is_renewed_once_and_the_call_resent() {
    const RENEWED: &str = "{\"access_token\":\"renewed\",\"expires_in\":1800}";
    let done = sample!("v3-verify-response-match.json");
    let service = Service::responding(sample!("v3-oauth-token-response.json"))
        .then(response(401, ""))
        .then(response(200, RENEWED))
        .then(response(200, done));
    let client = client(&service);
    // What is billed, too: by a 401 the service says that it has not processed it.
    let person = PersonInfo::named("Adelina", "Mancini");
    let request = VerifyRequest::new(PACKAGE, "IT".parse().unwrap(), person);
    let verification = client.send(&request).await.unwrap();
    assert!(verification.completed().is_some());
    let sent = service.sent();
    assert_eq!(sent.len(), 4);
    assert_eq!(
        (&sent[1].path, &sent[1].body),
        (&sent[3].path, &sent[3].body)
    );
    let renewed = &sent[3].headers[header::AUTHORIZATION];
    assert!(renewed == "Bearer renewed" && renewed.is_sensitive());

    // Once: a second 401 is the outcome. The token is a new one, so the next call begins with it.
    let service = service
        .then(response(401, ""))
        .then(response(200, RENEWED))
        .then(response(401, "Access Denied"))
        .then(response(200, "\"Hello acme\""));
    let error = client.send(&hello()).await.unwrap_err();
    assert!(error.is_authentication());
    assert_eq!(service.sent().len(), 3);
    client.send(&hello()).await.unwrap();
    assert_eq!(service.sent().len(), 1);
}

#[tokio::test]
async fn no_other_refusal_renews_the_token() {
    for status in [400, 403, 500, 503] {
        let service =
            Service::responding(sample!("v3-oauth-token-response.json")).then(response(status, ""));
        assert!(client(&service).send(&hello()).await.is_err());
        assert_eq!(service.sent().len(), 2, "{status}");
    }
}

#[tokio::test]
async fn packages_are_listed_and_name_the_one_to_send() {
    let packages = format!(
        "[{{\"PackageIdentifier\":\"{PACKAGE}\",\"Name\":\"Identity\",\"IsApproved\":true}},{{\"Name\":null}}]"
    );
    let service =
        Service::responding(sample!("v3-oauth-token-response.json")).then(response(200, packages));
    let packages = client(&service).packages().await.unwrap();
    assert_eq!(packages.len(), 1);
    assert_eq!(
        packages[0].package_identifier.as_ref().unwrap().as_str(),
        PACKAGE
    );
    assert_eq!(packages[0].is_approved, Some(true));
    assert_eq!(service.sent()[1].path, "/v3/account/packages");
}

#[tokio::test]
async fn a_client_that_is_not_known_is_about_the_credentials() {
    for body in [
        sample!("v3-oauth-token-error-invalid-client.json"),
        sample!("v3-oauth-token-error-unsupported-grant.json"),
    ] {
        let service = Service::default().then(response(400, body));
        let error = client(&service).send(&hello()).await.unwrap_err();
        assert!(
            matches!(&error, Error::Unauthorized { message: Some(_) }),
            "{error:?}"
        );
        assert_eq!(service.sent().len(), 1);
        assert!(!format!("{error} {error:?}").contains("acme"));
    }
    let service = Service::default().then(response(503, ""));
    let error = client(&service).send(&hello()).await.unwrap_err();
    assert!(error.is_retryable());
}

#[tokio::test]
async fn credentials_of_the_other_version_are_refused_unsent() {
    let service = Service::default();
    let get = || {
        http::Request::get("/a")
            .body(RequestBody::default())
            .unwrap()
    };
    let of_version1 = service.client();
    let of_version1 = of_version1.send_raw(get(), Authentication::Bearer).await;
    let of_version3 = client(&service);
    let of_version3 = of_version3.send_raw(get(), Authentication::Basic).await;
    for error in [of_version1.unwrap_err(), of_version3.unwrap_err()] {
        assert!(matches!(
            error,
            Error::Credentials(CredentialsProblem::OtherVersion)
        ));
    }
    assert!(service.sent().is_empty());
}

#[tokio::test]
async fn verify_sends_the_package() {
    let service = after_token(sample!("v3-verify-response-match.json"));
    let person = PersonInfo::named("Adelina", "Mancini");
    let request = VerifyRequest::new(PACKAGE, "IT".parse().unwrap(), person)
        .verification_type(VerificationType::TEST);
    let verification = client(&service).send(&request).await.unwrap();
    let result = verification.completed().unwrap();
    assert_eq!(result.status(), Some(&RecordStatus::MATCH));
    let sent = service.sent().pop().unwrap();
    assert_eq!(sent.path, "/v3/verifications/verify");
    assert_eq!(sent.json()["PackageId"], PACKAGE);
    assert_eq!(sent.json()["VerificationType"], "Test");
    assert_eq!(sent.json().get("AcceptTruliooTermsAndConditions"), None);
}

#[tokio::test]
async fn business_verify_and_search_send_the_package() {
    let service = after_token(sample!("v3-verify-response-mock.json"))
        .then(response(200, sample!("v3-business-search-response.json")));
    let client = client(&service);
    let canada = || "CA".parse().unwrap();
    let company = BusinessDataFields::named("ACME Consulting");
    let verify = BusinessVerifyRequest::new(PACKAGE, canada(), company);
    let verification = client.send(&verify).await.unwrap();
    assert!(matches!(verification, Verification::Completed(_)));
    let search = BusinessSearchRequest::new(PACKAGE, canada(), "ACME Consulting");
    assert!(client.send(&search).await.unwrap().completed().is_some());

    let sent = service.sent();
    assert_eq!(sent[1].path, "/v3/business/verify");
    assert_eq!(
        sent[1].json()["BusinessDataFields"]["BusinessName"],
        "ACME Consulting"
    );
    assert_eq!(sent[2].path, "/v3/business/search");
    assert!(
        sent[1..]
            .iter()
            .all(|sent| sent.json()["PackageId"] == PACKAGE)
    );
}

#[tokio::test]
async fn a_request_without_a_package_is_not_sent() {
    let service = Service::default();
    let request = VerifyRequest::new("", "IT".parse().unwrap(), PersonInfo::new());
    let error = client(&service).send(&request).await.unwrap_err();
    assert!(matches!(
        error,
        Error::Argument {
            argument: "PackageId",
            ..
        }
    ));
    assert!(service.sent().is_empty());
}

#[tokio::test]
async fn the_package_stands_where_version_1_has_the_configuration() {
    let service = after_token(sample!("countrycodes-response.json"));
    let package = PackageId::from(PACKAGE);
    let codes = V3::new(CountryCodes::new(ConfigurationName::from(&package)));
    client(&service).send(&codes).await.unwrap();
    let path = service.sent().pop().unwrap().path;
    assert_eq!(path, format!("/v3/configuration/countrycodes/{PACKAGE}"));
}

#[tokio::test(start_paused = true)]
async fn transaction_of_version_3_is_polled_on_its_paths() {
    let done = "{\"TransactionId\":\"1\",\"TransactionRecordId\":\"c47d485d-005a-4e0c-8ef0-06f16ddbaeb6\",\"Status\":\"Completed\"}";
    let service = Service::responding("{\"access_token\":\"a\",\"expires_in\":1800}")
        .then(response(
            200,
            "{\"TransactionID\":\"1\",\"Record\":{\"RecordStatus\":\"nomatch\"}}",
        ))
        .then(response(200, done))
        .then(response(200, sample!("v3-transactionrecord-response.json")));
    let client = client(&service);
    let request = VerifyRequest::new(PACKAGE, "IT".parse().unwrap(), PersonInfo::new());
    let Verification::Pending(pending) = client.send(&request).await.unwrap() else {
        panic!("not pending");
    };
    let polling = Polling::new(Duration::from_secs(60));
    let id = client.wait(&pending, &polling).await.unwrap();
    let record = client.transaction_record(&id).await.unwrap();
    assert_eq!(record.status(), Some(&RecordStatus::MATCH));
    let paths: Vec<_> = service
        .sent()
        .into_iter()
        .skip(1)
        .map(|sent| sent.path)
        .collect();
    assert_eq!(
        paths,
        [
            "/v3/verifications/verify",
            "/v3/verifications/transaction/1/status",
            "/v3/verifications/transactionrecord/c47d485d-005a-4e0c-8ef0-06f16ddbaeb6",
        ]
    );
}

#[test]
fn published_requests_are_encoded_as_they_were() {
    fn assert_round<T: serde::Serialize + serde::de::DeserializeOwned>(sample: &str) -> T {
        let model: T = serde_json::from_str(sample).unwrap();
        let mut sample: Value = serde_json::from_str(sample).unwrap();
        // An empty list is left out.
        sample
            .as_object_mut()
            .unwrap()
            .retain(|_, value| *value != Value::Array(Vec::new()));
        assert_eq!(serde_json::to_value(&model).unwrap(), sample);
        model
    }
    let italy = assert_round::<VerifyRequest>(sample!("v3-verify-request-IT.json"));
    assert!(italy.extra.is_empty());
    let risk = assert_round::<VerifyRequest>(sample!("v3-verify-request-risk.json"));
    assert!(risk.data_fields.unwrap().risk.unwrap().extra.is_empty());
    let company =
        assert_round::<BusinessVerifyRequest>(sample!("v3-business-verify-request-full.json"));
    assert!(company.business_data_fields.unwrap().extra.is_empty());
    assert_round::<BusinessSearchRequest>(sample!("v3-business-search-request.json"));
    let status: TransactionStatus =
        serde_json::from_str(sample!("v3-transaction-status-response.json")).unwrap();
    assert!(status.extra.is_empty());
}

#[test]
fn no_request_shows_what_it_carries() {
    let person = PersonInfo::named("Marker", "Marker");
    let request = VerifyRequest::new(PACKAGE, "IT".parse().unwrap(), person);
    let company = BusinessDataFields::named("Marker").telephone("Marker");
    let business = BusinessVerifyRequest::new(PACKAGE, "IT".parse().unwrap(), company);
    let client = client(&Service::default());
    let shown = format!(
        "{request:?} {:?} {business:?} {:?} {client:?}",
        request.request(),
        business.request(),
    );
    assert!(
        !shown.contains("Marker") && !shown.contains("acme"),
        "{shown}"
    );
}
