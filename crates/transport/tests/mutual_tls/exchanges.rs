//! The end of an exchange of HTTP/1.1, and whether its connection serves another.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use mock_tls::Ca;
use tokio::{sync::Notify, task::yield_now};
use tower::ServiceExt;
use transport::{Alpn, ErrorKind, MtlsClient};

use crate::{
    certificates::{Issue, new_ca},
    clock, get, http1,
    pipe::Pipes,
    server::{Server, Settings},
    trusting,
};

const URI: &str = "https://localhost/";

type Client = MtlsClient<Full<Bytes>, Pipes>;

fn client(ca: &Ca, pipes: &Pipes) -> Client {
    let settings = trusting(ca).identity(&ca.client());
    let settings = settings.alpn(Alpn::Http11);
    MtlsClient::new(settings.build_with_connector(pipes.clone()).unwrap())
}

/// A server's bytes, and the expected outcome.
struct Case {
    what: &'static str,
    method: Method,
    response: &'static str,
    status: u16,
    body: &'static str,
    is_kept: bool,
}

const fn case(what: &'static str, response: &'static str, is_kept: bool) -> Case {
    Case {
        what,
        method: Method::GET,
        response,
        status: 200,
        body: "hello",
        is_kept,
    }
}

fn cases() -> Vec<Case> {
    let without_body = |what, method, response, status| Case {
        method,
        status,
        body: "",
        ..case(what, response, true)
    };
    vec![
        case(
            "a length",
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
            true,
        ),
        case(
            "a length, and a close that the server leaves to us",
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nConnection: close\r\n\r\nhello",
            false,
        ),
        case(
            "HTTP/1.0, which ends a connection unless it says otherwise",
            "HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\nhello",
            false,
        ),
        case(
            "HTTP/1.0 that says otherwise",
            "HTTP/1.0 200 OK\r\ncontent-length: 5\r\nConnection: keep-alive\r\n\r\nhello",
            true,
        ),
        case(
            "chunks",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
            true,
        ),
        case(
            "chunks and trailers",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\na: b\r\n\r\n",
            true,
        ),
        case(
            "bytes behind the last chunk",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\nmore",
            false,
        ),
        case(
            "a second response behind the first",
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello\
             HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged",
            false,
        ),
        case(
            "interim responses",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n\
             HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
            true,
        ),
        without_body("204", Method::GET, "HTTP/1.1 204 No Content\r\n\r\n", 204),
        without_body(
            "304 with the length of what it stands for",
            Method::GET,
            "HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n",
            304,
        ),
        without_body(
            "HEAD, with the length of what it stands for",
            Method::HEAD,
            "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n",
            200,
        ),
        without_body(
            "HEAD, with the coding of what it stands for",
            Method::HEAD,
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
            200,
        ),
    ]
}

#[tokio::test(start_paused = true)]
async fn response_says_whether_its_connection_serves_another_request() {
    let ca = new_ca();
    for case in cases() {
        let seen = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&seen);
        let pipes = Server::scripted(Settings::mutual(&ca), move |mut stream| {
            let seen = Arc::clone(&counted);
            async move {
                while http1::read_head(&mut stream).await.is_ok() {
                    seen.fetch_add(1, Ordering::SeqCst);
                    if http1::write(&mut stream, case.response).await.is_err() {
                        return;
                    }
                }
            }
        });
        let client = client(&ca, &pipes);
        for _ in 0..3 {
            let request = Request::builder().method(&case.method).uri(URI);
            let request = request.body(Full::default()).unwrap();
            let response = client.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), case.status, "{}", case.what);
            let body = response.into_body().collect().await.unwrap();
            assert_eq!(body.to_bytes(), case.body, "{}", case.what);
        }
        assert_eq!(seen.load(Ordering::SeqCst), 3, "{}", case.what);
        let opened = if case.is_kept { 1 } else { 3 };
        assert_eq!(pipes.opened(), opened, "{}", case.what);
    }
}

// A body without a length is all that comes until the end.
#[tokio::test(start_paused = true)]
async fn body_without_length_ends_with_its_connection() {
    let ca = new_ca();
    for head in ["HTTP/1.0 200 OK", "HTTP/1.1 200 OK"] {
        let pipes = Server::scripted(Settings::mutual(&ca), move |mut stream| async move {
            http1::read_head(&mut stream).await.unwrap();
            let response = format!("{head}\r\n\r\nhello");
            http1::write(&mut stream, &response).await.unwrap();
            tokio::io::AsyncWriteExt::shutdown(&mut stream)
                .await
                .unwrap();
        });
        let client = client(&ca, &pipes);
        for _ in 0..2 {
            let response = get(&client, URI).await.unwrap();
            let body = response.into_body().collect().await.unwrap();
            assert_eq!(body.to_bytes(), "hello", "{head}");
        }
        assert_eq!(pipes.opened(), 2, "{head}");
    }
}

// The server writes or closes while the connection is idle; the client may or may not have run
// since.
#[tokio::test(start_paused = true)]
async fn connection_with_unasked_bytes_or_closed_is_not_used_again() {
    let ca = new_ca();
    let unasked = [
        "x",
        "HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged",
        "", // an end
    ];
    for said in unasked {
        for turns in [0, 1, 100] {
            let (says, has_said) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
            let requests = Arc::new(AtomicUsize::new(0));
            let server = (
                Arc::clone(&says),
                Arc::clone(&has_said),
                Arc::clone(&requests),
            );
            let pipes = Server::scripted(Settings::mutual(&ca), move |mut stream| {
                let (says, has_said, requests) = server.clone();
                async move {
                    let hello = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
                    http1::read_head(&mut stream).await.unwrap();
                    requests.fetch_add(1, Ordering::SeqCst);
                    http1::write(&mut stream, hello).await.unwrap();
                    says.notified().await;
                    if said.is_empty() {
                        drop(stream);
                    } else {
                        http1::write(&mut stream, said).await.unwrap();
                        has_said.notify_one();
                        // Whatever is sent on it is a request that went wrong.
                        if http1::read_head(&mut stream).await.is_ok() {
                            requests.fetch_add(100, Ordering::SeqCst);
                        }
                        return;
                    }
                    has_said.notify_one();
                }
            });
            let client = client(&ca, &pipes);
            for number in 1..=3 {
                let request = Request::post(URI).body(Full::default()).unwrap();
                let response = client.clone().oneshot(request).await;
                let what = format!("{said:?} after {turns} turns, request {number}");
                let response = response.unwrap_or_else(|error| panic!("{what}: {error:?}"));
                let body = response.into_body().collect().await.unwrap();
                assert_eq!(body.to_bytes(), "hello", "{what}");
                says.notify_one();
                has_said.notified().await;
                for _ in 0..turns {
                    yield_now().await;
                }
            }
            assert_eq!(requests.load(Ordering::SeqCst), 3, "{said:?} {turns}");
            assert_eq!(pipes.opened(), 3, "{said:?} {turns}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn where_the_server_names_no_protocol_http11_is_spoken() {
    let ca = new_ca();
    let settings = || Settings::mutual(&ca).alpn(&[]);
    for alpn in [Alpn::Http11, Alpn::Http2AndHttp11, Alpn::Http2] {
        let pipes = Server::scripted(settings(), |mut stream| async move {
            let hello = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello";
            while http1::read_head(&mut stream).await.is_ok() {
                http1::write(&mut stream, hello).await.unwrap();
            }
        });
        let connector = trusting(&ca)
            .identity(&ca.client())
            .alpn(alpn)
            .build_with_connector(pipes.clone())
            .unwrap();
        let client = Client::new(connector);
        for _ in 0..2 {
            let outcome = get(&client, URI).await;
            if alpn == Alpn::Http2 {
                assert_eq!(outcome.unwrap_err().kind(), ErrorKind::Tls);
            } else {
                outcome.unwrap().into_body().collect().await.unwrap();
            }
        }
        assert_eq!(pipes.opened(), if alpn == Alpn::Http2 { 2 } else { 1 });
    }
}

// The response comes while the request is still being sent, and the server reads no more of that.
#[tokio::test(start_paused = true)]
async fn early_response_is_read_and_its_connection_closed() {
    let ca = new_ca();
    let pipes = Server::scripted(Settings::mutual(&ca), |mut stream| async move {
        http1::read_head(&mut stream).await.unwrap();
        let response = "HTTP/1.1 413 Content Too Large\r\ncontent-length: 5\r\n\r\nhello";
        http1::write(&mut stream, response).await.unwrap();
        std::future::pending::<()>().await;
    });
    let client = client(&ca, &pipes);
    for number in 1..=3 {
        let body = Full::from(vec![b' '; 8 << 20]);
        let request = Request::post(URI).body(body).unwrap();
        let response = client.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 413);
        let body = response.into_body().collect().await.unwrap();
        assert_eq!(body.to_bytes(), "hello");
        assert_eq!(pipes.opened(), number);
    }
    clock::pass(clock::CLOSING).await;
    assert_eq!(pipes.open(), 0);
}
