//! What the operating system trusts, in a process that is told so: on Linux it is files, which variables name.
#![cfg(all(feature = "platform-verifier", target_os = "linux"))]

use std::{error::Error as _, ffi::OsStr, fs};

use rustls::AlertDescription;
use transport::{ConfigError, ErrorKind, MtlsConnector, ServerCertificateProblem, TrustAnchors};

use crate::{
    authority::Authority,
    child, client, get, providers,
    server::{Seen, Server, Settings},
};

#[test]
fn a_server_of_an_authority_of_the_system_is_taken_and_one_of_nobodys_is_not() {
    const THIS: &str =
        "platform::a_server_of_an_authority_of_the_system_is_taken_and_one_of_nobodys_is_not";
    if child::is_child() {
        return run(async {
            let file = std::env::var_os("SSL_CERT_FILE").unwrap();
            let systems = Authority::named("System");
            fs::write(file, systems.pem()).unwrap();
            let nobodys = Authority::named("Nobody");
            let both = || TrustAnchors::platform().with_pem(nobodys.pem()).unwrap();

            assert_eq!(verdict(TrustAnchors::platform(), &systems).await, Ok(()));
            assert_eq!(verdict(TrustAnchors::platform(), &nobodys).await, UNKNOWN);
            assert_eq!(verdict(both(), &systems).await, Ok(()));
            assert_eq!(verdict(both(), &nobodys).await, Ok(()));
            let only = TrustAnchors::from_pem(nobodys.pem()).unwrap();
            assert_eq!(verdict(only, &systems).await, UNKNOWN);
        });
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("system.pem");
    child::run(THIS, &[("SSL_CERT_FILE", file.as_os_str())]);
}

#[test]
fn a_system_that_trusts_nobody_is_told_of_when_the_connector_is_built() {
    const THIS: &str =
        "platform::a_system_that_trusts_nobody_is_told_of_when_the_connector_is_built";
    if child::is_child() {
        return run(async {
            let error = MtlsConnector::builder(TrustAnchors::platform()).build();
            let error = error.unwrap_err();
            assert!(matches!(error, ConfigError::PlatformTrustAnchors { .. }));
            assert!(error.source().is_some());
            // Ours are enough.
            let ours = Authority::new();
            let with_ours = TrustAnchors::platform().with_pem(ours.pem()).unwrap();
            assert_eq!(verdict(with_ours, &ours).await, Ok(()));
        });
    }
    let folder = tempfile::tempdir().unwrap();
    let nothing: &OsStr = folder.path().as_os_str();
    child::run(THIS, &[("SSL_CERT_DIR", nothing)]);
}

#[test]
fn a_damaged_authority_of_ours_is_not_blamed_on_the_system() {
    let whole = Authority::new();
    let damaged = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let trust = TrustAnchors::platform().with_pem(whole.pem()).unwrap();
    assert!(MtlsConnector::builder(trust.clone()).build().is_ok());

    let error = trust.with_pem(damaged).unwrap_err();

    assert!(matches!(error, ConfigError::TrustAnchor { position: 1 }));
}

const UNKNOWN: Result<(), ErrorKind> = Err(ErrorKind::ServerCertificate(
    ServerCertificateProblem::UnknownIssuer,
));

/// Of each provider on a server of `authority`, which hears of a refusal.
async fn verdict(trust: TrustAnchors, authority: &Authority) -> Result<(), ErrorKind> {
    let mut verdict = Ok(());
    for provider in providers() {
        let server = Server::start(Settings::one_sided(authority.server("localhost"))).await;
        let settings = MtlsConnector::builder(trust.clone()).crypto_provider(provider);
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
