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
    HTTP_VERSIONS, Server, TestCa, assert_rejected, connector, digest, rejecting_server,
    server_rejecting_in_handshake,
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
    let ca = TestCa::new().unwrap();
    for (alpn, version) in HTTP_VERSIONS {
        let server = Server::builder(&ca).start().unwrap();
        let identity = ca.client().unwrap();
        let client = client(connector(&ca, &identity, alpn));

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
async fn rejection_reason_is_found_in_hyper_util_error() {
    let ca = TestCa::new().unwrap();
    let refusing = [
        (server_rejecting_in_handshake(&ca), Alpn::Http11),
        (server_rejecting_in_handshake(&ca), Alpn::Http2),
        (rejecting_server(&ca), Alpn::Http11),
    ];
    for (server, alpn) in refusing {
        let client = client(connector(&ca, &ca.client().unwrap(), alpn));

        let error = get(&client, &server).await.unwrap_err();

        let ours = Error::find(&error).unwrap_or_else(|| panic!("{alpn:?}: {error:?}"));
        let unknown = ErrorKind::ClientCertificate(ClientCertificateProblem::UnknownCa);
        assert_eq!((ours.kind(), ours.phase()), (unknown, Phase::Tls));
        assert_rejected(&server).await;
        let (peer, _) = server.seen().refused[0];
        let local_addr = ours.connection().and_then(ConnectionInfo::local_addr);
        assert_eq!(local_addr, Some(peer));
    }
}

#[tokio::test]
async fn server_rejection_is_found_in_hyper_util_error() {
    let [ca, stranger] = [(); 2].map(|()| TestCa::new().unwrap());
    for (alpn, _) in HTTP_VERSIONS {
        let server = Server::builder(&stranger).start().unwrap();
        let client = client(connector(&ca, &ca.client().unwrap(), alpn));

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
    let ca = TestCa::new().unwrap();
    let server = Server::builder(&ca).start().unwrap();
    let [old, new] = [(); 2].map(|()| ca.client().unwrap());
    let connector = connector(&ca, &old, Alpn::Http11);
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
