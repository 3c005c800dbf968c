//! A TLS server on loopback that records its handshakes.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use mock_tls::{Ca, IssuedCertificate};
use rustls::{
    AlertDescription, CipherSuite, HandshakeKind, NamedGroup, ProtocolVersion, RootCertStore,
    ServerConfig, SupportedProtocolVersion,
    server::{WebPkiClientVerifier, danger::ClientCertVerifier},
};
use rustls_pki_types::CertificateDer;
use tokio::{
    io::{AsyncRead, AsyncWrite, DuplexStream},
    net::TcpListener,
    sync::watch,
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::{
    certificates::Issue,
    pipe::{Pipe, Pipes},
};

/// One connection as the server saw it.
#[derive(Clone, Debug)]
pub(crate) enum Seen {
    Connected {
        peer: SocketAddr,
        client: Option<CertificateDer<'static>>,
        resumed: bool,
        version: ProtocolVersion,
        suite: CipherSuite,
        group: Option<NamedGroup>,
        server_name: Option<String>,
    },
    Failed {
        peer: SocketAddr,
        error: Option<rustls::Error>,
    },
}

impl Seen {
    /// Returns the client's alert that made the handshake fail.
    pub(crate) fn alert(&self) -> AlertDescription {
        match self {
            Self::Failed {
                error: Some(rustls::Error::AlertReceived(alert)),
                ..
            } => *alert,
            other => panic!("the server heard no alert: {other:?}"),
        }
    }
}

pub(crate) struct Server {
    addr: SocketAddr,
    log: Log,
    accepting: JoinHandle<()>,
}

/// The server's record.
#[derive(Clone, Default)]
struct Log {
    seen: watch::Sender<Vec<Seen>>,
    closed: watch::Sender<Vec<SocketAddr>>,
    /// The number of requests whose heads have been read.
    requests: watch::Sender<usize>,
}

/// The settings of a server.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) versions: &'static [&'static SupportedProtocolVersion],
    pub(crate) client_ca: Option<CertificateDer<'static>>,
    /// Verifies clients in place of the CA.
    pub(crate) client_verifier: Option<Arc<dyn ClientCertVerifier>>,
    pub(crate) certificate: Arc<IssuedCertificate>,
    pub(crate) alpn: &'static [&'static str],
}

impl Settings {
    /// Returns settings that require a client certificate of `ca`, and present one of it for
    /// localhost.
    pub(crate) fn mutual(ca: &Ca) -> Self {
        Self {
            client_ca: Some(ca.certificate()),
            ..Self::one_sided(ca.server("localhost"))
        }
    }

    /// Returns settings without a request for a client certificate.
    pub(crate) fn one_sided(certificate: IssuedCertificate) -> Self {
        Self {
            versions: rustls::ALL_VERSIONS,
            client_ca: None,
            client_verifier: None,
            certificate: Arc::new(certificate),
            alpn: &["h2", "http/1.1"],
        }
    }

    pub(crate) fn versions(self, versions: &'static [&'static SupportedProtocolVersion]) -> Self {
        Self { versions, ..self }
    }

    pub(crate) fn alpn(self, alpn: &'static [&'static str]) -> Self {
        Self { alpn, ..self }
    }

    pub(crate) fn server_config(self) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let verifier = match (self.client_verifier, self.client_ca) {
            (Some(verifier), _) => verifier,
            (None, None) => WebPkiClientVerifier::no_client_auth(),
            (None, Some(ca)) => judging_by([ca]),
        };
        let certificate = &self.certificate;
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(self.versions)
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(certificate.chain().to_vec(), certificate.secret_key())
            .unwrap();
        config.alpn_protocols = self
            .alpn
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        config
    }
}

/// Returns a verifier that accepts the clients of these CAs.
pub(crate) fn judging_by(
    cas: impl IntoIterator<Item = CertificateDer<'static>>,
) -> Arc<dyn ClientCertVerifier> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    for ca in cas {
        roots.add(ca).unwrap();
    }
    WebPkiClientVerifier::builder_with_provider(roots.into(), provider)
        .build()
        .unwrap()
}

impl Server {
    pub(crate) async fn start(settings: Settings) -> Self {
        Self::start_with(settings.server_config()).await
    }

    pub(crate) async fn start_with(config: ServerConfig) -> Self {
        let tls = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let log = Log::default();
        let accepting = tokio::spawn({
            let log = log.clone();
            async move {
                while let Ok((tcp, peer)) = listener.accept().await {
                    tokio::spawn(serve(tls.clone(), tcp, peer, log.clone()));
                }
            }
        });
        Self {
            addr,
            log,
            accepting,
        }
    }

    /// Starts a server at the far end of a pipe in memory, for one connection. A paused clock would
    /// jump while a socket waits.
    pub(crate) fn in_memory(settings: Settings) -> Pipe {
        let tls = TlsAcceptor::from(Arc::new(settings.server_config()));
        let (near, far) = tokio::io::duplex(64 * 1024);
        tokio::spawn(serve(tls, far, IN_MEMORY, Log::default()));
        Pipe::new(near)
    }

    /// Starts servers as [`in_memory`](Self::in_memory) does, one for each connection.
    pub(crate) fn pipes(settings: Settings) -> Pipes {
        let tls = TlsAcceptor::from(Arc::new(settings.server_config()));
        Pipes::new(move |far| {
            tokio::spawn(serve(tls.clone(), far, IN_MEMORY, Log::default()));
        })
    }

    /// Starts servers that complete the handshake and then run `script`, one for each connection.
    pub(crate) fn scripted<F>(
        settings: Settings,
        script: impl Fn(TlsStream<DuplexStream>) -> F + Send + Sync + 'static,
    ) -> Pipes
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let tls = TlsAcceptor::from(Arc::new(settings.server_config()));
        let script = Arc::new(script);
        Pipes::new(move |far| {
            let (tls, script) = (tls.clone(), Arc::clone(&script));
            tokio::spawn(async move {
                if let Ok(stream) = tls.accept(far).await {
                    script(stream).await;
                }
            });
        })
    }

    /// Starts a server that accepts connections over TCP and never writes.
    pub(crate) async fn silent() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let accepting = tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((tcp, _)) = listener.accept().await {
                held.push(tcp);
            }
        });
        Self {
            addr,
            log: Log::default(),
            accepting,
        }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(crate) fn uri(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.addr.port())
    }

    /// Returns the connections so far, once there are `count`.
    pub(crate) async fn seen(&self, count: usize) -> Vec<Seen> {
        let mut seen = self.log.seen.subscribe();
        seen.wait_for(|seen| seen.len() >= count)
            .await
            .unwrap()
            .clone()
    }

    /// Returns once the heads of so many requests have been read.
    pub(crate) async fn requests(&self, count: usize) {
        let mut requests = self.log.requests.subscribe();
        requests.wait_for(|read| *read >= count).await.unwrap();
    }

    /// Returns the first connection, once there is one.
    pub(crate) async fn first(&self) -> Seen {
        self.seen(1).await.remove(0)
    }

    /// Returns once the connection from this end has come to its end.
    pub(crate) async fn closed(&self, peer: SocketAddr) {
        let mut closed = self.log.closed.subscribe();
        closed
            .wait_for(|closed| closed.contains(&peer))
            .await
            .unwrap();
    }
}

/// The peer of connections that have no address.
const IN_MEMORY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Serves one connection. A refused one is closed at once, with whatever the client has sent
/// unread, so that a reset follows the alert.
async fn serve(
    tls: TlsAcceptor,
    io: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    peer: SocketAddr,
    log: Log,
) {
    let stream = match tls.accept(io).await {
        Ok(stream) => stream,
        Err(error) => {
            let error = error
                .get_ref()
                .and_then(|error| error.downcast_ref())
                .cloned();
            log.seen
                .send_modify(|seen| seen.push(Seen::Failed { peer, error }));
            return;
        }
    };
    let connection = stream.get_ref().1;
    let client = connection
        .peer_certificates()
        .and_then(<[_]>::first)
        .cloned();
    let client = client.map(CertificateDer::into_owned);
    let resumed = connection.handshake_kind() == Some(HandshakeKind::Resumed);
    let version = connection.protocol_version().unwrap();
    let suite = connection.negotiated_cipher_suite().unwrap().suite();
    let group = connection.negotiated_key_exchange_group();
    let group = group.map(rustls::crypto::SupportedKxGroup::name);
    let server_name = connection.server_name().map(ToOwned::to_owned);
    log.seen.send_modify(|seen| {
        seen.push(Seen::Connected {
            peer,
            client,
            resumed,
            version,
            suite,
            group,
            server_name,
        })
    });
    let service = service_fn(|request| {
        log.requests.send_modify(|requests| *requests += 1);
        answer(request)
    });
    let _ = auto::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await;
    log.closed.send_modify(|closed| closed.push(peer));
}

type Body = http_body_util::combinators::BoxBody<Bytes, io::Error>;

async fn answer(request: Request<Incoming>) -> Result<Response<Body>, io::Error> {
    let hello = || {
        Full::new(Bytes::from_static(b"hello"))
            .map_err(|never| match never {})
            .boxed()
    };
    let response = match request.uri().path() {
        path if path.starts_with("/head/") => {
            let kilobytes: usize = path["/head/".len()..].parse().unwrap();
            let field =
                |response: http::response::Builder, _| response.header("x", "a".repeat(1000 - 33));
            (0..kilobytes)
                .fold(Response::builder(), field)
                .body(hello())
        }
        "/busy" => Response::builder()
            .status(503)
            .header("retry-after", 0)
            .body(hello()),
        "/close" => Response::builder()
            .header("connection", "close")
            .body(hello()),
        "/cut" => Response::builder()
            .header("content-length", 10)
            .body(Hello::then(Next::Failure).boxed()),
        "/cut-chunked" => Response::builder().body(Hello::then(Next::Failure).boxed()),
        "/echo" => {
            let body = request.into_body().collect().await.unwrap().to_bytes();
            Response::builder().body(Full::new(body).map_err(|never| match never {}).boxed())
        }
        "/endless" => Response::builder().body(Hello::then(Next::Hello).boxed()),
        "/too-large" => Response::builder()
            .status(413)
            .header("connection", "close")
            .body(hello()),
        "/marker" => Response::builder()
            .header("x-person", "Marker-Response")
            .header("x-Marker-Name", "1")
            .body(
                Full::from("Marker-Response")
                    .map_err(|never| match never {})
                    .boxed(),
            ),
        // As nginx answers where it has let the handshake pass with a certificate that it does not
        // take.
        "/nginx-rejects" => Response::builder()
            .status(400)
            .header("content-type", "text/html")
            .body(
                Full::from(NGINX_REJECTS)
                    .map_err(|never| match never {})
                    .boxed(),
            ),
        "/no-answer" => std::future::pending().await,
        "/no-body" => Response::builder().body(Hello::then(Next::Nothing).boxed()),
        "/traceparent" => {
            let sent = request.headers()["traceparent"].as_bytes().to_vec();
            Response::builder().body(Full::from(sent).map_err(|never| match never {}).boxed())
        }
        _ => {
            let _ = request.into_body().collect().await;
            Response::builder().body(hello())
        }
    };
    Ok(response.unwrap())
}

const NGINX_REJECTS: &str = "<html>\r\n<head><title>400 The SSL certificate error</title></head>\r\n<body>\r\n\
    <center><h1>400 Bad Request</h1></center>\r\n<center>The SSL certificate error</center>\r\n\
    <hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n";

/// A body of "hello" without an end.
struct Hello {
    polls: usize,
    next: Next,
}

/// The rest behind the first "hello".
#[derive(Clone, Copy)]
enum Next {
    Failure,
    Hello,
    Nothing,
}

impl Hello {
    fn then(next: Next) -> Self {
        Self { polls: 0, next }
    }
}

impl http_body::Body for Hello {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<http_body::Frame<Bytes>>>> {
        self.polls += 1;
        match (self.next, self.polls) {
            // A turn between, so that the "hello" is sent before the failure.
            (Next::Failure, 2) => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            (Next::Failure, 3..) => Poll::Ready(Some(Err(io::ErrorKind::Other.into()))),
            (Next::Nothing, 2..) => Poll::Pending,
            _ => Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from_static(
                b"hello",
            ))))),
        }
    }
}
