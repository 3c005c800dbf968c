//! Bodies that break off, in either direction.

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::ServiceExt;
use transport::{ErrorKind, Phase};

use crate::{
    HTTP_VERSIONS,
    authority::Authority,
    client, get,
    server::{Server, Settings},
    trusting,
};

#[tokio::test]
async fn a_body_that_breaks_off_is_an_error_and_never_a_short_body() {
    let authority = Authority::new();
    let server = Server::start(Settings::mutual(&authority)).await;
    let identity = authority.client();
    for alpn in HTTP_VERSIONS {
        for path in ["/cut", "/cut-chunked"] {
            let client = client(trusting(&authority).identity(&identity).alpn(alpn));

            let response = get(&client, &server.uri(path)).await.unwrap();
            let error = response.into_body().collect().await.unwrap_err();

            let what = format!("{alpn:?} {path}: {error:?}");
            assert_eq!(error.kind(), ErrorKind::Closed, "{what}");
            assert_eq!(error.phase(), Phase::Body, "{what}");
            assert!(error.connection().is_some(), "{what}");
        }
    }
}

/// The server answers and closes with most of the upload unread, so that a reset chases the answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_answer_that_cuts_the_upload_short_is_the_answer() {
    let authority = Authority::new();
    let server = Server::start(Settings::mutual(&authority)).await;
    let identity = authority.client();
    for alpn in HTTP_VERSIONS {
        for _ in 0..50 {
            let client = client(trusting(&authority).identity(&identity).alpn(alpn));
            let body = Full::new(Bytes::from(vec![0; 4_000_000]));
            let request = Request::post(server.uri("/too-large")).body(body).unwrap();

            let response = client.oneshot(request).await.unwrap();

            assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
            let body = response.into_body().collect().await.unwrap();
            assert_eq!(body.to_bytes(), "hello");
        }
    }
}
