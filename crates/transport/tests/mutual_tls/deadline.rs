//! Steps that take too long. The timeouts are short; the servers would never answer.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;
use transport::{Alpn, ErrorKind, MtlsClient, Phase, Timeouts};

use crate::{
    HTTP_VERSIONS,
    certificates::{Issue, new_ca},
    client, get, info,
    pipe::Pipe,
    server::{Server, Settings},
    trusting,
};

/// For what has to succeed on the way.
const PATIENT: Duration = Duration::from_millis(1500);
const SHORT: Duration = Duration::from_millis(50);
/// As long as one likes where the clock is paused.
const LONG: Duration = Duration::from_secs(10);

#[tokio::test]
async fn silent_server_times_out_the_handshake() {
    let ca = new_ca();
    let server = Server::silent().await;
    let client = client(trusting(&ca).timeouts(Timeouts::default().tls_handshake(SHORT)));

    let error = get(&client, &server.uri("/")).await.unwrap_err();

    assert!(error.is_timeout());
    assert_eq!(error.phase(), Phase::Tls);
    assert!(error.connection().unwrap().tls().is_none());
}

#[tokio::test]
async fn the_limit_on_connecting_bounds_the_handshake_too() {
    let ca = new_ca();
    let server = Server::silent().await;
    let client = client(trusting(&ca).timeouts(Timeouts::default().connect(SHORT)));

    let error = get(&client, &server.uri("/")).await.unwrap_err();

    assert!(error.is_timeout());
}

#[tokio::test(start_paused = true)]
async fn head_and_body_share_one_timeout_in_separate_phases() {
    for alpn in HTTP_VERSIONS {
        for (path, phase) in [("/no-answer", Phase::Request), ("/no-body", Phase::Body)] {
            let start = Instant::now();
            let client = in_memory(alpn, Timeouts::default().request(LONG));

            let error = match get(&client, &uri(path)).await {
                Ok(response) => response.into_body().collect().await.unwrap_err(),
                Err(error) => error,
            };

            assert!(error.is_timeout(), "{error:?}");
            assert_eq!(error.phase(), phase);
            assert!(error.connection().unwrap().tls().is_some());
            assert_eq!(start.elapsed().as_secs(), LONG.as_secs());
        }
    }
}

#[tokio::test]
async fn connection_without_response_is_not_reused_after_timeout() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let settings = trusting(&ca).identity(&ca.client());
    let settings = settings.alpn(Alpn::Http2); // HTTP/1.1 closes it anyway
    let client = client(settings.timeouts(Timeouts::default().request(PATIENT)));
    let error = get(&client, &server.uri("/no-answer")).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");

    let next = info(&get(&client, &server.uri("/")).await.unwrap());
    let silent = error.connection().unwrap().local_addr();
    assert_ne!(next.local_addr(), silent);
    // One that has answered is good for the next request, whatever became of one among many.
    let error = get(&client, &server.uri("/no-answer")).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    let after = info(&get(&client, &server.uri("/")).await.unwrap());
    assert_eq!(after.local_addr(), next.local_addr());
}

#[tokio::test(start_paused = true)]
async fn endless_body_is_cut_off_at_the_deadline() {
    for alpn in HTTP_VERSIONS {
        let client = in_memory(alpn, Timeouts::default().request(LONG));
        let mut body = get(&client, &uri("/endless")).await.unwrap().into_body();
        assert!(body.frame().await.unwrap().is_ok());

        tokio::time::advance(LONG).await;

        let error = body.frame().await.unwrap().unwrap_err();
        assert!(error.is_timeout());
        assert_eq!(error.phase(), Phase::Body);
    }
}

#[tokio::test(start_paused = true)]
async fn complete_body_read_after_the_deadline_ends_well() {
    for alpn in HTTP_VERSIONS {
        let client = in_memory(alpn, Timeouts::default().request(LONG));
        let mut body = get(&client, &uri("/")).await.unwrap().into_body();
        let frame = body.frame().await.unwrap().unwrap();
        assert_eq!(frame.into_data().unwrap(), "hello");

        tokio::time::advance(LONG).await;

        assert!(body.frame().await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn unanswered_second_request_names_its_connection() {
    let client = in_memory(Alpn::Http2, Timeouts::default().request(LONG));
    let first = get(&client, &uri("/")).await.unwrap();
    first.into_body().collect().await.unwrap();

    let error = get(&client, &uri("/no-answer")).await.unwrap_err();

    assert!(error.is_timeout());
    assert!(error.connection().unwrap().tls().is_some());
}

// A firewall has forgotten the connection: nothing comes back, not even a reset.
#[tokio::test(start_paused = true)]
async fn dead_http2_connection_is_found_and_not_reused() {
    let ca = new_ca();
    let (near, far) = tokio::io::duplex(64 * 1024);
    let tls = Settings::mutual(&ca).server_config();
    tokio::spawn(async move {
        let accepted = TlsAcceptor::from(Arc::new(tls)).accept(far).await;
        std::future::pending::<()>().await;
        drop(accepted);
    });
    let settings = trusting(&ca).identity(&ca.client());
    let connector = settings
        .alpn(Alpn::Http2)
        .build_with_connector(Pipe::new(near));
    let client: MtlsClient<Full<Bytes>, Pipe> = MtlsClient::new(connector.unwrap());

    let error = get(&client, &uri("/")).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.phase()),
        (ErrorKind::Closed, Phase::Request)
    );
    assert!(error.connection().is_some());

    // The pipe connects only once.
    let error = get(&client, &uri("/")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect);
}

#[tokio::test]
async fn longest_duration_is_a_valid_timeout() {
    let ever = Duration::MAX;
    let timeouts = Timeouts::default().resolve(ever).tls_handshake(ever);
    let timeouts = timeouts.connect(ever).request(ever);
    let ca = new_ca();
    let server = Server::start(Settings::one_sided(ca.server("localhost"))).await;
    let client = client(trusting(&ca).timeouts(timeouts));

    let response = get(&client, &server.uri("/")).await.unwrap();

    assert!(response.into_body().collect().await.is_ok());
}

fn in_memory(alpn: Alpn, timeouts: Timeouts) -> MtlsClient<Full<Bytes>, Pipe> {
    let ca = new_ca();
    let settings = trusting(&ca).identity(&ca.client());
    let pipe = Server::in_memory(Settings::mutual(&ca));
    let connector = settings
        .alpn(alpn)
        .timeouts(timeouts)
        .build_with_connector(pipe);
    MtlsClient::new(connector.unwrap())
}

fn uri(path: &str) -> String {
    format!("https://localhost{path}")
}
