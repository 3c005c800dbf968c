//! Identities whose key is in a device: handshakes that wait for it, and failures that are ours.

use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use identity::{SignatureScheme, SignerError, SignerProblem};
use mock_tls::Ca;
use rustls_pki_types::CertificateDer;
use tokio::task::JoinSet;
use tower::{Service, ServiceExt};
use transport::{
    Alpn, ClientAuth, ErrorKind, MtlsClient, MtlsConnector, Phase, RetryAdvice, Timeouts,
};

use crate::{
    Body, TLS_VERSIONS,
    certificates::{Issue, new_ca},
    client,
    device::{Behaviour, Device},
    failing_over, get, info,
    judging::Judging,
    pipe::Pipe,
    providers,
    server::{Seen, Server, Settings},
    trusting,
};

const RSA: [SignatureScheme; 2] = [
    SignatureScheme::RsaPssSha256,
    SignatureScheme::RsaPkcs1Sha256,
];

/// Returns a device and its certificate in PEM.
fn device(ca: &Ca, behaviour: Behaviour) -> (Arc<Device>, String) {
    let (certificate, key) = ca.client_pem(2020, 2040);
    (Device::new(&key, &RSA, behaviour), certificate)
}

/// Returns a device with a key on a curve, which takes less time, and its certificate in PEM.
fn elliptic_device(ca: &Ca) -> (Arc<Device>, String) {
    let (certificate, key) = ca.elliptic_client_pem();
    let schemes = [SignatureScheme::EcdsaP256Sha256];
    (Device::new(&key, &schemes, Behaviour::Signs), certificate)
}

fn shown(seen: &Seen) -> Option<&CertificateDer<'static>> {
    match seen {
        Seen::Connected { client, .. } => client.as_ref(),
        Seen::Failed { .. } => None,
    }
}

#[tokio::test]
async fn key_in_a_device_authenticates_in_both_versions() {
    let ca = new_ca();
    for versions in TLS_VERSIONS {
        for provider in providers() {
            let server = Server::start(Settings::mutual(&ca).versions(versions)).await;
            for (device, certificate) in [device(&ca, Behaviour::Signs), elliptic_device(&ca)] {
                let identity = device.identity(&certificate);
                let settings = trusting(&ca)
                    .identity(&identity)
                    .crypto_provider(provider.clone());
                let response = get(&client(settings), &server.uri("/")).await.unwrap();
                let leaf = identity.leaf().sha256();
                assert_eq!(info(&response).identity(), Some(leaf));
                let seen = server.seen(1).await;
                let chain = identity.certificate_chain();
                assert!(seen.iter().any(|it| shown(it) == chain.first()));
                assert_eq!(device.most_at_once(), 1);
            }
        }
    }
}

/// Opens so many connections at once, and returns how many came about.
fn open_connections(
    connector: &MtlsConnector,
    server: &Server,
    count: usize,
) -> JoinSet<Result<(), transport::Error>> {
    let mut opening = JoinSet::new();
    for _ in 0..count {
        let (mut connector, uri) = (connector.clone(), server.uri("/"));
        opening.spawn(async move {
            let stream = connector.ready().await?.call(uri.parse().unwrap()).await;
            stream.map(drop)
        });
    }
    opening
}

// On one thread: a signature on it would stop this test, too.
#[tokio::test]
async fn waiting_devices_keep_no_kept_connection_waiting() {
    let ca = new_ca();
    let (device, certificate) = elliptic_device(&ca);
    let identity = device.identity(&certificate);
    for alpn in [Alpn::Http11, Alpn::Http2] {
        let server = Server::start(Settings::mutual(&ca)).await;
        let settings = || trusting(&ca).identity(&identity).alpn(alpn);
        let client = client(settings());
        let kept = info(&get(&client, &server.uri("/")).await.unwrap());
        device.close();
        // Of a connector of its own: a ticket of the first would save the signature.
        let mut opening = open_connections(&settings().build().unwrap(), &server, 64);
        device.waiting(64).await;

        for _ in 0..50 {
            let response = get(&client, &server.uri("/")).await.unwrap();
            assert_eq!(info(&response).local_addr(), kept.local_addr());
        }

        assert!(opening.try_join_next().is_none(), "one did not wait");
        device.open();
        while let Some(opened) = opening.join_next().await {
            opened.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn device_signs_for_128_handshakes_at_once() {
    let ca = new_ca();
    let (device, certificate) = elliptic_device(&ca);
    let server = Server::start(Settings::mutual(&ca)).await;
    let settings = trusting(&ca).identity(&device.identity(&certificate));
    device.close();
    let mut opening = open_connections(&settings.build().unwrap(), &server, 160);
    device.waiting(128).await;
    device.open();
    while let Some(opened) = opening.join_next().await {
        opened.unwrap().unwrap();
    }
    assert_eq!(device.most_at_once(), 128);
}

#[tokio::test]
async fn failure_of_the_device_is_told_as_ours() {
    let ca = new_ca();
    for versions in TLS_VERSIONS {
        for (problem, advice) in [
            (SignerProblem::DeviceGone, RetryAdvice::NotProcessed),
            (SignerProblem::KeyNotFound, RetryAdvice::Never),
            (SignerProblem::NotAllowed, RetryAdvice::Never),
            (SignerProblem::Other, RetryAdvice::Never),
            (SignerProblem::PinLocked, RetryAdvice::Never),
            (SignerProblem::PinWrong, RetryAdvice::Never),
            (SignerProblem::TimedOut, RetryAdvice::NotProcessed),
        ] {
            let (settings, proofs) = counting_proofs(&ca);
            let server = Server::start(settings.versions(versions)).await;
            let (device, certificate) = device(&ca, Behaviour::Fails(problem));
            let settings = trusting(&ca).identity(&device.identity(&certificate));
            let connector = settings.build().unwrap();

            let error = connector.oneshot(server.uri("/").parse().unwrap()).await;

            let error = error.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Signer(problem));
            assert_eq!(error.phase(), Phase::Tls);
            assert_eq!(error.retry_advice(), advice);
            assert!(!error.is_client_certificate_rejected());
            let source = error.source().unwrap();
            let source = source.downcast_ref::<SignerError>().unwrap();
            assert_eq!(source.source().unwrap().to_string(), "CKR_OF_THE_TEST");
            let text = error.to_string();
            assert!(text.starts_with("our key could not sign"), "{text}");
            assert_not_presented(&error);
            assert!(matches!(server.first().await, Seen::Failed { .. }));
            assert_eq!(proofs.load(SeqCst), 0);
        }
    }
}

/// Returns settings of a server, and the number of signatures of clients that it was given.
fn counting_proofs(ca: &Ca) -> (Settings, Arc<AtomicUsize>) {
    let judging = Judging::by([ca.certificate()]);
    let proofs = Arc::clone(&judging.proofs);
    let settings = Settings {
        client_verifier: Some(Arc::new(judging)),
        ..Settings::mutual(ca)
    };
    (settings, proofs)
}

fn assert_not_presented(error: &transport::Error) {
    let connection = error.connection().unwrap();
    assert_eq!(connection.client_auth(), ClientAuth::NotSigned);
    assert_eq!(connection.identity(), None);
}

#[tokio::test]
async fn signature_of_the_device_is_the_proof_that_counts() {
    let ca = new_ca();
    for versions in TLS_VERSIONS {
        let (settings, proofs) = counting_proofs(&ca);
        let server = Server::start(settings.versions(versions)).await;
        let (device, certificate) = elliptic_device(&ca);
        let client = client(trusting(&ca).identity(&device.identity(&certificate)));
        let response = get(&client, &server.uri("/")).await.unwrap();
        assert_eq!(info(&response).client_auth(), ClientAuth::Presented);
        assert_eq!(proofs.load(SeqCst), 1);
    }
}

const LIMIT: Duration = Duration::from_secs(5);

#[tokio::test(start_paused = true)]
async fn timeout_while_the_device_signs_names_it() {
    let ca = new_ca();
    let limits = [
        Timeouts::default().request(LIMIT),
        Timeouts::default().tls_handshake(LIMIT),
    ];
    for timeouts in limits {
        for versions in TLS_VERSIONS {
            let (settings, proofs) = counting_proofs(&ca);
            let pipe = Server::in_memory(settings.versions(versions));
            let (device, certificate) = elliptic_device(&ca);
            let settings = trusting(&ca).identity(&device.identity(&certificate));
            let connector = settings.timeouts(timeouts).build_with_connector(pipe);
            let client = MtlsClient::<Body, _>::new(connector.unwrap());
            device.close();
            let request = async move { get(&client, "https://localhost/").await.map(drop) };
            let request = tokio::spawn(request);
            device.waiting(1).await;
            tokio::time::advance(LIMIT).await;

            let error = request.await.unwrap().unwrap_err();

            device.open();
            assert_eq!(error.kind(), ErrorKind::Signer(SignerProblem::TimedOut));
            assert!(error.is_timeout() && error.phase() == Phase::Tls);
            assert_eq!(error.retry_advice(), RetryAdvice::NotProcessed);
            let text = error.to_string();
            assert!(text.contains("its device did not sign in time"), "{text}");
            let shown = error.connection().unwrap();
            assert_ne!(shown.client_auth(), ClientAuth::Presented);
            assert_eq!(shown.identity(), None);
            assert_eq!(proofs.load(SeqCst), 0);
        }
    }
}

// The device is not to blame for a server that is slow.
#[tokio::test(start_paused = true)]
async fn timeout_before_the_device_signs_does_not_name_it() {
    let ca = new_ca();
    let (near, _silent) = tokio::io::duplex(64 * 1024);
    let (device, certificate) = elliptic_device(&ca);
    let settings = trusting(&ca).identity(&device.identity(&certificate));
    let connector = settings.build_with_connector(Pipe::new(near)).unwrap();
    let client = MtlsClient::<Body, _>::new(connector);
    let error = get(&client, "https://localhost/").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.phase()),
        (ErrorKind::Timeout, Phase::Tls)
    );
    assert_eq!(device.most_at_once(), 0);
}

#[tokio::test(start_paused = true)]
async fn handshake_that_waits_for_the_busy_device_names_it() {
    let ca = new_ca();
    let (device, certificate) = elliptic_device(&ca);
    let pipes = Server::pipes(Settings::mutual(&ca));
    let settings = trusting(&ca).identity(&device.identity(&certificate));
    let connector = settings.build_with_connector(pipes).unwrap();
    device.close();
    let mut opening = JoinSet::new();
    for _ in 0..128 {
        opening.spawn(
            connector
                .clone()
                .oneshot("https://localhost/".parse().unwrap()),
        );
    }
    device.waiting(128).await;
    let last = tokio::spawn(connector.oneshot("https://localhost/".parse().unwrap()));
    tokio::task::yield_now().await;
    tokio::time::advance(Duration::from_secs(600)).await;

    let error = last.await.unwrap().unwrap_err();

    device.open();
    assert_eq!(error.kind(), ErrorKind::Signer(SignerProblem::TimedOut));
    while let Some(opened) = opening.join_next().await {
        assert!(opened.unwrap().is_err());
    }
}

#[tokio::test]
async fn device_that_panics_fails_its_handshake_alone() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let (broken, certificate) = device(&ca, Behaviour::Panics);
    let settings = trusting(&ca).identity(&broken.identity(&certificate));
    let client = client(settings);
    for _ in 0..2 {
        let error = get(&client, &server.uri("/")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Signer(SignerProblem::Other));
    }
    let (sound, certificate) = device(&ca, Behaviour::Signs);
    client.rotate([&sound.identity(&certificate)]).unwrap();
    get(&client, &server.uri("/")).await.unwrap();
}

#[tokio::test]
async fn failing_device_is_no_reason_for_another_identity() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let (device, certificate) = device(&ca, Behaviour::Fails(SignerProblem::PinWrong));
    let (failing, good) = (device.identity(&certificate), ca.client());
    let client = failing_over(trusting(&ca).identities([&failing, &good]));

    let error = get(&client, &server.uri("/")).await.unwrap_err();

    assert_eq!(error.kind(), ErrorKind::Signer(SignerProblem::PinWrong));
    assert_eq!(server.seen(1).await.len(), 1);
    // Nor is it held against the identity: the server has rejected nothing.
    let error = get(&client, &server.uri("/")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Signer(SignerProblem::PinWrong));
}

#[tokio::test]
async fn device_without_pss_signs_under_tls12_alone() {
    let ca = new_ca();
    let (certificate, key) = ca.client_pem(2020, 2040);
    let schemes = [SignatureScheme::RsaPkcs1Sha256];
    let device = Device::new(&key, &schemes, Behaviour::Signs);
    let identity = device.identity(&certificate);
    let [older, newer] = TLS_VERSIONS;
    let server = Server::start(Settings::mutual(&ca).versions(older)).await;
    let client = client(trusting(&ca).identity(&identity));
    get(&client, &server.uri("/")).await.unwrap();

    let server = Server::start(Settings::mutual(&ca).versions(newer)).await;
    let error = get(&client, &server.uri("/")).await.unwrap_err();

    assert!(error.is_client_certificate_rejected(), "{error}");
    let text = error.to_string();
    assert!(text.contains("its key fits none of the signature schemes"));
    assert_eq!(device.most_at_once(), 1);
}

#[tokio::test]
async fn rotation_to_a_device_and_back_loses_no_request() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let (device, certificate) = device(&ca, Behaviour::Signs);
    let (in_device, in_file) = (device.identity(&certificate), ca.client());
    let client = client(trusting(&ca).identity(&in_file));
    let mut requests = JoinSet::new();
    for round in 0..6 {
        let identity = if round % 2 == 0 { &in_device } else { &in_file };
        for _ in 0..10 {
            let (client, uri) = (client.clone(), server.uri("/"));
            requests.spawn(async move { get(&client, &uri).await.map(|_| ()) });
        }
        client.rotate([identity]).unwrap();
        get(&client, &server.uri("/")).await.unwrap();
    }
    while let Some(request) = requests.join_next().await {
        request.unwrap().unwrap();
    }
    let seen = server.seen(6).await;
    for identity in [&in_device, &in_file] {
        let leaf = identity.certificate_chain().first();
        assert!(seen.iter().any(|it| shown(it) == leaf));
    }
}
