//! reqwest, which takes the TLS configuration whole.

use reqwest::Client;
use transport::{Alpn, Error, MtlsConnector};

use crate::{
    Authority, HTTP_VERSIONS, Server, assert_refused, connector, digest, server_that_refuses,
};

fn client(connector: &MtlsConnector) -> Client {
    let tls = connector.rustls_client_config();
    let builder = Client::builder().tls_backend_preconfigured((*tls).clone());
    builder.build().unwrap()
}

#[tokio::test]
async fn reqwest_presents_the_identity() {
    let authority = Authority::new().unwrap();
    for (alpn, version) in HTTP_VERSIONS {
        let server = Server::builder(&authority).start().unwrap();
        let identity = authority.client().unwrap();
        let client = client(&connector(&authority, &identity, alpn));

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
async fn reqwest_hears_of_a_refusal_without_our_reason() {
    let authority = Authority::new().unwrap();
    for (alpn, _) in HTTP_VERSIONS {
        let server = server_that_refuses(&authority);
        let client = client(&connector(&authority, &authority.client().unwrap(), alpn));

        let error = client.get(server.uri("/")).send().await.unwrap_err();

        // Our connector is not in it: only the configuration went over, so the reason is reqwest's to tell.
        assert!(Error::find(&error).is_none(), "{error:?}");
        assert_refused(&server).await;
    }
}

#[tokio::test]
async fn reqwest_built_anew_presents_the_next_identity() {
    let authority = Authority::new().unwrap();
    let server = Server::builder(&authority).start().unwrap();
    let [old, new] = [(); 2].map(|()| authority.client().unwrap());
    let connector = connector(&authority, &old, Alpn::Http11);
    let before = client(&connector);
    let next = connector.with_identity(&new).unwrap();
    let after = client(&next);

    // The one that is there already knows nothing of it: it has to be replaced.
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
fn reqwest_by_itself_takes_a_plain_key_and_no_encrypted_one() {
    let authority = Authority::new().unwrap();
    let identity = authority.client().unwrap();
    let secret = identity.secret_key().secret_pkcs8_der();
    let key = identity::Loader::new().open_key(secret).unwrap();
    let passphrase = identity::Passphrase::new("correct horse");
    let encrypted = key.to_encrypted_pkcs8_pem(&passphrase).unwrap();
    let plain = key.to_secret_pkcs8_pem().unwrap();
    // Any certificate will do: whether it is the key's is not looked at here.
    let file = |key: &str| format!("{}{key}", authority.pem());
    assert!(reqwest::Identity::from_pem(file(&plain).as_bytes()).is_ok());
    assert!(reqwest::Identity::from_pem(file(&encrypted).as_bytes()).is_err());
}
