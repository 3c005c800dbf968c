//! Plain clients for the tests: hyper over TCP for the portal, hyper over rustls for NAPI.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::{http1, http2};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use mock_napi::{Account, Credentials, MockNapi, Problem};
use rcgen::KeyPair;
use rustls::crypto::aws_lc_rs;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{AlertDescription, ClientConfig, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::request::KEY;

pub(crate) type ClientResponse = Response<Bytes>;

/// Returns the text of a response.
pub(crate) fn text(response: &ClientResponse) -> &str {
    std::str::from_utf8(response.body()).unwrap()
}

/// Returns the value of a header of a response.
pub(crate) fn header<'a>(response: &'a ClientResponse, name: &str) -> &'a str {
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

/// Sends one request to the portal port.
pub(crate) async fn portal(
    mock: &MockNapi,
    method: &str,
    path: &str,
    credentials: Option<&Credentials>,
    body: impl Into<Bytes>,
) -> ClientResponse {
    let address = mock.portal_url().strip_prefix("http://").unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", address);
    if let Some(credentials) = credentials {
        request = request.header("authorization", basic(credentials));
    }
    let body = body.into();
    if path.starts_with("/mock/") && !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    let request = request.body(Full::new(body)).unwrap();
    collect(sender.send_request(request).await.unwrap()).await
}

/// Sends one request with these headers, and none of its own, to the portal port.
pub(crate) async fn browse(
    mock: &MockNapi,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> ClientResponse {
    let address = mock.portal_url().strip_prefix("http://").unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .body(Full::new(Bytes::from(body.to_owned())))
        .unwrap();
    collect(sender.send_request(request).await.unwrap()).await
}

/// Uploads a request as `account`, with a query such as `?valid_to=-1`.
pub(crate) async fn upload(
    mock: &MockNapi,
    account: &Account,
    query: &str,
    request: impl Into<Bytes>,
) -> ClientResponse {
    let path = format!("/portal/v1/certificates{query}");
    portal(mock, "POST", &path, Some(account.portal()), request).await
}

/// Returns the problems that an upload's response lists.
pub(crate) fn problems(response: &ClientResponse) -> Vec<Problem> {
    let mut body: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
    serde_json::from_value(body["problems"].take()).unwrap()
}

/// A client certificate with its key, or none.
#[derive(Clone)]
pub(crate) struct Identity(Option<Arc<SingleCertAndKey>>);

impl Identity {
    pub(crate) const NONE: Self = Self(None);

    /// Puts a certificate and a key together, without a check that they match.
    pub(crate) fn new(certificate: CertificateDer<'static>, key: &KeyPair) -> Self {
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let key = aws_lc_rs::default_provider()
            .key_provider
            .load_private_key(key)
            .unwrap();
        Self(Some(Arc::new(
            CertifiedKey::new(vec![certificate], key).into(),
        )))
    }

    /// Returns a certificate from the portal, for [`KEY`].
    pub(crate) async fn issued(mock: &MockNapi, account: &Account, query: &str) -> Self {
        let response = upload(mock, account, query, crate::request::Request::good().pem()).await;
        assert_eq!(
            response.status(),
            StatusCode::CREATED,
            "{}",
            text(&response)
        );
        Self::new(
            CertificateDer::from_pem_slice(response.body()).unwrap(),
            &KEY,
        )
    }
}

/// The TLS settings of a client.
pub(crate) struct Client {
    config: ClientConfig,
}

impl Client {
    pub(crate) fn new(mock: &MockNapi, identity: &Identity) -> Self {
        Self::with_versions(mock, identity, rustls::DEFAULT_VERSIONS)
    }

    pub(crate) fn with_versions(
        mock: &MockNapi,
        identity: &Identity,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Self {
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_slice(mock.ca_certificate_pem().as_bytes()).unwrap();
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

    /// Makes a client of a configuration.
    pub(crate) fn from_config(config: ClientConfig) -> Self {
        Self { config }
    }

    pub(crate) fn alpn(mut self, protocol: &str) -> Self {
        self.config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        self
    }

    pub(crate) async fn connect(&self, mock: &MockNapi) -> io::Result<TlsStream<TcpStream>> {
        self.connect_from(TcpStream::connect(mock.mtls_addr()).await?)
            .await
    }

    pub(crate) async fn connect_from(&self, tcp: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let connector = TlsConnector::from(Arc::new(self.config.clone()));
        connector
            .connect(ServerName::try_from("localhost").unwrap(), tcp)
            .await
    }

    /// Connects, waits for the server's word, and returns the alert that it was, with this end's
    /// address. In TLS 1.3 a client hears of its refused certificate on the first read only.
    pub(crate) async fn refused(&self, mock: &MockNapi) -> (SocketAddr, AlertDescription) {
        let tcp = TcpStream::connect(mock.mtls_addr()).await.unwrap();
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
    pub(crate) async fn get(
        &self,
        mock: &MockNapi,
        path: &str,
        credentials: Option<&str>,
    ) -> ClientResponse {
        let stream = self.connect(mock).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let request = get_request(path, credentials).header("host", "localhost");
        let request = request.body(Full::<Bytes>::default()).unwrap();
        collect(sender.send_request(request).await.unwrap()).await
    }

    /// Sends a whole request over HTTP/1.1 on a new connection to the plain endpoint; an error if
    /// no response comes.
    pub(crate) async fn send_plain(
        &self,
        mock: &MockNapi,
        request: Request<Full<Bytes>>,
    ) -> Result<ClientResponse, hyper::Error> {
        let tcp = TcpStream::connect(mock.plain_addr()).await.unwrap();
        let stream = self.connect_from(tcp).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        Ok(collect(sender.send_request(request).await?).await)
    }

    /// Gets as [`get_http2`](Self::get_http2) does, on the plain endpoint; an error if no response
    /// comes.
    pub(crate) async fn get_plain_http2(
        &self,
        mock: &MockNapi,
        path: &str,
        credentials: &str,
    ) -> Result<ClientResponse, hyper::Error> {
        let tcp = TcpStream::connect(mock.plain_addr()).await.unwrap();
        let io = TokioIo::new(self.connect_from(tcp).await.unwrap());
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), io).await?;
        tokio::spawn(connection);
        let request = get_request(&format!("https://localhost{path}"), Some(credentials));
        let request = request.body(Full::<Bytes>::default()).unwrap();
        Ok(collect(sender.send_request(request).await?).await)
    }

    /// Sends a whole request over HTTP/1.1 on a new connection.
    pub(crate) async fn send(
        &self,
        mock: &MockNapi,
        request: Request<Full<Bytes>>,
    ) -> ClientResponse {
        let stream = self.connect(mock).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        collect(sender.send_request(request).await.unwrap()).await
    }

    /// Sends a `GET` over HTTP/2 on a new connection.
    pub(crate) async fn get_http2(
        &self,
        mock: &MockNapi,
        path: &str,
        credentials: Option<&str>,
    ) -> ClientResponse {
        let stream = self.connect(mock).await.unwrap();
        let io = TokioIo::new(stream);
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
        tokio::spawn(connection);
        let request = get_request(&format!("https://localhost{path}"), credentials);
        let request = request.body(Full::<Bytes>::default()).unwrap();
        collect(sender.send_request(request).await.unwrap()).await
    }
}

fn get_request(uri: &str, credentials: Option<&str>) -> hyper::http::request::Builder {
    let request = Request::builder().uri(uri);
    match credentials {
        Some(credentials) => request.header("authorization", credentials),
        None => request,
    }
}

async fn collect(response: Response<hyper::body::Incoming>) -> ClientResponse {
    let (parts, body) = response.into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
}
