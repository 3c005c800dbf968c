//! Abandoned requests leave nothing behind: no socket, no task, no memory.

use std::{
    future::pending,
    pin::pin,
    sync::{
        Arc, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use mock_tls::Ca;
use tokio::{
    runtime::Handle,
    task::{JoinSet, yield_now},
    time::timeout,
};
use tower::ServiceExt;
use transport::{Alpn, ErrorKind, MtlsClient, MtlsClientBuilder, Phase, RetryAdvice, Timeouts};

use crate::{
    HTTP_VERSIONS,
    certificates::{Issue, new_ca},
    clock::{CLOSING, pass, settle},
    frames, get, info,
    pipe::Pipes,
    server::{Server, Settings},
    trusting,
};

type Client = MtlsClient<Full<Bytes>, Pipes>;

const URI: &str = "https://localhost/";
const UPLOADS: usize = 10;

fn builder(
    ca: &Ca,
    alpn: Alpn,
    pipes: &Pipes,
    timeouts: Timeouts,
) -> MtlsClientBuilder<Full<Bytes>, Pipes> {
    let settings = trusting(ca).identity(&ca.client());
    let settings = settings.alpn(alpn).timeouts(timeouts);
    MtlsClient::builder(settings.build_with_connector(pipes.clone()).unwrap())
}

/// Makes an upload, and a weak reference that ends with its bytes.
fn upload() -> (Request<Full<Bytes>>, Weak<Vec<u8>>) {
    struct Shared(Arc<Vec<u8>>);
    impl AsRef<[u8]> for Shared {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    let bytes = Arc::new(vec![b' '; 8 << 20]);
    let weak = Arc::downgrade(&bytes);
    let body = Full::new(Bytes::from_owner(Shared(bytes)));
    (Request::post(URI).body(body).unwrap(), weak)
}

/// The cause for which an upload is given up.
#[derive(Clone, Copy, Debug)]
enum GivenUp {
    ByTheCaller,
    ByItsTimeout,
    WithTheClient,
}

// The server completes the handshake and never reads again.
#[tokio::test(start_paused = true)]
async fn an_upload_that_is_given_up_leaves_nothing() {
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        for how in [
            GivenUp::ByTheCaller,
            GivenUp::ByItsTimeout,
            GivenUp::WithTheClient,
        ] {
            let pipes = Server::scripted(Settings::mutual(&ca), |stream| async move {
                let _unread = stream;
                pending::<()>().await;
            });
            let second = Duration::from_secs(1);
            let limit = match how {
                GivenUp::ByItsTimeout => second,
                _ => Duration::from_secs(1000),
            };
            let timeouts = Timeouts::default().request(limit);
            let client = builder(&ca, alpn, &pipes, timeouts)
                .pool_idle_timeout(Duration::from_secs(5))
                .build();
            let before = Handle::current().metrics().num_alive_tasks();
            let mut bodies = Vec::new();
            for _ in 0..UPLOADS {
                let (request, body) = upload();
                bodies.push(body);
                let sending = client.clone().oneshot(request);
                match how {
                    GivenUp::ByTheCaller => {
                        let early = timeout(second, sending).await;
                        assert!(early.is_err(), "{alpn:?} {early:?}");
                    }
                    GivenUp::ByItsTimeout => {
                        let error = sending.await.unwrap_err();
                        assert_eq!((error.is_timeout(), error.phase()), (true, Phase::Request));
                    }
                    GivenUp::WithTheClient => {
                        let mut sending = Box::pin(sending);
                        assert!(timeout(second, &mut sending).await.is_err());
                        drop(sending);
                    }
                }
            }
            if let GivenUp::WithTheClient = how {
                drop(client);
            }
            pass(CLOSING).await;
            let what = format!("{alpn:?} {how:?}");
            assert!(pipes.opened() > 0);
            assert_eq!(pipes.open(), 0, "{what}");
            assert!(bodies.iter().all(|it| it.strong_count() == 0), "{what}");
            // The servers' own tasks never end.
            let servers = pipes.opened();
            let left = Handle::current().metrics().num_alive_tasks();
            assert_eq!(left, before + servers, "{what}");
        }
    }
}

// Its own answers to the pings cannot be written, as the server reads none of them.
#[tokio::test(start_paused = true)]
async fn connection_with_a_ping_flood_is_closed() {
    let ca = new_ca();
    let pipes = Server::scripted(Settings::mutual(&ca), |mut stream| async move {
        let _ = frames::write(&mut stream, frames::SETTINGS, 0, 0, &[]).await;
        while frames::write(&mut stream, frames::PING, 0, 0, &[0; 8])
            .await
            .is_ok()
        {}
    });
    let timeouts = Timeouts::default().request(Duration::from_secs(5));
    let client = builder(&ca, Alpn::Http2, &pipes, timeouts).build();
    let error = get(&client, URI).await.unwrap_err();
    assert!(error.is_timeout(), "{error:?}");
    pass(CLOSING).await;
    assert_eq!((pipes.opened(), pipes.open()), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_cancelled_requests_leave_nothing() {
    let ca = new_ca();
    for alpn in [Alpn::Http11, Alpn::Http2, Alpn::Http2AndHttp11] {
        let pipes = Server::pipes(Settings::mutual(&ca));
        let client = builder(&ca, alpn, &pipes, Timeouts::default()).build();
        let before = Handle::current().metrics().num_alive_tasks();
        for number in 0..10_000 {
            let path = ["", "no-answer", "no-body", "endless"][number % 4];
            let uri = format!("{URI}{path}");
            let mut request = Box::pin(get(&client, &uri));
            // From not at all to as far as it gets.
            for _ in 0..number % 8 {
                let polled = futures_poll(request.as_mut()).await;
                if polled.is_some() {
                    break;
                }
                yield_now().await;
            }
            drop(request);
        }
        // The server may be tired of us, and says so.
        let mut outcome = get(&client, URI).await;
        while let Err(error) = &outcome {
            assert_eq!(error.retry_advice(), RetryAdvice::NotProcessed, "{error:?}");
            outcome = get(&client, URI).await;
        }
        outcome.unwrap().into_body().collect().await.unwrap();
        drop(client);
        while pipes.open() > 0 || Handle::current().metrics().num_alive_tasks() > before {
            yield_now().await;
        }
    }
}

/// Polls once.
async fn futures_poll<F: Future>(future: std::pin::Pin<&mut F>) -> Option<F::Output> {
    let mut future = future;
    std::future::poll_fn(|cx| {
        std::task::Poll::Ready(match future.as_mut().poll(cx) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_away_while_connecting_takes_nothing_along() {
    let ca = new_ca();
    for alpn in [Alpn::Http11, Alpn::Http2, Alpn::Http2AndHttp11] {
        let pipes = Server::pipes(Settings::mutual(&ca));
        let client = builder(&ca, alpn, &pipes, Timeouts::default()).build();
        let mut first = Box::pin(get(&client, URI));
        assert!(futures_poll(first.as_mut()).await.is_none(), "it connects");
        let mut others = JoinSet::new();
        for _ in 0..20 {
            let client = client.clone();
            others.spawn(async move { get(&client, URI).await });
        }
        yield_now().await;
        drop(first);
        for outcome in others.join_all().await {
            outcome.unwrap_or_else(|error| panic!("{alpn:?}: {error:?}"));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_is_closed_when_its_time_is_over() {
    let ca = new_ca();
    let idle = Duration::from_secs(30);
    for alpn in HTTP_VERSIONS {
        let pipes = Server::pipes(Settings::mutual(&ca));
        let client = builder(&ca, alpn, &pipes, Timeouts::default());
        let client: Client = client.pool_idle_timeout(idle).build();
        for _ in 0..3 {
            let answer = get(&client, URI).await.unwrap();
            answer.into_body().collect().await.unwrap();
            pass(idle / 2).await;
        }
        assert_eq!((pipes.opened(), pipes.open()), (1, 1), "{alpn:?}");
        pass(idle / 2).await;
        pass(CLOSING).await;
        assert_eq!((pipes.opened(), pipes.open()), (1, 0), "{alpn:?}");
        // One that is busy is not idle, however long it is.
        let mut endless = get(&client, "https://localhost/no-body").await.unwrap();
        endless.frame().await.unwrap().unwrap();
        pass(3 * idle).await;
        assert_eq!((pipes.opened(), pipes.open()), (2, 1), "{alpn:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn connection_returns_to_the_pool_after_the_body() {
    let ca = new_ca();
    let pipes = Server::pipes(Settings::mutual(&ca));
    let client = builder(&ca, Alpn::Http11, &pipes, Timeouts::default()).build();
    // It is whole here, though no one reads it.
    drop(get(&client, URI).await.unwrap());
    settle().await;
    drop(get(&client, URI).await.unwrap());
    settle().await;
    assert_eq!((pipes.opened(), pipes.open()), (1, 1));
    let endless = get(&client, "https://localhost/endless").await.unwrap();
    assert_eq!(pipes.opened(), 1);
    drop(endless);
    pass(CLOSING).await;
    assert_eq!(pipes.open(), 0);
    drop(get(&client, URI).await.unwrap());
    assert_eq!(pipes.opened(), 2);
}

// Not a panic: its timer belongs to a runtime that has ended.
#[test]
fn body_read_after_its_runtime_is_an_error() {
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let (body, connection) = {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            runtime.block_on(async {
                let server = Server::start(Settings::mutual(&ca)).await;
                let settings = trusting(&ca).identity(&ca.client());
                let client = crate::client(settings.alpn(alpn));
                let mut answer = get(&client, &server.uri("/no-body")).await.unwrap();
                answer.frame().await.unwrap().unwrap();
                // Its timer runs.
                let mut next = pin!(answer.frame());
                assert!(futures_poll(next.as_mut()).await.is_none());
                let connection = info(&answer);
                (answer.into_body(), connection)
            })
        };
        let other = tokio::runtime::Runtime::new().unwrap();
        let error = other.block_on(body.collect()).unwrap_err();
        assert_eq!(
            (error.kind(), error.phase()),
            (ErrorKind::Closed, Phase::Body)
        );
        let on = error.connection().unwrap();
        assert_eq!(on.local_addr(), connection.local_addr());
    }
}

// The runtime of the connection that was opened last has ended.
#[test]
fn a_drain_is_not_lost_with_another_runtime() {
    let ca = new_ca();
    let runtime = || {
        let runtime = tokio::runtime::Builder::new_multi_thread();
        { runtime }.worker_threads(1).enable_all().build().unwrap()
    };
    for alpn in HTTP_VERSIONS {
        let (first, second) = (runtime(), runtime());
        let server = first.block_on(Server::start(Settings::mutual(&ca)));
        let settings = trusting(&ca).identity(&ca.client());
        let connector = settings.alpn(alpn).build().unwrap();
        let client = MtlsClient::<Full<Bytes>>::builder(connector)
            .drain_timeout(Duration::ZERO)
            .build();
        let unfinished = first
            .block_on(get(&client, &server.uri("/no-body")))
            .unwrap();
        second.block_on(async {
            let other = server.uri("/").replace("localhost", "LOCALHOST");
            get(&client, &other).await.unwrap();
        });
        drop(second);
        client.rotate([&ca.client()]).unwrap(); // from a thread without a runtime
        let error = first.block_on(unfinished.into_body().collect());
        assert_eq!(
            error.unwrap_err().kind(),
            ErrorKind::IdentityRotated,
            "{alpn:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn requests_in_flight_survive_the_last_client_for_drain_timeout() {
    let ca = new_ca();
    let grace = Duration::from_secs(60);
    for alpn in HTTP_VERSIONS {
        let pipes = Server::pipes(Settings::mutual(&ca));
        let client = builder(&ca, alpn, &pipes, Timeouts::default());
        let client: Client = client.drain_timeout(grace).build();
        let mut answer = get(&client, "https://localhost/no-body").await.unwrap();
        answer.frame().await.unwrap().unwrap();
        drop(client);
        pass(grace / 2).await;
        assert_eq!(pipes.open(), 1, "{alpn:?}");
        pass(grace).await;
        assert_eq!(pipes.open(), 0, "{alpn:?}");
        let error = answer.into_body().collect().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::IdentityRotated, "{alpn:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn rotation_takes_no_time_from_a_request() {
    let ca = new_ca();
    for request in [Duration::from_secs(150), Duration::from_secs(86_400)] {
        for alpn in HTTP_VERSIONS {
            let pipes = Server::pipes(Settings::mutual(&ca));
            let timeouts = Timeouts::default().request(request);
            let client: Client = builder(&ca, alpn, &pipes, timeouts).build();
            let mut answer = get(&client, "https://localhost/no-body").await.unwrap();
            answer.frame().await.unwrap().unwrap();
            let start = tokio::time::Instant::now();
            client.rotate([&ca.client()]).unwrap();
            let error = answer.into_body().collect().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Timeout, "{alpn:?}");
            assert!(start.elapsed() > request - Duration::from_secs(1));
        }
    }
}

// The end of a body may be read before the connection has come back.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn returned_connection_is_not_aborted_for_an_earlier_drop() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let settings = trusting(&ca).identity(&ca.client());
    let client = crate::client(settings.alpn(Alpn::Http11));
    let start = tokio::time::Instant::now();
    let mut ends = Vec::new();
    // Longer than an orderly end may take.
    while start.elapsed() < Duration::from_secs(3) {
        let answer = get(&client, &server.uri("/")).await.unwrap();
        ends.push(info(&answer).local_addr());
        answer.into_body().collect().await.unwrap();
    }
    let requests = ends.len();
    ends.sort();
    ends.dedup();
    // One that has not come back in time for the next request is there for the one after.
    assert!(ends.len() * 10 < requests, "{} of {requests}", ends.len());
}

#[tokio::test]
async fn a_connector_that_panics_is_a_failure_to_connect() {
    let ca = new_ca();
    for alpn in [Alpn::Http11, Alpn::Http2AndHttp11] {
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let pipes = Pipes::new(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            panic!("on purpose");
        });
        let client = builder(&ca, alpn, &pipes, Timeouts::default()).build();
        let error = get(&client, URI).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Connect, "{error:?}");
        assert!(calls.load(Ordering::SeqCst) < 5);
    }
}
