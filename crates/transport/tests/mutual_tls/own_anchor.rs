//! Server certificates that are their own trust anchor, or that their CA may not issue:
//! the error for each.

use mock_tls::IssuedCertificate;
use rcgen::{BasicConstraints, CertificateParams, GeneralSubtree, IsCa, KeyPair, NameConstraints};
use transport::{ErrorKind, MtlsConnector, RetryAdvice, ServerCertificateProblem, TrustAnchors};

use crate::{
    certificates::{Issue, named_ca},
    client, get,
    server::{Server, Settings},
};

fn localhost(is_ca: IsCa) -> CertificateParams {
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.is_ca = is_ca;
    params
}

/// Returns the error of a client that trusts this certificate, at a server with this chain.
async fn outcome(anchor: &str, certificate: IssuedCertificate) -> Option<ErrorKind> {
    let server = Server::start(Settings::one_sided(certificate)).await;
    let trust = TrustAnchors::from_pem(anchor).unwrap();
    let outcome = get(&client(MtlsConnector::builder(trust)), &server.uri("/")).await;
    outcome.err().map(|error| {
        assert_eq!(error.retry_advice(), RetryAdvice::Never);
        error.kind()
    })
}

#[tokio::test]
async fn self_signed_certificate_as_anchor_must_not_be_ca() {
    let ca = IsCa::Ca(BasicConstraints::Unconstrained);
    for (is_ca, expected) in [
        (IsCa::ExplicitNoCa, None),
        (IsCa::NoCa, None),
        (
            ca,
            Some(ErrorKind::ServerCertificate(
                ServerCertificateProblem::CaAsServer,
            )),
        ),
    ] {
        let key = KeyPair::generate().unwrap();
        let own = localhost(is_ca).self_signed(&key).unwrap();
        let anchor = own.pem();
        let certificate = IssuedCertificate::new(vec![own.into()], &key);
        assert_eq!(outcome(&anchor, certificate).await, expected);
    }
    let said = ServerCertificateProblem::CaAsServer.to_string();
    assert!(
        said.contains("CA:FALSE") && !said.contains("CaUsedAsEndEntity"),
        "{said}"
    );
}

#[tokio::test]
async fn certificate_outside_its_cas_constraints_has_a_reason() {
    let ca = || IsCa::Ca(BasicConstraints::Unconstrained);
    let elsewhere = NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("other.example".into())],
        excluded_subtrees: Vec::new(),
    };
    for (is_ca, constraints, expected) in [
        (
            IsCa::ExplicitNoCa,
            None,
            ServerCertificateProblem::IssuerNotCa,
        ),
        (
            ca(),
            Some(elsewhere),
            ServerCertificateProblem::NotPermitted,
        ),
    ] {
        let root = named_ca("Root");
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "Intermediate");
        params.is_ca = is_ca;
        params.name_constraints = constraints;
        let intermediate = root.intermediate_with(params).unwrap();
        let certificate = intermediate.server("localhost");
        assert_eq!(
            outcome(root.pem(), certificate).await,
            Some(ErrorKind::ServerCertificate(expected))
        );
    }
}
