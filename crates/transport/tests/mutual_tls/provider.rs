//! Crypto providers that a program brings along.

use std::sync::{Arc, atomic::Ordering::SeqCst};

use rustls::{
    CipherSuite, ProtocolVersion,
    crypto::{WebPkiSupportedAlgorithms, aws_lc_rs},
};
use transport::{ConfigError, CryptoProvider, CryptoProviderProblem, MtlsConnectorBuilder};

use crate::{
    TLS_VERSIONS,
    certificates::{Issue, new_ca},
    client, get, info,
    own_provider::{GROUP, SUITE, Uses, own_provider},
    server::{Seen, Server, Settings},
    trusting,
};

#[tokio::test]
async fn own_provider_does_every_part_of_the_handshake() {
    let ca = new_ca();
    let uses = Arc::new(Uses::default());
    let server = Server::start(Settings::mutual(&ca)).await;
    let provider = CryptoProvider::from_rustls(own_provider(&uses, true));
    let settings = trusting(&ca).identity(&ca.client()).tls13_only();
    let client = client(settings.crypto_provider(provider));
    for round in 1..=2 {
        let response = get(&client, &server.uri("/")).await.unwrap();

        let info = info(&response);
        assert!(info.is_fips(), "{info:?}");
        let tls = info.tls().unwrap();
        assert_eq!(tls.cipher_suite, "TLS_CHACHA20_POLY1305_SHA256");
        assert_eq!(tls.key_exchange_group.as_deref(), Some("secp384r1"));
        let seen = server.seen(round).await;
        let Some(Seen::Connected {
            client: Some(_),
            suite,
            group,
            resumed: false,
            ..
        }) = seen.last()
        else {
            panic!("no full handshake with our certificate: {seen:?}");
        };
        assert_eq!((*suite, *group), (SUITE, Some(GROUP)));
        assert_eq!(uses.keys_read.load(SeqCst), round);
        assert!(uses.exchanges.load(SeqCst) >= round);
        assert!(uses.random.load(SeqCst) >= round);
        // The chain and the signature of each handshake.
        assert!(uses.verifications.load(SeqCst) >= 2 * round);
        client.rotate([&ca.client()]).unwrap();
    }
}

#[tokio::test]
async fn one_part_that_is_not_validated_is_not_fips() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca)).await;
    let uses = Arc::default();
    let settings = || trusting(&ca).identity(&ca.client()).tls13_only();
    let own = CryptoProvider::from_rustls(own_provider(&uses, false));
    for settings in [settings().crypto_provider(own), settings()] {
        let response = get(&client(settings), &server.uri("/")).await.unwrap();
        assert!(!info(&response).is_fips());
    }
}

#[tokio::test]
async fn failed_connection_says_whether_it_was_fips() {
    let ca = new_ca();
    let server = Server::start(Settings::mutual(&ca).versions(TLS_VERSIONS[0])).await;
    for is_validated in [true, false] {
        let own = CryptoProvider::from_rustls(own_provider(&Arc::default(), is_validated));
        let client = client(trusting(&ca).tls13_only().crypto_provider(own));
        let error = get(&client, &server.uri("/")).await.unwrap_err();
        assert_eq!(error.connection().unwrap().is_fips(), is_validated);
    }
}

#[tokio::test]
async fn fewer_suites_and_groups_are_all_that_is_offered() {
    let ca = new_ca();
    let mut provider = aws_lc_rs::default_provider();
    let wanted = [
        CipherSuite::TLS13_AES_128_GCM_SHA256,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    ];
    let suites = &mut provider.cipher_suites;
    suites.retain(|it| wanted.contains(&it.suite()));
    provider.kx_groups.retain(|it| it.name() == GROUP);
    let provider = CryptoProvider::from_rustls(Arc::new(provider));
    for (versions, version, expected) in [
        (TLS_VERSIONS[0], ProtocolVersion::TLSv1_2, wanted[1]),
        (TLS_VERSIONS[1], ProtocolVersion::TLSv1_3, wanted[0]),
    ] {
        let server = Server::start(Settings::mutual(&ca).versions(versions)).await;
        let settings = trusting(&ca).identity(&ca.client());
        let client = client(settings.crypto_provider(provider.clone()));

        let info = info(&get(&client, &server.uri("/")).await.unwrap());

        let suite = &info.tls().unwrap().cipher_suite;
        assert!(suite.ends_with("AES_128_GCM_SHA256"), "{suite}");
        let Seen::Connected {
            suite,
            group,
            version: spoken,
            ..
        } = server.first().await
        else {
            panic!("the server did not connect");
        };
        assert_eq!((suite, group, spoken), (expected, Some(GROUP), version));
    }
}

#[test]
fn provider_that_lacks_a_part_is_refused_by_its_name() {
    let none = WebPkiSupportedAlgorithms {
        all: &[],
        mapping: &[],
    };
    let change = |change: &dyn Fn(&mut rustls::crypto::CryptoProvider)| {
        let mut provider = aws_lc_rs::default_provider();
        change(&mut provider);
        provider
    };
    let no_suites = change(&|it| it.cipher_suites.clear());
    let only_13 = change(&|it| it.cipher_suites.retain(|it| it.tls13().is_some()));
    let only_12 = change(&|it| it.cipher_suites.retain(|it| it.tls13().is_none()));
    let no_groups = change(&|it| it.kx_groups.clear());
    // Hybrids are for TLS 1.3 alone (draft-ietf-tls-ecdhe-mlkem).
    let hybrid = change(&|it| {
        let groups = &mut it.kx_groups;
        groups.retain(|it| !it.usable_for_version(ProtocolVersion::TLSv1_2));
        assert!(!groups.is_empty());
    });
    let no_verification = change(&|it| it.signature_verification_algorithms = none);

    use CryptoProviderProblem as Problem;
    let suite = |version| Some(Problem::NoCipherSuite { version });
    let group = |version| Some(Problem::NoKeyExchangeGroup { version });
    for (provider, with_both, with_13) in [
        (no_suites, suite("TLS 1.3"), suite("TLS 1.3")),
        (only_13, suite("TLS 1.2"), None),
        (only_12, suite("TLS 1.3"), suite("TLS 1.3")),
        (no_groups, group("TLS 1.3"), group("TLS 1.3")),
        (hybrid, group("TLS 1.2"), None),
        (
            no_verification,
            Some(Problem::NoSignatureVerification),
            Some(Problem::NoSignatureVerification),
        ),
    ] {
        let ca = new_ca();
        let provider = CryptoProvider::from_rustls(provider);
        let settings = || trusting(&ca).crypto_provider(provider.clone());
        assert_eq!(problem(settings()), with_both);
        assert_eq!(problem(settings().tls13_only()), with_13);
    }
}

fn problem(settings: MtlsConnectorBuilder) -> Option<CryptoProviderProblem> {
    match settings.build() {
        Ok(_) => None,
        Err(ConfigError::CryptoProvider { source }) => Some(source),
        Err(other) => panic!("another error: {other:?}"),
    }
}
