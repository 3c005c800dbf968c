//! What a handshake agrees on: versions and groups, as both ends saw them.

use rustls::{AlertDescription, NamedGroup, ProtocolVersion};
use transport::{CryptoProvider, Error, ErrorKind, Phase};

use crate::{
    TLS_VERSIONS,
    authority::Authority,
    client, get, info, providers,
    server::{Seen, Server, Settings},
    trusting,
};

#[tokio::test]
async fn both_versions_are_spoken_and_the_newer_is_preferred() {
    let authority = Authority::new();
    for (versions, expected) in [
        (TLS_VERSIONS[0], ProtocolVersion::TLSv1_2),
        (TLS_VERSIONS[1], ProtocolVersion::TLSv1_3),
        (rustls::ALL_VERSIONS, ProtocolVersion::TLSv1_3),
    ] {
        for provider in providers() {
            let server = Server::start(Settings::mutual(&authority).versions(versions)).await;
            let settings = trusting(&authority).identity(&authority.client());
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
    let authority = Authority::new();
    let identity = authority.client();
    for provider in providers() {
        let only = || {
            let settings = trusting(&authority).identity(&identity).tls13_only();
            client(settings.crypto_provider(provider))
        };
        let old = Server::start(Settings::mutual(&authority).versions(TLS_VERSIONS[0])).await;
        let new = Server::start(Settings::mutual(&authority)).await;

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
async fn the_post_quantum_group_is_preferred_where_the_provider_has_it() {
    let authority = Authority::new();
    for provider in providers() {
        let (name, expected) = match provider {
            #[cfg(feature = "aws-lc-rs")]
            CryptoProvider::AwsLcRs => ("X25519MLKEM768", NamedGroup::X25519MLKEM768),
            _ => ("X25519", NamedGroup::X25519),
        };
        let newest = agreed(&authority, Some(provider), TLS_VERSIONS[1]).await;
        assert_eq!(newest, (name.to_owned(), expected));
        // TLS 1.2 has no group of that kind.
        let classical = agreed(&authority, Some(provider), TLS_VERSIONS[0]).await;
        assert_eq!(classical, ("X25519".to_owned(), NamedGroup::X25519));
    }
}

#[tokio::test]
async fn without_a_word_on_the_provider_it_is_the_preferred_one() {
    let authority = Authority::new();
    let (name, _) = agreed(&authority, None, TLS_VERSIONS[1]).await;
    let expected = match cfg!(feature = "aws-lc-rs") {
        true => "X25519MLKEM768",
        false => "X25519",
    };
    assert_eq!(name, expected);
}

/// The group, as the client names it and as the server saw it.
async fn agreed(
    authority: &Authority,
    provider: Option<CryptoProvider>,
    versions: &'static [&'static rustls::SupportedProtocolVersion],
) -> (String, NamedGroup) {
    let server = Server::start(Settings::mutual(authority).versions(versions)).await;
    let mut settings = trusting(authority).identity(&authority.client());
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
