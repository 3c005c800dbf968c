//! Versions and groups that a handshake negotiates, as both ends saw them.

use mock_tls::Ca;
use rustls::{AlertDescription, NamedGroup, ProtocolVersion};
use transport::{CryptoProvider, Error, ErrorKind, Phase};

use crate::{
    TLS_VERSIONS,
    certificates::{Issue, new_ca},
    client, get, info, providers,
    server::{Seen, Server, Settings},
    trusting,
};

#[tokio::test]
async fn both_versions_are_spoken_and_the_newer_is_preferred() {
    let ca = new_ca();
    for (versions, expected) in [
        (TLS_VERSIONS[0], ProtocolVersion::TLSv1_2),
        (TLS_VERSIONS[1], ProtocolVersion::TLSv1_3),
        (rustls::ALL_VERSIONS, ProtocolVersion::TLSv1_3),
    ] {
        for provider in providers() {
            let server = Server::start(Settings::mutual(&ca).versions(versions)).await;
            let settings = trusting(&ca).identity(&ca.client());
            let client = client(settings.crypto_provider(provider));

            let info = info(&get(&client, &server.uri("/")).await.unwrap());

            let named = match info.tls().unwrap().version {
                "TLSv1.2" => ProtocolVersion::TLSv1_2,
                "TLSv1.3" => ProtocolVersion::TLSv1_3,
                other => panic!("{other}"),
            };
            assert_eq!(named, expected);
            let Seen::Connected { version, .. } = server.first().await else {
                panic!("the server did not connect");
            };
            assert_eq!(version, expected);
        }
    }
}

#[tokio::test]
async fn tls13_alone_is_spoken_with_no_server_of_tls12() {
    let ca = new_ca();
    let identity = ca.client();
    for provider in providers() {
        let only = || {
            let settings = trusting(&ca).identity(&identity).tls13_only();
            client(settings.crypto_provider(provider.clone()))
        };
        let old = Server::start(Settings::mutual(&ca).versions(TLS_VERSIONS[0])).await;
        let new = Server::start(Settings::mutual(&ca)).await;

        let error = get(&only(), &old.uri("/")).await.unwrap_err();
        get(&only(), &new.uri("/")).await.unwrap();

        assert_eq!((error.kind(), error.phase()), (ErrorKind::Tls, Phase::Tls));
        assert!(heard_of_the_version(&error), "{error:?}");
        assert!(matches!(old.first().await, Seen::Failed { .. }));
        let Seen::Connected { version, .. } = new.first().await else {
            panic!("the server did not connect");
        };
        assert_eq!(version, ProtocolVersion::TLSv1_3);
    }
}

#[tokio::test]
async fn post_quantum_group_is_preferred_where_available() {
    let ca = new_ca();
    for (provider, name, expected) in [
        #[cfg(feature = "aws-lc-rs")]
        (
            CryptoProvider::aws_lc_rs(),
            "X25519MLKEM768",
            NamedGroup::X25519MLKEM768,
        ),
        #[cfg(feature = "ring")]
        (CryptoProvider::ring(), "X25519", NamedGroup::X25519),
    ] {
        let newest = agreed(&ca, Some(provider.clone()), TLS_VERSIONS[1]).await;
        assert_eq!(newest, (name.to_owned(), expected));
        // TLS 1.2 has no group of that kind.
        let classical = agreed(&ca, Some(provider), TLS_VERSIONS[0]).await;
        assert_eq!(classical, ("X25519".to_owned(), NamedGroup::X25519));
    }
}

#[tokio::test]
async fn default_provider_is_the_preferred_one() {
    let ca = new_ca();
    let (name, _) = agreed(&ca, None, TLS_VERSIONS[1]).await;
    let expected = match cfg!(feature = "aws-lc-rs") {
        true => "X25519MLKEM768",
        false => "X25519",
    };
    assert_eq!(name, expected);
}

/// Returns the group, as the client names it and as the server saw it.
async fn agreed(
    ca: &Ca,
    provider: Option<CryptoProvider>,
    versions: &'static [&'static rustls::SupportedProtocolVersion],
) -> (String, NamedGroup) {
    let server = Server::start(Settings::mutual(ca).versions(versions)).await;
    let mut settings = trusting(ca).identity(&ca.client());
    if let Some(provider) = provider {
        settings = settings.crypto_provider(provider);
    }
    let info = info(&get(&client(settings), &server.uri("/")).await.unwrap());
    let Seen::Connected {
        group: Some(group), ..
    } = server.first().await
    else {
        panic!("the server did not connect");
    };
    let named = info.tls().unwrap().key_exchange_group.clone();
    (named.unwrap(), group)
}

fn heard_of_the_version(error: &Error) -> bool {
    let source = std::error::Error::source(error).unwrap();
    matches!(
        source.downcast_ref(),
        Some(rustls::Error::AlertReceived(
            AlertDescription::ProtocolVersion
        ))
    )
}
