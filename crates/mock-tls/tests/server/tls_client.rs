//! A client over rustls and hyper, whose TLS settings a test chooses.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use mock_tls::{Credentials, MockServer};
use rustls::crypto::aws_lc_rs;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{AlertDescription, ClientConfig, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Returns the value of a header of a response; empty if there is none.
pub(crate) fn header<'a>(response: &'a Response<Bytes>, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

/// Writes Basic credentials as a header's value.
pub(crate) fn basic(credentials: &Credentials) -> String {
    let pair = format!("{}:{}", credentials.user(), credentials.secret_password());
    format!("Basic {}", STANDARD.encode(pair))
}

/// A client certificate with its key, or none.
#[derive(Clone)]
pub(crate) struct Identity(Option<Arc<SingleCertAndKey>>);

impl Identity {
    pub(crate) const NONE: Self = Self(None);

    /// Makes one that this server accepts.
    pub(crate) fn of(server: &MockServer) -> Self {
        let identity = server.client_identity().unwrap();
        let certificate = CertificateDer::from_pem_slice(identity.certificate_pem().as_bytes());
        let key = PrivateKeyDer::from_pem_slice(identity.secret_key_pem().as_bytes());
        let provider = aws_lc_rs::default_provider();
        let certified = CertifiedKey::from_der(vec![certificate.unwrap()], key.unwrap(), &provider);
        Self(Some(Arc::new(certified.unwrap().into())))
    }
}

/// The TLS settings of a client.
pub(crate) struct Client {
    config: ClientConfig,
}

impl Client {
    pub(crate) fn new(server: &MockServer, identity: &Identity) -> Self {
        Self::with_versions(server, identity, rustls::DEFAULT_VERSIONS)
    }

    pub(crate) fn with_versions(
        server: &MockServer,
        identity: &Identity,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Self {
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_slice(server.ca_certificate_pem().as_bytes()).unwrap();
        roots.add(ca).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        let config = match &identity.0 {
            Some(identity) => config.with_client_cert_resolver(Arc::clone(identity) as _),
            None => config.with_no_client_auth(),
        };
        Self { config }
    }

    pub(crate) fn alpn(mut self, protocol: &str) -> Self {
        self.config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        self
    }

    pub(crate) async fn connect(&self, server: &MockServer) -> io::Result<TlsStream<TcpStream>> {
        self.connect_from(TcpStream::connect(server.addr()).await?)
            .await
    }

    pub(crate) async fn connect_from(&self, tcp: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let connector = TlsConnector::from(Arc::new(self.config.clone()));
        connector
            .connect(ServerName::try_from("localhost").unwrap(), tcp)
            .await
    }

    /// Connects, waits for the server's alert, and returns it with this end's address. In TLS 1.3 a
    /// client hears of its refused certificate on the first read only.
    pub(crate) async fn refused(&self, server: &MockServer) -> (SocketAddr, AlertDescription) {
        let tcp = TcpStream::connect(server.addr()).await.unwrap();
        let address = tcp.local_addr().unwrap();
        let error = match self.connect_from(tcp).await {
            Ok(mut stream) => stream.read_u8().await.unwrap_err(),
            Err(error) => error,
        };
        let inner = error
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>());
        match inner {
            Some(rustls::Error::AlertReceived(alert)) => (address, *alert),
            _ => panic!("not an alert: {error:?}"),
        }
    }

    /// Sends a `GET` over HTTP/1.1 on a new connection.
    pub(crate) async fn get(&self, server: &MockServer, path: &str) -> Response<Bytes> {
        let stream = self.connect(server).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = Request::builder().uri(path).header("host", "localhost");
        let request = request.body(Full::<Bytes>::default()).unwrap();
        let (head, body) = sender.send_request(request).await.unwrap().into_parts();
        Response::from_parts(head, body.collect().await.unwrap().to_bytes())
    }
}
