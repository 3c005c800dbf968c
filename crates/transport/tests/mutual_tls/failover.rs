//! A second identity where a server refuses the first.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use identity::Identity;
use rustls_pki_types::CertificateDer;
use tokio::task::JoinSet;
use tower::ServiceExt;
use transport::{Alpn, ErrorKind, MtlsConnectorBuilder};

use crate::{
    Client, HTTP_VERSIONS, TLS_VERSIONS,
    authority::Authority,
    client, failing_over, get, info,
    server::{Seen, Server, Settings},
    trusting,
};

/// A client of two identities: one of an authority that the server does not know, then one of its own.
struct Pair {
    refused: Identity,
    good: Identity,
}

impl Pair {
    fn new(authority: &Authority) -> Self {
        Self {
            refused: Authority::new().client(),
            good: authority.client(),
        }
    }

    fn client(&self, authority: &Authority, alpn: Alpn) -> Client {
        failing_over(self.settings(authority, alpn))
    }

    fn settings(&self, authority: &Authority, alpn: Alpn) -> MtlsConnectorBuilder {
        let both = [&self.refused, &self.good];
        trusting(authority).alpn(alpn).identities(both)
    }
}

fn leaf(identity: &Identity) -> &CertificateDer<'static> {
    identity.certificate_chain().first().unwrap()
}

fn is_refused(seen: &Seen) -> bool {
    matches!(seen, Seen::Failed { .. })
}

fn is_with(seen: &Seen, identity: &Identity) -> bool {
    matches!(seen, Seen::Connected { client: Some(client), .. } if client == leaf(identity))
}

#[tokio::test]
async fn the_next_identity_is_tried_once_whatever_the_method() {
    let authority = Authority::new();
    for (alpn, versions) in HTTP_VERSIONS
        .into_iter()
        .flat_map(|alpn| TLS_VERSIONS.map(|versions| (alpn, versions)))
    {
        for method in [Method::GET, Method::POST] {
            let server = Server::start(Settings::mutual(&authority).versions(versions)).await;
            let pair = Pair::new(&authority);
            let client = pair.client(&authority, alpn);
            let request = Request::builder()
                .method(method)
                .uri(server.uri("/echo"))
                .body(Full::from(BODY))
                .unwrap();
            let response = client.oneshot(request).await.unwrap();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(body, BODY);

            let seen = server.seen(2).await;
            assert_eq!(seen.len(), 2);
            assert!(seen.iter().any(is_refused), "{seen:?}");
            assert!(
                seen.iter().any(|seen| is_with(seen, &pair.good)),
                "{seen:?}"
            );
        }
    }
}

#[tokio::test]
async fn without_failover_the_refusal_is_the_error() {
    let authority = Authority::new();
    let server = Server::start(Settings::mutual(&authority)).await;
    for alpn in HTTP_VERSIONS {
        let client = client(Pair::new(&authority).settings(&authority, alpn));
        let error = get(&client, &server.uri("/")).await.unwrap_err();
        assert!(error.is_client_certificate_rejected(), "{error:?}");
    }
    assert!(server.seen(2).await.iter().all(is_refused));
}

#[tokio::test]
async fn a_refused_identity_is_passed_over_by_the_requests_that_follow() {
    let authority = Authority::new();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&authority)).await;
        let pair = Pair::new(&authority);
        let client = pair.client(&authority, alpn);
        for _ in 0..3 {
            // Each on a connection of its own under HTTP/1.1.
            let response = get(&client, &server.uri("/close")).await.unwrap();
            response.into_body().collect().await.unwrap();
        }
        let seen = server.seen(2).await;
        let refused = seen.iter().filter(|seen| is_refused(seen)).count();
        assert_eq!(refused, 1, "{seen:?}");
    }
}

#[tokio::test]
async fn what_one_host_refuses_is_still_presented_to_another() {
    let (authority, other) = (Authority::new(), Authority::new());
    let here = Server::start(Settings::mutual(&authority)).await;
    // It shows a certificate that the client trusts, and takes clients of the other authority.
    let there = Server::start(Settings {
        client_authority: Some(other.der()),
        ..Settings::mutual(&authority)
    })
    .await;
    let (refused, good) = (other.client(), authority.client());
    let client = failing_over(trusting(&authority));
    client.rotate([&refused, &good]).unwrap();

    get(&client, &here.uri("/")).await.unwrap();
    get(&client, &there.uri("/")).await.unwrap();

    let seen = there.seen(1).await;
    assert!(is_with(seen.first().unwrap(), &refused), "{seen:?}");
    assert_eq!(seen.len(), 1);
}

#[tokio::test]
async fn where_both_are_refused_the_error_is_the_first_and_there_are_two_handshakes() {
    let authority = Authority::new();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&authority)).await;
        let other = Authority::new();
        let client = failing_over(trusting(&authority).alpn(alpn));
        client
            .rotate([&other.client(), &other.client(), &other.client()])
            .unwrap();
        let error = get(&client, &server.uri("/")).await.unwrap_err();
        assert!(matches!(error.kind(), ErrorKind::ClientCertificate(_)));
        let seen = server.seen(2).await;
        assert_eq!(seen.len(), 2, "the next once: {seen:?}");
        assert!(seen.iter().all(is_refused));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn none_of_many_requests_at_once_fails() {
    let authority = Authority::new();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&authority)).await;
        let client = Pair::new(&authority).client(&authority, alpn);
        let mut requests = JoinSet::new();
        for _ in 0..REQUESTS {
            let (client, uri) = (client.clone(), server.uri("/"));
            requests.spawn(async move { get(&client, &uri).await.map(|it| info(&it)) });
        }
        for outcome in requests.join_all().await {
            outcome.unwrap();
        }
    }
}

#[tokio::test]
async fn no_identity_at_all_is_refused_when_it_is_set_and_leaves_the_old() {
    let authority = Authority::new();
    let client = client(trusting(&authority).identity(&authority.client()));
    let before = client.generation();
    assert!(matches!(
        client.rotate([]),
        Err(transport::ConfigError::NoIdentity)
    ));
    assert_eq!(client.generation(), before);
}

const BODY: Bytes = Bytes::from_static(b"nobody has seen this before");
const REQUESTS: usize = 20;
