//! The client over a service in memory: what it sends, and what it makes of each response.

#![allow(clippy::unwrap_used, reason = "test code outside of test functions")]

use std::{
    future::ready,
    io,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, Uri, header};
use http_body::{Body, Frame};
use http_body_util::Full;
use napi::{
    ArgumentProblem, BaseUrl, Client, Credentials, Error, RequestBody,
    verifications::{PersonInfo, VerifyRequest},
};
use tower::{service_fn, util::BoxCloneService};

type Service = BoxCloneService<Request<RequestBody>, Response<Full<Bytes>>, io::Error>;
type Seen = Arc<Mutex<Vec<(Uri, HeaderMap)>>>;

fn responding(status: StatusCode, body: &'static str) -> (Client<Service>, Seen) {
    let seen = Seen::default();
    let log = seen.clone();
    let service = service_fn(move |request: Request<RequestBody>| {
        log.lock()
            .unwrap()
            .push((request.uri().clone(), request.headers().clone()));
        let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
        *response.status_mut() = status;
        ready(Ok(response))
    });
    let credentials = Credentials::basic("acme-api", "acme-password").unwrap();
    let base_url: BaseUrl = "https://napi.example/trial".parse().unwrap();
    (
        Client::new(BoxCloneService::new(service), base_url, credentials),
        seen,
    )
}

/// A body of which a part comes before the connection is reset.
struct BreaksOff(Option<Bytes>);

impl Body for BreaksOff {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let part = self.0.take().map(Frame::data);
        Poll::Ready(Some(
            part.ok_or_else(|| io::ErrorKind::ConnectionReset.into()),
        ))
    }
}

#[tokio::test]
async fn test_authentication_sends_the_credentials_marked_sensitive() {
    let (client, seen) = responding(StatusCode::OK, "\"Hello acme-api\"");
    assert_eq!(
        client.test_authentication().await.unwrap(),
        "Hello acme-api"
    );

    let seen = seen.lock().unwrap();
    let (uri, headers) = &seen[0];
    assert_eq!(
        uri,
        "https://napi.example/trial/connection/v1/testauthentication"
    );
    assert_eq!(headers[header::ACCEPT], "application/json");
    assert_eq!(
        headers[header::AUTHORIZATION],
        "Basic YWNtZS1hcGk6YWNtZS1wYXNzd29yZA=="
    );
    assert!(headers[header::AUTHORIZATION].is_sensitive());
}

#[tokio::test]
async fn say_hello_sends_no_credentials() {
    let (client, seen) = responding(StatusCode::OK, "\"Hello Joe Napoli\"");
    assert_eq!(
        client.say_hello("Joe Napoli").await.unwrap(),
        "Hello Joe Napoli"
    );

    let seen = seen.lock().unwrap();
    let (uri, headers) = &seen[0];
    assert_eq!(uri.path(), "/trial/connection/v1/sayhello/Joe%20Napoli");
    assert!(!headers.contains_key(header::AUTHORIZATION));
}

#[tokio::test]
async fn unsendable_name_is_refused_before_anything_is_sent() {
    let (client, seen) = responding(StatusCode::OK, "");
    let error = client.say_hello("").await.unwrap_err();
    assert!(matches!(
        error,
        Error::Argument {
            problem: ArgumentProblem::Empty,
            ..
        }
    ));
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn status_401_is_about_the_credentials_and_403_is_not() {
    let (client, _) = responding(StatusCode::UNAUTHORIZED, "Access Denied");
    let error = client.test_authentication().await.unwrap_err();
    assert!(
        matches!(&error, Error::Unauthorized { message: Some(said) } if said == "Access Denied")
    );

    let (client, _) = responding(StatusCode::FORBIDDEN, "Access Denied");
    let error = client.test_authentication().await.unwrap_err();
    assert!(matches!(
        error,
        Error::Status {
            status: StatusCode::FORBIDDEN,
            ..
        }
    ));
}

#[tokio::test]
async fn html_with_status_200_is_an_error() {
    let (client, _) = responding(StatusCode::OK, "<html>please log in</html>");
    let error = client.test_authentication().await.unwrap_err();
    assert!(matches!(error, Error::UnexpectedHtml { title: None }));
}

#[tokio::test]
async fn longest_response_is_read_and_a_longer_one_is_not() {
    let (client, _) = responding(StatusCode::OK, "[\"1234\"]");
    assert!(
        client
            .clone()
            .max_response_body(8)
            .country_codes()
            .await
            .is_ok()
    );
    let error = client
        .max_response_body(7)
        .country_codes()
        .await
        .unwrap_err();
    assert!(matches!(error, Error::BodyTooLarge { limit: 7, .. }));
}

#[tokio::test]
async fn verification_that_breaks_off_names_its_transaction() {
    let request = VerifyRequest::new("CA".parse().unwrap(), PersonInfo::new());
    let body =
        r#"{"TransactionID":"1","Record":{"TransactionRecordID":"2","RecordStatus":"match"}}"#;
    for (came, id, record) in [
        (77, Some("1"), Some("2")),
        (24, Some("1"), None),
        (9, None, None),
    ] {
        let service = service_fn(move |_: Request<RequestBody>| {
            let part = Bytes::from_static(&body.as_bytes()[..came]);
            ready(Ok::<_, io::Error>(Response::new(BreaksOff(Some(part)))))
        });
        let credentials = Credentials::basic("acme-api", "acme-password").unwrap();
        let base_url: BaseUrl = "https://napi.example/trial".parse().unwrap();
        let client = Client::new(service, base_url, credentials);
        let error = client.verify(&request).await.unwrap_err();
        assert!(matches!(error, Error::Transport { .. }), "{error:?}");
        let found = error.transaction();
        let found_id = found.and_then(|it| it.transaction_id.clone());
        assert_eq!(found_id, id.map(Into::into));
        let found_record = found.and_then(|it| it.transaction_record_id.clone());
        assert_eq!(found_record, record.map(Into::into));
        assert_eq!(error.to_string().contains("can be looked up"), id.is_some());
    }
    let (client, _) = responding(StatusCode::OK, body);
    let client = client.max_response_body(30);
    let error = client.verify(&request).await.unwrap_err();
    assert!(matches!(error, Error::BodyTooLarge { limit: 30, .. }));
    let found = error.transaction().unwrap();
    assert_eq!(found.transaction_id, Some("1".into()));
}

#[tokio::test]
async fn a_refusal_keeps_what_was_read_of_its_words() {
    let (client, _) = responding(StatusCode::PAYLOAD_TOO_LARGE, "too large for you");
    let error = client
        .max_response_body(8)
        .test_authentication()
        .await
        .unwrap_err();
    assert!(matches!(
        error,
        Error::Status {
            status: StatusCode::PAYLOAD_TOO_LARGE,
            message: Some(said),
            ..
        } if said == "too larg"
    ));
}

#[tokio::test]
async fn no_error_shows_the_credentials_or_the_response() {
    for body in ["{\"secret\":1}", "[\"secret\"]", "\"secret"] {
        let (client, _) = responding(StatusCode::OK, body);
        let error = client.test_authentication().await.unwrap_err();
        let shown = format!("{error} {error:?} {client:?}");
        assert!(
            !shown.contains("secret") && !shown.contains("acme"),
            "{shown}"
        );
    }
}
