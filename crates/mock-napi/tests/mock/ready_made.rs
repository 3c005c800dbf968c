//! Certificates in one call, for tests that are about something else.

use hyper::StatusCode;
use mock_napi::{Account, Error, EventKind, MockNapi, ProblemCode};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::Value;

use crate::client::{Client, basic, portal, problems, text, with_key};
use crate::request::{KEY, Request};

const HELLO: &str = "/connection/v1/testauthentication";

/// Says hello with this identity.
async fn hello(mock: &MockNapi, account: &Account, certificate: &str, key: &str) {
    let key = rcgen::KeyPair::from_pem(key).unwrap();
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    let client = Client::new(mock.ca_certificate_pem(), &with_key(certificate, &key));
    let response = client
        .get(mock.mtls_addr(), HELLO, Some(&basic(account.api())))
        .await;
    assert_eq!(response.status(), StatusCode::OK, "{}", text(&response));
}

#[tokio::test]
async fn a_client_identity_says_hello_and_is_one_of_five() {
    let mock = MockNapi::builder().start().await.unwrap();
    for account in [Account::ACME, Account::GLOBEX] {
        let identity = mock.client_identity(account.name()).unwrap();
        let (certificate, key) = (identity.certificate_pem(), identity.secret_key_pem());
        hello(&mock, account, certificate, key).await;
        assert!(!format!("{identity:?}").contains("PRIVATE KEY"));
        let path = format!("/portal/v1/certificates/{}", identity.serial());
        let revoked = portal(&mock, "DELETE", &path, Some(account.portal()), "").await;
        assert_eq!(revoked.status(), StatusCode::NO_CONTENT);
    }
    for _ in 0..5 {
        mock.issue("acme", Request::good().pem().as_bytes())
            .unwrap();
    }
    let Error::Refused { problems } = mock.client_identity("acme").unwrap_err() else {
        panic!("not refused");
    };
    assert_eq!(problems[0].code, ProblemCode::TooManyCertificates);
    let error = mock.client_identity("no-account").unwrap_err();
    assert!(matches!(error, Error::UnknownAccount { account } if account == "no-account"));
}

#[tokio::test]
async fn a_client_identity_comes_over_http_too() {
    let mock = MockNapi::builder().start().await.unwrap();
    let path = "/mock/v1/accounts/globex/client_identity";
    let response = portal(&mock, "POST", path, None, "").await;
    assert_eq!(response.status(), StatusCode::CREATED);
    let identity: Value = serde_json::from_slice(response.body()).unwrap();
    let member = |name: &str| identity[name].as_str().unwrap();
    let (certificate, key) = (member("certificate_pem"), member("private_key_pem"));
    hello(&mock, Account::GLOBEX, certificate, key).await;
    let events = mock.events();
    let issued = events.iter().find_map(|event| match &event.kind {
        EventKind::CertificateIssued {
            account, serial, ..
        } => Some((account, serial)),
        _ => None,
    });
    let (account, serial) = issued.unwrap();
    assert_eq!(
        (account.as_str(), serial.as_str()),
        ("globex", member("serial"))
    );
    let unknown = "/mock/v1/accounts/no-account/client_identity";
    let unknown = portal(&mock, "POST", unknown, None, "").await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn ready_identity_is_the_same_each_time() {
    let mock = MockNapi::builder().start().await.unwrap();
    let path = "/mock/v1/accounts/acme/ready_identity";
    let mut serials = Vec::new();
    for _ in 0..2 {
        let response = portal(&mock, "PUT", path, None, "").await;
        assert_eq!(response.status(), StatusCode::OK);
        let identity: Value = serde_json::from_slice(response.body()).unwrap();
        serials.push(identity["serial"].as_str().unwrap().to_owned());
    }
    assert_eq!(serials[0], serials[1]);
    assert_eq!(mock.ready_identity("acme").unwrap().serial(), serials[0]);
    let unknown = "/mock/v1/accounts/no-account/ready_identity";
    let unknown = portal(&mock, "PUT", unknown, None, "").await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_library_signs_a_request_or_lists_its_problems() {
    let mock = MockNapi::builder().start().await.unwrap();
    let certificate = mock.issue("acme", &Request::good().der()).unwrap();
    hello(&mock, Account::ACME, &certificate, &KEY.serialize_pem()).await;
    let error = mock.issue("acme", b"not a request").unwrap_err();
    assert!(error.to_string().contains("PKCS#10"), "{error}");
    let Error::Refused { problems } = error else {
        panic!("not refused");
    };
    assert_eq!(problems[0].code, ProblemCode::NotARequest);
    let kinds = mock
        .events()
        .into_iter()
        .filter(|event| event.connection == 0);
    let kinds: Vec<_> = kinds.map(|event| event.kind).collect();
    assert!(matches!(
        kinds.as_slice(),
        [
            EventKind::CertificateIssued { .. },
            EventKind::CertificateRefused { .. }
        ]
    ));
}

#[tokio::test]
async fn sixth_identity_is_refused_over_http() {
    let mock = MockNapi::builder().start().await.unwrap();
    for _ in 0..5 {
        mock.issue("acme", &Request::good().der()).unwrap();
    }
    let path = "/mock/v1/accounts/acme/client_identity";
    let refused = portal(&mock, "POST", path, None, "").await;
    assert_eq!(refused.status(), StatusCode::CONFLICT);
    assert_eq!(problems(&refused)[0].code, ProblemCode::TooManyCertificates);
}
