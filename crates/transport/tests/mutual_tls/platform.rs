//! Trust anchors of the operating system, in a process of its own: on Linux they are files that
//! variables name.
#![cfg(all(feature = "platform-verifier", target_os = "linux"))]

use std::{error::Error as _, ffi::OsStr, fs};

use mock_tls::Ca;
use rustls::AlertDescription;
use transport::{ConfigError, ErrorKind, MtlsConnector, ServerCertificateProblem, TrustAnchors};

use crate::{
    certificates::{Issue, named_ca, new_ca},
    child, client, get, providers,
    server::{Seen, Server, Settings},
};

#[test]
fn system_trusts_servers_of_its_own_cas_alone() {
    const THIS: &str = "platform::system_trusts_servers_of_its_own_cas_alone";
    if child::is_child() {
        return run(async {
            let file = std::env::var_os("SSL_CERT_FILE").unwrap();
            let systems = named_ca("System");
            fs::write(file, systems.pem()).unwrap();
            let ours = named_ca("Ours");
            let both = || TrustAnchors::platform().with_pem(ours.pem()).unwrap();

            assert_eq!(verdict(TrustAnchors::platform(), &systems).await, Ok(()));
            assert_eq!(verdict(TrustAnchors::platform(), &ours).await, UNKNOWN);
            assert_eq!(verdict(both(), &systems).await, Ok(()));
            assert_eq!(verdict(both(), &ours).await, Ok(()));
            let only = TrustAnchors::from_pem(ours.pem()).unwrap();
            assert_eq!(verdict(only, &systems).await, UNKNOWN);
        });
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("system.pem");
    child::run(THIS, &[("SSL_CERT_FILE", file.as_os_str())]);
}

#[test]
fn system_without_anchors_is_reported_at_build() {
    const THIS: &str = "platform::system_without_anchors_is_reported_at_build";
    if child::is_child() {
        return run(async {
            let error = MtlsConnector::builder(TrustAnchors::platform()).build();
            let error = error.unwrap_err();
            assert!(matches!(error, ConfigError::PlatformTrustAnchors { .. }));
            assert!(error.source().is_some());
            // Ours are enough.
            let ours = new_ca();
            let with_ours = TrustAnchors::platform().with_pem(ours.pem()).unwrap();
            assert_eq!(verdict(with_ours, &ours).await, Ok(()));
        });
    }
    let folder = tempfile::tempdir().unwrap();
    let nothing: &OsStr = folder.path().as_os_str();
    child::run(THIS, &[("SSL_CERT_DIR", nothing)]);
}

#[test]
fn damaged_anchor_of_ours_is_not_the_systems() {
    let whole = new_ca();
    let damaged = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let trust = TrustAnchors::platform().with_pem(whole.pem()).unwrap();
    assert!(MtlsConnector::builder(trust.clone()).build().is_ok());

    let error = trust.with_pem(damaged).unwrap_err();

    assert!(matches!(error, ConfigError::TrustAnchor { position: 1 }));
}

const UNKNOWN: Result<(), ErrorKind> = Err(ErrorKind::ServerCertificate(
    ServerCertificateProblem::UnknownIssuer,
));

/// Returns the verdict of each provider on a server of `ca`, which hears of a refusal.
async fn verdict(trust: TrustAnchors, ca: &Ca) -> Result<(), ErrorKind> {
    let mut verdict = Ok(());
    for provider in providers() {
        let server = Server::start(Settings::one_sided(ca.server("localhost"))).await;
        let settings = MtlsConnector::builder(trust.clone()).crypto_provider(provider.clone());
        let outcome = get(&client(settings), &server.uri("/")).await;
        verdict = outcome.map(drop).map_err(|error| error.kind());
        match (server.first().await, verdict) {
            (Seen::Connected { .. }, Ok(())) => {}
            (Seen::Failed { error, .. }, Err(_)) => {
                let unknown = rustls::Error::AlertReceived(AlertDescription::UnknownCA);
                assert_eq!(error.as_ref(), Some(&unknown));
            }
            both => panic!("the two sides do not agree: {both:?}"),
        }
    }
    verdict
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(test);
}
