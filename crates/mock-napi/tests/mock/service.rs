//! NAPI as a service: what each path answers, as a client without any model of it sees it.

mod business;
mod configuration;
mod errors;
mod forms;
mod later;
mod records;
mod verification;
mod version3;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use mock_napi::{Account, EventKind, MockNapi, ServiceSettings};
use serde_json::{Value, json};

use crate::client::{Client, ClientResponse, basic, issued};

/// A mock, and a client that it knows.
struct Napi {
    mock: MockNapi,
    client: Client,
    authorization: String,
}

impl Napi {
    async fn start() -> Self {
        Self::with(ServiceSettings::new()).await
    }

    async fn with(settings: ServiceSettings) -> Self {
        let mock = MockNapi::builder().service(settings).start().await.unwrap();
        Self::of(mock, Account::ACME).await
    }

    async fn of(mock: MockNapi, account: &Account) -> Self {
        let identity = issued(&mock, account, "").await;
        let client = Client::new(mock.ca_certificate_pem(), &identity);
        Self {
            client,
            mock,
            authorization: basic(account.api()),
        }
    }

    fn request(&self, method: &str, path: &str) -> hyper::http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header("host", "localhost")
            .header("authorization", &self.authorization)
    }

    async fn get(&self, path: &str) -> ClientResponse {
        let request = self.request("GET", path).body(Full::default()).unwrap();
        self.client
            .send(self.mock.mtls_addr(), request)
            .await
            .unwrap()
    }

    /// Returns what a path answers, with status 200.
    async fn value(&self, path: &str) -> Value {
        read(StatusCode::OK, &self.get(path).await)
    }

    async fn post(&self, path: &str, body: &Value) -> ClientResponse {
        self.post_as("application/json; charset=utf-8", path, body.to_string())
            .await
    }

    async fn post_as(&self, content_type: &str, path: &str, body: String) -> ClientResponse {
        let request = self
            .request("POST", path)
            .header("content-type", content_type)
            .body(Full::new(Bytes::from(body)))
            .unwrap();
        self.client
            .send(self.mock.mtls_addr(), request)
            .await
            .unwrap()
    }

    /// Returns what a verification answers, with status 200.
    async fn verify(&self, request: &Value) -> Value {
        read(StatusCode::OK, &self.post(VERIFY, request).await)
    }

    /// Returns the events of transactions so far.
    fn transactions(&self) -> Vec<EventKind> {
        let events = self.mock.events().into_iter().map(|event| event.kind);
        events
            .filter(|kind| matches!(kind, EventKind::Transaction { .. }))
            .collect()
    }
}

const VERIFY: &str = "/verifications/v1/verify";
const CONFIGURATION: &str = "Identity%20Verification";
const COUNTRIES: [&str; 5] = ["AU", "CA", "GB", "IT", "US"];

/// Returns the JSON of a response that must have this status.
#[track_caller]
fn read(status: StatusCode, response: &ClientResponse) -> Value {
    let text = String::from_utf8_lossy(response.body());
    assert_eq!(response.status(), status, "{text}");
    serde_json::from_slice(response.body()).unwrap()
}

/// Returns the test entities of a country.
async fn entities(napi: &Napi, country: &str) -> Vec<Value> {
    let path = format!("/configuration/v1/testentities/{CONFIGURATION}/{country}");
    let entities = napi.value(&path).await;
    entities.as_array().unwrap().clone()
}

/// Returns a request to verify someone with every consent that there is.
async fn request(napi: &Napi, country: &str, entity: &Value) -> Value {
    let path = format!("/configuration/v1/consents/{CONFIGURATION}/{country}");
    let consents = napi.value(&path).await;
    let mut fields = entity.clone();
    fields.as_object_mut().unwrap().remove("TestEntityName");
    json!({
        "CountryCode": country,
        "ConsentForDataSources": consents,
        "DataFields": fields,
    })
}

/// Returns the first person of a country who is verified, with every consent.
async fn person(napi: &Napi, country: &str) -> Value {
    let entities = entities(napi, country).await;
    let person = entities
        .iter()
        .find(|entity| entity.get("PersonInfo").is_some())
        .unwrap();
    request(napi, country, person).await
}

/// Returns the codes in a list of errors.
fn codes(errors: &Value) -> Vec<&str> {
    let errors = errors.as_array().unwrap().iter();
    errors
        .map(|error| error["Code"].as_str().unwrap())
        .collect()
}
