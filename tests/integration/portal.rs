//! Our requests, as the portal accepts and refuses them.

use csr::{CertificationRequest, Policy, Subject, SubjectBuilder};
use http::StatusCode;
use mock_napi::{Account, EventKind, ProblemCode};
use proptest::{
    prelude::*,
    test_runner::{Config, TestRunner},
};
use test_support::{Customer, Mock, Refused};

use crate::kinds;

/// Makes a request for the customers' key whose organization is `organization`, by the rules of
/// `policy`.
fn request(organization: &str, policy: Policy) -> Result<String, csr::SubjectError> {
    sign(subject(policy).organization(organization))
}

fn subject(policy: Policy) -> SubjectBuilder {
    Subject::builder()
        .policy(policy)
        .country("CA")
        .state("British Columbia")
        .locality("Vancouver")
        .organization("Acme Identity Inc.")
        .common_name("napi.acme.example")
}

fn sign(subject: SubjectBuilder) -> Result<String, csr::SubjectError> {
    let subject = subject.build()?;
    let key = Customer::key().unwrap();
    Ok(CertificationRequest::builder(&subject)
        .sign(key)
        .unwrap()
        .to_pem())
}

async fn upload(mock: &Mock, account: &Account, pem: &str) -> Result<String, Refused> {
    let response = mock.portal().certificate(account, pem).await;
    response.unwrap()
}

#[tokio::test]
async fn a_forbidden_character_is_refused_by_both_sides() {
    let mock = Mock::start().await.unwrap();
    assert!(request("Smith & Sons", Policy::Trulioo).is_err());

    let forced = request("Smith & Sons", Policy::Rfc5280).unwrap();
    let refused = upload(&mock, Account::ACME, &forced).await.unwrap_err();
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    assert_eq!(refused.problems, [ProblemCode::ForbiddenCharacter]);

    let spelt_out = request("Smith and Sons", Policy::Trulioo).unwrap();
    assert!(upload(&mock, Account::ACME, &spelt_out).await.is_ok());
}

#[tokio::test]
async fn a_wildcard_is_refused_by_both_sides() {
    let mock = Mock::start().await.unwrap();
    let wildcard = |policy| sign(subject(policy).dns_name("*.acme.example"));
    assert!(wildcard(Policy::Trulioo).is_err());

    let forced = wildcard(Policy::Rfc5280).unwrap();
    let refused = upload(&mock, Account::ACME, &forced).await.unwrap_err();
    assert!(refused.problems.contains(&ProblemCode::Wildcard));
}

#[tokio::test]
async fn a_request_that_was_tampered_with_is_refused() {
    let mock = Mock::start().await.unwrap();
    let mut der = Customer::request().unwrap().to_der().to_vec();
    let last = der.len() - 1;
    der[last] ^= 1;
    let body = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, der);
    let pem =
        format!("-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n");

    let refused = upload(&mock, Account::ACME, &pem).await.unwrap_err();

    assert_eq!(refused.problems, [ProblemCode::BadSignature]);
}

#[tokio::test]
async fn sixth_certificate_is_refused_until_one_is_revoked() {
    let mock = Mock::start().await.unwrap();
    let portal = mock.portal();
    let request = Customer::request().unwrap().to_pem();
    let customer = Customer::new(Account::ACME).unwrap();
    for _ in 0..5 {
        let issued = upload(&mock, Account::ACME, &request).await.unwrap();
        customer.install(&issued).unwrap();
    }

    let refused = upload(&mock, Account::ACME, &request).await.unwrap_err();
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert_eq!(refused.problems, [ProblemCode::TooManyCertificates]);
    // Another account has five of its own.
    assert!(upload(&mock, Account::GLOBEX, &request).await.is_ok());

    let serial = customer.identity().unwrap().leaf().serial().to_owned();
    portal.revoke(Account::ACME, &serial).await.unwrap();
    assert!(upload(&mock, Account::ACME, &request).await.is_ok());

    let events = portal.events().await.unwrap();
    let count = |wanted: fn(&EventKind) -> bool| {
        kinds(&events)
            .into_iter()
            .filter(|kind| wanted(kind))
            .count()
    };
    assert_eq!(
        count(|kind| matches!(kind, EventKind::CertificateIssued { .. })),
        7
    );
    assert_eq!(
        count(|kind| matches!(kind, EventKind::CertificateRefused { .. })),
        1
    );
    assert_eq!(
        count(|kind| matches!(kind, EventKind::CertificateRevoked { .. })),
        1
    );
}

// Whatever organization we accept, the portal accepts; whatever we refuse for a character, it
// refuses.
#[test]
fn our_rules_are_the_portals_rules() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mock = runtime.block_on(Mock::start()).unwrap();
    let mut runner = TestRunner::new(Config {
        cases: 64,
        ..Config::default()
    });
    // Printable text with and without the forbidden characters, some of it beyond ASCII.
    let organization = "[ -~é-ü東京]{1,64}";
    let outcome = runner.run(&organization.prop_map(String::from), |organization| {
        let ours = request(&organization, Policy::Trulioo);
        let forced = ours
            .clone()
            .or_else(|_| request(&organization, Policy::Rfc5280));
        let Ok(forced) = forced else { return Ok(()) };
        let expired = -100..-50; // so that the five slots stay free
        let upload = mock.portal();
        let upload = upload.certificate_valid(Account::ACME, &forced, expired);
        let theirs = runtime.block_on(upload).unwrap();
        match theirs {
            Ok(_) => prop_assert!(
                ours.is_ok() || organization.trim() != organization,
                "we refuse what the portal takes: {organization:?}"
            ),
            Err(refused) => prop_assert!(ours.is_err(), "{organization:?}: {refused:?}"),
        }
        Ok(())
    });
    outcome.unwrap();
}
