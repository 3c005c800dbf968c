//! The plain endpoint beside mutual TLS, sub-accounts, and the switch that enforces mutual TLS.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, StatusCode};
use mock_napi::{
    Account, ConnectionEvent, Credentials, Denial, Error, Event, EventKind, MockNapi,
    PlainRejection, ServiceSettings, SubAccount,
};
use serde_json::{Value, json};

use crate::client::{Client, ClientResponse, Identity, basic, header, issued, portal, text};

const HELLO: &str = "/connection/v1/testauthentication";

async fn start() -> MockNapi {
    MockNapi::builder().start().await.unwrap()
}

fn without_certificate(mock: &MockNapi) -> Client {
    Client::new(mock.ca_certificate_pem(), &Identity::NONE)
}

fn hello(user: &Credentials) -> Request<Full<Bytes>> {
    Request::get(HELLO)
        .header("host", "localhost")
        .header("authorization", basic(user))
        .body(Full::default())
        .unwrap()
}

async fn plain(mock: &MockNapi, user: &Credentials) -> ClientResponse {
    let client = without_certificate(mock);
    client.send(mock.plain_addr(), hello(user)).await.unwrap()
}

/// A request: its user, the account of its certificate, its status and denial.
type Asked = (Option<String>, Option<String>, u16, Option<Denial>);

/// Returns each request so far.
fn requests(mock: &MockNapi) -> Vec<Asked> {
    let requests = mock
        .events()
        .into_iter()
        .filter_map(|event| match event.kind {
            EventKind::Request {
                user,
                account,
                status,
                denial,
                client_certificate_sha256,
                ..
            } => {
                assert_eq!(client_certificate_sha256.is_some(), account.is_some());
                Some((user, account, status, denial))
            }
            _ => None,
        });
    requests.collect()
}

fn eu() -> &'static Credentials {
    Account::ACME.sub_accounts()[0].api()
}

#[tokio::test]
async fn the_plain_endpoint_says_hello_without_a_certificate() {
    let mock = start().await;
    let response = plain(&mock, Account::ACME.api()).await;
    assert_eq!(text(&response), "\"Hello acme-api\"");
    let wrong = plain(&mock, &Credentials::new("acme-api", "guess")).await;
    assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED);
    let user = Some("acme-api".to_owned());
    let expected = [
        (user.clone(), None, 200, None),
        (user, None, 401, Some(Denial::WrongPassword)),
    ];
    assert_eq!(requests(&mock), expected);
    let accepted = |event: &&Event| event.kind == EventKind::PlainAccepted;
    assert_eq!(mock.events().iter().filter(accepted).count(), 2);
    assert!(
        !mock
            .events()
            .iter()
            .any(|it| it.kind == EventKind::Connection(ConnectionEvent::Accepted))
    );
}

#[tokio::test]
async fn the_plain_endpoint_asks_no_client_for_a_certificate() {
    let mock = start().await;
    let identity = issued(&mock, Account::GLOBEX, "").await;
    let client = Client::new(mock.ca_certificate_pem(), &identity);
    // It would be another organization's.
    let response = client
        .send(mock.plain_addr(), hello(Account::ACME.api()))
        .await;
    assert_eq!(response.unwrap().status(), StatusCode::OK);
    let is_shown = |event: &Event| {
        matches!(
            event.kind,
            EventKind::Connection(ConnectionEvent::ClientCertificate { .. })
        )
    };
    assert!(!mock.events().iter().any(is_shown));
}

#[tokio::test]
async fn a_plain_session_is_not_resumed_over_mutual_tls() {
    let mock = start().await;
    let client = without_certificate(&mock);
    let response = client
        .send(mock.plain_addr(), hello(Account::ACME.api()))
        .await;
    assert_eq!(response.unwrap().status(), StatusCode::OK);
    client.refused(mock.mtls_addr()).await;
}

#[tokio::test]
async fn a_verification_works_on_either_endpoint_and_its_record_too() {
    let mock = start().await;
    let mtls = Client::new(
        mock.ca_certificate_pem(),
        &issued(&mock, Account::ACME, "").await,
    );
    let plain = without_certificate(&mock);
    let body = json!({ "CountryCode": "AU", "DataFields": { "PersonInfo": {} } });
    let verify = Request::post("/verifications/v1/verify")
        .header("host", "localhost")
        .header("content-type", "application/json")
        .header("authorization", basic(Account::ACME.api()))
        .body(Full::from(body.to_string()))
        .unwrap();
    let response = plain.send(mock.plain_addr(), verify).await.unwrap();
    let result: Value = serde_json::from_slice(response.body()).unwrap();
    let record = result["Record"]["TransactionRecordID"].as_str().unwrap();
    let path = format!("/verifications/v1/transactionrecord/{record}");
    let user = basic(Account::ACME.api());
    let again = mtls.get(mock.mtls_addr(), &path, Some(&user)).await;
    assert_eq!(again.status(), StatusCode::OK);
    // Another account of the same organization has transactions of its own.
    let below = mtls.get(mock.mtls_addr(), &path, Some(&basic(eu()))).await;
    assert_eq!(below.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_certificate_works_for_its_parents_accounts_and_no_others() {
    let mock = start().await;
    let client = Client::new(
        mock.ca_certificate_pem(),
        &issued(&mock, Account::ACME, "").await,
    );
    for (user, expected) in [
        (Account::ACME.api(), 200),
        (eu(), 200),
        (Account::GLOBEX.api(), 401),
    ] {
        let response = client
            .get(mock.mtls_addr(), HELLO, Some(&basic(user)))
            .await;
        assert_eq!(response.status().as_u16(), expected, "{user:?}");
    }
    let acme = Some("acme".to_owned());
    let denial = Some(Denial::CertificateOfAnotherAccount);
    let expected = [
        (Some("acme-api".to_owned()), acme.clone(), 200, None),
        (Some("acme-eu-api".to_owned()), acme.clone(), 200, None),
        (Some("globex-api".to_owned()), acme, 401, denial),
    ];
    assert_eq!(requests(&mock), expected);
}

#[tokio::test]
async fn users_of_account_and_sub_accounts_are_accepted() {
    let user = |name: &str| Credentials::new(name, "secret");
    let below = SubAccount::new("initrode", user("initrode-1")).user(user("initrode-2"));
    let account = Account::new("initech", user("initech-1"), user("portal"))
        .user(user("initech-2"))
        .sub_account(below);
    let mock = MockNapi::builder().account(account).start().await.unwrap();
    for name in ["initech-1", "initech-2", "initrode-1", "initrode-2"] {
        let response = plain(&mock, &user(name)).await;
        assert_eq!(text(&response), format!("\"Hello {name}\""));
    }
    assert_eq!(
        plain(&mock, &user("portal")).await.status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn duplicate_names_below_a_parent_are_refused() {
    let user = |name: &str| Credentials::new(name, "secret");
    let same_name = SubAccount::new("globex", user("initech-eu"));
    let same_user = SubAccount::new("initech-eu", user("globex-api"));
    for (below, is_account) in [(same_name, true), (same_user, false)] {
        let account = Account::new("initech", user("initech-api"), user("portal"));
        let account = account.sub_account(below);
        let error = MockNapi::builder()
            .account(account)
            .start()
            .await
            .unwrap_err();
        match error {
            Error::DuplicateAccount { account } => assert!(is_account && account == "globex"),
            Error::DuplicateUser { user } => assert!(!is_account && user == "globex-api"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn enforcement_rejects_the_organizations_users_at_the_plain_endpoint_alone() {
    let mock = start().await;
    let client = Client::new(
        mock.ca_certificate_pem(),
        &issued(&mock, Account::ACME, "").await,
    );
    mock.set_enforced("acme", true).unwrap();
    for user in [Account::ACME.api(), eu()] {
        let rejected = plain(&mock, user).await;
        assert_eq!(rejected.status(), StatusCode::FORBIDDEN, "{user:?}");
        let let_in = client
            .get(mock.mtls_addr(), HELLO, Some(&basic(user)))
            .await;
        assert_eq!(let_in.status(), StatusCode::OK, "{user:?}");
    }
    assert_eq!(
        plain(&mock, Account::GLOBEX.api()).await.status(),
        StatusCode::OK
    );
    // Who does not know the password is not told of the switch.
    let guess = Credentials::new("acme-api", "guess");
    assert_eq!(
        plain(&mock, &guess).await.status(),
        StatusCode::UNAUTHORIZED
    );
    mock.set_enforced("acme", false).unwrap();
    assert_eq!(plain(&mock, eu()).await.status(), StatusCode::OK);

    let denied: Vec<_> = requests(&mock)
        .into_iter()
        .filter_map(|(user, _, _, denial)| denial.map(|denial| (user.unwrap(), denial)))
        .collect();
    let expected = [
        ("acme-api".to_owned(), Denial::MutualTlsEnforced),
        ("acme-eu-api".to_owned(), Denial::MutualTlsEnforced),
        ("acme-api".to_owned(), Denial::WrongPassword),
    ];
    assert_eq!(denied, expected);
    assert!(matches!(
        mock.set_enforced("acme-eu", true).unwrap_err(),
        Error::UnknownAccount { account } if account == "acme-eu"
    ));
}

#[tokio::test]
async fn how_the_plain_endpoint_rejects_is_a_setting() {
    let mock = MockNapi::builder().enforced("acme").start().await.unwrap();
    let problem = "application/problem+json; charset=utf-8";
    for (rejection, status, content_type) in [
        (
            PlainRejection::Forbidden,
            403,
            "application/json; charset=utf-8",
        ),
        (PlainRejection::ProblemDetails, 403, problem),
        (
            PlainRejection::Unauthorized,
            401,
            "text/plain; charset=utf-8",
        ),
    ] {
        mock.set_service(ServiceSettings::new().plain_rejection(rejection));
        let response = plain(&mock, Account::ACME.api()).await;
        assert_eq!(response.status().as_u16(), status, "{rejection:?}");
        assert_eq!(header(&response, "content-type"), content_type);
        let http2 = without_certificate(&mock).alpn("h2");
        let user = basic(Account::ACME.api());
        let response = http2
            .get_http2(mock.plain_addr(), HELLO, Some(&user))
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), status, "{rejection:?}");
    }
}

#[tokio::test]
async fn the_plain_endpoint_may_reject_without_an_answer() {
    let settings = ServiceSettings::new().plain_rejection(PlainRejection::Closed);
    let builder = MockNapi::builder().enforced("acme").service(settings);
    let mock = builder.start().await.unwrap();
    let client = without_certificate(&mock);
    let user = Account::ACME.api();
    client
        .send(mock.plain_addr(), hello(user))
        .await
        .unwrap_err();
    let http2 = without_certificate(&mock).alpn("h2");
    http2
        .get_http2(mock.plain_addr(), HELLO, Some(&basic(user)))
        .await
        .unwrap_err();
    let events = mock.events();
    let unanswered = events.iter().filter(|event| {
        matches!(&event.kind, EventKind::RequestUnanswered { user: Some(user), denial, .. }
            if user == "acme-api" && *denial == Some(Denial::MutualTlsEnforced))
    });
    assert_eq!(unanswered.count(), 2);
    assert!(requests(&mock).is_empty());
}

#[tokio::test]
async fn enforced_plain_endpoint_grants_tokens_but_rejects_them() {
    let mock = MockNapi::builder().enforced("acme").start().await.unwrap();
    let form = "grant_type=client_credentials&client_id=acme-api&client_secret=acme-password";
    let token = Request::post("/connect/token")
        .header("host", "localhost")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::from(form))
        .unwrap();
    let client = without_certificate(&mock);
    let given = client.send(mock.plain_addr(), token).await.unwrap();
    let given: Value = serde_json::from_slice(given.body()).unwrap();
    let bearer = format!("Bearer {}", given["access_token"].as_str().unwrap());
    let path = "/v3/connection/testauthentication";
    let call = Request::get(path)
        .header("host", "localhost")
        .header("authorization", &bearer)
        .body(Full::default())
        .unwrap();
    let rejected = client.send(mock.plain_addr(), call).await.unwrap();
    assert_eq!(rejected.status(), StatusCode::FORBIDDEN);
    assert_eq!(
        header(&rejected, "content-type"),
        "application/problem+json; charset=utf-8"
    );
    let client = Client::new(
        mock.ca_certificate_pem(),
        &issued(&mock, Account::ACME, "").await,
    );
    let taken = client.get(mock.mtls_addr(), path, Some(&bearer)).await;
    assert_eq!(taken.status(), StatusCode::OK);
}

#[tokio::test]
async fn enforcement_is_switched_in_portal_and_control() {
    let mock = start().await;
    let (of_portal, of_control) = (
        "/portal/v1/enforcement",
        "/mock/v1/accounts/acme/enforcement",
    );
    let acme = Some(Account::ACME.portal());
    let on = r#"{"enforced":true}"#;
    for (path, credentials) in [(of_portal, acme), (of_control, None)] {
        let put = portal(&mock, "PUT", path, credentials, on).await;
        assert_eq!(put.status(), StatusCode::NO_CONTENT, "{path}");
        assert_eq!(text(&portal(&mock, "GET", path, credentials, "").await), on);
        assert_eq!(
            plain(&mock, Account::ACME.api()).await.status(),
            StatusCode::FORBIDDEN
        );
        let off = portal(&mock, "PUT", path, credentials, r#"{"enforced":false}"#).await;
        assert_eq!(off.status(), StatusCode::NO_CONTENT);
        assert_eq!(
            plain(&mock, Account::ACME.api()).await.status(),
            StatusCode::OK
        );
        let misspelt = portal(&mock, "PUT", path, credentials, r#"{"enforce":true}"#).await;
        assert_eq!(misspelt.status(), StatusCode::BAD_REQUEST);
    }
    for credentials in [None, Some(Account::ACME.api())] {
        for method in ["GET", "PUT"] {
            let refused = portal(&mock, method, of_portal, credentials, on).await;
            assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
        }
    }
    let unknown = "/mock/v1/accounts/acme-eu/enforcement";
    let unknown = portal(&mock, "PUT", unknown, None, on).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    let turned = mock
        .events()
        .into_iter()
        .filter_map(|event| match event.kind {
            EventKind::EnforcementChanged { account, enforced } => Some((account, enforced)),
            _ => None,
        });
    let turned: Vec<_> = turned.collect();
    assert_eq!(turned.len(), 4);
    assert!(turned.iter().all(|(account, _)| account == "acme"));
    assert_eq!(turned.iter().filter(|(_, enforced)| *enforced).count(), 2);
}
