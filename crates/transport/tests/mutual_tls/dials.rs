//! The number of connections that are opened, counted at the server.

use std::{
    collections::HashSet,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll, Wake, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body::Body;
use http_body_util::{BodyExt, Full};
use mock_tls::Ca;
use tokio::{sync::Notify, task::JoinSet, time::Instant};
use tower::ServiceExt;
use transport::{Alpn, MtlsClient, Timeouts, WhenStreamsAreUsedUp};

use crate::{
    certificates::{Issue, new_ca},
    clock, frames, get, http1, info,
    pipe::Pipes,
    server::{Server, Settings},
    trusting,
};

const URI: &str = "https://localhost/";
const AT_ONCE: usize = 64;
const COLD: usize = 2_000;

/// Requests one after the other in each of 64 tasks; each reads its response to the end.
async fn many_at_once(each: usize) -> usize {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let settings = trusting(&ca).identity(&ca.client());
    let client = crate::client(settings.alpn(Alpn::Http11));
    let mut tasks = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (client, uri) = (client.clone(), server.uri("/"));
        tasks.spawn(async move {
            for _ in 0..each {
                let response = get(&client, &uri).await.unwrap();
                response.into_body().collect().await.unwrap();
            }
        });
    }
    tasks.join_all().await;
    server.seen(1).await.len()
}

#[tokio::test]
async fn as_many_connections_as_requests_at_once_on_one_thread() {
    let opened = many_at_once(157).await;
    assert!(opened <= AT_ONCE, "{opened}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn as_many_connections_as_requests_at_once_on_four_threads() {
    let opened = many_at_once(157).await;
    assert!(opened <= AT_ONCE, "{opened}");
}

/// Sends all of them through one client that has never connected; returns the number of
/// connections.
async fn cold(alpn: &'static [&'static str], most: Option<usize>, are_spread: bool) -> usize {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca).alpn(alpn)).await;
    let settings = trusting(&ca).identity(&ca.client());
    let builder = MtlsClient::<Full<Bytes>>::builder(settings.build().unwrap());
    let client = match most {
        Some(most) => builder.pool_max_connections_per_host(most).build(),
        None => builder.build(),
    };
    let mut tasks = JoinSet::new();
    for _ in 0..COLD {
        let (client, uri) = (client.clone(), server.uri("/"));
        tasks.spawn(async move {
            let response = get(&client, &uri).await.unwrap();
            let end = info(&response).local_addr();
            response.into_body().collect().await.unwrap();
            end
        });
        if are_spread {
            // So that some come while it connects.
            tokio::task::yield_now().await;
        }
    }
    let ends: HashSet<_> = tasks.join_all().await.into_iter().collect();
    let seen = server.seen(1).await.len();
    assert!(ends.len() <= seen);
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_thousand_cold_requests_make_one_http2_handshake() {
    assert_eq!(cold(&["h2", "http/1.1"], None, true).await, 1);
    assert_eq!(cold(&["h2"], None, false).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_thousand_cold_requests_keep_to_the_most_connections() {
    for most in [1, 10] {
        for are_spread in [false, true] {
            let opened = cold(&["http/1.1"], Some(most), are_spread).await;
            assert!(opened <= most, "{opened}");
        }
    }
}

/// Acts in the moment in which it is woken, as another thread may.
struct Quick(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl Wake for Quick {
    fn wake(self: Arc<Self>) {
        let act = self.0.lock().unwrap().take();
        if let Some(act) = act {
            act();
        }
    }
}

// The response is read and the next request made before the connection's own task gets to see that
// it is over.
#[tokio::test]
async fn connection_about_to_come_back_is_waited_for() {
    let ca = new_ca();
    let speaks = Arc::new(Notify::new());
    let pipes = Server::scripted(Settings::mutual(&ca), {
        let speaks = Arc::clone(&speaks);
        move |mut stream| {
            let speaks = Arc::clone(&speaks);
            async move {
                while http1::read_head(&mut stream).await.is_ok() {
                    let head = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";
                    http1::write(&mut stream, head).await.unwrap();
                    speaks.notified().await;
                    http1::write(&mut stream, "hello").await.unwrap();
                }
            }
        }
    });
    let settings = trusting(&ca).identity(&ca.client());
    let connector = settings
        .alpn(Alpn::Http11)
        .build_with_connector(pipes.clone());
    let client = MtlsClient::<Full<Bytes>, Pipes>::new(connector.unwrap());
    let response = get(&client, URI).await.unwrap();
    let body = Arc::new(Mutex::new(response.into_body()));
    let (next, mut begun) = tokio::sync::mpsc::unbounded_channel();
    let act = Box::new({
        let (body, client) = (Arc::clone(&body), client.clone());
        move || {
            let mut cx = Context::from_waker(Waker::noop());
            let frame = Pin::new(&mut *body.lock().unwrap()).poll_frame(&mut cx);
            assert!(matches!(frame, Poll::Ready(Some(Ok(_)))), "{frame:?}");
            assert!(body.lock().unwrap().is_end_stream());
            let mut request = Box::pin(async move { get(&client, URI).await });
            assert!(request.as_mut().poll(&mut cx).is_pending());
            next.send(request).unwrap();
        }
    });
    let quick = Waker::from(Arc::new(Quick(Mutex::new(Some(act)))));
    let frame = Pin::new(&mut *body.lock().unwrap()).poll_frame(&mut Context::from_waker(&quick));
    assert!(frame.is_pending());
    speaks.notify_one();
    let request = begun.recv().await.unwrap();
    speaks.notify_one();
    let response = request.await.unwrap();
    let body = response.into_body().collect().await.unwrap();
    assert_eq!(body.to_bytes(), "hello");
    assert_eq!(pipes.opened(), 1);
}

// One that is about to come back is waited for; one whose upload goes on is not.
#[tokio::test(start_paused = true)]
async fn request_does_not_wait_for_an_upload_that_goes_on() {
    let ca = new_ca();
    let pipes = Server::scripted(Settings::mutual(&ca), |mut stream| async move {
        let hello = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
        while http1::read_head(&mut stream).await.is_ok() {
            http1::write(&mut stream, hello).await.unwrap();
        }
    });
    let settings = trusting(&ca).identity(&ca.client());
    let connector = settings
        .alpn(Alpn::Http11)
        .build_with_connector(pipes.clone());
    let client = MtlsClient::<Full<Bytes>, Pipes>::new(connector.unwrap());
    let start = Instant::now();
    // More than the pipe takes, which is not read.
    let upload = Request::post(URI).body(Full::from(vec![0; 8 << 20]));
    let sending = client.clone().oneshot(upload.unwrap());
    let response = sending.await.unwrap();
    response.into_body().collect().await.unwrap();
    let response = get(&client, URI).await.unwrap();
    response.into_body().collect().await.unwrap();
    assert_eq!(pipes.opened(), 2);
    assert_eq!(start.elapsed(), Duration::ZERO);
}

/// Returns servers that take so many requests at once, and answer none of them.
fn taking(ca: &Ca, most: u32) -> Pipes {
    Server::scripted(Settings::mutual(ca), move |mut stream| async move {
        let settings = frames::max_concurrent_streams(most);
        if frames::begin(&mut stream, &settings).await.is_ok() {
            while frames::read(&mut stream).await.is_ok() {}
        }
    })
}

// Another connection would be no better.
#[tokio::test(start_paused = true)]
async fn server_without_streams_gets_no_connection_flood() {
    let ca = new_ca();
    for then in [WhenStreamsAreUsedUp::Wait, WhenStreamsAreUsedUp::Connect] {
        let pipes = taking(&ca, 0);
        let settings = trusting(&ca).identity(&ca.client());
        let timeouts = Timeouts::default().request(Duration::from_secs(5));
        let settings = settings.timeouts(timeouts);
        let connector = settings
            .alpn(Alpn::Http2)
            .build_with_connector(pipes.clone());
        let client = MtlsClient::<Full<Bytes>, Pipes>::builder(connector.unwrap())
            .when_streams_are_used_up(then)
            .build();
        let mut tasks = JoinSet::new();
        for _ in 0..20 {
            let client = client.clone();
            tasks.spawn(async move {
                let error = get(&client, URI).await.unwrap_err();
                assert!(error.is_timeout(), "{error:?}");
            });
        }
        tasks.join_all().await;
        // The first request is sent before the server has said what it takes, so its timeout ends
        // the connection.
        assert!(pipes.opened() <= 2, "{then:?}: {}", pipes.opened());
        drop(client);
        clock::pass(clock::CLOSING).await;
        assert_eq!(pipes.open(), 0, "{then:?}");
    }
}
