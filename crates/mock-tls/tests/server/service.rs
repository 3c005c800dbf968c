//! The normal service: one function.

use http::{Response, StatusCode};
use mock_tls::{ConnectionEvent, MockServer};

use crate::client::{events_of, send};

async fn echo() -> MockServer {
    let builder = MockServer::builder().respond(|request| {
        let mut response = Response::new(request.into_body());
        *response.status_mut() = StatusCode::CREATED;
        response
    });
    builder.start().await.unwrap()
}

fn post(body: &str) -> String {
    let length = body.len();
    format!("POST /echo?secret HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}")
}

#[tokio::test]
async fn response_is_made_from_the_request() {
    let server = echo().await;
    let identity = server.client_identity().unwrap();
    let response = send(&server, Some(&identity), &post("hello")).await;
    let response = response.unwrap();
    assert!(response.starts_with("HTTP/1.1 201"), "{response}");
    assert!(response.ends_with("\r\n\r\nhello"), "{response}");
    let events = events_of(&server, 1).await;
    let served = events.iter().find_map(|event| match event {
        ConnectionEvent::RequestServed { method, path, .. } => Some((&**method, &**path)),
        _ => None,
    });
    assert_eq!(served, Some(("POST", "/echo")), "no query in the log");
}

#[tokio::test]
async fn request_body_is_taken_up_to_a_mebibyte() {
    let server = echo().await;
    let identity = server.client_identity().unwrap();
    let limit = 1024 * 1024;
    for (length, status) in [(limit, "201"), (limit + 1, "413")] {
        let body = "x".repeat(length);
        let response = send(&server, Some(&identity), &post(&body)).await;
        let response = response.unwrap();
        assert_eq!(response.get(9..12), Some(status), "{length}");
    }
}

#[tokio::test]
async fn response_is_empty_by_default() {
    let server = MockServer::builder().start().await.unwrap();
    let identity = server.client_identity().unwrap();
    let response = send(&server, Some(&identity), "GET / HTTP/1.1\r\n\r\n").await;
    assert!(response.unwrap().ends_with("\r\n\r\n"));
}
