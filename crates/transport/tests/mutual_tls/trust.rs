//! Trust anchors and revocation lists that change while a client runs.

use std::sync::{Arc, Mutex};

use http_body_util::BodyExt;
use identity::{Identity, IdentitySet};
use mock_tls::{Ca, IssuedCertificate};
use rustls::{
    AlertDescription,
    crypto::aws_lc_rs,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
};
use transport::{
    Alpn, ConnectionInfo, ErrorKind, IdentityReloader, IdentitySource, MtlsConnector, ReloadEvent,
    Renewal, ServerCertificateProblem, SourceUpdate, TrustAnchors,
};

use crate::{
    Client, TLS_VERSIONS,
    certificates::{Issue, named_ca},
    client, get, info,
    server::{Seen, Server, Settings},
};

/// A server's certificate that is exchanged while the server runs.
#[derive(Clone, Debug)]
struct Exchangeable(Arc<Mutex<Arc<CertifiedKey>>>);

impl Exchangeable {
    fn new(certificate: &IssuedCertificate) -> Self {
        Self(Arc::new(Mutex::new(certified(certificate))))
    }

    fn set(&self, certificate: &IssuedCertificate) {
        *self.0.lock().unwrap() = certified(certificate);
    }
}

impl ResolvesServerCert for Exchangeable {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.lock().unwrap()))
    }
}

fn certified(certificate: &IssuedCertificate) -> Arc<CertifiedKey> {
    let provider = aws_lc_rs::default_provider();
    let chain = certificate.chain().to_vec();
    Arc::new(CertifiedKey::from_der(chain, certificate.secret_key(), &provider).unwrap())
}

/// Returns settings that ask for a client certificate of `clients`, and present one of `server`.
pub(crate) fn settings(clients: &Ca, server: &Ca) -> Settings {
    Settings {
        client_ca: Some(clients.certificate()),
        ..Settings::one_sided(server.server("localhost"))
    }
}

/// Asks over a connection of its own.
pub(crate) async fn ask(client: &Client, server: &Server) -> Result<ConnectionInfo, ErrorKind> {
    let response = get(client, &server.uri("/close")).await;
    let response = response.map_err(|error| error.kind())?;
    let info = info(&response);
    response.into_body().collect().await.unwrap();
    Ok(info)
}

pub(crate) const UNKNOWN: ErrorKind =
    ErrorKind::ServerCertificate(ServerCertificateProblem::UnknownIssuer);

/// Returns a client over HTTP/1.1 with an identity of `clients`.
fn trusting(clients: &Ca, trust: TrustAnchors) -> Client {
    let settings = MtlsConnector::builder(trust).identity(&clients.client());
    client(settings.alpn(Alpn::Http11))
}

fn anchors(cas: &[&Ca]) -> TrustAnchors {
    let pem: String = cas.iter().map(|it| it.pem()).collect();
    TrustAnchors::from_pem(pem).unwrap()
}

fn cas() -> [Ca; 3] {
    ["Clients", "Old", "New"].map(named_ca)
}

#[tokio::test]
async fn ca_rollover_fails_no_request_while_both_are_trusted() {
    let [clients, old, new] = cas();
    let certificate = Exchangeable::new(&old.server("localhost"));
    let mut config = settings(&clients, &old).server_config();
    config.cert_resolver = Arc::new(certificate.clone());
    let server = Server::start_with(config).await;
    let client = trusting(&clients, anchors(&[&old]));
    ask(&client, &server).await.unwrap();

    client.rotate_trust(anchors(&[&old, &new])).unwrap();
    ask(&client, &server).await.unwrap();
    certificate.set(&new.server("localhost"));
    ask(&client, &server).await.unwrap();
    let last = client.rotate_trust(anchors(&[&new])).unwrap();
    let info = ask(&client, &server).await.unwrap();
    assert_eq!(info.generation(), last);

    let seen = server.seen(4).await;
    let is_good = |seen: &Seen| {
        matches!(
            seen,
            Seen::Connected {
                client: Some(_),
                ..
            }
        )
    };
    assert!(seen.len() == 4 && seen.iter().all(is_good), "{seen:?}");
}

#[tokio::test]
async fn anchor_that_was_removed_vouches_for_no_new_connection() {
    let [clients, old, new] = cas();
    for versions in TLS_VERSIONS {
        let server = Server::start(settings(&clients, &old).versions(versions)).await;
        let client = trusting(&clients, anchors(&[&old, &new]));
        // Twice, so that there is a ticket which could be used.
        ask(&client, &server).await.unwrap();
        ask(&client, &server).await.unwrap();
        let idle = get(&client, &server.uri("/")).await.unwrap();
        let kept = info(&idle).local_addr().unwrap();
        idle.into_body().collect().await.unwrap();

        client.rotate_trust(anchors(&[&new])).unwrap();
        server.closed(kept).await;
        assert_eq!(ask(&client, &server).await.unwrap_err(), UNKNOWN);
        let seen = server.seen(4).await;
        assert!(
            matches!(seen[1], Seen::Connected { resumed: true, .. }),
            "{seen:?}"
        );
        assert_eq!(seen[3].alert(), AlertDescription::UnknownCA);
    }
}

#[tokio::test]
async fn error_about_an_untrusted_server_names_the_generation() {
    let [clients, old, new] = cas();
    let server = Server::start(settings(&clients, &old)).await;
    let client = trusting(&clients, anchors(&[&old]));
    let generation = client.rotate_trust(anchors(&[&new])).unwrap();
    let error = get(&client, &server.uri("/")).await.unwrap_err();
    assert_eq!(error.connection().unwrap().generation(), generation);
    let text = error.to_string();
    assert!(text.contains("generation 2"), "{text}");
}

#[tokio::test]
async fn anchors_that_cannot_be_used_change_nothing() {
    let [clients, old, _] = cas();
    let server = Server::start(settings(&clients, &old)).await;
    let client = trusting(&clients, anchors(&[&old]));
    let before = client.generation();
    client.rotate_trust(TrustAnchors::empty()).unwrap_err();
    let broken = anchors(&[&old]).crl_der(b"no list".to_vec());
    client.rotate_trust(broken).unwrap_err();
    assert_eq!(client.generation(), before);
    ask(&client, &server).await.unwrap();
}

/// Whatever a test says.
#[derive(Clone, Default)]
struct Store(Arc<Mutex<Content>>);

#[derive(Clone, Default)]
struct Content {
    identities: Option<IdentitySet>,
    trust: Option<TrustAnchors>,
    is_waiting: bool,
}

/// The store as it was at the last look.
struct Looked(Store, Content);

impl Store {
    fn source(&self) -> Looked {
        Looked(self.clone(), Content::default())
    }

    fn set(&self, change: impl FnOnce(&mut Content)) {
        change(&mut self.0.lock().unwrap());
    }
}

impl IdentitySource for Looked {
    fn poll(&mut self) -> SourceUpdate {
        self.1 = self.0.0.lock().unwrap().clone();
        SourceUpdate::new(Vec::new(), self.1.is_waiting)
    }

    fn current(&self) -> Option<&IdentitySet> {
        self.1.identities.as_ref()
    }

    fn trust(&self) -> Option<&TrustAnchors> {
        self.1.trust.as_ref()
    }
}

fn only(identity: Identity) -> Option<IdentitySet> {
    IdentitySet::new([Arc::new(identity)], IdentitySet::TRULIOO).ok()
}

type Said = Arc<Mutex<Vec<String>>>;

/// Says what happens in a word.
fn listener(said: &Said) -> impl FnMut(&ReloadEvent) + Send + 'static {
    let said = Arc::clone(said);
    move |event| {
        let word = match event {
            ReloadEvent::Refused { renewal, .. } => match renewal {
                Renewal::Both => "refused both".to_owned(),
                Renewal::Identities => "refused identities".to_owned(),
                _ => "refused trust".to_owned(),
            },
            ReloadEvent::Rotated { generation, .. } => format!("rotated {generation}"),
            ReloadEvent::TrustRenewed { generation, .. } => format!("trusts {generation}"),
            other => other.to_string(),
        };
        said.lock().unwrap().push(word);
    }
}

fn taken(said: &Said) -> Vec<String> {
    std::mem::take(&mut said.lock().unwrap())
}

#[tokio::test]
async fn identities_and_anchors_of_one_source_are_one_generation() {
    let [clients, old, new] = cas();
    let server = Server::start(settings(&clients, &new)).await;
    let (client, store, said) = (
        trusting(&clients, anchors(&[&old])),
        Store::default(),
        Said::default(),
    );
    let mut reloader =
        IdentityReloader::new(client.clone(), store.source()).on_event(listener(&said));
    reloader.poll_once().await;
    assert!(taken(&said).is_empty(), "it gives nothing");
    assert_eq!(ask(&client, &server).await.unwrap_err(), UNKNOWN);

    let renewed = clients.client();
    let leaf = renewed.leaf().sha256();
    store.set(|content| {
        content.identities = only(renewed);
        content.trust = Some(anchors(&[&new]));
    });
    reloader.poll_once().await;
    assert_eq!(taken(&said), ["rotated 2", "trusts 2"]);
    let info = ask(&client, &server).await.unwrap();
    assert_eq!(info.identity(), Some(leaf));
    assert!(matches!(
        server.seen(2).await[1],
        Seen::Connected {
            client: Some(_),
            ..
        }
    ));

    // Anchors that are the same in other bytes of memory are no news.
    store.set(|content| content.trust = Some(anchors(&[&new])));
    reloader.poll_once().await;
    assert!(taken(&said).is_empty());
}

// The probe asks the server, which the new anchors do not trust.
#[tokio::test]
async fn part_refused_by_probe_does_not_block_the_other() {
    let [clients, old, wrong] = cas();
    let server = Server::start(settings(&clients, &old)).await;
    let first = clients.client();
    let (client, store, said) = (
        trusting(&clients, anchors(&[&old])),
        Store::default(),
        Said::default(),
    );
    store.set(|content| content.identities = only(first));
    let clock = Arc::new(Mutex::new(crate::reload::new_year(2030)));
    let uri = server.uri("/close");
    let mut reloader = IdentityReloader::new(client.clone(), store.source())
        .on_event(listener(&said))
        .clock({
            let clock = Arc::clone(&clock);
            move || *clock.lock().unwrap()
        })
        .probe(move |client: Client| {
            let uri = uri.clone();
            async move {
                get(&client, &uri).await?;
                Ok(())
            }
        });
    reloader.poll_once().await;
    assert_eq!(taken(&said), ["rotated 2"]);

    let renewed = clients.client();
    let leaf = renewed.leaf().sha256();
    store.set(|content| {
        content.identities = only(renewed);
        content.trust = Some(anchors(&[&wrong]));
    });
    reloader.poll_once().await;
    assert_eq!(taken(&said), ["refused both", "rotated 4"]);
    assert_eq!(ask(&client, &server).await.unwrap().identity(), Some(leaf));
    reloader.poll_once().await;
    assert!(taken(&said).is_empty(), "once in five minutes");
    *clock.lock().unwrap() += crate::reload::DAY;
    reloader.poll_once().await;
    assert_eq!(taken(&said), ["refused trust"]);

    // The other way round: an identity that the server does not take, and anchors that are good.
    store.set(|content| {
        content.identities = only(wrong.client());
        content.trust = Some(anchors(&[&old, &wrong]));
    });
    reloader.poll_once().await;
    let said = taken(&said);
    assert_eq!(said[..2], ["refused both", "refused identities"]);
    assert!(said[2].starts_with("trusts"), "{said:?}");
    assert_eq!(ask(&client, &server).await.unwrap().identity(), Some(leaf));
}

#[tokio::test]
async fn what_is_new_waits_for_a_source_about_to_change() {
    let [clients, old, new] = cas();
    let client = trusting(&clients, anchors(&[&old]));
    let (identities, trust, said) = (Store::default(), Store::default(), Said::default());
    let mut reloader = IdentityReloader::new(client, identities.source())
        .and(trust.source())
        .on_event(listener(&said));
    identities.set(|content| content.is_waiting = true);
    trust.set(|content| content.trust = Some(anchors(&[&new])));
    reloader.poll_once().await;
    assert!(taken(&said).is_empty());
    identities.set(|content| {
        content.is_waiting = false;
        content.identities = only(clients.client());
    });
    reloader.poll_once().await;
    assert_eq!(taken(&said), ["rotated 2", "trusts 2"]);

    // A file that never comes to rest does not hold up the others for longer than twenty steps.
    identities.set(|content| content.is_waiting = true);
    trust.set(|content| content.trust = Some(anchors(&[&old])));
    for _ in 0..20 {
        reloader.poll_once().await;
        assert!(taken(&said).is_empty());
    }
    reloader.poll_once().await;
    assert_eq!(taken(&said), ["trusts 3"]);
}

// A rotation by hand meanwhile wins for the moment, and what the source has is not forgotten.
#[tokio::test]
async fn rotation_by_hand_during_a_probe_loses_nothing() {
    let [clients, old, new] = cas();
    let server = Server::start(settings(&clients, &new)).await;
    let client = trusting(&clients, anchors(&[&old]));
    let (store, said) = (Store::default(), Said::default());
    store.set(|content| content.trust = Some(anchors(&[&new])));
    let by_hand = clients.client();
    let leaf = by_hand.leaf().sha256();
    let by_hand = Arc::new(Mutex::new(Some(by_hand)));
    let mut reloader = IdentityReloader::new(client.clone(), store.source())
        .on_event(listener(&said))
        .probe({
            let client = client.clone();
            move |_| {
                if let Some(identity) = by_hand.lock().unwrap().take() {
                    client.rotate([&identity]).unwrap();
                }
                std::future::ready(Ok(()))
            }
        });
    reloader.poll_once().await;
    assert!(taken(&said).is_empty());
    assert_eq!(client.generation().number(), 3);
    reloader.poll_once().await;
    assert_eq!(taken(&said), ["trusts 4"]);
    assert_eq!(ask(&client, &server).await.unwrap().identity(), Some(leaf));
}

#[tokio::test]
async fn next_step_presents_an_identity_undone_by_hand() {
    let [clients, servers, _] = cas();
    let server = Server::start(settings(&clients, &servers)).await;
    let client = trusting(&clients, anchors(&[&servers]));
    let (store, said) = (Store::default(), Said::default());
    let [wanted, other] = [clients.client(), clients.client()];
    let leaf = wanted.leaf().sha256();
    store.set(|content| content.identities = only(wanted));
    let mut reloader =
        IdentityReloader::new(client.clone(), store.source()).on_event(listener(&said));
    reloader.poll_once().await;
    let presented = async || ask(&client, &server).await.unwrap().identity();
    assert_eq!(presented().await, Some(leaf));
    client.rotate([&other]).unwrap();
    assert_ne!(presented().await, Some(leaf));

    reloader.poll_once().await;
    assert_eq!(presented().await, Some(leaf));
    taken(&said);
    reloader.poll_once().await;
    assert!(
        taken(&said).is_empty(),
        "what is there already is not rotated to"
    );
}

#[tokio::test]
async fn next_step_removes_an_anchor_restored_by_hand() {
    let [clients, old, new] = cas();
    let server = Server::start(settings(&clients, &old)).await;
    let client = trusting(&clients, anchors(&[&old]));
    let (store, said) = (Store::default(), Said::default());
    store.set(|content| content.trust = Some(anchors(&[&new])));
    let mut reloader =
        IdentityReloader::new(client.clone(), store.source()).on_event(listener(&said));
    reloader.poll_once().await;
    assert_eq!(taken(&said), ["trusts 2"]);
    assert_eq!(ask(&client, &server).await.unwrap_err(), UNKNOWN);
    client.rotate_trust(anchors(&[&old])).unwrap();
    ask(&client, &server).await.unwrap();

    reloader.poll_once().await;
    assert_eq!(taken(&said), ["trusts 4"]);
    assert_eq!(ask(&client, &server).await.unwrap_err(), UNKNOWN);
    let seen = server.seen(3).await;
    let is_good = |seen: &Seen| matches!(seen, Seen::Connected { .. });
    assert_eq!(
        seen.iter().map(is_good).collect::<Vec<_>>(),
        [false, true, false]
    );
}
