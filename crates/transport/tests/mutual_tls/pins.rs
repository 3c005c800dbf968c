//! A pinned key, on top of a good chain.

use mock_tls::{Ca, IssuedCertificate};
use rcgen::KeyPair;
use rustls::AlertDescription;
use transport::{
    Error, ErrorKind, InvalidSpkiPin, MtlsConnector, MtlsConnectorBuilder,
    ServerCertificateProblem, SpkiPin, TrustAnchors,
};

use crate::{
    TLS_VERSIONS,
    certificates::{Issue, named_ca, new_ca},
    client, get, providers,
    server::{Seen, Server, Settings},
};

const NOT_PINNED: ErrorKind = ErrorKind::ServerCertificate(ServerCertificateProblem::NotPinned);

#[tokio::test]
async fn server_is_accepted_for_its_pin_alone() {
    let ca = new_ca();
    for versions in TLS_VERSIONS {
        for provider in providers() {
            let certificate = ca.server("localhost");
            let pin = pin_of(&certificate);
            let server = Server::start(Settings::one_sided(certificate).versions(versions)).await;
            let pinned =
                |pin| client(trusting(&ca, &[pin, RESERVE]).crypto_provider(provider.clone()));

            get(&pinned(pin), &server.uri("/")).await.unwrap();
            let other = pin_of(&ca.server("localhost"));
            let error = get(&pinned(other), &server.uri("/")).await.unwrap_err();

            assert_eq!(error.kind(), NOT_PINNED);
            let seen = server.seen(2).await;
            assert!(matches!(&seen[0], Seen::Connected { .. }));
            assert_eq!(seen[1].alert(), AlertDescription::CertificateUnknown);
        }
    }
}

#[tokio::test]
async fn the_error_names_the_pin_that_the_server_has() {
    let ca = new_ca();
    let certificate = ca.server("localhost");
    let pin = pin_of(&certificate);
    let server = Server::start(Settings::one_sided(certificate)).await;

    let error = get(&client(trusting(&ca, &[RESERVE])), &server.uri("/")).await;

    let causes = causes(&error.unwrap_err());
    assert!(causes.contains(&pin.to_string()), "{causes}");
}

#[tokio::test]
async fn a_renewed_certificate_of_the_same_key_keeps_its_pin() {
    let ca = new_ca();
    let key = KeyPair::generate().unwrap();
    let pin = pin_of(&ca.server_of(&key, "localhost"));
    let renewed = named_ca("Another CA");
    let server = Server::start(Settings::one_sided(renewed.server_of(&key, "localhost"))).await;

    let outcome = get(&client(trusting(&renewed, &[pin])), &server.uri("/")).await;

    assert!(outcome.is_ok());
    assert!(matches!(server.first().await, Seen::Connected { .. }));
}

#[tokio::test]
async fn matching_pin_does_not_excuse_a_bad_chain() {
    let certificate = new_ca().server("localhost");
    let pin = pin_of(&certificate);
    let server = Server::start(Settings::one_sided(certificate)).await;
    let stranger = named_ca("Another CA");

    let error = get(&client(trusting(&stranger, &[pin])), &server.uri("/")).await;

    let unknown = ErrorKind::ServerCertificate(ServerCertificateProblem::UnknownIssuer);
    assert_eq!(error.unwrap_err().kind(), unknown);
    assert_eq!(server.first().await.alert(), AlertDescription::UnknownCA);
}

// Certificates that a server sends beside its chain are not checked.
#[tokio::test]
async fn keys_of_extra_certificates_do_not_match_pins() {
    let root = named_ca("Root");
    let issuer = root.intermediate("Issuer", 1_u64).unwrap();
    for sent_along in [&issuer, &root, &new_ca()].map(Ca::certificate) {
        let pin = SpkiPin::of_certificate(&sent_along).unwrap();
        let certificate = issuer.server("localhost").followed_by(sent_along);
        let server = Server::start(Settings::one_sided(certificate)).await;

        let error = get(&client(trusting(&root, &[pin])), &server.uri("/")).await;

        assert_eq!(error.unwrap_err().kind(), NOT_PINNED);
        assert!(matches!(server.first().await, Seen::Failed { .. }));
        get(&client(trusting(&root, &[])), &server.uri("/"))
            .await
            .unwrap();
    }
}

#[test]
fn a_certificate_that_is_cut_has_no_pin() {
    let whole = new_ca().certificate();
    for length in [0, 1, whole.len() - 1] {
        let pin = SpkiPin::of_certificate(&whole[..length].into());
        assert_eq!(pin, Err(InvalidSpkiPin::Certificate));
    }
}

/// No key has it.
const RESERVE: SpkiPin = SpkiPin::from_sha256([0; 32]);

fn trusting(ca: &Ca, pins: &[SpkiPin]) -> MtlsConnectorBuilder {
    let trust = TrustAnchors::from_pem(ca.pem()).unwrap();
    let trust = pins
        .iter()
        .fold(trust, |trust, &pin| TrustAnchors::pin_spki(trust, pin));
    MtlsConnector::builder(trust)
}

fn pin_of(certificate: &IssuedCertificate) -> SpkiPin {
    SpkiPin::of_certificate(certificate.chain().first().unwrap()).unwrap()
}

fn causes(error: &Error) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |cause| {
        cause.source()
    });
    causes.map(ToString::to_string).collect()
}
