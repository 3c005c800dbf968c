//! hyper-util's pooled client, which takes the connector itself.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_util::{
    client::legacy::{self, Client},
    rt::TokioExecutor,
};
use transport::{
    Alpn, ClientAuth, ClientCertificateProblem, ConnectionInfo, Error, ErrorKind, MtlsConnector,
    Phase,
};

use crate::{
    Authority, HTTP_VERSIONS, Server, assert_refused, connector, digest, server_that_refuses,
    server_that_refuses_at_once,
};

type Pooled = Client<MtlsConnector, Empty<Bytes>>;

fn client(connector: MtlsConnector) -> Pooled {
    Client::builder(TokioExecutor::new()).build(connector)
}

async fn get(client: &Pooled, server: &Server) -> Result<Response<Incoming>, legacy::Error> {
    let request = Request::get(server.uri("/")).header("connection", "close");
    client.request(request.body(Empty::new()).unwrap()).await
}

#[tokio::test]
async fn hyper_util_presents_the_identity_and_knows_the_connection() {
    let authority = Authority::new().unwrap();
    for (alpn, version) in HTTP_VERSIONS {
        let server = Server::builder(&authority).start().unwrap();
        let identity = authority.client().unwrap();
        let client = client(connector(&authority, &identity, alpn));

        let response = get(&client, &server).await.unwrap();

        assert_eq!(
            (response.status().as_u16(), response.version()),
            (200, version)
        );
        let info: ConnectionInfo = response.extensions().get().cloned().unwrap();
        let body = response.into_body().collect().await.unwrap();
        assert_eq!(body.to_bytes(), "hello");
        let seen = server.seen();
        assert_eq!(seen.certificates(), [digest(&identity)]);
        assert_eq!(info.client_auth(), ClientAuth::Presented);
        assert_eq!(info.local_addr(), Some(seen.connections[0].peer));
    }
}

#[tokio::test]
async fn the_reason_of_a_refusal_is_found_in_the_error_of_hyper_util() {
    let authority = Authority::new().unwrap();
    let refusing = [
        (server_that_refuses_at_once(&authority), Alpn::Http11),
        (server_that_refuses_at_once(&authority), Alpn::Http2),
        (server_that_refuses(&authority), Alpn::Http11),
    ];
    for (server, alpn) in refusing {
        let client = client(connector(&authority, &authority.client().unwrap(), alpn));

        let error = get(&client, &server).await.unwrap_err();

        let ours = Error::find(&error).unwrap_or_else(|| panic!("{alpn:?}: {error:?}"));
        let unknown = ErrorKind::ClientCertificate(ClientCertificateProblem::UnknownCa);
        assert_eq!((ours.kind(), ours.phase()), (unknown, Phase::Tls));
        assert_refused(&server).await;
        let (peer, _) = server.seen().refused[0];
        let local_addr = ours.connection().and_then(ConnectionInfo::local_addr);
        assert_eq!(local_addr, Some(peer));
    }
}

#[tokio::test]
async fn our_refusal_of_the_server_is_found_in_the_error_of_hyper_util() {
    let [authority, stranger] = [(); 2].map(|()| Authority::new().unwrap());
    for (alpn, _) in HTTP_VERSIONS {
        let server = Server::builder(&stranger).start().unwrap();
        let client = client(connector(&authority, &authority.client().unwrap(), alpn));

        let error = get(&client, &server).await.unwrap_err();

        assert!(
            Error::find(&error)
                .unwrap()
                .is_server_certificate_rejected(),
            "{error:?}"
        );
        let seen = server
            .seen_when(|seen| !seen.refused.is_empty())
            .await
            .unwrap();
        assert!(seen.connections.is_empty(), "{seen:?}");
    }
}

#[tokio::test]
async fn hyper_util_built_anew_presents_the_next_identity() {
    let authority = Authority::new().unwrap();
    let server = Server::builder(&authority).start().unwrap();
    let [old, new] = [(); 2].map(|()| authority.client().unwrap());
    let connector = connector(&authority, &old, Alpn::Http11);
    let before = client(connector.clone());
    let after = client(connector.with_identity(&new).unwrap());

    for client in [&before, &after, &before] {
        let response = get(client, &server).await.unwrap();
        response.into_body().collect().await.unwrap();
    }

    let seen = server.seen();
    let [old, new] = [old, new].map(|identity| digest(&identity));
    assert_eq!(seen.certificates(), [&old, &new, &old]);
    let resumed: Vec<_> = seen.connections.iter().map(|it| it.is_resumed).collect();
    assert_eq!(resumed, [false, false, true], "no session is shared");
}
