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

use crate::{Authority, HTTP_VERSIONS, Server, assert_refused, connector, server_that_refuses};

const HOUR: Duration = Duration::from_secs(3_600);

fn client(authority: &Authority, alpn: Alpn) -> MtlsClient<Empty<Bytes>> {
    let identity = authority.client().unwrap();
    MtlsClient::new(connector(authority, &identity, alpn))
}

fn get(server: &Server, path: &str) -> Request<Empty<Bytes>> {
    Request::get(server.uri(path)).body(Empty::new()).unwrap()
}

/// Whether a service takes another request now.
fn is_ready<S: Service<Request<Empty<Bytes>>>>(service: &mut S) -> bool {
    let mut context = Context::from_waker(Waker::noop());
    matches!(service.poll_ready(&mut context), Poll::Ready(Ok(())))
}

#[tokio::test]
async fn answers_come_through_timeout_rate_limit_and_concurrency_limit() {
    let authority = Authority::new().unwrap();
    for (alpn, _) in HTTP_VERSIONS {
        let server = Server::builder(&authority).start().unwrap();
        let mut layered = ServiceBuilder::new()
            .timeout(HOUR)
            .rate_limit(2, HOUR)
            .concurrency_limit(1)
            .service(client(&authority, alpn));

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
async fn the_concurrency_limit_keeps_the_next_request_back_until_one_is_given_up() {
    let authority = Authority::new().unwrap();
    for (alpn, _) in HTTP_VERSIONS {
        let server = Server::builder(&authority).start().unwrap();
        let limited = ServiceBuilder::new().concurrency_limit(1);
        let mut limited = limited.service(client(&authority, alpn));
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
async fn the_timeout_of_tower_ends_a_request_that_the_server_has() {
    let authority = Authority::new().unwrap();
    for (alpn, _) in HTTP_VERSIONS {
        let server = Server::builder(&authority).start().unwrap();
        let client = client(&authority, alpn);
        // The connection stands beforehand, so that the time is that of the request alone.
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
async fn the_reason_of_a_refusal_is_found_through_the_layers() {
    let authority = Authority::new().unwrap();
    for (alpn, _) in HTTP_VERSIONS {
        let server = server_that_refuses(&authority);
        let layered = ServiceBuilder::new()
            .timeout(HOUR)
            .concurrency_limit(1)
            .service(client(&authority, alpn));

        let error = layered.oneshot(get(&server, "/")).await.unwrap_err();

        let ours = Error::find(&*error).unwrap_or_else(|| panic!("{error:?}"));
        assert!(ours.is_client_certificate_rejected(), "{ours:?}");
        assert_refused(&server).await;
    }
}
