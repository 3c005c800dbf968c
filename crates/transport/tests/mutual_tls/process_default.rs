//! rustls's crypto provider for the whole process, which is neither read nor set: it belongs to the
//! program.
#![expect(
    clippy::disallowed_methods,
    reason = "what must not be done is done here, in a process of its own, to see that it does not matter"
)]

use mock_tls::Ca;
use rustls::crypto::CryptoProvider as Rustls;
use transport::{MtlsConnector, Proxy, TrustAnchors};

use crate::{
    TLS_VERSIONS,
    certificates::{Issue, new_ca},
    child, client, get, providers,
    server::{Seen, Server, Settings},
};

#[test]
fn a_foreign_default_that_can_do_nothing_does_not_matter() {
    if child::is_child() {
        let useless = Rustls {
            cipher_suites: Vec::new(),
            kx_groups: Vec::new(),
            ..rustls::crypto::aws_lc_rs::default_provider()
        };
        useless.install_default().unwrap();
        connect_with_everything();
        assert!(Rustls::get_default().unwrap().cipher_suites.is_empty());
        return;
    }
    child::run(
        "process_default::a_foreign_default_that_can_do_nothing_does_not_matter",
        &[],
    );
}

// With feature `ring`, both are compiled in, and rustls cannot choose by itself.
#[test]
fn without_a_default_none_is_needed_and_none_is_installed() {
    if child::is_child() {
        connect_with_everything();
        assert!(Rustls::get_default().is_none());
        return;
    }
    child::run(
        "process_default::without_a_default_none_is_needed_and_none_is_installed",
        &[],
    );
}

/// Connects with each kind of trust anchors, provider and version, and with everything that makes a
/// configuration of its own.
fn connect_with_everything() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let ca = new_ca();
        for (trust, versions) in kinds_of_trust(&ca)
            .into_iter()
            .flat_map(|trust| TLS_VERSIONS.map(|versions| (trust.clone(), versions)))
        {
            let server = Server::start(Settings::mutual(&ca).versions(versions)).await;
            let settings = || MtlsConnector::builder(trust.clone()).identity(&ca.client());
            get(&client(settings()), &server.uri("/")).await.unwrap();
            for provider in providers() {
                let settings = settings().crypto_provider(provider);
                get(&client(settings), &server.uri("/")).await.unwrap();
            }
            let proxied = settings().proxy(Proxy::https("proxy.invalid").unwrap());
            assert!(proxied.build().is_ok());

            let seen = server.seen(1 + providers().len()).await;
            let all_presented = seen.iter().all(|seen| {
                matches!(
                    seen,
                    Seen::Connected {
                        client: Some(_),
                        ..
                    }
                )
            });
            assert!(all_presented, "{seen:?}");
        }
    });
}

fn kinds_of_trust(ca: &Ca) -> Vec<TrustAnchors> {
    let pem = TrustAnchors::from_pem(ca.pem()).unwrap();
    let list = ca.crl(&[], 2090).der().to_vec();
    vec![
        pem.clone(),
        pem.crl_der(list),
        #[cfg(feature = "platform-verifier")]
        TrustAnchors::platform().with_pem(ca.pem()).unwrap(),
        #[cfg(feature = "webpki-roots")]
        TrustAnchors::webpki().with_pem(ca.pem()).unwrap(),
    ]
}
