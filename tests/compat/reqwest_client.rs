//! reqwest, which takes the TLS configuration whole.

use reqwest::Client;
use transport::{Alpn, Error, MtlsConnector};

use crate::{HTTP_VERSIONS, Server, TestCa, assert_rejected, connector, digest, rejecting_server};

fn client(connector: &MtlsConnector) -> Client {
    let tls = connector.rustls_client_config();
    let builder = Client::builder().tls_backend_preconfigured((*tls).clone());
    builder.build().unwrap()
}

#[tokio::test]
async fn reqwest_presents_the_identity() {
    let ca = TestCa::new().unwrap();
    for (alpn, version) in HTTP_VERSIONS {
        let server = Server::builder(&ca).start().unwrap();
        let identity = ca.client().unwrap();
        let client = client(&connector(&ca, &identity, alpn));

        let response = client.get(server.uri("/")).send().await.unwrap();

        assert_eq!(
            (response.status().as_u16(), response.version()),
            (200, version)
        );
        assert_eq!(response.text().await.unwrap(), "hello");
        assert_eq!(server.seen().certificates(), [digest(&identity)]);
    }
}

#[tokio::test]
async fn reqwest_reports_a_rejection_without_our_reason() {
    let ca = TestCa::new().unwrap();
    for (alpn, _) in HTTP_VERSIONS {
        let server = rejecting_server(&ca);
        let client = client(&connector(&ca, &ca.client().unwrap(), alpn));

        let error = client.get(server.uri("/")).send().await.unwrap_err();

        // reqwest takes the configuration alone, not our connector, so its error has none of ours.
        assert!(Error::find(&error).is_none(), "{error:?}");
        assert_rejected(&server).await;
    }
}

#[tokio::test]
async fn reqwest_built_anew_presents_the_next_identity() {
    let ca = TestCa::new().unwrap();
    let server = Server::builder(&ca).start().unwrap();
    let [old, new] = [(); 2].map(|()| ca.client().unwrap());
    let connector = connector(&ca, &old, Alpn::Http11);
    let before = client(&connector);
    let next = connector.with_identity(&new).unwrap();
    let after = client(&next);

    // A client keeps the configuration that it was built with: it has to be replaced.
    for client in [&before, &after, &before] {
        let response = client.get(server.uri("/")).header("connection", "close");
        assert_eq!(response.send().await.unwrap().status(), 200);
    }

    let seen = server.seen();
    let [old, new] = [old, new].map(|identity| digest(&identity));
    assert_eq!(seen.certificates(), [&old, &new, &old]);
    let resumed: Vec<_> = seen.connections.iter().map(|it| it.is_resumed).collect();
    assert_eq!(resumed, [false, false, true], "no session is shared");
}

#[test]
fn reqwest_takes_a_plain_key_but_no_encrypted_one() {
    let ca = TestCa::new().unwrap();
    let identity = ca.client().unwrap();
    let secret = identity.secret_key().unwrap().secret_pkcs8_der();
    let key = identity::Loader::new().open_key(secret).unwrap();
    let passphrase = identity::Passphrase::new("correct horse");
    let encrypted = key.to_encrypted_pkcs8_pem(&passphrase).unwrap();
    let plain = key.to_secret_pkcs8_pem().unwrap();
    // Any certificate will do: reqwest does not check here that it belongs to the key.
    let file = |key: &str| format!("{}{key}", ca.pem());
    assert!(reqwest::Identity::from_pem(file(&plain).as_bytes()).is_ok());
    assert!(reqwest::Identity::from_pem(file(&encrypted).as_bytes()).is_err());
}
