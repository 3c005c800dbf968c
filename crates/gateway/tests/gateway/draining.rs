//! A gateway that is told to stop.

use std::time::Duration;

use gateway::Timeouts;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use transport::Alpn;

use crate::context::{Running, Streaming, head, rest};

const CHUNKED: &str =
    "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";

#[tokio::test]
async fn requests_in_progress_end_and_no_others_begin() {
    let streaming = Streaming::new();
    let mut gateway = Running::start(streaming.gateway(Alpn::Http11));
    let addr = gateway.addr();
    let mut idle = gateway.connect().await;
    let mut busy = gateway.connect().await;
    busy.write_all(CHUNKED.as_bytes()).await.unwrap();
    head(&mut busy).await;
    gateway.stop();
    assert_eq!(rest(&mut idle).await, "");
    assert!(TcpStream::connect(addr).await.is_err());
    busy.write_all(b"5\r\nhello\r\n0\r\n\r\n").await.unwrap();
    let body = rest(&mut busy).await;
    assert!(
        body.contains("hello") && body.ends_with("0\r\n\r\n"),
        "{body}"
    );
    gateway.ended().await;
}

#[tokio::test]
async fn request_that_does_not_end_is_cut_off_in_time() {
    let streaming = Streaming::new();
    let timeouts = Timeouts::default().drain(Duration::from_millis(100));
    let mut gateway = Running::start(streaming.gateway(Alpn::Http11).timeouts(timeouts));
    let mut busy = gateway.connect().await;
    busy.write_all(CHUNKED.as_bytes()).await.unwrap();
    head(&mut busy).await;
    gateway.stop();
    gateway.ended().await;
    let mut read = Vec::new();
    let _reset = busy.read_to_end(&mut read).await;
    assert!(read.is_empty());
}
