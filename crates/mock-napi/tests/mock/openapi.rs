//! The OpenAPI description that the program prints, beside what the mock serves.

mod description;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use mock_napi::{Account, ConnectionEvent, Credentials, EventKind, MockNapi, Point, Script};
use serde_json::Value;

use crate::client::{Client, ClientResponse, basic, browse, header, issued, portal, text};
use crate::openapi::description::{Operation, document, operations};

/// A mock, and a client of each part.
struct Served {
    mock: MockNapi,
    client: Client,
    token: String,
    transaction: String,
    record: String,
    search: String,
    serial: String,
}

impl Served {
    /// Starts a mock, and makes a transaction with the described example of each.
    async fn start() -> Self {
        let mock = MockNapi::builder().start().await.unwrap();
        let identity = issued(&mock, Account::ACME, "").await;
        let client = Client::new(mock.ca_certificate_pem(), &identity);
        let mut served = Self {
            mock,
            client,
            token: String::new(),
            transaction: String::new(),
            record: String::new(),
            search: String::new(),
            serial: String::new(),
        };
        let token = served.example("/connect/token").await;
        served.token = text_at(&token, "/access_token");
        let verified = served.example("/verifications/v1/verify").await;
        served.transaction = text_at(&verified, "/TransactionID");
        served.record = text_at(&verified, "/Record/TransactionRecordID");
        let found = served.example("/business/v1/search").await;
        served.search = text_at(&found, "/Record/TransactionRecordID");
        let operations = operations();
        let list = operations
            .iter()
            .find(|it| it.id() == "getPortalV1Certificates");
        let listed = served.send(list.unwrap(), "GET", "").await;
        let listed: Value = serde_json::from_slice(listed.body()).unwrap();
        served.serial = text_at(&listed, "/0/serial");
        served
    }

    /// Sends the described example, which has to be served.
    async fn example(&self, path: &str) -> Value {
        let operations = operations();
        let operation = operations.iter().find(|it| it.path == path).unwrap();
        let response = self.send(operation, operation.method(), "").await;
        assert_eq!(response.status(), StatusCode::OK, "{}", text(&response));
        serde_json::from_slice(response.body()).unwrap()
    }

    /// Sends the described example, by any method.
    async fn send(&self, operation: &Operation, method: &str, mode: &str) -> ClientResponse {
        let path = mode.to_owned() + &self.path(operation);
        let (content_type, body) = operation.body();
        let mut headers = vec![];
        if !body.is_empty() {
            headers.push(("content-type", content_type));
        }
        let authorization = match operation.scheme() {
            "apiUser" => basic(Account::ACME.api()),
            "portalUser" => basic(Account::ACME.portal()),
            "token" => format!("Bearer {}", self.token),
            _ => String::new(),
        };
        if !authorization.is_empty() {
            headers.push(("authorization", &authorization));
        }
        if operation.is_napi() {
            headers.push(("host", "localhost"));
            let mut request = Request::builder().method(method).uri(path);
            for (name, value) in headers {
                request = request.header(name, value);
            }
            let request = request.body(Full::new(Bytes::from(body))).unwrap();
            let sent = self.client.send(self.mock.mtls_addr(), request).await;
            return sent.unwrap();
        }
        let host = self.mock.portal_url().strip_prefix("http://").unwrap();
        headers.push(("host", host));
        browse(&self.mock, method, &path, &headers, &body).await
    }

    /// Returns the path with the examples of its parameters, and the numbers of what is there.
    fn path(&self, operation: &Operation) -> String {
        let mut path = operation.path.clone();
        for (name, example) in operation.path_examples() {
            let value = match name.as_str() {
                "id" if path.starts_with("/business/") => self.search.clone(),
                "id" if path.contains("/transaction/") => self.transaction.clone(),
                "id" => self.record.clone(),
                "serial" => self.serial.clone(),
                _ => example.replace(' ', "%20"),
            };
            path = path.replace(&format!("{{{name}}}"), &value);
        }
        path
    }

    /// Opens a connection that reaches the gate of the example, since one waits for it.
    async fn reach_gate(&self) -> impl Sized + use<> {
        let gate = Script::new().gate(Point::AfterHandshake, "hold");
        self.mock.enqueue(gate);
        let stream = self.client.connect(self.mock.mtls_addr()).await.unwrap();
        let is_reached = |kind: &EventKind| {
            matches!(
                kind,
                EventKind::Connection(ConnectionEvent::GateReached { .. })
            )
        };
        self.mock.wait_for(|event| is_reached(&event.kind)).await;
        stream
    }
}

fn text_at(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn document_is_openapi_with_unique_operations_and_whole_references() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let operations = operations();
    let mut ids: Vec<_> = operations.iter().map(Operation::id).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
    for operation in &operations {
        let names = operation.path.split('/').filter_map(|part| {
            let name = part.strip_prefix('{')?;
            name.strip_suffix('}')
        });
        let described = operation.path_examples();
        let described = described.iter().map(|(name, _)| name.as_str());
        assert!(names.eq(described), "{}", operation.path);
    }
    let mut references = Vec::new();
    description::references(document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn every_example_fits_the_schema_beside_it() {
    for operation in &operations() {
        for (pointer, example) in operation.examples() {
            let problem = description::problem(&pointer, &example);
            assert_eq!(problem, None, "{pointer}");
        }
    }
}

#[tokio::test]
async fn described_path_is_served_by_its_methods_and_no_other() {
    let served = Served::start().await;
    for operation in operations() {
        let response = served.send(&operation, "PATCH", "").await;
        let status = response.status();
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{}", operation.path);
        let allowed = header(&response, "allow").to_owned();
        let mut allowed: Vec<_> = allowed.split(',').filter(|it| *it != "HEAD").collect();
        allowed.sort_unstable();
        assert_eq!(allowed, operation.methods_of_path(), "{}", operation.path);
    }
}

#[tokio::test]
async fn example_request_gets_a_response_as_described() {
    let served = Served::start().await;
    let _waiting = served.reach_gate().await;
    // What changes the behaviour of connections comes late, and last what ends the certificate.
    let mut operations = operations();
    operations.sort_by_key(|it| (it.path.ends_with("{serial}"), it.path.starts_with("/mock/")));
    for operation in &operations {
        for mode in operation.modes() {
            let response = served.send(operation, operation.method(), mode).await;
            let status = response.status().as_u16();
            let is_expected = matches!(status, 200 | 201 | 204);
            let what = format!("{} {mode}{}", operation.method(), operation.path);
            assert!(is_expected, "{what}: {status} {}", text_of(&response));
            if let Some(problem) = operation.problem(&response) {
                panic!("{what}: {problem}");
            }
        }
    }
}

#[test]
fn response_that_is_not_described_is_noticed() {
    let operations = operations();
    let clock = operations.iter().find(|it| it.id() == "getMockV1Clock");
    let problem = |status: u16, content_type: &str, body: &'static str| {
        let response = hyper::Response::builder()
            .status(status)
            .header("content-type", content_type)
            .body(Bytes::from(body));
        clock.unwrap().problem(&response.unwrap())
    };
    let (json, body) = ("application/json", r#"{"offset_seconds":0}"#);
    assert_eq!(problem(200, json, body), None);
    assert!(problem(201, json, body).is_some());
    assert!(problem(200, "text/plain", body).is_some());
    assert!(problem(200, json, r#"{"offset_seconds":"0"}"#).is_some());
    assert!(problem(200, json, r#"{"offset_seconds":0,"more":1}"#).is_some());
}

#[tokio::test]
async fn rejections_are_as_described() {
    let served = Served::start().await;
    let nowhere = Credentials::new("no-one", "wrong");
    for operation in operations() {
        let without = match operation.scheme() {
            "" => continue,
            "portalUser" => {
                let path = served.path(&operation);
                let (_, body) = operation.body();
                portal(
                    &served.mock,
                    operation.method(),
                    &path,
                    Some(&nowhere),
                    body,
                )
                .await
            }
            _ => {
                let request = Request::builder()
                    .method(operation.method())
                    .uri(served.path(&operation))
                    .header("host", "localhost");
                let request = request.body(Full::default()).unwrap();
                let address = served.mock.mtls_addr();
                served.client.send(address, request).await.unwrap()
            }
        };
        assert_eq!(without.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(operation.problem(&without), None, "{}", operation.path);
    }
}

#[tokio::test]
async fn parameter_that_is_no_text_is_rejected_as_described() {
    let served = Served::start().await;
    for mut operation in operations() {
        let Some((name, _)) = operation.path_examples().pop() else {
            continue;
        };
        if !operation.is_napi() {
            continue;
        }
        operation.path = operation.path.replace(&format!("{{{name}}}"), "%FF");
        let response = served.send(&operation, operation.method(), "").await;
        assert_eq!(
            response.status(),
            StatusCode::BAD_REQUEST,
            "{}",
            operation.path
        );
        assert_eq!(operation.problem(&response), None, "{}", operation.path);
    }
}

#[tokio::test]
async fn path_that_is_not_described_is_not_served() {
    let served = Served::start().await;
    let operations = operations();
    for (like, path) in [
        ("/connection/v1/testauthentication", "/connection/v1/test"),
        (
            "/connection/v1/testauthentication",
            "/test/connection/v1/testauthentication",
        ),
        ("/v3/account/packages", "/trial/v3/account/packages"),
        ("/portal/v1/certificates", "/portal/v2/certificates"),
        ("/mock/v1/clock", "/mock/v1/clocks"),
    ] {
        let like = operations.iter().find(|it| it.path == like);
        let mut operation = like.unwrap().clone();
        operation.path = path.to_owned();
        let response = served.send(&operation, "GET", "").await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

fn text_of(response: &ClientResponse) -> String {
    String::from_utf8_lossy(response.body()).into_owned()
}
