//! A rustls configuration of the caller's own as the base: what is taken from it, and what is not.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use http_body_util::BodyExt;
use rustls::{
    CipherSuite, ClientConfig, DigitallySignedStruct, KeyLog, NamedGroup, RootCertStore,
    SignatureScheme, SupportedProtocolVersion,
    client::{
        ClientSessionStore, ResolvesClientCert, Resumption, Tls12ClientSessionValue,
        Tls13ClientSessionValue,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::aws_lc_rs,
    sign::CertifiedKey,
    time_provider::TimeProvider,
};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use transport::{
    Alpn, ConfigError, ErrorKind, Handshake, MtlsConnector, ServerCertificateProblem, TrustAnchors,
};

use crate::{
    TLS_VERSIONS,
    certificates::{Issue, named_ca, new_ca},
    client, get, info,
    server::{Seen, Server, Settings},
    trusting,
};

/// Returns a configuration that trusts no CA.
fn base(versions: &[&'static SupportedProtocolVersion]) -> ClientConfig {
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth()
}

#[tokio::test]
async fn base_provider_and_versions_survive_rotation() {
    let ca = new_ca();
    let mut provider = aws_lc_rs::default_provider();
    provider
        .cipher_suites
        .retain(|suite| suite.suite() == CipherSuite::TLS13_CHACHA20_POLY1305_SHA256);
    provider
        .kx_groups
        .retain(|group| group.name() == NamedGroup::secp384r1);
    let base = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(RootCertStore::empty())
        .with_no_client_auth();
    let server = Server::start(Settings::mutual(&ca)).await;
    let settings = trusting(&ca).identity(&ca.client());
    let client = client(settings.rustls_base_config(base));
    for rotation in 0..3 {
        let info = info(&get(&client, &server.uri("/")).await.unwrap());
        let tls = info.tls().unwrap();
        assert_eq!(tls.cipher_suite, "TLS_CHACHA20_POLY1305_SHA256");
        assert_eq!(tls.key_exchange_group.as_deref(), Some("secp384r1"));
        assert_eq!(tls.version, "TLSv1.3");
        match rotation {
            0 => client.rotate([&ca.client()]).unwrap(),
            _ => client
                .rotate_trust(TrustAnchors::from_pem(ca.pem()).unwrap())
                .unwrap(),
        };
    }
    for seen in server.seen(3).await {
        let group = Some(NamedGroup::secp384r1);
        assert!(
            matches!(seen, Seen::Connected { group: it, client: Some(_), .. } if it == group),
            "{seen:?}"
        );
    }
}

#[tokio::test]
async fn small_settings_of_the_base_are_kept() {
    let ca = new_ca();
    let mut base = base(TLS_VERSIONS[0]);
    base.enable_sni = false;
    base.max_fragment_size = Some(512);
    base.require_ems = true;
    let settings = || trusting(&ca).rustls_base_config(base.clone());
    let config = settings().build().unwrap().rustls_client_config();
    assert_eq!(config.max_fragment_size, Some(512));
    assert!(config.require_ems);

    let server = Server::start(Settings::one_sided(ca.server("localhost"))).await;
    let info = info(&get(&client(settings()), &server.uri("/")).await.unwrap());
    assert_eq!(info.tls().unwrap().version, "TLSv1.2");
    assert!(matches!(
        server.first().await,
        Seen::Connected {
            server_name: None,
            ..
        }
    ));
}

/// Takes every server, which ours must not.
#[derive(Debug)]
struct Lenient;

impl ServerCertVerifier for Lenient {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

#[tokio::test]
async fn verifier_of_the_base_is_not_taken() {
    let (ca, other) = (named_ca("Ours"), named_ca("Other"));
    let mut base = base(rustls::ALL_VERSIONS);
    base.dangerous().set_certificate_verifier(Arc::new(Lenient));
    let server = Server::start(Settings::one_sided(other.server("localhost"))).await;
    let client = client(trusting(&ca).rustls_base_config(base));
    let error = get(&client, &server.uri("/")).await.unwrap_err();
    let unknown = ServerCertificateProblem::UnknownIssuer;
    assert_eq!(error.kind(), ErrorKind::ServerCertificate(unknown));
    assert!(matches!(server.first().await, Seen::Failed { .. }));
}

/// Everything that a base must not bring along: each panics when it is asked.
#[derive(Debug)]
struct Untouched;

impl ResolvesClientCert for Untouched {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        panic!("the resolver of the base was asked");
    }

    fn has_certs(&self) -> bool {
        panic!("the resolver of the base was asked");
    }
}

impl KeyLog for Untouched {
    fn log(&self, _: &str, _: &[u8], _: &[u8]) {
        panic!("the key log of the base was written");
    }

    fn will_log(&self, _: &str) -> bool {
        panic!("the key log of the base was asked");
    }
}

impl ClientSessionStore for Untouched {
    fn set_kx_hint(&self, _: ServerName<'static>, _: NamedGroup) {
        panic!("the store of the base was used");
    }

    fn kx_hint(&self, _: &ServerName<'_>) -> Option<NamedGroup> {
        panic!("the store of the base was used");
    }

    fn set_tls12_session(&self, _: ServerName<'static>, _: Tls12ClientSessionValue) {
        panic!("the store of the base was used");
    }

    fn tls12_session(&self, _: &ServerName<'_>) -> Option<Tls12ClientSessionValue> {
        panic!("the store of the base was used");
    }

    fn remove_tls12_session(&self, _: &ServerName<'static>) {
        panic!("the store of the base was used");
    }

    fn insert_tls13_ticket(&self, _: ServerName<'static>, _: Tls13ClientSessionValue) {
        panic!("the store of the base was used");
    }

    fn take_tls13_ticket(&self, _: &ServerName<'static>) -> Option<Tls13ClientSessionValue> {
        panic!("the store of the base was used");
    }
}

// A rotation over a base is one: the new certificate in full, then resumed by a store of its own.
#[tokio::test]
async fn resolver_sessions_and_alpn_of_the_base_are_not_taken() {
    let ca = new_ca();
    for versions in TLS_VERSIONS {
        let mut base = base(versions);
        base.client_auth_cert_resolver = Arc::new(Untouched);
        base.resumption = Resumption::store(Arc::new(Untouched));
        base.key_log = Arc::new(Untouched);
        base.alpn_protocols = vec![b"acme/1".to_vec()];
        base.enable_early_data = true;
        base.enable_secret_extraction = true;
        let server = Server::start(Settings::mutual(&ca)).await;
        let (old, new) = (ca.client(), ca.client());
        let settings = trusting(&ca).identity(&old).alpn(Alpn::Http11);
        let connector = settings.rustls_base_config(base).build().unwrap();
        let config = connector.rustls_client_config();
        assert!(!config.enable_early_data && !config.enable_secret_extraction);
        let client = transport::MtlsClient::new(connector);
        let mut outcomes = Vec::new();
        for request in 0..4 {
            if request == 2 {
                client.rotate([&new]).unwrap();
            }
            let response = get(&client, &server.uri("/close")).await.unwrap();
            let info = info(&response);
            assert_eq!(info.tls().unwrap().alpn.as_deref(), Some("http/1.1"));
            outcomes.push((info.identity(), info.tls().unwrap().handshake));
            response.into_body().collect().await.unwrap();
        }
        let (old, new) = (old.leaf().sha256(), new.leaf().sha256());
        let expected = [
            (Some(old), Handshake::Full),
            (Some(old), Handshake::Resumed),
            (Some(new), Handshake::Full),
            (Some(new), Handshake::Resumed),
        ];
        assert_eq!(outcomes, expected);
        let shown = server.seen(4).await;
        let shown: Vec<_> = shown
            .iter()
            .map(|seen| match seen {
                Seen::Connected { client, .. } => client.clone().unwrap(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(shown[0] == shown[1] && shown[1] != shown[2] && shown[2] == shown[3]);
    }
}

#[derive(Debug)]
struct Stopped;

impl TimeProvider for Stopped {
    fn current_time(&self) -> Option<UnixTime> {
        panic!("the time of the base was asked for");
    }
}

#[tokio::test]
async fn time_and_key_log_are_those_that_are_set_here() {
    let ca = new_ca();
    let mut base = base(rustls::ALL_VERSIONS);
    base.time_provider = Arc::new(Stopped);
    base.key_log = Arc::new(Untouched);
    let server = Server::start(Settings::one_sided(ca.server("localhost"))).await;
    let lines = Arc::new(Mutex::new(0));
    let settings = || trusting(&ca).rustls_base_config(base.clone());
    let logged = client(settings().dangerous().key_log({
        let lines = Arc::clone(&lines);
        move |_| *lines.lock().unwrap() += 1
    }));
    get(&logged, &server.uri("/")).await.unwrap();
    assert!(*lines.lock().unwrap() > 0);

    // The certificates of the tests end in the year 4096.
    let far = SystemTime::UNIX_EPOCH + Duration::from_secs(70_000_000_000);
    let late = client(settings().clock(move || far));
    let error = get(&late, &server.uri("/")).await.unwrap_err();
    let expired = ServerCertificateProblem::Expired;
    assert_eq!(error.kind(), ErrorKind::ServerCertificate(expired));
}

#[test]
fn settings_that_contradict_the_base_are_refused() {
    let ca = new_ca();
    let settings = || trusting(&ca).rustls_base_config(base(rustls::ALL_VERSIONS));
    let named = |outcome: Result<MtlsConnector, ConfigError>| match outcome {
        Err(ConfigError::SetInRustlsBase { setting }) => setting,
        other => panic!("{other:?}"),
    };
    assert_eq!(named(settings().tls13_only().build()), "tls13_only");
    for provider in crate::providers() {
        let both = settings().crypto_provider(provider).build();
        assert_eq!(named(both), "crypto_provider");
    }
    settings().build().unwrap();
}
