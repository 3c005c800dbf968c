//! Responses that count as a rejection of the certificate: the page of a server in front, and never
//! what the service says, whatever it quotes. What is billed is then sent once, by what the server
//! saw.

use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use identity::{Identity, Loader};
use mock_napi::{
    Account, Alpn, ClientAuth, ConnectionEvent, Delivery, EventKind, Point, Reply, Script,
};
use test_support::{Customer, Mock, Portal};
use tower::ServiceExt;
use transport::{ErrorKind, HttpServer, MtlsClient, RetryAdvice};

use crate::kinds;

const SENTENCES: [&str; 4] = [
    "No required SSL certificate was sent",
    "The SSL certificate error",
    "HTTP Error 403.13 - Forbidden",
    "Reason: Cannot perform Post-Handshake Authentication.",
];

/// Starts a mock, with a client of two certificates that tries the second where the first is
/// rejected, by whatever means.
async fn two_identities() -> (Mock, MtlsClient<Full<Bytes>>, [Identity; 2]) {
    let mock = Mock::start().await.unwrap();
    let customer = Customer::new(Account::ACME).unwrap();
    let first = enrolled(&customer, &mock.portal()).await;
    let second = enrolled(&customer, &mock.portal()).await;
    let connector = mock.trusted().unwrap().identities([&first, &second]);
    let client = MtlsClient::builder(connector.build().unwrap()).failover_on_http_refusals();
    (mock, client.build(), [first, second])
}

async fn enrolled(customer: &Customer, portal: &Portal) -> Identity {
    let request = Customer::request().unwrap().to_pem();
    let issued = portal.certificate(Account::ACME, &request).await.unwrap();
    let key = std::fs::read(customer.key_path().unwrap()).unwrap();
    let loaded = Loader::new().load(issued.unwrap().as_bytes(), &key);
    loaded.unwrap().into_parts().0
}

fn verify(mock: &Mock) -> Request<Full<Bytes>> {
    let uri = format!("{}/verifications/v1/verify", mock.base_url());
    Request::post(uri).body(Full::from("{}")).unwrap()
}

/// Counts the requests that the mock has met, by its service or by a script.
async fn requests(mock: &Mock) -> usize {
    let events = mock.portal().events().await.unwrap();
    let met = |kind: &&&EventKind| {
        matches!(
            kind,
            EventKind::Request { .. }
                | EventKind::Connection(ConnectionEvent::RequestScripted { .. })
        )
    };
    kinds(&events).iter().filter(met).count()
}

#[tokio::test]
async fn quoted_page_is_a_response_without_retry() {
    let (mock, client, _) = two_identities().await;
    let mut sent = 0;
    for sentence in SENTENCES {
        let page = format!("<html><head><title>400 {sentence}</title></head></html>");
        for (status, media_type, body) in [
            (
                400,
                "application/json",
                format!(r#"{{"Message":"Invalid name: {sentence}"}}"#),
            ),
            (
                403,
                "application/json; charset=utf-8",
                format!(r#""{sentence}""#),
            ),
            (400, "text/json", format!(r#"{{"Errors":["{page}"]}}"#)),
            (
                400,
                "text/html; charset=utf-8",
                format!(r#"{{"Message":"{sentence}"}}"#),
            ),
            (400, "text/html", format!("<p>Invalid name: {sentence}</p>")),
            (403, "text/html", format!("<h1>{sentence}</h1>")),
            (400, "text/html; charset=utf-16", page),
            (400, "text/plain", sentence.to_owned()),
        ] {
            for alpn in [Alpn::AsResponse, Alpn::Either] {
                let reply = Reply::new(status)
                    .header("content-type", media_type)
                    .body(body.clone());
                let script = Script::new()
                    .alpn(alpn)
                    .response(reply)
                    .client_auth(ClientAuth::Unjudged);
                mock.portal().enqueue(&[script]).await.unwrap();
                let response = client.clone().oneshot(verify(&mock)).await;
                let response =
                    response.unwrap_or_else(|error| panic!("{media_type} {body}: {error}"));
                assert_eq!(response.status().as_u16(), status);
                let read = response.into_body().collect().await.unwrap().to_bytes();
                assert_eq!(read, body);
                sent += 1;
                assert_eq!(requests(&mock).await, sent, "{media_type} {body}");
            }
        }
    }
}

#[tokio::test]
async fn a_page_that_breaks_off_is_no_rejection() {
    let (mock, client, _) = two_identities().await;
    let reply = Reply::nginx_certificate_error().delivery(Delivery::HalfThenClose);
    let script = Script::new()
        .response(reply)
        .client_auth(ClientAuth::Unjudged);
    // Half a page has come for certain before the connection ends.
    let script = script.gate(Point::MidBody, "half");
    mock.portal().enqueue(&[script]).await.unwrap();
    let portal = mock.portal();
    let asking = async {
        let response = client.clone().oneshot(verify(&mock)).await.unwrap();
        assert_eq!(response.status().as_u16(), 400);
        response.into_body().collect().await.unwrap_err().kind()
    };
    let opening = async {
        portal.gate_reached("half").await.unwrap();
        portal.open_gate("half").await.unwrap();
    };
    let (kind, ()) = tokio::join!(asking, opening);
    assert_eq!(kind, ErrorKind::Closed);
    assert_eq!(requests(&mock).await, 1);
}

#[tokio::test]
async fn rejection_page_brings_the_next_identity_with_same_body() {
    for alpn in [Alpn::AsResponse, Alpn::Either] {
        let (mock, client, [_, second]) = two_identities().await;
        let reply = Reply::nginx_certificate_error();
        let script = Script::new()
            .alpn(alpn)
            .response(reply)
            .client_auth(ClientAuth::Unjudged);
        mock.portal().enqueue(&[script]).await.unwrap();
        let response = client.clone().oneshot(verify(&mock)).await.unwrap();
        assert_eq!(
            response.status().as_u16(),
            401,
            "the service asks for credentials"
        );
        let info = response
            .extensions()
            .get::<transport::ConnectionInfo>()
            .unwrap();
        assert_eq!(info.identity(), Some(second.leaf().sha256()));
        assert_eq!(requests(&mock).await, 2);
    }
}

#[tokio::test]
async fn rejection_of_both_reports_first_identity_and_server() {
    let (mock, client, [first, _]) = two_identities().await;
    let script = || {
        let reply = Reply::nginx_certificate_error();
        Script::new()
            .response(reply)
            .client_auth(ClientAuth::Unjudged)
    };
    mock.portal().enqueue(&[script(), script()]).await.unwrap();
    let within = tokio::time::timeout(Duration::from_secs(60), client.oneshot(verify(&mock)));
    let error = within.await.unwrap().unwrap_err();
    assert!(error.is_client_certificate_rejected());
    assert_eq!(error.retry_advice(), RetryAdvice::WithAnotherIdentity);
    let identity = error
        .connection()
        .and_then(transport::ConnectionInfo::identity);
    assert_eq!(identity, Some(first.leaf().sha256()));
    assert_eq!(error.http_refusal().unwrap().server(), HttpServer::Nginx);
    assert_eq!(requests(&mock).await, 2);
}
