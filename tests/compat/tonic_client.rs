//! tonic, which takes a connector: ours, or one made of our configuration.

use bytes::{Buf, BufMut, Bytes};
use http::{Uri, uri::PathAndQuery};
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic::{
    Code, Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    transport::{Channel, Endpoint},
};
use tower::service_fn;
use transport::{Alpn, ClientCertificateProblem, Error, ErrorKind, MtlsConnector};

use crate::{
    Server, TestCa, assert_rejected, connector, digest, rejecting_server,
    server_rejecting_in_handshake,
};

/// Messages that are bytes, so that no schema has to be compiled.
#[derive(Default)]
struct Plain;

impl Codec for Plain {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.put(item);
        Ok(())
    }
}

impl Decoder for Plain {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }
}

fn endpoint(server: &Server) -> Endpoint {
    Endpoint::from_shared(server.uri("/")).unwrap()
}

/// Opens a channel over the connector itself.
async fn channel(
    server: &Server,
    connector: MtlsConnector,
) -> Result<Channel, tonic::transport::Error> {
    endpoint(server).connect_with_connector(connector).await
}

/// Opens a channel over a connector of tokio-rustls with our configuration.
async fn channel_of_configuration(server: &Server, connector: &MtlsConnector) -> Channel {
    let tls = TlsConnector::from(connector.rustls_client_config());
    let connect = service_fn(move |uri: Uri| connected(tls.clone(), uri));
    endpoint(server)
        .connect_with_connector(connect)
        .await
        .unwrap()
}

async fn connected(tls: TlsConnector, uri: Uri) -> std::io::Result<TokioIo<TlsStream<TcpStream>>> {
    let host = uri.host().unwrap().to_owned();
    let tcp = TcpStream::connect((&*host, uri.port_u16().unwrap())).await?;
    let name = ServerName::try_from(host).unwrap();
    Ok(TokioIo::new(tls.connect(name, tcp).await?))
}

async fn echo(channel: Channel, message: &'static [u8]) -> Result<Bytes, Status> {
    let mut grpc = Grpc::new(channel);
    let ready = grpc.ready().await;
    ready.map_err(|error| Status::from_error(error.into()))?;
    let request = Request::new(Bytes::from_static(message));
    let path = PathAndQuery::from_static("/test.Echo/Unary");
    let answer = grpc.unary(request, path, Plain).await?;
    Ok(answer.into_inner())
}

#[tokio::test]
async fn tonic_over_our_connector_presents_the_identity() {
    let ca = TestCa::new().unwrap();
    let server = Server::builder(&ca).start().unwrap();
    let identity = ca.client().unwrap();
    let connector = connector(&ca, &identity, Alpn::Http2);

    let channel = channel(&server, connector).await.unwrap();

    assert_eq!(echo(channel, b"hello").await.unwrap(), "hello");
    let seen = server.seen();
    assert_eq!(seen.certificates(), [digest(&identity)]);
    assert_eq!(seen.connections[0].requests(), 1);
}

#[tokio::test]
async fn tonic_over_our_configuration_presents_the_identity() {
    let ca = TestCa::new().unwrap();
    let server = Server::builder(&ca).start().unwrap();
    let identity = ca.client().unwrap();
    let connector = connector(&ca, &identity, Alpn::Http2);

    let channel = channel_of_configuration(&server, &connector).await;

    assert_eq!(echo(channel, b"hello").await.unwrap(), "hello");
    assert_eq!(server.seen().certificates(), [digest(&identity)]);
}

#[tokio::test]
async fn rejection_reason_is_found_in_tonic_error() {
    let ca = TestCa::new().unwrap();
    let server = server_rejecting_in_handshake(&ca);
    let identity = ca.client().unwrap();

    let connector = connector(&ca, &identity, Alpn::Http2);
    let error = channel(&server, connector.clone()).await.unwrap_err();
    assert_unknown_ca(Error::find(&error).unwrap());
    assert_rejected(&server).await;

    // A lazy channel connects at its first call, whose status has the same source.
    let lazy = endpoint(&server).connect_with_connector_lazy(connector);
    let status = echo(lazy, b"hello").await.unwrap_err();
    assert_unknown_ca(Error::find(&status).unwrap_or_else(|| panic!("{status:?}")));
    let seen = server
        .seen_when(|seen| seen.refused.len() == 2)
        .await
        .unwrap();
    assert!(seen.connections.is_empty());
}

fn assert_unknown_ca(error: &Error) {
    let unknown = ErrorKind::ClientCertificate(ClientCertificateProblem::UnknownCa);
    assert_eq!(error.kind(), unknown, "{error:?}");
}

#[tokio::test]
async fn rejection_after_the_handshake_fails_the_call_of_tonic() {
    let ca = TestCa::new().unwrap();
    let server = rejecting_server(&ca);
    let connector = connector(&ca, &ca.client().unwrap(), Alpn::Http2);

    let lazy = endpoint(&server).connect_with_connector_lazy(connector);
    let status = echo(lazy, b"hello").await.unwrap_err();

    // hyper's HTTP/2 keeps at most the text of an I/O error, not its source: only the failure
    // shows.
    assert_ne!(status.code(), Code::Ok);
    assert_rejected(&server).await;
}

#[tokio::test]
async fn a_channel_built_anew_presents_the_next_identity() {
    let ca = TestCa::new().unwrap();
    let server = Server::builder(&ca).start().unwrap();
    let [old, new] = [(); 2].map(|()| ca.client().unwrap());
    let connector = connector(&ca, &old, Alpn::Http2);
    let next = connector.with_identity(&new).unwrap();

    let before = channel(&server, connector).await.unwrap();
    let channels = [
        channel(&server, next.clone()).await.unwrap(),
        channel_of_configuration(&server, &next).await,
    ];

    assert_eq!(echo(before.clone(), b"old").await.unwrap(), "old");
    for after in channels {
        assert_eq!(echo(after, b"new").await.unwrap(), "new");
    }
    assert_eq!(echo(before, b"old").await.unwrap(), "old");

    let seen = server.seen();
    let [old, new] = [old, new].map(|identity| digest(&identity));
    assert_eq!(seen.certificates(), [&old, &new, &new]);
    let requests: Vec<_> = seen.connections.iter().map(|it| it.requests()).collect();
    assert_eq!(requests, [2, 1, 1], "the old channel goes on as it was");
}
