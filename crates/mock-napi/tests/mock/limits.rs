//! Peers of the portal that fall silent. The clock is paused, so that it jumps to the next limit as
//! soon as no one has anything left to do.

use hyper::StatusCode;
use mock_napi::{Account, MockNapi};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{basic, portal};

async fn start() -> MockNapi {
    MockNapi::builder().start().await.unwrap()
}

async fn to_portal(mock: &MockNapi) -> TcpStream {
    TcpStream::connect(mock.portal_url().strip_prefix("http://").unwrap())
        .await
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_no_request_is_let_go() {
    let mock = start().await;
    let mut silent = to_portal(&mock).await;
    assert!(matches!(silent.read(&mut [0; 16]).await, Ok(0) | Err(_)));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_half_a_body_is_told_so() {
    let mock = start().await;
    let mut silent = to_portal(&mock).await;
    let head = format!(
        "POST /portal/v1/certificates HTTP/1.1\r\nHost: localhost\r\nAuthorization: {}\r\n\
         Content-Length: 1000\r\n\r\nhalf",
        basic(Account::ACME.portal())
    );
    silent.write_all(head.as_bytes()).await.unwrap();
    let mut response = [0; 12];
    silent.read_exact(&mut response).await.unwrap();
    assert_eq!(&response, b"HTTP/1.1 408");
}

#[tokio::test(start_paused = true)]
async fn waiting_for_an_unclosed_connection_times_out() {
    let mock = start().await;
    let path = "/mock/v1/events?peer=127.0.0.1:1&until=closed";
    let response = portal(&mock, "GET", path, None, "").await;
    assert_eq!(response.status(), StatusCode::REQUEST_TIMEOUT);
}
