//! Timeouts while a connection is being opened: the error names the step, and that nothing was
//! sent.

use std::{
    future::{Pending, pending},
    io,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::Uri;
use http_body_util::Full;
use tokio::net::TcpListener;
use tower::Service;
use transport::{Error, MtlsClient, Phase, Proxy, RetryAdvice, Timeouts};

use crate::{certificates::new_ca, client, get, pipe::PipeEnd, server::Server, trusting};

fn short() -> Timeouts {
    Timeouts::default().request(Duration::from_millis(100))
}

fn assert_unsent(error: &Error, phase: Phase) {
    assert_eq!(
        (error.is_timeout(), error.phase()),
        (true, phase),
        "{error:?}"
    );
    assert_eq!(error.retry_advice(), RetryAdvice::NotProcessed);
}

#[tokio::test(start_paused = true)]
async fn a_timeout_while_the_name_is_looked_up_says_so() {
    let settings = trusting(&new_ca()).resolver(|_| pending());
    let client = client(settings.timeouts(short()));
    let error = get(&client, "https://localhost/").await.unwrap_err();
    assert_unsent(&error, Phase::Resolve);
}

/// Never connects.
#[derive(Clone)]
struct Nowhere;

impl Service<Uri> for Nowhere {
    type Response = PipeEnd;
    type Error = io::Error;
    type Future = Pending<io::Result<PipeEnd>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        pending()
    }
}

#[tokio::test(start_paused = true)]
async fn a_timeout_while_connecting_says_so() {
    let settings = trusting(&new_ca()).timeouts(short());
    let connector = settings.build_with_connector(Nowhere).unwrap();
    let client = MtlsClient::<Full<Bytes>, _>::new(connector);
    let error = get(&client, "https://localhost/").await.unwrap_err();
    assert_unsent(&error, Phase::Connect);
    assert!(error.connection().is_none());
}

#[tokio::test]
async fn handshake_timeout_names_phase_and_connection() {
    let server = Server::silent().await;
    let client = client(trusting(&new_ca()).timeouts(short()));
    let error = get(&client, &server.uri("/")).await.unwrap_err();
    assert_unsent(&error, Phase::Tls);
    let connection = error.connection().unwrap();
    assert_eq!(connection.remote_addr(), Some(server.addr()));
    assert!(connection.tls().is_none());
}

#[tokio::test]
async fn a_timeout_on_the_way_through_a_proxy_says_so() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let proxy = Proxy::http(&format!("http://127.0.0.1:{port}")).unwrap();
    let settings = trusting(&new_ca()).timeouts(short()).proxy(proxy);
    let client = MtlsClient::<Full<Bytes>, _>::new(settings.build().unwrap());
    let error = get(&client, "https://localhost/").await.unwrap_err();
    assert_unsent(&error, Phase::Proxy);
}
