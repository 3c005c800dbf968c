//! Upgrades, tunnels and trailers, as hyper gives them; and the errors where it gives none.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use mock_tls::Ca;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;
use transport::{Alpn, ConnectionInfo, ErrorKind, MtlsClient};

use crate::{
    HTTP_VERSIONS,
    certificates::{Issue, new_ca},
    clock,
    pipe::Pipes,
    server::{Server, Settings},
    trusting,
};

/// A body of frames that are there at once.
struct Frames(Vec<Frame<Bytes>>);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let next = (!self.0.is_empty()).then(|| Ok(self.0.remove(0)));
        Poll::Ready(next)
    }
}

fn with_trailer(value: &'static str) -> Frames {
    let mut trailers = HeaderMap::new();
    trailers.insert("checksum", HeaderValue::from_static(value));
    let data = Frame::data(Bytes::from_static(b"hello"));
    Frames(vec![data, Frame::trailers(trailers)])
}

/// Sends trailers back as it got them, and upgrades to an echo. A tunnel to one place is an echo
/// too.
async fn serve(mut request: Request<Incoming>) -> Result<Response<Frames>, hyper::Error> {
    let is_tunnel = request.method() == Method::CONNECT;
    if is_tunnel && request.uri() != "localhost:8443" {
        let refused = Response::builder().status(StatusCode::FORBIDDEN);
        return Ok(refused.body(Frames(Vec::new())).unwrap());
    }
    if is_tunnel || request.headers().contains_key(header::UPGRADE) {
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let io = TokioIo::new(upgrade.await.unwrap());
            let (mut read, mut write) = tokio::io::split(io);
            let _ended = tokio::io::copy(&mut read, &mut write).await;
        });
        if is_tunnel {
            return Ok(Response::new(Frames(Vec::new())));
        }
        let switching = Response::builder()
            .status(StatusCode::SWITCHING_PROTOCOLS)
            .header(header::CONNECTION, "upgrade")
            .header(header::UPGRADE, "echo");
        return Ok(switching.body(Frames(Vec::new())).unwrap());
    }
    let body = request.into_body().collect().await?;
    let trailers = body.trailers().cloned().unwrap_or_default();
    let data = Frame::data(body.to_bytes());
    let response = Response::builder().header(header::TRAILER, "checksum");
    Ok(response
        .body(Frames(vec![data, Frame::trailers(trailers)]))
        .unwrap())
}

fn pipes(ca: &Ca) -> Pipes {
    Server::scripted(Settings::mutual(ca), |stream| async move {
        let builder = auto::Builder::new(TokioExecutor::new());
        let io = TokioIo::new(stream);
        let _ = builder
            .serve_connection_with_upgrades(io, service_fn(serve))
            .await;
    })
}

fn client<B>(ca: &Ca, alpn: Alpn, pipes: &Pipes) -> MtlsClient<B, Pipes>
where
    B: http_body::Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let settings = trusting(ca).identity(&ca.client()).alpn(alpn);
    MtlsClient::new(settings.build_with_connector(pipes.clone()).unwrap())
}

#[tokio::test]
async fn trailers_go_both_ways() {
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let pipes = pipes(&ca);
        for has_retries in [false, true] {
            let settings = trusting(&ca).identity(&ca.client());
            let connector = settings
                .alpn(alpn)
                .build_with_connector(pipes.clone())
                .unwrap();
            let builder = MtlsClient::<Frames, Pipes>::builder(connector);
            let client = match has_retries {
                true => builder.retries(transport::RetryPolicy::default()).build(),
                false => builder.build(),
            };
            let request = Request::post("https://localhost/")
                .header(header::TE, "trailers")
                .header(header::TRAILER, "checksum")
                .body(with_trailer("right"))
                .unwrap();
            let response = client.oneshot(request).await.unwrap();
            let body = response.into_body().collect().await.unwrap();
            let trailers = body.trailers().unwrap();
            assert_eq!(trailers.get("checksum").unwrap(), "right", "{alpn:?}");
            assert_eq!(body.to_bytes(), "hello");
        }
    }
}

#[tokio::test]
async fn an_upgrade_has_the_connection_to_itself() {
    let ca = new_ca();
    let pipes = pipes(&ca);
    let client = client::<Full<Bytes>>(&ca, Alpn::Http11, &pipes);
    let request = || {
        Request::get("https://localhost/")
            .header(header::CONNECTION, "upgrade")
            .header(header::UPGRADE, "echo")
            .body(Full::default())
            .unwrap()
    };
    let mut response = client.clone().oneshot(request()).await.unwrap();
    assert_eq!(response.status(), StatusCode::SWITCHING_PROTOCOLS);
    let upgraded = hyper::upgrade::on(&mut response).await.unwrap();
    drop(response);
    let mut io = TokioIo::new(upgraded);
    io.write_all(b"hello").await.unwrap();
    let mut said = [0; 5];
    io.read_exact(&mut said).await.unwrap();
    assert_eq!(&said, b"hello");
    // The next request has another.
    client.oneshot(request()).await.unwrap();
    assert_eq!(pipes.opened(), 2);
}

#[tokio::test]
async fn an_upgrade_over_http2_is_refused_in_words() {
    let ca = new_ca();
    let pipes = pipes(&ca);
    let client = client::<Full<Bytes>>(&ca, Alpn::Http2, &pipes);
    let request = Request::get("https://localhost/").header(header::UPGRADE, "echo");
    let request = request.body(Full::default()).unwrap();
    let error = client.clone().oneshot(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Http);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("HTTP/1.1"), "{source}");
    // The connection is as good as before.
    let request = Request::get("https://localhost/").body(Full::default());
    client.oneshot(request.unwrap()).await.unwrap();
    assert_eq!(pipes.opened(), 1);
}

fn connect(to: &str) -> Request<Full<Bytes>> {
    let request = Request::connect(format!("https://{to}/"));
    request.body(Full::default()).unwrap()
}

// hyper does not say when a tunnel ends, so it has its connection to itself, and is not taken for
// idle.
#[tokio::test(start_paused = true)]
async fn tunnel_has_its_connection_to_itself() {
    let ca = new_ca();
    let hour = std::time::Duration::from_secs(3600);
    for alpn in HTTP_VERSIONS {
        let pipes = pipes(&ca);
        let client = client::<Full<Bytes>>(&ca, alpn, &pipes);
        let mut response = client
            .clone()
            .oneshot(connect("localhost:8443"))
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{alpn:?}");
        let upgraded = hyper::upgrade::on(&mut response).await.unwrap();
        drop(response);
        let mut io = TokioIo::new(upgraded);
        for _ in 0..3 {
            io.write_all(b"hello").await.unwrap();
            let mut said = [0; 5];
            io.read_exact(&mut said).await.unwrap();
            assert_eq!(&said, b"hello", "{alpn:?}");
            clock::pass(hour).await;
        }
        assert_eq!((pipes.opened(), pipes.open()), (1, 1), "{alpn:?}");
        let other = Request::get("https://localhost:8443/").body(Full::default());
        client.clone().oneshot(other.unwrap()).await.unwrap();
        assert_eq!(pipes.opened(), 2, "{alpn:?}");
        drop(io);
        drop(client);
        clock::pass(hour).await;
        assert_eq!(pipes.open(), 0, "{alpn:?}");
    }
}

#[tokio::test]
async fn tunnel_that_is_refused_is_a_response_as_any_other() {
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let pipes = pipes(&ca);
        let client = client::<Full<Bytes>>(&ca, alpn, &pipes);
        for _ in 0..3 {
            let request = connect("localhost:9443");
            let response = client.clone().oneshot(request).await.unwrap();
            assert_eq!(response.status(), StatusCode::FORBIDDEN, "{alpn:?}");
            assert!(response.extensions().get::<ConnectionInfo>().is_some());
            response.into_body().collect().await.unwrap();
        }
        assert_eq!(pipes.opened(), 1, "{alpn:?}");
    }
}

#[tokio::test]
async fn tunnel_over_http10_is_refused_in_words() {
    let ca = new_ca();
    let pipes = pipes(&ca);
    let client = client::<Full<Bytes>>(&ca, Alpn::Http11, &pipes);
    let mut request = connect("localhost:8443");
    *request.version_mut() = http::Version::HTTP_10;
    let error = client.oneshot(request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Http);
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("CONNECT"), "{source}");
    assert_eq!(pipes.opened(), 0);
}

// The field that our reading of HTTP/1.1 heads uses for itself is one as any other there.
#[tokio::test]
async fn http2_field_of_our_own_name_is_left_alone() {
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let pipes = Server::scripted(Settings::mutual(&ca), move |stream| async move {
            let serve = service_fn(|_: Request<Incoming>| async move {
                let mut response = Response::new(Frames(Vec::new()));
                let headers = response.headers_mut();
                headers.insert(
                    "transport-packed-fields",
                    HeaderValue::from_static("3 1 foox"),
                );
                // One of HTTP/1.1 has a length besides.
                let length = usize::from(alpn == Alpn::Http11);
                for _ in 1..100 - length {
                    headers.append("a", HeaderValue::from_static("b"));
                }
                if alpn == Alpn::Http11 {
                    headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
                }
                Ok::<_, Infallible>(response)
            });
            let io = TokioIo::new(stream);
            let _ended = match alpn {
                Alpn::Http2 => {
                    let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
                    { builder }
                        .auto_date_header(false)
                        .serve_connection(io, serve)
                        .await
                }
                _ => {
                    let mut builder = hyper::server::conn::http1::Builder::new();
                    builder
                        .auto_date_header(false)
                        .serve_connection(io, serve)
                        .await
                }
            };
        });
        let client = client::<Full<Bytes>>(&ca, alpn, &pipes);
        let request = Request::get("https://localhost/").body(Full::default());
        let response = client.oneshot(request.unwrap()).await.unwrap();
        let (fields, ours) = match alpn {
            Alpn::Http2 => (100, Some("3 1 foox")),
            _ => (99, None),
        };
        let headers = response.headers();
        assert_eq!(headers.len(), fields, "{alpn:?}");
        let field = headers.get("transport-packed-fields");
        assert_eq!(field.map(|value| value.to_str().unwrap()), ours, "{alpn:?}");
        assert!(!headers.contains_key("foo"), "{alpn:?}");
    }
}
