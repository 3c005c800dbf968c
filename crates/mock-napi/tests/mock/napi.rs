//! NAPI's two connection calls, and what every response looks like.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::StatusCode;
use hyper::ext::ReasonPhrase;
use mock_napi::{Account, Credentials, Denial, Error, EventKind, MockNapi};

use crate::client::{Client, ClientResponse, basic, header, issued, text};

const TEST: &str = "/connection/v1/testauthentication";

struct Environment {
    mock: MockNapi,
    client: Client,
}

impl Environment {
    async fn start() -> Self {
        let mock = MockNapi::builder().start().await.unwrap();
        let identity = issued(&mock, Account::ACME, "").await;
        let client = Client::new(mock.ca_certificate_pem(), &identity);
        Self { mock, client }
    }

    async fn get(&self, path: &str, credentials: Option<&str>) -> ClientResponse {
        self.client
            .get(self.mock.mtls_addr(), path, credentials)
            .await
    }

    /// Returns who was turned away, and why, by the log's last request.
    fn denial(&self) -> (Option<String>, Option<Denial>) {
        let events = self.mock.events();
        let last = events.into_iter().rev().find_map(|event| match event.kind {
            EventKind::Request {
                user,
                denial,
                account,
                ..
            } => {
                assert_eq!(account.as_deref(), Some("acme"));
                Some((user, denial))
            }
            _ => None,
        });
        last.unwrap()
    }

    async fn is_denied(&self, credentials: Option<&str>, user: Option<&str>, denial: Denial) {
        let response = self.get(TEST, credentials).await;
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(text(&response), "Access Denied");
        assert_eq!(self.denial(), (user.map(str::to_owned), Some(denial)));
    }
}

#[tokio::test]
async fn hello_needs_no_credentials() {
    let environment = Environment::start().await;
    let response = environment.get("/connection/v1/sayhello/World", None).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(text(&response), r#""Hello World""#);
}

#[tokio::test]
async fn hello_decodes_the_name_and_encodes_json() {
    let environment = Environment::start().await;
    let path = "/connection/v1/sayhello/J%C3%BCrgen%20%22%2F%22";
    let response = environment.get(path, None).await;
    assert_eq!(text(&response), r#""Hello Jürgen \"/\"""#);
}

#[tokio::test]
async fn hello_takes_names_of_up_to_100_characters() {
    let environment = Environment::start().await;
    let path = |count| format!("/connection/v1/sayhello/{}", "%C3%BC".repeat(count));
    assert_eq!(
        environment.get(&path(100), None).await.status(),
        StatusCode::OK
    );
    assert_eq!(
        environment.get(&path(101), None).await.status(),
        StatusCode::BAD_REQUEST
    );
}

#[tokio::test]
async fn hello_refuses_a_name_that_is_not_utf8() {
    let environment = Environment::start().await;
    let response = environment.get("/connection/v1/sayhello/%FF", None).await;
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn the_right_credentials_are_let_in() {
    let environment = Environment::start().await;
    let response = environment
        .get(TEST, Some(&basic(Account::ACME.api())))
        .await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(text(&response), r#""Hello acme-api""#);
    assert_eq!(environment.denial(), (Some("acme-api".to_owned()), None));
}

#[tokio::test]
async fn a_request_without_credentials_is_denied() {
    Environment::start()
        .await
        .is_denied(None, None, Denial::NoCredentials)
        .await;
}

#[tokio::test]
async fn credentials_that_cannot_be_read_are_denied() {
    let environment = Environment::start().await;
    for credentials in ["Basic ???", "Basic", "Bearer abc"] {
        environment
            .is_denied(Some(credentials), None, Denial::NoCredentials)
            .await;
    }
}

#[tokio::test]
async fn a_wrong_password_is_denied() {
    let environment = Environment::start().await;
    let credentials = basic(&Credentials::new("acme-api", "acme-passwort"));
    environment
        .is_denied(Some(&credentials), Some("acme-api"), Denial::WrongPassword)
        .await;
}

#[tokio::test]
async fn an_unknown_user_is_denied() {
    let environment = Environment::start().await;
    let credentials = basic(&Credentials::new("no-user", "acme-password"));
    environment
        .is_denied(Some(&credentials), None, Denial::UnknownUser)
        .await;
}

#[tokio::test]
async fn the_portal_user_is_no_api_user() {
    let environment = Environment::start().await;
    let credentials = basic(Account::ACME.portal());
    environment
        .is_denied(Some(&credentials), None, Denial::UnknownUser)
        .await;
}

#[tokio::test]
async fn the_user_of_another_account_than_the_certificates_is_denied() {
    let environment = Environment::start().await;
    let credentials = basic(Account::GLOBEX.api());
    let denial = Denial::CertificateOfAnotherAccount;
    environment
        .is_denied(Some(&credentials), Some("globex-api"), denial)
        .await;
}

#[tokio::test]
async fn an_account_of_ones_own_is_served() {
    let account = Account::new(
        "initech",
        Credentials::new("initech-api", "öffne:dich"),
        Credentials::new("initech-portal", "portal"),
    );
    let mock = MockNapi::builder()
        .account(account.clone())
        .start()
        .await
        .unwrap();
    let identity = issued(&mock, &account, "").await;
    let client = Client::new(mock.ca_certificate_pem(), &identity);
    let response = client
        .get(mock.mtls_addr(), TEST, Some(&basic(account.api())))
        .await;
    assert_eq!(text(&response), r#""Hello initech-api""#);
}

#[tokio::test]
async fn two_accounts_cannot_share_a_user() {
    let account = Account::new(
        "initech",
        Credentials::new("acme-api", "other"),
        Credentials::new("initech-portal", "portal"),
    );
    let error = MockNapi::builder()
        .account(account)
        .start()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::DuplicateUser { user } if user == "acme-api"));
}

#[tokio::test]
async fn an_answer_has_the_headers_of_the_live_service() {
    let environment = Environment::start().await;
    let response = environment.get("/connection/v1/sayhello/World", None).await;
    assert_eq!(
        header(&response, "content-type"),
        "application/json; charset=utf-8"
    );
    assert_eq!(
        header(&response, "cache-control"),
        "no-cache,no-cache, no-store"
    );
    assert_eq!(header(&response, "pragma"), "no-cache,no-cache");
    assert_eq!(header(&response, "expires"), "-1");
    assert_eq!(response.headers().get_all("set-cookie").iter().count(), 2);
}

#[tokio::test]
async fn a_denial_looks_as_the_live_service_writes_it() {
    let environment = Environment::start().await;
    let response = environment.get(TEST, None).await;
    let reason = response.extensions().get::<ReasonPhrase>().unwrap();
    assert_eq!(reason.as_bytes(), b"Access Denied");
    assert_eq!(
        header(&response, "content-type"),
        "text/plain; charset=utf-8"
    );
    assert_eq!(header(&response, "www-authenticate"), "Basic Realm");
    assert_eq!(
        header(&response, "cache-control"),
        "no-cache,no-cache, no-store"
    );
}

#[tokio::test]
async fn http2_is_spoken_when_the_client_offers_it() {
    let environment = Environment::start().await;
    let identity = issued(&environment.mock, Account::ACME, "").await;
    let client = Client::new(environment.mock.ca_certificate_pem(), &identity).alpn("h2");
    let credentials = basic(Account::ACME.api());
    let response = client
        .get_http2(environment.mock.mtls_addr(), TEST, Some(&credentials))
        .await
        .unwrap();
    assert_eq!(response.version(), hyper::Version::HTTP_2);
    assert_eq!(text(&response), r#""Hello acme-api""#);
    let denied = client
        .get_http2(environment.mock.mtls_addr(), TEST, None)
        .await
        .unwrap();
    assert_eq!(denied.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_unknown_path_is_not_found_and_logged() {
    let environment = Environment::start().await;
    let response = environment.get("/connection/v9/%41?query=1", None).await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND);
    let events = environment.mock.events();
    let request = events.iter().find_map(|event| match &event.kind {
        EventKind::Request {
            method,
            path,
            status,
            ..
        } => Some((method.as_str(), path.as_str(), *status)),
        _ => None,
    });
    assert_eq!(request, Some(("GET", "/connection/v9/%41", 404)));
}

#[tokio::test]
async fn of_a_long_path_the_log_has_the_beginning() {
    let environment = Environment::start().await;
    for (length, logged) in [(2083, 2083), (2084, 2083), (9000, 2083)] {
        let path = format!("/{}", "x".repeat(length - 1));
        let response = environment.get(&path, None).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        let events = environment.mock.events().into_iter().rev();
        let mut paths = events.filter_map(|event| match event.kind {
            EventKind::Request { path, .. } => Some(path),
            _ => None,
        });
        assert_eq!(paths.next().unwrap(), path[..logged]);
    }
}

#[tokio::test]
async fn portal_and_control_are_not_on_the_mutual_tls_port() {
    let environment = Environment::start().await;
    for path in ["/portal/v1/certificates", "/mock/v1/events"] {
        assert_eq!(
            environment.get(path, None).await.status(),
            StatusCode::NOT_FOUND
        );
    }
}

#[tokio::test]
async fn no_password_is_in_the_event_log() {
    let environment = Environment::start().await;
    let user = STANDARD.encode("secret-password:typed-into-the-user-field");
    for credentials in [
        basic(Account::ACME.api()),
        basic(&Credentials::new("acme-api", "secret-password")),
        format!("Basic {user}"),
    ] {
        environment.get(TEST, Some(&credentials)).await;
    }
    let log = serde_json::to_string(&environment.mock.events()).unwrap();
    assert!(log.contains("wrong_password"));
    for secret in [
        "acme-password",
        "acme-portal-password",
        "secret-password",
        "typed-into",
    ] {
        assert!(!log.contains(secret), "{secret}");
    }
}
