//! Requests that wait for a connection, the connections that are opened for them, and streams that
//! a server did not process.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use mock_tls::{Alert, Ca, ClientAuth, ConnectionEvent, Ending, MockServer, Script};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::{JoinSet, yield_now};
use tower::ServiceExt;
use transport::{
    Alpn, ClientCertificateProblem, ErrorKind, MtlsClient, MtlsClientBuilder, MtlsConnector, Phase,
    RetryAdvice, RetryPolicy, Timeouts, TrustAnchors, WhenStreamsAreUsedUp,
};

use crate::{
    certificates::{Issue, new_ca},
    clock, frames, get, info,
    pipe::Pipes,
    server::{Server, Settings},
    trusting,
};

const URI: &str = "https://localhost/";
const MANY: usize = 64;

fn over(ca: &Ca, alpn: Alpn, pipes: &Pipes) -> MtlsClientBuilder<Full<Bytes>, Pipes> {
    let settings = trusting(ca).identity(&ca.client());
    let timeouts = Timeouts::default().request(Duration::from_secs(10));
    let settings = settings.alpn(alpn).timeouts(timeouts);
    MtlsClient::builder(settings.build_with_connector(pipes.clone()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_cold_requests_to_an_http2_server_make_one_handshake() {
    let ca = new_ca();
    for alpn in [Alpn::Http2, Alpn::Http2AndHttp11] {
        let server = Server::start(Settings::mutual(&ca)).await;
        let client = crate::client(trusting(&ca).identity(&ca.client()).alpn(alpn));
        let mut requests = JoinSet::new();
        for _ in 0..MANY {
            let (client, uri) = (client.clone(), server.uri("/"));
            requests.spawn(async move { get(&client, &uri).await.map(|it| info(&it)) });
        }
        for outcome in requests.join_all().await {
            outcome.unwrap();
        }
        assert_eq!(server.seen(1).await.len(), 1, "{alpn:?}");
    }
}

#[tokio::test]
async fn a_failed_dial_is_told_to_all_who_waited() {
    let ca = new_ca();
    for alpn in [Alpn::Http2, Alpn::Http2AndHttp11] {
        let dials = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&dials);
        let settings = trusting(&ca).alpn(alpn).resolver(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            async {
                for _ in 0..1000 {
                    yield_now().await;
                }
                Err(std::io::ErrorKind::NotFound.into())
            }
        });
        let client = crate::client(settings);
        let requests = (0..MANY).map(|_| get(&client, "https://nowhere.example/"));
        for outcome in join_all(requests).await {
            let error = outcome.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Resolve, "{alpn:?}: {error:?}");
            assert_eq!(error.retry_advice(), RetryAdvice::NotProcessed);
        }
        assert_eq!(dials.load(Ordering::SeqCst), 1, "{alpn:?}");
    }
}

/// Polls all at once, in the task of the test, so that all wait before anything has failed.
async fn join_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.map(Box::pin).collect();
    let mut outputs: Vec<_> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|cx| {
        for (future, output) in futures.iter_mut().zip(&mut outputs) {
            if output.is_none()
                && let std::task::Poll::Ready(ready) = future.as_mut().poll(cx)
            {
                *output = Some(ready);
            }
        }
        match outputs.iter().all(Option::is_some) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    outputs.into_iter().flatten().collect()
}

#[tokio::test]
async fn end_of_a_new_connection_costs_only_what_was_sent() {
    let server = MockServer::builder().start().await.unwrap();
    let identity = server.server().client_ca().client();
    let anchors = TrustAnchors::from_pem(server.ca_certificate_pem()).unwrap();
    let settings = MtlsConnector::builder(anchors).identity(&identity);
    let connector = settings.alpn(Alpn::Http2).build().unwrap();
    // To the client the connection is open: under TLS 1.3 it is refused afterwards.
    let refused = ClientAuth::Refused {
        alert: Alert::BadCertificate,
        ending: Ending::Reset,
    };
    let policies = [
        None,
        Some(RetryPolicy::default()),
        Some(RetryPolicy::default().only_if_unsent()),
    ];
    for (round, policy) in policies.into_iter().enumerate() {
        server.enqueue(Script::new().client_auth(refused));
        let builder = MtlsClient::<Full<Bytes>>::builder(connector.clone());
        let client = match &policy {
            None => builder.build(),
            Some(policy) => builder.retries(policy.clone()).build(),
        };
        let posts = (0..MANY).map(|number| {
            let uri = format!("{}/{round}/{number}", server.base_url());
            let request = Request::post(uri).body(Full::from("hello")).unwrap();
            client.clone().oneshot(request)
        });
        let outcomes = join_all(posts).await;
        let errors = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
        let mut advice = Vec::new();
        for error in errors {
            let suspected = ClientCertificateProblem::Suspected;
            assert_eq!(error.kind(), ErrorKind::ClientCertificate(suspected));
            advice.push(error.retry_advice());
        }
        let sent = advice.iter().filter(|it| **it != RetryAdvice::NotProcessed);
        assert!(sent.count() <= 1, "{advice:?}");
        match policy {
            None => assert_eq!(advice.len(), MANY),
            Some(_) => assert!(advice.len() <= 1, "{advice:?}"),
        }
        let events = server.events();
        let mut served: Vec<_> = (events.iter())
            .filter_map(|event| match &event.kind {
                ConnectionEvent::RequestServed { path, .. } => Some(path.as_str()),
                _ => None,
            })
            .filter(|path| path.starts_with(&format!("/{round}/")))
            .collect();
        assert_eq!(served.len(), MANY - advice.len(), "{served:?}");
        served.sort_unstable();
        assert!(served.is_sorted_by(|a, b| a < b), "each once: {served:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn requests_beyond_the_most_connections_wait_in_their_order() {
    let ca = new_ca();
    for most in [1, 2] {
        let pipes = Server::pipes(Settings::mutual(&ca));
        let client = over(&ca, Alpn::Http11, &pipes)
            .pool_max_connections_per_host(most)
            .build();
        let order = Arc::new(Mutex::new(Vec::new()));
        let requests = (0..20).map(|number| {
            let (client, order) = (client.clone(), Arc::clone(&order));
            async move {
                let answer = get(&client, URI).await.unwrap();
                order.lock().unwrap().push(number);
                answer.into_body().collect().await.unwrap();
            }
        });
        join_all(requests).await;
        assert_eq!(pipes.opened(), most);
        let order = order.lock().unwrap();
        if most == 1 {
            assert!(order.is_sorted(), "{order:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn request_that_gets_no_connection_was_not_sent() {
    let ca = new_ca();
    let pipes = Server::pipes(Settings::mutual(&ca));
    let client = over(&ca, Alpn::Http11, &pipes)
        .pool_max_connections_per_host(1)
        .build();
    let mut held = get(&client, "https://localhost/no-body").await.unwrap();
    held.frame().await.unwrap().unwrap();
    let error = get(&client, URI).await.unwrap_err();
    assert_eq!((error.is_timeout(), error.phase()), (true, Phase::Queue));
    assert_eq!(error.retry_advice(), RetryAdvice::NotProcessed);
    assert!(error.to_string().contains("free connection"), "{error}");
    assert_eq!(pipes.opened(), 1);
    // Given back, it serves the next.
    drop(held);
    get(&client, URI).await.unwrap();
}

/// Returns servers of which the first asks for a pause in a response that never ends.
fn busy_at_first(ca: &Ca) -> Pipes {
    let connections = Arc::new(AtomicUsize::new(0));
    Server::scripted(Settings::mutual(ca), move |mut stream| {
        let is_first = connections.fetch_add(1, Ordering::SeqCst) == 0;
        async move {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                match stream.read_u8().await {
                    Ok(byte) => head.push(byte),
                    Err(_) => return,
                }
            }
            let response: &[u8] = match is_first {
                true => b"HTTP/1.1 429 busy\r\nretry-after: 0\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n",
                false => b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
            };
            stream.write_all(response).await.unwrap();
            stream.flush().await.unwrap();
            let _until_the_client_closes = stream.read_u8().await;
        }
    })
}

#[tokio::test(start_paused = true)]
async fn retry_does_not_wait_for_the_response_before_it() {
    let ca = new_ca();
    let pipes = busy_at_first(&ca);
    let client = over(&ca, Alpn::Http11, &pipes)
        .pool_max_connections_per_host(1)
        .retries(RetryPolicy::default())
        .build();
    let response = get(&client, URI).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(pipes.opened(), 2);
}

/// Returns servers that take two requests at once. Only the response to the first of each
/// connection comes to an end.
fn two_at_once(ca: &Ca) -> Pipes {
    Server::scripted(Settings::mutual(ca), |mut stream| async move {
        let settings = frames::max_concurrent_streams(2);
        if frames::begin(&mut stream, &settings).await.is_err() {
            return;
        }
        let mut requests = 0;
        while let Ok(number) = frames::next_request(&mut stream).await {
            requests += 1;
            assert!(requests <= 4, "more than it takes");
            let end = if requests == 1 { frames::END_STREAM } else { 0 };
            let flags = frames::END_HEADERS | end;
            let status = frames::STATUS_200;
            let sent = frames::write(&mut stream, frames::HEADERS, flags, number, status);
            sent.await.unwrap();
        }
    })
}

#[tokio::test(start_paused = true)]
async fn where_all_streams_are_used_a_request_waits_or_connects() {
    let ca = new_ca();
    for then in [WhenStreamsAreUsedUp::Wait, WhenStreamsAreUsedUp::Connect] {
        let pipes = two_at_once(&ca);
        let client = over(&ca, Alpn::Http2, &pipes)
            .when_streams_are_used_up(then)
            .build();
        get(&client, URI).await.unwrap();
        let requests = (0..5).map(|_| get(&client, URI));
        let (answers, errors): (Vec<_>, Vec<_>) = join_all(requests)
            .await
            .into_iter()
            .partition(Result::is_ok);
        for error in errors.iter().flat_map(|outcome| outcome.as_ref().err()) {
            assert_eq!((error.is_timeout(), error.phase()), (true, Phase::Queue));
            assert_eq!(error.retry_advice(), RetryAdvice::NotProcessed);
        }
        let connects = then == WhenStreamsAreUsedUp::Connect;
        assert_eq!(answers.len(), if connects { 5 } else { 2 }, "{then:?}");
        let opened = pipes.opened();
        assert_eq!(opened > 1, connects, "{then:?}");
        // One that ends makes room for the next.
        drop(answers);
        get(&client, URI).await.unwrap();
        assert_eq!(pipes.opened(), opened);
    }
}

/// Returns servers that answer at once, never read on, and answer pings. Their client's uploads
/// stay where they are, and hold the streams that there are.
fn answering_early(ca: &Ca) -> Pipes {
    Server::scripted(Settings::mutual(ca), |mut stream| async move {
        let settings = frames::max_concurrent_streams(2);
        if frames::begin(&mut stream, &settings).await.is_err() {
            return;
        }
        while let Ok(number) = frames::next_request(&mut stream).await {
            let flags = frames::END_HEADERS | frames::END_STREAM;
            let status = frames::STATUS_200;
            let sent = frames::write(&mut stream, frames::HEADERS, flags, number, status);
            sent.await.unwrap();
        }
    })
}

#[tokio::test(start_paused = true)]
async fn uploads_answered_early_hold_up_no_more_than_one_request() {
    let ca = new_ca();
    let pipes = answering_early(&ca);
    let client = over(&ca, Alpn::Http2, &pipes).build();
    for _ in 0..2 {
        let upload = Request::post(URI).body(Full::from(vec![b' '; 8 << 20]));
        let answer = client.clone().oneshot(upload.unwrap()).await.unwrap();
        answer.into_body().collect().await.unwrap();
    }
    // It was given to the connection before the time of the uploads was over.
    assert!(get(&client, URI).await.unwrap_err().is_timeout());
    for _ in 0..3 {
        get(&client, URI).await.unwrap();
    }
    assert_eq!(pipes.opened(), 2);
    // The first is of no more use, and is cut with what it holds.
    clock::pass(clock::CLOSING).await;
    assert_eq!(pipes.open(), 1);
}

/// Returns servers that answer the first request, and with the third say that they have worked on
/// none after the second.
fn going_away(ca: &Ca, seen: &Arc<AtomicUsize>) -> Pipes {
    let seen = Arc::clone(seen);
    Server::scripted(Settings::mutual(ca), move |mut stream| {
        let seen = Arc::clone(&seen);
        async move {
            if frames::begin(&mut stream, &[]).await.is_err() {
                return;
            }
            let mut streams = Vec::new();
            while let Ok(number) = frames::next_request(&mut stream).await {
                streams.push(number);
                let flags = frames::END_HEADERS | frames::END_STREAM;
                let is_first_connection = seen.load(Ordering::SeqCst) < 10;
                if streams.len() == 1 || !is_first_connection {
                    seen.fetch_add(1, Ordering::SeqCst);
                    let status = frames::STATUS_200;
                    let sent = frames::write(&mut stream, frames::HEADERS, flags, number, status);
                    sent.await.unwrap();
                }
                if streams.len() == 3 && is_first_connection {
                    seen.fetch_add(10, Ordering::SeqCst);
                    let mut goaway = streams[1].to_be_bytes().to_vec();
                    goaway.extend(0_u32.to_be_bytes());
                    let sent = frames::write(&mut stream, frames::GOAWAY, 0, 0, &goaway);
                    sent.await.unwrap();
                    return; // and closes
                }
            }
        }
    })
}

#[tokio::test(start_paused = true)]
async fn streams_beyond_goaway_are_known_to_be_unprocessed() {
    let ca = new_ca();
    for retries in [false, true] {
        let seen = Arc::new(AtomicUsize::new(0));
        let pipes = going_away(&ca, &seen);
        let builder = over(&ca, Alpn::Http2, &pipes);
        let client = match retries {
            true => builder.retries(RetryPolicy::default()).build(),
            false => builder.build(),
        };
        get(&client, URI).await.unwrap();
        let post = || {
            let request = Request::post(URI).body(Full::from("payment")).unwrap();
            client.clone().oneshot(request)
        };
        let outcomes = join_all([post(), post()].into_iter()).await;
        let mut advice: Vec<_> = outcomes
            .iter()
            .map(|outcome| outcome.as_ref().err().map(transport::Error::retry_advice))
            .collect();
        advice.sort_by_key(|advice| *advice != Some(RetryAdvice::OnlyIfIdempotent));
        let second = match retries {
            true => None,
            false => Some(RetryAdvice::NotProcessed),
        };
        assert_eq!(advice, [Some(RetryAdvice::OnlyIfIdempotent), second]);
        // It takes no new request.
        get(&client, URI).await.unwrap();
        assert_eq!(pipes.opened(), 2);
    }
}
