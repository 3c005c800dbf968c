//! Layers of tower over our client.

use std::{
    task::{Context, Poll, Waker},
    time::Duration,
};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty};
use tower::{BoxError, Service, ServiceBuilder, ServiceExt, timeout::error::Elapsed};
use transport::{Alpn, ConnectionInfo, Error, MtlsClient};

use crate::{HTTP_VERSIONS, Server, TestCa, assert_rejected, connector, rejecting_server};

const HOUR: Duration = Duration::from_secs(3_600);

fn client(ca: &TestCa, alpn: Alpn) -> MtlsClient<Empty<Bytes>> {
    let identity = ca.client().unwrap();
    MtlsClient::new(connector(ca, &identity, alpn))
}

fn get(server: &Server, path: &str) -> Request<Empty<Bytes>> {
    Request::get(server.uri(path)).body(Empty::new()).unwrap()
}

/// Tells whether a service takes another request now.
fn is_ready<S: Service<Request<Empty<Bytes>>>>(service: &mut S) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    matches!(service.poll_ready(&mut context), Poll::Ready(Ok(())))
}

#[tokio::test]
async fn responses_pass_timeout_rate_limit_and_concurrency_limit() {
    let ca = TestCa::new().unwrap();
    for (alpn, _) in HTTP_VERSIONS {
        let server = Server::builder(&ca).start().unwrap();
        let mut layered = ServiceBuilder::new()
            .timeout(HOUR)
            .rate_limit(2, HOUR)
            .concurrency_limit(1)
            .service(client(&ca, alpn));

        for _ in 0..2 {
            let ready = layered.ready().await.unwrap();
            let response = ready.call(get(&server, "/")).await.unwrap();
            let info: ConnectionInfo = response.extensions().get().cloned().unwrap();
            assert_eq!(info.local_addr(), Some(server.seen().connections[0].peer));
            response.into_body().collect().await.unwrap();
        }

        assert!(!is_ready(&mut layered), "two in an hour");
        let seen = server.seen();
        assert_eq!(seen.connections.len(), 1);
        assert_eq!(seen.connections[0].requests(), 2);
    }
}

#[tokio::test]
async fn concurrency_limit_holds_a_request_until_another_is_dropped() {
    let ca = TestCa::new().unwrap();
    for (alpn, _) in HTTP_VERSIONS {
        let server = Server::builder(&ca).start().unwrap();
        let limited = ServiceBuilder::new().concurrency_limit(1);
        let mut limited = limited.service(client(&ca, alpn));
        let waiting = tokio::spawn(limited.clone().oneshot(get(&server, "/never")));
        let arrived = server.seen_when(|seen| seen.requests() == 1);
        arrived.await.unwrap();

        assert!(!is_ready(&mut limited), "{alpn:?}");
        waiting.abort();
        assert!(waiting.await.unwrap_err().is_cancelled());

        let ready = limited.ready().await.unwrap();
        let response = ready.call(get(&server, "/")).await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(server.seen().requests(), 2);
    }
}

#[tokio::test]
async fn tower_timeout_ends_a_request_that_the_server_has() {
    let ca = TestCa::new().unwrap();
    for (alpn, _) in HTTP_VERSIONS {
        let server = Server::builder(&ca).start().unwrap();
        let client = client(&ca, alpn);
        // The connection is open beforehand, so that the timeout is the request's alone.
        let response = client.clone().oneshot(get(&server, "/")).await.unwrap();
        response.into_body().collect().await.unwrap();
        let limited = ServiceBuilder::new().timeout(Duration::from_millis(200));

        let never = limited.service(client).oneshot(get(&server, "/never"));
        let error: BoxError = never.await.unwrap_err();

        assert!(error.is::<Elapsed>(), "{error:?}");
        assert!(Error::find(&*error).is_none(), "the time was not ours");
        let seen = server.seen_when(|seen| seen.requests() == 2).await.unwrap();
        assert_eq!(seen.connections.len(), 1);
    }
}

#[tokio::test]
async fn rejection_reason_is_found_through_layers() {
    let ca = TestCa::new().unwrap();
    for (alpn, _) in HTTP_VERSIONS {
        let server = rejecting_server(&ca);
        let layered = ServiceBuilder::new()
            .timeout(HOUR)
            .concurrency_limit(1)
            .service(client(&ca, alpn));

        let error = layered.oneshot(get(&server, "/")).await.unwrap_err();

        let ours = Error::find(&*error).unwrap_or_else(|| panic!("{error:?}"));
        assert!(ours.is_client_certificate_rejected(), "{ours:?}");
        assert_rejected(&server).await;
    }
}
