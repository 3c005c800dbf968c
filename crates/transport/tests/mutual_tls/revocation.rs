//! Certificate revocation lists, over the whole chain.

use std::time::{Duration, SystemTime};

use rcgen::CertificateRevocationList;
use rustls::AlertDescription;
use transport::{ConfigError, ErrorKind, MtlsConnector, ServerCertificateProblem, TrustAnchors};

use crate::{
    TLS_VERSIONS,
    authority::Authority,
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
async fn a_revoked_server_is_refused_and_hears_so_and_another_of_its_authority_is_not() {
    let authority = Authority::new();
    let list = authority.crl(&[REVOKED], OPEN);
    for versions in TLS_VERSIONS {
        for provider in providers() {
            let settings = |serial| {
                let certificate = authority.numbered_server("localhost", serial);
                Settings::one_sided(certificate).versions(versions)
            };
            let checking = || {
                let trust = TrustAnchors::from_pem(authority.pem()).unwrap();
                let trust = trust.crl_pem(list.pem().unwrap()).unwrap();
                client(MtlsConnector::builder(trust).crypto_provider(provider))
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
async fn an_authority_on_the_way_that_is_revoked_revokes_the_server() {
    let root = Authority::named("Root");
    let issuer = root.intermediate("Issuer", ISSUER);
    let below = issuer.crl(&[], OPEN);

    let error = outcome(
        &issuer,
        checking(&root, &[&root.crl(&[ISSUER], OPEN), &below]),
    )
    .await;
    assert_eq!(error, Err(ServerCertificateProblem::Revoked));

    // The same number of another authority is another certificate.
    let other = [&root.crl(&[GOOD], OPEN), &below];
    assert_eq!(outcome(&issuer, checking(&root, &other)).await, Ok(()));
}

#[tokio::test]
async fn a_status_that_no_list_knows_is_refused_unless_it_is_allowed() {
    let root = Authority::named("Root");
    let issuer = root.intermediate("Issuer", ISSUER);
    let (above, below) = (root.crl(&[], OPEN), issuer.crl(&[], OPEN));
    let strangers = Authority::named("Stranger").crl(&[], OPEN);
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
    let authority = Authority::new();
    let stale = authority.crl(&[REVOKED], PAST);
    let settings = || checking(&authority, &[&stale]);
    assert_eq!(
        outcome(&authority, settings()).await,
        Err(ServerCertificateProblem::RevocationListExpired)
    );
    let lenient = settings().allow_expired_revocation_lists();
    assert_eq!(outcome(&authority, lenient).await, Ok(()));

    let revoking = authority.crl(&[GOOD], PAST);
    let lenient = checking(&authority, &[&revoking]).allow_expired_revocation_lists();
    assert_eq!(
        outcome(&authority, lenient).await,
        Err(ServerCertificateProblem::Revoked)
    );
}

#[tokio::test]
async fn the_clock_that_judges_certificates_judges_lists() {
    let authority = Authority::new();
    let stale = authority.crl(&[], PAST);
    let in_2020 = SystemTime::UNIX_EPOCH + Duration::from_secs(1_590_000_000);
    let server = Server::start(settings(&authority)).await;
    let builder = MtlsConnector::builder(checking(&authority, &[&stale]));

    let outcome = get(&client(builder.clock(move || in_2020)), &server.uri("/")).await;

    assert!(outcome.is_ok());
    assert!(matches!(server.first().await, Seen::Connected { .. }));
}

#[tokio::test]
async fn a_list_that_another_signed_in_its_name_is_no_list() {
    let authority = Authority::new();
    let forged = Authority::new().crl(&[], OPEN); // of the same name
    assert_eq!(
        outcome(&authority, checking(&authority, &[&forged])).await,
        Err(ServerCertificateProblem::RevocationListInvalid)
    );
}

#[test]
fn a_list_that_cannot_be_used_is_named_by_its_position() {
    let authority = Authority::new();
    let whole = authority.crl(&[REVOKED], OPEN).der().to_vec();
    let cut = whole[..whole.len() - 1].to_vec();
    for damaged in [Vec::new(), cut, authority.der().to_vec()] {
        let trust = checking(&authority, &[]).crl_der(whole.clone());
        let error = MtlsConnector::builder(trust.crl_der(damaged)).build();
        assert!(matches!(
            error.unwrap_err(),
            ConfigError::RevocationList { position: 2, .. }
        ));
    }
}

#[test]
fn a_text_without_a_list_is_refused_and_not_quoted() {
    let authority = Authority::new();
    let whole = authority.crl(&[], OPEN);
    let cut = whole.pem().unwrap().replace("-----END", "----END");
    for text in ["", authority.pem(), &cut] {
        let error = checking(&authority, &[]).crl_pem(text).unwrap_err();
        assert!(matches!(error, ConfigError::NoRevocationLists), "{error:?}");
    }
    // In DER, it is the same list.
    checking(&authority, &[]).crl_pem(whole.der()).unwrap();
}

#[cfg(feature = "platform-verifier")]
#[test]
fn the_verifier_of_the_system_takes_no_lists_and_says_so() {
    let authority = Authority::new();
    let platform = || TrustAnchors::platform().with_pem(authority.pem()).unwrap();
    let list = authority.crl(&[], OPEN);

    let error = MtlsConnector::builder(platform().crl_der(list.der().to_vec())).build();

    let error = error.unwrap_err();
    assert!(matches!(error, ConfigError::RevocationListsUnsupported));
    assert!(MtlsConnector::builder(platform()).build().is_ok());
}

fn refusal(problem: ServerCertificateProblem) -> ErrorKind {
    ErrorKind::ServerCertificate(problem)
}

fn checking(authority: &Authority, lists: &[&CertificateRevocationList]) -> TrustAnchors {
    let trust = TrustAnchors::from_pem(authority.pem()).unwrap();
    let lists = lists.iter().map(|list| list.der().to_vec());
    lists.fold(trust, TrustAnchors::crl_der)
}

fn settings(authority: &Authority) -> Settings {
    Settings::one_sided(authority.numbered_server("localhost", GOOD))
}

/// Whether a server of `authority` is taken; a refused one has heard of it.
async fn outcome(
    authority: &Authority,
    trust: TrustAnchors,
) -> Result<(), ServerCertificateProblem> {
    let server = Server::start(settings(authority)).await;
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
