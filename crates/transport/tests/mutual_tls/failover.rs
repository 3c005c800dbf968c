//! A second identity where a server refuses the first.

use bytes::Bytes;
use http::{Method, Request};
use http_body_util::{BodyExt, Full};
use identity::Identity;
use mock_tls::Ca;
use rustls_pki_types::CertificateDer;
use tokio::task::JoinSet;
use tower::ServiceExt;
use transport::{Alpn, ErrorKind, MtlsConnectorBuilder};

use crate::{
    Client, HTTP_VERSIONS, TLS_VERSIONS,
    certificates::{Issue, new_ca},
    client, failing_over, get, info,
    server::{Seen, Server, Settings},
    trusting,
};

/// A client of two identities: one of a CA that the server does not know, then one of its own.
struct Pair {
    refused: Identity,
    good: Identity,
}

impl Pair {
    fn new(ca: &Ca) -> Self {
        Self {
            refused: new_ca().client(),
            good: ca.client(),
        }
    }

    fn client(&self, ca: &Ca, alpn: Alpn) -> Client {
        failing_over(self.settings(ca, alpn))
    }

    fn settings(&self, ca: &Ca, alpn: Alpn) -> MtlsConnectorBuilder {
        let both = [&self.refused, &self.good];
        trusting(ca).alpn(alpn).identities(both)
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
    let ca = new_ca();
    for (alpn, versions) in HTTP_VERSIONS
        .into_iter()
        .flat_map(|alpn| TLS_VERSIONS.map(|versions| (alpn, versions)))
    {
        for method in [Method::GET, Method::POST] {
            let server = Server::start(Settings::mutual(&ca).versions(versions)).await;
            let pair = Pair::new(&ca);
            let client = pair.client(&ca, alpn);
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
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    for alpn in HTTP_VERSIONS {
        let client = client(Pair::new(&ca).settings(&ca, alpn));
        let error = get(&client, &server.uri("/")).await.unwrap_err();
        assert!(error.is_client_certificate_rejected(), "{error:?}");
    }
    assert!(server.seen(2).await.iter().all(is_refused));
}

#[tokio::test]
async fn later_requests_skip_a_rejected_identity() {
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let pair = Pair::new(&ca);
        let client = pair.client(&ca, alpn);
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
    let (ca, other) = (new_ca(), new_ca());
    let here = Server::start(Settings::mutual(&ca)).await;
    // It shows a certificate that the client trusts, and takes clients of the other ca.
    let there = Server::start(Settings {
        client_ca: Some(other.certificate()),
        ..Settings::mutual(&ca)
    })
    .await;
    let (refused, good) = (other.client(), ca.client());
    let client = failing_over(trusting(&ca));
    client.rotate([&refused, &good]).unwrap();

    get(&client, &here.uri("/")).await.unwrap();
    get(&client, &there.uri("/")).await.unwrap();

    let seen = there.seen(1).await;
    assert!(is_with(seen.first().unwrap(), &refused), "{seen:?}");
    assert_eq!(seen.len(), 1);
}

#[tokio::test]
async fn rejection_of_both_identities_reports_the_first() {
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let other = new_ca();
        let client = failing_over(trusting(&ca).alpn(alpn));
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
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let client = Pair::new(&ca).client(&ca, alpn);
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
async fn empty_identity_list_is_refused_and_changes_nothing() {
    let ca = new_ca();
    let client = client(trusting(&ca).identity(&ca.client()));
    let before = client.generation();
    assert!(matches!(
        client.rotate([]),
        Err(transport::ConfigError::NoIdentity)
    ));
    assert_eq!(client.generation(), before);
}

const BODY: Bytes = Bytes::from_static(b"a body of this test alone");
const REQUESTS: usize = 20;
