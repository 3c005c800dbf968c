//! Pings of HTTP/2, as they are set.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use mock_tls::Ca;
use tokio::{pin, time::Instant};
use transport::{Alpn, ErrorKind, MtlsClient, Timeouts};

use crate::{
    certificates::{Issue, new_ca},
    clock, frames, get,
    pipe::Pipes,
    server::{Server, Settings},
    trusting,
};

const URI: &str = "https://localhost/";
const LIMIT: Duration = Duration::from_secs(1000);

/// Returns servers that never answer a request, and answer pings where they are to.
fn silent(ca: &Ca, answers_pings: bool, pings: &Arc<AtomicUsize>) -> Pipes {
    let pings = Arc::clone(pings);
    Server::scripted(Settings::mutual(ca), move |mut stream| {
        let pings = Arc::clone(&pings);
        async move {
            if frames::begin(&mut stream, &[]).await.is_err() {
                return;
            }
            while let Ok(frame) = frames::read(&mut stream).await {
                if frame.kind == frames::PING && frame.flags & frames::ACK == 0 {
                    pings.fetch_add(1, Ordering::SeqCst);
                    if answers_pings {
                        let answer = frame.payload;
                        let sent =
                            frames::write(&mut stream, frames::PING, frames::ACK, 0, &answer);
                        sent.await.unwrap();
                    }
                }
            }
        }
    })
}

fn client(
    ca: &Ca,
    pipes: &Pipes,
    interval: Option<Duration>,
    timeout: Duration,
) -> MtlsClient<Full<Bytes>, Pipes> {
    let settings = trusting(ca).identity(&ca.client());
    let settings = settings.timeouts(Timeouts::default().request(LIMIT));
    let connector = settings
        .alpn(Alpn::Http2)
        .build_with_connector(pipes.clone());
    MtlsClient::builder(connector.unwrap())
        .http2_pings(interval, timeout)
        .build()
}

#[tokio::test(start_paused = true)]
async fn connection_without_signs_of_life_ends_when_set() {
    let ca = new_ca();
    for (interval, timeout) in [(1, 2), (30, 5)].map(|(i, t)| (secs(i), secs(t))) {
        let pings = Arc::default();
        let pipes = silent(&ca, false, &pings);
        let client = client(&ca, &pipes, Some(interval), timeout);
        let start = Instant::now();
        let error = get(&client, URI).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Closed, "{error:?}");
        let elapsed = start.elapsed();
        let second = secs(1);
        assert!(
            elapsed >= interval + timeout && elapsed <= interval + timeout + second,
            "{elapsed:?}"
        );
        assert_eq!(pings.load(Ordering::SeqCst), 1);
        clock::pass(clock::CLOSING).await;
        assert_eq!(pipes.open(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn connection_is_pinged_while_a_request_waits() {
    let ca = new_ca();
    let pings = Arc::default();
    let pipes = silent(&ca, true, &pings);
    let client = client(&ca, &pipes, Some(secs(10)), secs(1));
    let waiting = get(&client, URI);
    pin!(waiting);
    let pending = tokio::time::timeout(secs(105), waiting.as_mut()).await;
    assert!(pending.is_err(), "{pending:?}");
    let asked = pings.load(Ordering::SeqCst);
    assert!((9..=10).contains(&asked), "{asked}");
    assert!(waiting.await.unwrap_err().is_timeout());
}

#[tokio::test(start_paused = true)]
async fn without_pings_the_timeout_of_the_request_counts() {
    let ca = new_ca();
    let pings = Arc::default();
    let pipes = silent(&ca, false, &pings);
    let client = client(&ca, &pipes, None, secs(1));
    let start = Instant::now();
    assert!(get(&client, URI).await.unwrap_err().is_timeout());
    assert!(start.elapsed() >= LIMIT);
    assert_eq!(pings.load(Ordering::SeqCst), 0);
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
