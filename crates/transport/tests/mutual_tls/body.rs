//! Bodies that break off, in either direction.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::ServiceExt;
use transport::{Alpn, Error, ErrorKind, MtlsClient, Phase, RetryAdvice};

use crate::{
    HTTP_VERSIONS,
    certificates::{Issue, new_ca},
    client, get,
    server::{Server, Settings},
    trusting,
};

#[tokio::test]
async fn truncated_body_is_an_error() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let identity = ca.client();
    for alpn in HTTP_VERSIONS {
        for path in ["/cut", "/cut-chunked"] {
            let client = client(trusting(&ca).identity(&identity).alpn(alpn));

            let response = get(&client, &server.uri(path)).await.unwrap();
            let error = response.into_body().collect().await.unwrap_err();

            let what = format!("{alpn:?} {path}: {error:?}");
            assert_eq!(error.kind(), ErrorKind::Closed, "{what}");
            assert_eq!(error.phase(), Phase::Body, "{what}");
            assert!(error.connection().is_some(), "{what}");
        }
    }
}

// The server answers and closes with most of the upload unread, so that a reset chases the answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_answer_that_cuts_the_upload_short_is_the_answer() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let identity = ca.client();
    for alpn in HTTP_VERSIONS {
        for _ in 0..50 {
            let client = client(trusting(&ca).identity(&identity).alpn(alpn));
            let body = Full::new(Bytes::from(vec![0; 4_000_000]));
            let request = Request::post(server.uri("/too-large")).body(body).unwrap();

            let response = client.oneshot(request).await.unwrap();

            assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
            let body = response.into_body().collect().await.unwrap();
            assert_eq!(body.to_bytes(), "hello");
        }
    }
}

/// A body that is fetched from elsewhere, where the connection fails.
#[derive(Clone)]
struct Relayed(Option<Error>);

impl http_body::Body for Relayed {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Error>>> {
        Poll::Ready(self.0.take().map(Err))
    }
}

#[tokio::test]
async fn foreign_failure_of_a_body_is_no_request_failure() {
    let ca = new_ca();
    let elsewhere = client(trusting(&ca).resolve("nowhere.example", []));
    let error = get(&elsewhere, "https://nowhere.example/")
        .await
        .unwrap_err();
    assert_eq!(error.retry_advice(), RetryAdvice::NotProcessed);
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let settings = trusting(&ca).alpn(alpn).identity(&ca.client());
        let client = MtlsClient::<Relayed>::new(settings.build().unwrap());
        let request = Request::post(server.uri("/echo"))
            .body(Relayed(Some(error.clone())))
            .unwrap();
        let told = client.oneshot(request).await.unwrap_err();
        // HTTP/2 tells only that the stream was reset.
        let expected = match alpn {
            Alpn::Http2 => (ErrorKind::Closed, RetryAdvice::OnlyIfIdempotent),
            _ => (ErrorKind::Http, RetryAdvice::Never),
        };
        assert_eq!((told.kind(), told.retry_advice()), expected, "{told:?}");
        assert_eq!(server.seen(1).await.len(), 1);
    }
}
