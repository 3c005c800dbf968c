//! A gateway with a server behind it, and callers that send exactly what a test wants.

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use gateway::{CallerBody, Gateway, GatewayBuilder, ListenAddress, Listener};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use identity::{Identity, Loader};
use mock_tls::MockServer;
use serde_json::Value;
use test_support::tls_server::{Server, TestCa};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::oneshot,
    task::JoinHandle,
};
use tower_service::Service;
use transport::{Alpn, MtlsClient, MtlsConnector, ResponseBody, TrustAnchors};

pub(crate) type Client = MtlsClient<CallerBody>;

/// A gateway that serves.
pub(crate) struct Running {
    addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    verify_anew: Arc<dyn Fn() + Send + Sync>,
    serving: JoinHandle<Result<(), gateway::Error>>,
}

impl Running {
    pub(crate) fn start<S>(builder: GatewayBuilder<S>) -> Self
    where
        S: Service<
                Request<CallerBody>,
                Response = Response<ResponseBody>,
                Error = transport::Error,
            > + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        let listener = Listener::bind(&"127.0.0.1:0".parse().unwrap()).unwrap();
        Self::start_on(builder, listener)
    }

    pub(crate) fn start_on<S>(builder: GatewayBuilder<S>, listener: Listener) -> Self
    where
        S: Service<
                Request<CallerBody>,
                Response = Response<ResponseBody>,
                Error = transport::Error,
            > + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send + 'static,
    {
        let ListenAddress::Tcp(addr) = *listener.address() else {
            panic!("{:?}", listener.address());
        };
        let gateway = builder.build();
        let to_verify = gateway.clone();
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(async move {
            let stopped = async { stopped.await.unwrap_or_default() };
            gateway.serve(listener, stopped).await
        });
        Self {
            addr,
            stop: Some(stop),
            verify_anew: Arc::new(move || to_verify.verify_anew()),
            serving,
        }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.addr).await.unwrap()
    }

    /// Sends bytes, and returns all that comes until the gateway closes the connection.
    pub(crate) async fn raw(&self, request: &str) -> String {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        rest(&mut stream).await
    }

    /// Sends a GET with these further lines, and returns the response.
    pub(crate) async fn get(&self, path: &str, lines: &str) -> Reply {
        let host = self.addr;
        let head =
            format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{lines}\r\n");
        Reply::of(&self.raw(&head).await)
    }

    /// Opens an HTTP/2 connection by prior knowledge.
    pub(crate) async fn http2<B>(&self) -> http2::SendRequest<B>
    where
        B: http_body::Body + Send + Unpin + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let stream = TokioIo::new(self.connect().await);
        let (sender, connection) = http2::handshake(TokioExecutor::new(), stream)
            .await
            .unwrap();
        tokio::spawn(connection);
        sender
    }

    /// Returns what has callers verified anew.
    pub(crate) fn verify_anew(&self) -> Arc<dyn Fn() + Send + Sync> {
        Arc::clone(&self.verify_anew)
    }

    /// Tells the gateway to stop.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until the gateway has ended.
    pub(crate) async fn ended(self) {
        self.serving.await.unwrap().unwrap();
    }
}

/// A response as it came.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn of(text: &str) -> Self {
        let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        Self {
            status: status.unwrap_or_else(|| panic!("no response: {text:?}")),
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    }

    pub(crate) fn json(&self) -> Value {
        let start = self.body.find('{').unwrap_or_else(|| panic!("{self:?}"));
        let end = self.body.rfind('}').unwrap_or_else(|| panic!("{self:?}"));
        serde_json::from_str(&self.body[start..=end]).unwrap()
    }

    /// Returns the end of `type`.
    pub(crate) fn problem(&self) -> String {
        assert!(
            self.head.contains("content-type: application/problem+json"),
            "{self:?}"
        );
        let json = self.json();
        assert_eq!(json["status"], self.status, "{json}");
        let name = json["type"].as_str().unwrap();
        name.strip_prefix("urn:napi-mtls:gateway:")
            .unwrap()
            .to_owned()
    }
}

/// Reads to the end; a reset is one too.
pub(crate) async fn rest(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    let _reset = stream.read_to_end(&mut read).await;
    String::from_utf8(read).unwrap()
}

/// Reads to the end, whatever the bytes.
pub(crate) async fn rest_of_bytes(stream: &mut TcpStream) {
    let mut read = Vec::new();
    let _reset = stream.read_to_end(&mut read).await;
}

/// Reads one response head.
pub(crate) async fn head(stream: &mut TcpStream) -> String {
    let mut read = Vec::new();
    while !read.ends_with(b"\r\n\r\n") {
        read.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(read).unwrap()
}

/// Starts a server that describes each request in its response.
pub(crate) async fn describing() -> MockServer {
    let server = MockServer::builder().respond(|request| Response::new(described(&request)));
    server.start().await.unwrap()
}

fn described(request: &Request<Bytes>) -> Bytes {
    let fields = request.headers().iter();
    let fields = fields.map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
    let fields: Vec<_> = fields.collect();
    let described = serde_json::json!({
        "method": request.method().as_str(),
        "target": request.uri().to_string(),
        "fields": fields,
        "body": String::from_utf8_lossy(request.body()),
    });
    described.to_string().into()
}

/// Returns the values of a field of a described request.
pub(crate) fn field(described: &Value, name: &str) -> Vec<String> {
    let fields = described["fields"].as_array().unwrap().iter();
    let named = fields.filter(|field| field[0] == name);
    named
        .map(|field| field[1].as_str().unwrap().to_owned())
        .collect()
}

pub(crate) fn new_identity(server: &MockServer) -> Identity {
    let issued = server.client_identity().unwrap();
    let (certificate, key) = (issued.certificate_pem(), issued.secret_key_pem());
    let loaded = Loader::new()
        .load(certificate.as_bytes(), key.as_bytes())
        .unwrap();
    loaded.into_parts().0
}

/// Returns a client with these identities that trusts the server.
pub(crate) fn client<'a>(
    server: &MockServer,
    alpn: Alpn,
    identities: impl IntoIterator<Item = &'a Identity>,
) -> Client {
    let anchors = TrustAnchors::from_pem(server.ca_certificate_pem()).unwrap();
    let connector = MtlsConnector::builder(anchors)
        .alpn(alpn)
        .identities(identities);
    Gateway::client(connector.build().unwrap()).build()
}

/// Returns the settings of a gateway to the server, with a good identity.
pub(crate) fn to(server: &MockServer, alpn: Alpn) -> GatewayBuilder<Client> {
    let client = client(server, alpn, [&new_identity(server)]);
    Gateway::builder(client, server.base_url().parse().unwrap())
}

/// A server whose bodies stream, and a gateway to it.
pub(crate) struct Streaming {
    pub(crate) server: Server,
    ca: TestCa,
}

impl Streaming {
    pub(crate) fn new() -> Self {
        let ca = TestCa::new().unwrap();
        let server = Server::builder(&ca).start().unwrap();
        Self { server, ca }
    }

    pub(crate) fn gateway(&self, alpn: Alpn) -> GatewayBuilder<Client> {
        let connector = self
            .ca
            .trusted()
            .unwrap()
            .identity(&self.ca.client().unwrap());
        let client = Gateway::client(connector.alpn(alpn).build().unwrap()).build();
        let uri = self.server.uri("");
        Gateway::builder(client, uri.parse().unwrap())
    }
}

/// Reads a response to its end.
pub(crate) async fn whole(response: Response<Incoming>) -> (Response<()>, Bytes) {
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (Response::from_parts(head, ()), body)
}

pub(crate) fn full(body: impl Into<Bytes>) -> Full<Bytes> {
    Full::new(body.into())
}

pub(crate) const BOTH: [Alpn; 2] = [Alpn::Http11, Alpn::Http2];
