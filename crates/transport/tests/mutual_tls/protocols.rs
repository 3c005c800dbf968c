//! What hyper gives beyond requests and responses: upgrades and trailers; and the words where it gives nothing.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body::Frame;
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tower::ServiceExt;
use transport::{Alpn, ErrorKind, MtlsClient};

use crate::{
    HTTP_VERSIONS,
    authority::Authority,
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

/// Sends trailers back as it got them, and upgrades to an echo.
async fn serve(mut request: Request<Incoming>) -> Result<Response<Frames>, hyper::Error> {
    if request.headers().contains_key(header::UPGRADE) {
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            let mut io = TokioIo::new(upgrade.await.unwrap());
            let mut said = [0; 5];
            io.read_exact(&mut said).await.unwrap();
            io.write_all(&said).await.unwrap();
        });
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

fn pipes(authority: &Authority) -> Pipes {
    Server::scripted(Settings::mutual(authority), |stream| async move {
        let builder = auto::Builder::new(TokioExecutor::new());
        let io = TokioIo::new(stream);
        let _ = builder
            .serve_connection_with_upgrades(io, service_fn(serve))
            .await;
    })
}

fn client<B>(authority: &Authority, alpn: Alpn, pipes: &Pipes) -> MtlsClient<B, Pipes>
where
    B: http_body::Body + Send + Unpin + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let settings = trusting(authority).identity(&authority.client()).alpn(alpn);
    MtlsClient::new(settings.build_over(pipes.clone()).unwrap())
}

#[tokio::test]
async fn trailers_go_both_ways() {
    let authority = Authority::new();
    for alpn in HTTP_VERSIONS {
        let pipes = pipes(&authority);
        for has_retries in [false, true] {
            let settings = trusting(&authority).identity(&authority.client());
            let connector = settings.alpn(alpn).build_over(pipes.clone()).unwrap();
            let builder = MtlsClient::<Frames, Pipes>::builder(connector);
            let client = match has_retries {
                true => builder.retries(transport::Retries::default()).build(),
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
    let authority = Authority::new();
    let pipes = pipes(&authority);
    let client = client::<Full<Bytes>>(&authority, Alpn::Http11, &pipes);
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
    let authority = Authority::new();
    let pipes = pipes(&authority);
    let client = client::<Full<Bytes>>(&authority, Alpn::Http2, &pipes);
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
