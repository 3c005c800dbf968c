//! Clients that fall silent in the handshake. The clock is paused, so that it jumps to the next
//! limit as soon as no one has anything left to do.

use mock_tls::{ConnectionEvent, MockServer};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

async fn start() -> MockServer {
    MockServer::builder().start().await.unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_client_that_begins_no_handshake_is_let_go() {
    let mock = start().await;
    let _silent = TcpStream::connect(mock.addr()).await.unwrap();
    mock.wait_for(|event| event.kind == ConnectionEvent::Closed)
        .await;
    assert!(matches!(
        mock.events()[1].kind,
        ConnectionEvent::HandshakeFailed { .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn client_that_cuts_its_client_hello_is_dropped() {
    let mock = start().await;
    let mut silent = TcpStream::connect(mock.addr()).await.unwrap();
    silent.write_all(&[22, 3, 1, 2, 0, 1]).await.unwrap();
    mock.wait_for(|event| event.kind == ConnectionEvent::Closed)
        .await;
    assert!(matches!(
        mock.events()[1].kind,
        ConnectionEvent::HandshakeFailed { .. }
    ));
}
