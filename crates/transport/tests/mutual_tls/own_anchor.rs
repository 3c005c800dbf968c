//! Server certificates that are their own trust anchor, or that their CA may not issue: words for each.

use rcgen::{
    BasicConstraints, CertificateParams, GeneralSubtree, IsCa, Issuer, KeyPair, NameConstraints,
};
use rustls_pki_types::PrivateKeyDer;
use transport::{ErrorKind, MtlsConnector, RetryAdvice, ServerCertificateProblem, TrustAnchors};

use crate::{
    authority::ServerCertificate,
    client, get,
    server::{Server, Settings},
};

fn localhost(is_ca: IsCa) -> CertificateParams {
    let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
    params.is_ca = is_ca;
    params
}

fn secret(key: &KeyPair) -> PrivateKeyDer<'static> {
    PrivateKeyDer::Pkcs8(key.serialize_der().into())
}

/// What a client that trusts this certificate makes of a server with this chain.
async fn told(anchor: &rcgen::Certificate, certificate: ServerCertificate) -> Option<ErrorKind> {
    let server = Server::start(Settings::one_sided(certificate)).await;
    let trust = TrustAnchors::from_pem(anchor.pem()).unwrap();
    let outcome = get(&client(MtlsConnector::builder(trust)), &server.uri("/")).await;
    outcome.err().map(|error| {
        assert_eq!(error.retry_advice(), RetryAdvice::Never);
        error.kind()
    })
}

#[tokio::test]
async fn a_self_signed_certificate_as_its_own_anchor_has_to_be_no_ca() {
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
        let certificate = ServerCertificate {
            chain: vec![own.der().clone()],
            key: secret(&key),
        };
        assert_eq!(told(&own, certificate).await, expected);
    }
    let said = ServerCertificateProblem::CaAsServer.to_string();
    assert!(
        said.contains("CA:FALSE") && !said.contains("CaUsedAsEndEntity"),
        "{said}"
    );
}

#[tokio::test]
async fn a_certificate_that_its_ca_may_not_issue_is_told_with_the_reason() {
    let ca = || IsCa::Ca(BasicConstraints::Unconstrained);
    let elsewhere = NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("other.example".into())],
        excluded_subtrees: Vec::new(),
    };
    for (middle_is_ca, constraints, expected) in [
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
        let [root_key, middle_key, key] = [(); 3].map(|()| KeyPair::generate().unwrap());
        let mut root_params = CertificateParams::default();
        root_params.is_ca = ca();
        let root = root_params.self_signed(&root_key).unwrap();
        let root_issuer = Issuer::new(root_params, root_key);
        let mut middle_params = CertificateParams::default();
        middle_params
            .distinguished_name
            .push(rcgen::DnType::CommonName, "middle");
        middle_params.is_ca = middle_is_ca;
        middle_params.name_constraints = constraints;
        let middle = middle_params.signed_by(&middle_key, &root_issuer).unwrap();
        let middle_issuer = Issuer::new(middle_params, middle_key);
        let leaf = localhost(IsCa::NoCa)
            .signed_by(&key, &middle_issuer)
            .unwrap();
        let certificate = ServerCertificate {
            chain: vec![leaf.der().clone(), middle.der().clone()],
            key: secret(&key),
        };
        assert_eq!(
            told(&root, certificate).await,
            Some(ErrorKind::ServerCertificate(expected))
        );
    }
}
