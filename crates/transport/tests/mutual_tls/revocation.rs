//! Certificate revocation lists, over the whole chain.

use std::time::{Duration, SystemTime};

use mock_tls::Ca;
use rcgen::CertificateRevocationList;
use rustls::AlertDescription;
use transport::{ConfigError, ErrorKind, MtlsConnector, ServerCertificateProblem, TrustAnchors};

use crate::{
    TLS_VERSIONS,
    certificates::{Issue, named_ca, new_ca},
    client, get, providers,
    server::{Seen, Server, Settings},
};

/// Serial numbers.
const GOOD: u64 = 1;
const REVOKED: u64 = 2;
const ISSUER: u64 = 3;

/// The end of a list that is good now.
const OPEN: i32 = 2090;
/// The end of one that is not.
const PAST: i32 = 2021;

#[tokio::test]
async fn only_the_revoked_server_is_refused() {
    let ca = new_ca();
    let list = ca.crl(&[REVOKED], OPEN);
    for versions in TLS_VERSIONS {
        for provider in providers() {
            let settings = |serial| {
                let certificate = ca.numbered_server("localhost", serial);
                Settings::one_sided(certificate).versions(versions)
            };
            let checking = || {
                let trust = TrustAnchors::from_pem(ca.pem()).unwrap();
                let trust = trust.crl_pem(list.pem().unwrap()).unwrap();
                client(MtlsConnector::builder(trust).crypto_provider(provider.clone()))
            };
            let good = Server::start(settings(GOOD)).await;
            let revoked = Server::start(settings(REVOKED)).await;

            get(&checking(), &good.uri("/")).await.unwrap();
            let error = get(&checking(), &revoked.uri("/")).await.unwrap_err();

            assert_eq!(error.kind(), refusal(ServerCertificateProblem::Revoked));
            assert!(matches!(good.first().await, Seen::Connected { .. }));
            let heard = revoked.first().await.alert();
            assert_eq!(heard, AlertDescription::CertificateRevoked);
        }
    }
}

#[tokio::test]
async fn revoked_intermediate_revokes_the_server() {
    let root = named_ca("Root");
    let issuer = root.intermediate("Issuer", ISSUER).unwrap();
    let below = issuer.crl(&[], OPEN);

    let error = outcome(
        &issuer,
        checking(&root, &[&root.crl(&[ISSUER], OPEN), &below]),
    )
    .await;
    assert_eq!(error, Err(ServerCertificateProblem::Revoked));

    // The same number of another CA is another certificate.
    let other = [&root.crl(&[GOOD], OPEN), &below];
    assert_eq!(outcome(&issuer, checking(&root, &other)).await, Ok(()));
}

#[tokio::test]
async fn unknown_status_is_refused_unless_allowed() {
    let root = named_ca("Root");
    let issuer = root.intermediate("Issuer", ISSUER).unwrap();
    let (above, below) = (root.crl(&[], OPEN), issuer.crl(&[], OPEN));
    let strangers = named_ca("Stranger").crl(&[], OPEN);
    for lists in [&[&above][..], &[&below], &[&strangers]] {
        let settings = || checking(&root, lists);
        assert_eq!(
            outcome(&issuer, settings()).await,
            Err(ServerCertificateProblem::RevocationStatusUnknown)
        );
        let lenient = settings().allow_unknown_revocation_status();
        assert_eq!(outcome(&issuer, lenient).await, Ok(()));
    }
    // What a list knows still counts.
    let revoking = root.crl(&[ISSUER], OPEN);
    let lenient = checking(&root, &[&revoking]).allow_unknown_revocation_status();
    assert_eq!(
        outcome(&issuer, lenient).await,
        Err(ServerCertificateProblem::Revoked)
    );
}

#[tokio::test]
async fn a_list_out_of_date_refuses_unless_it_is_allowed() {
    let ca = new_ca();
    let stale = ca.crl(&[REVOKED], PAST);
    let settings = || checking(&ca, &[&stale]);
    assert_eq!(
        outcome(&ca, settings()).await,
        Err(ServerCertificateProblem::RevocationListExpired)
    );
    let lenient = settings().allow_expired_revocation_lists();
    assert_eq!(outcome(&ca, lenient).await, Ok(()));

    let revoking = ca.crl(&[GOOD], PAST);
    let lenient = checking(&ca, &[&revoking]).allow_expired_revocation_lists();
    assert_eq!(
        outcome(&ca, lenient).await,
        Err(ServerCertificateProblem::Revoked)
    );
}

#[tokio::test]
async fn the_clock_that_judges_certificates_judges_lists() {
    let ca = new_ca();
    let stale = ca.crl(&[], PAST);
    let in_2020 = SystemTime::UNIX_EPOCH + Duration::from_secs(1_590_000_000);
    let server = Server::start(settings(&ca)).await;
    let builder = MtlsConnector::builder(checking(&ca, &[&stale]));

    let outcome = get(&client(builder.clock(move || in_2020)), &server.uri("/")).await;

    assert!(outcome.is_ok());
    assert!(matches!(server.first().await, Seen::Connected { .. }));
}

#[tokio::test]
async fn list_signed_by_another_ca_is_refused() {
    let ca = new_ca();
    let forged = new_ca().crl(&[], OPEN); // of the same name
    assert_eq!(
        outcome(&ca, checking(&ca, &[&forged])).await,
        Err(ServerCertificateProblem::RevocationListInvalid)
    );
}

#[test]
fn unusable_list_is_named_by_position() {
    let ca = new_ca();
    let whole = ca.crl(&[REVOKED], OPEN).der().to_vec();
    let cut = whole[..whole.len() - 1].to_vec();
    for damaged in [Vec::new(), cut, ca.certificate().to_vec()] {
        let trust = checking(&ca, &[]).crl_der(whole.clone());
        let error = MtlsConnector::builder(trust.crl_der(damaged)).build();
        assert!(matches!(
            error.unwrap_err(),
            ConfigError::RevocationList { position: 2, .. }
        ));
    }
}

#[test]
fn a_text_without_a_list_is_refused_and_not_quoted() {
    let ca = new_ca();
    let whole = ca.crl(&[], OPEN);
    let cut = whole.pem().unwrap().replace("-----END", "----END");
    for text in ["", ca.pem(), &cut] {
        let error = checking(&ca, &[]).crl_pem(text).unwrap_err();
        assert!(matches!(error, ConfigError::NoRevocationLists), "{error:?}");
    }
    // In DER, it is the same list.
    checking(&ca, &[]).crl_pem(whole.der()).unwrap();
}

#[cfg(feature = "platform-verifier")]
#[test]
fn platform_verifier_refuses_revocation_lists() {
    let ca = new_ca();
    let platform = || TrustAnchors::platform().with_pem(ca.pem()).unwrap();
    let list = ca.crl(&[], OPEN);

    let error = MtlsConnector::builder(platform().crl_der(list.der().to_vec())).build();

    let error = error.unwrap_err();
    assert!(matches!(error, ConfigError::RevocationListsUnsupported));
    assert!(MtlsConnector::builder(platform()).build().is_ok());
}

fn refusal(problem: ServerCertificateProblem) -> ErrorKind {
    ErrorKind::ServerCertificate(problem)
}

fn checking(ca: &Ca, lists: &[&CertificateRevocationList]) -> TrustAnchors {
    let trust = TrustAnchors::from_pem(ca.pem()).unwrap();
    let lists = lists.iter().map(|list| list.der().to_vec());
    lists.fold(trust, TrustAnchors::crl_der)
}

fn settings(ca: &Ca) -> Settings {
    Settings::one_sided(ca.numbered_server("localhost", GOOD))
}

/// Returns whether a server of `ca` is accepted; a refused one has heard of it.
async fn outcome(ca: &Ca, trust: TrustAnchors) -> Result<(), ServerCertificateProblem> {
    let server = Server::start(settings(ca)).await;
    let client = client(MtlsConnector::builder(trust));
    match get(&client, &server.uri("/")).await {
        Ok(_) => {
            assert!(matches!(server.first().await, Seen::Connected { .. }));
            Ok(())
        }
        Err(error) => {
            server.first().await.alert();
            let ErrorKind::ServerCertificate(problem) = error.kind() else {
                panic!("{error:?}");
            };
            Err(problem)
        }
    }
}
