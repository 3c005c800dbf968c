//! From one identity to the next while requests go on.

use std::sync::{Arc, Mutex};

use http_body_util::BodyExt;
use identity::Identity;
use rustls::{
    ClientConfig, RootCertStore, SignatureScheme, client::ResolvesClientCert, sign::CertifiedKey,
};
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
};
use tokio_rustls::TlsConnector;
use transport::{
    Alpn, ClientAuth, ClientCertificateProblem, ErrorKind, Generation, Handshake, TlsInfo,
};

use crate::{
    HTTP_VERSIONS, TLS_VERSIONS,
    certificates::{Issue, new_ca},
    client, get, info,
    server::{Seen, Server, Settings},
    trusting,
};

/// A resolver that stays while its content changes, as in most programs that reload a certificate.
#[derive(Debug)]
struct Exchangeable(Mutex<Arc<CertifiedKey>>);

impl ResolvesClientCert for Exchangeable {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.lock().unwrap()))
    }

    fn has_certs(&self) -> bool {
        true
    }
}

fn certified(identity: &Identity) -> Arc<CertifiedKey> {
    let chain = identity.certificate_chain().to_vec();
    let key = identity.secret_key().unwrap().clone_key().into();
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    Arc::new(CertifiedKey::from_der(chain, key, &provider).unwrap())
}

fn leaf(identity: &Identity) -> CertificateDer<'static> {
    identity.certificate_chain().first().unwrap().clone()
}

/// Returns certificate and kind of handshake of a connection, as the server saw them.
fn presented(seen: &Seen) -> (CertificateDer<'static>, bool) {
    match seen {
        Seen::Connected {
            client: Some(client),
            resumed,
            ..
        } => (client.clone(), *resumed),
        other => panic!("{other:?}"),
    }
}

async fn exchange(server: &Server, config: &Arc<ClientConfig>) {
    let tcp = TcpStream::connect(server.addr()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::clone(config));
    let mut tls = connector.connect(name, tcp).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    tls.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    tls.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"));
}

// The reason for which a generation shares nothing with the one before it. Should this test fail
// one day, rustls has changed what a session belongs to.
#[tokio::test]
async fn session_resumes_the_old_certificate_despite_new_resolver_content() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca).alpn(&["http/1.1"])).await;
    let (old, new) = (ca.client(), ca.client());
    assert_ne!(leaf(&old), leaf(&new));
    let mut roots = RootCertStore::empty();
    roots.add(ca.certificate()).unwrap();
    let resolver = Arc::new(Exchangeable(Mutex::new(certified(&old))));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::clone(&resolver) as Arc<dyn ResolvesClientCert>);
    let config = Arc::new(config);

    exchange(&server, &config).await;
    *resolver.0.lock().unwrap() = certified(&new);
    exchange(&server, &config).await;

    let seen = server.seen(2).await;
    assert_eq!(presented(&seen[0]), (leaf(&old), false));
    assert_eq!(presented(&seen[1]), (leaf(&old), true));
}

#[tokio::test]
async fn rotation_presents_the_new_certificate_in_full_first() {
    let ca = new_ca();
    for versions in TLS_VERSIONS {
        let server = Server::start(Settings::mutual(&ca).versions(versions)).await;
        let (old, new) = (ca.client(), ca.client());
        let client = client(trusting(&ca).identity(&old).alpn(Alpn::Http11));
        // Twice, so that there is a ticket which could be used.
        for _ in 0..2 {
            get(&client, &server.uri("/close")).await.unwrap();
        }
        let first = client.generation();
        let second = client.rotate([&new]).unwrap();
        assert!(first < second);
        for handshake in [Handshake::Full, Handshake::Resumed] {
            let response = get(&client, &server.uri("/close")).await.unwrap();
            let info = info(&response);
            assert_eq!(info.generation(), second);
            assert_eq!(
                info.tls().map(|tls: &TlsInfo| tls.handshake),
                Some(handshake)
            );
            response.into_body().collect().await.unwrap();
        }

        let seen: Vec<_> = server.seen(4).await.iter().map(presented).collect();
        let expected = [(&old, false), (&old, true), (&new, false), (&new, true)];
        assert_eq!(
            seen,
            expected.map(|(identity, resumed)| (leaf(identity), resumed))
        );
    }
}

#[tokio::test]
async fn body_in_transit_ends_with_the_old_identity() {
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let (old, new) = (ca.client(), ca.client());
        let client = client(trusting(&ca).identity(&old).alpn(alpn));
        let endless = get(&client, &server.uri("/endless")).await.unwrap();
        let before = info(&endless);
        let mut body = endless.into_body();
        body.frame().await.unwrap().unwrap();

        client.rotate([&new]).unwrap();
        let after = info(&get(&client, &server.uri("/")).await.unwrap());
        for _ in 0..100 {
            body.frame().await.unwrap().unwrap();
        }

        assert!(before.generation() < after.generation());
        assert_ne!(before.local_addr(), after.local_addr());
        assert_eq!(after.client_auth(), ClientAuth::Presented);
        let seen: Vec<_> = server.seen(2).await.iter().map(presented).collect();
        assert_eq!(seen, [(leaf(&old), false), (leaf(&new), false)]);
        // Nothing but the body holds the old connection.
        drop(body);
        server.closed(before.local_addr().unwrap()).await;
    }
}

#[tokio::test]
async fn a_rotation_closes_the_idle_connections_of_the_old_identity() {
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let client = client(trusting(&ca).identity(&ca.client()).alpn(alpn));
        let response = get(&client, &server.uri("/")).await.unwrap();
        let idle = info(&response).local_addr().unwrap();
        response.into_body().collect().await.unwrap();

        client.rotate([&ca.client()]).unwrap();
        server.closed(idle).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_fails_of_rotations_that_happen_meanwhile() {
    let ca = new_ca();
    for alpn in HTTP_VERSIONS {
        let server = Server::start(Settings::mutual(&ca)).await;
        let client = client(trusting(&ca).identity(&ca.client()).alpn(alpn));
        let mut requests = JoinSet::new();
        for _ in 0..REQUESTS {
            let (client, uri) = (client.clone(), server.uri("/"));
            requests.spawn(async move {
                let mut generations = Vec::new();
                // Until each has met the last generation, however the two are scheduled.
                while generations
                    .last()
                    .is_none_or(|last: &Generation| last.number() <= ROTATIONS)
                {
                    let response = get(&client, &uri).await.unwrap();
                    generations.push(info(&response).generation());
                    response.into_body().collect().await.unwrap();
                }
                generations
            });
        }
        for _ in 0..ROTATIONS {
            // Each generation serves a request.
            get(&client, &server.uri("/")).await.unwrap();
            client.rotate([&ca.client()]).unwrap();
        }
        for generations in requests.join_all().await {
            assert!(generations.is_sorted(), "{generations:?}");
        }
        let certificates = server
            .seen(1)
            .await
            .into_iter()
            .map(|seen| presented(&seen).0);
        let mut certificates: Vec<_> = certificates.collect();
        certificates.sort_by(|one, other| one.as_ref().cmp(other.as_ref()));
        certificates.dedup();
        assert_eq!(certificates.len() as u64, ROTATIONS + 1);
    }
}

#[tokio::test]
async fn rejected_identity_is_found_before_use() {
    let (ca, other) = (new_ca(), new_ca());
    let server = Server::start(Settings::mutual(&ca)).await;
    let good = ca.client();
    let client = client(trusting(&ca).identity(&good));
    get(&client, &server.uri("/")).await.unwrap();

    let successor = client.prepare([&other.client()]).unwrap();
    let refused = get(&successor.client(), &server.uri("/"))
        .await
        .unwrap_err();
    // The two CAs have one name, so the server finds a signature that is not its own.
    let problem = ClientCertificateProblem::SignatureRejected;
    assert_eq!(refused.kind(), ErrorKind::ClientCertificate(problem));
    assert_eq!(
        refused.connection().unwrap().generation(),
        successor.generation()
    );

    // Nothing has happened to the one in use.
    assert!(client.generation() < successor.generation());
    let still = info(&get(&client, &server.uri("/")).await.unwrap());
    assert_eq!(still.generation(), client.generation());
    let seen = server.seen(2).await;
    assert_eq!(presented(&seen[0]).0, leaf(&good));
    assert!(matches!(seen[1], Seen::Failed { .. }), "{seen:?}");
}

#[tokio::test]
async fn a_probed_connection_is_the_first_of_the_published_pool() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let client = client(trusting(&ca).identity(&ca.client()));
    let successor = client.prepare([&ca.client()]).unwrap();
    let probe = get(&successor.client(), &server.uri("/")).await.unwrap();
    let probed = info(&probe).local_addr();
    probe.into_body().collect().await.unwrap();

    assert_eq!(client.publish(&successor), successor.generation());
    let next = info(&get(&client, &server.uri("/")).await.unwrap());
    assert_eq!(next.local_addr(), probed);
    assert_eq!(server.seen(1).await.len(), 1);
}

#[test]
fn earlier_prepared_generation_does_not_replace_a_later_one() {
    let ca = new_ca();
    let client = client(trusting(&ca).identity(&ca.client()));
    let earlier = client.prepare([&ca.client()]).unwrap();
    let later = client.prepare([&ca.client()]).unwrap();
    assert!(earlier.generation() < later.generation());
    assert_eq!(client.publish(&later), later.generation());
    assert_eq!(client.publish(&earlier), later.generation());
    assert_eq!(client.clone().generation(), later.generation());
    assert!(client.rotate([&ca.client()]).unwrap() > later.generation());
}

const REQUESTS: usize = 50;
const ROTATIONS: u64 = 5;
