//! Frames of an HTTP/2 server at odd moments: GOAWAY, and settings that shrink.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use mock_tls::Ca;
use tokio::{io::DuplexStream, task::JoinSet};
use tokio_rustls::server::TlsStream;
use tower::ServiceExt;
use transport::{Alpn, MtlsClient, MtlsClientBuilder, RetryAdvice, RetryPolicy, Timeouts};

use crate::{
    certificates::{Issue, new_ca},
    clock, frames, get,
    pipe::Pipes,
    server::{Server, Settings},
    trusting,
};

const URI: &str = "https://localhost/";

fn over(ca: &Ca, pipes: &Pipes) -> MtlsClientBuilder<Full<Bytes>, Pipes> {
    let settings = trusting(ca).identity(&ca.client());
    let timeouts = Timeouts::default().request(Duration::from_secs(10));
    let settings = settings.alpn(Alpn::Http2).timeouts(timeouts);
    MtlsClient::builder(settings.build_with_connector(pipes.clone()).unwrap())
}

async fn answer(stream: &mut TlsStream<DuplexStream>, number: u32) {
    let flags = frames::END_HEADERS | frames::END_STREAM;
    let status = frames::STATUS_200;
    let sent = frames::write(stream, frames::HEADERS, flags, number, status);
    sent.await.unwrap();
}

async fn go_away(stream: &mut TlsStream<DuplexStream>, last: u32) {
    let mut payload = last.to_be_bytes().to_vec();
    payload.extend(0_u32.to_be_bytes());
    let sent = frames::write(stream, frames::GOAWAY, 0, 0, &payload);
    sent.await.unwrap();
}

// Before it has worked on any request.
#[tokio::test(start_paused = true)]
async fn server_that_goes_away_at_once_has_processed_nothing() {
    let ca = new_ca();
    for unwilling in [1, 2] {
        for has_retries in [false, true] {
            let connections = Arc::new(AtomicUsize::new(0));
            let served = Arc::new(AtomicUsize::new(0));
            let counted = (Arc::clone(&connections), Arc::clone(&served));
            let pipes = Server::scripted(Settings::mutual(&ca), move |mut stream| {
                let (connections, served) = counted.clone();
                async move {
                    if frames::begin(&mut stream, &[]).await.is_err() {
                        return;
                    }
                    if connections.fetch_add(1, Ordering::SeqCst) < unwilling {
                        go_away(&mut stream, 0).await;
                        while frames::read(&mut stream).await.is_ok() {}
                        return;
                    }
                    while let Ok(number) = frames::next_request(&mut stream).await {
                        served.fetch_add(1, Ordering::SeqCst);
                        answer(&mut stream, number).await;
                    }
                }
            });
            let builder = over(&ca, &pipes);
            let client = match has_retries {
                true => builder.retries(RetryPolicy::default()).build(),
                false => builder.build(),
            };
            let mut failed = 0;
            loop {
                let request = Request::post(URI).body(Full::from("payment")).unwrap();
                match client.clone().oneshot(request).await {
                    Ok(_) => break,
                    Err(error) => {
                        assert_eq!(error.retry_advice(), RetryAdvice::NotProcessed, "{error:?}");
                        failed += 1;
                    }
                }
            }
            assert_eq!(failed > 0, !has_retries);
            assert!(failed <= unwilling);
            assert_eq!(served.load(Ordering::SeqCst), 1);
            assert_eq!(pipes.opened(), unwilling + 1);
        }
    }
}

// As a server does that is to be stopped: it names no stream yet (RFC 9113, section 6.8).
#[tokio::test(start_paused = true)]
async fn goaway_ends_streams_in_flight_and_moves_later_ones() {
    const NONE_YET: u32 = 0x7fff_ffff;
    let ca = new_ca();
    for is_idle in [true, false] {
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let pipes = Server::scripted(Settings::mutual(&ca), move |mut stream| {
            let connections = Arc::clone(&counted);
            async move {
                if frames::begin(&mut stream, &[]).await.is_err() {
                    return;
                }
                let is_first = connections.fetch_add(1, Ordering::SeqCst) == 0;
                while let Ok(number) = frames::next_request(&mut stream).await {
                    if is_first && !is_idle {
                        go_away(&mut stream, NONE_YET).await;
                    }
                    answer(&mut stream, number).await;
                    if is_first && is_idle {
                        go_away(&mut stream, NONE_YET).await;
                    }
                }
            }
        });
        let client = over(&ca, &pipes).build();
        for _ in 0..3 {
            get(&client, URI).await.unwrap();
            clock::settle().await;
        }
        assert_eq!(pipes.opened(), 2, "{is_idle}");
        clock::pass(clock::CLOSING).await;
        assert_eq!(pipes.open(), 1, "{is_idle}");
    }
}

// Three at once at first, and then one.
#[tokio::test(start_paused = true)]
async fn settings_that_shrink_are_kept_to() {
    let ca = new_ca();
    let pipes = Server::scripted(Settings::mutual(&ca), |mut stream| async move {
        let three = frames::max_concurrent_streams(3);
        if frames::begin(&mut stream, &three).await.is_err() {
            return;
        }
        let mut open = Vec::new();
        // The first is sent before the settings are known.
        for _ in 0..3 {
            open.push(frames::next_request(&mut stream).await.unwrap());
        }
        let one = frames::max_concurrent_streams(1);
        let sent = frames::write(&mut stream, frames::SETTINGS, 0, 0, &one);
        sent.await.unwrap();
        loop {
            let frame = frames::read(&mut stream).await.unwrap();
            if frame.kind == frames::SETTINGS && frame.flags & frames::ACK != 0 && open.len() == 3 {
                break;
            }
        }
        for number in open {
            answer(&mut stream, number).await;
        }
        while let Ok(number) = frames::next_request(&mut stream).await {
            // Whoever else has one under way has sent it by now.
            let more = frames::next_request(&mut stream);
            let more = tokio::time::timeout(Duration::from_secs(1), more).await;
            assert!(more.is_err(), "more than one at once");
            answer(&mut stream, number).await;
        }
    });
    let client = over(&ca, &pipes).build();
    let mut requests = JoinSet::new();
    for _ in 0..8 {
        let client = client.clone();
        requests.spawn(async move { get(&client, URI).await.map(drop) });
    }
    for outcome in requests.join_all().await {
        outcome.unwrap();
    }
    assert_eq!(pipes.opened(), 1);
}
