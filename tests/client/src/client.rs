//! Connections, and requests on new ones.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::{http1, http2};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::crypto::aws_lc_rs;
use rustls::{AlertDescription, ClientConfig, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::identity::Identity;

/// A response whose body was read to its end.
pub type ClientResponse = Response<Bytes>;

/// The TLS settings of a client, which calls every server `localhost`.
#[derive(Debug)]
pub struct Client {
    config: ClientConfig,
}

impl Client {
    /// Makes a client that trusts this CA.
    #[must_use]
    pub fn new(ca_pem: &str, identity: &Identity) -> Self {
        Self::with_versions(ca_pem, identity, rustls::DEFAULT_VERSIONS)
    }

    /// Makes a client of these versions of TLS alone.
    #[must_use]
    pub fn with_versions(
        ca_pem: &str,
        identity: &Identity,
        versions: &[&'static SupportedProtocolVersion],
    ) -> Self {
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap();
        roots.add(ca).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        Self::from_config(match identity.resolver() {
            Some(resolver) => config.with_client_cert_resolver(resolver),
            None => config.with_no_client_auth(),
        })
    }

    /// Makes a client of a configuration.
    #[must_use]
    pub fn from_config(config: ClientConfig) -> Self {
        Self { config }
    }

    /// Sets the protocol that it offers.
    #[must_use]
    pub fn alpn(mut self, protocol: &str) -> Self {
        self.config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
        self
    }

    /// Connects to a server.
    ///
    /// # Errors
    ///
    /// If there is no connection, or the handshake fails.
    pub async fn connect(&self, server: SocketAddr) -> io::Result<TlsStream<TcpStream>> {
        self.connect_from(TcpStream::connect(server).await?).await
    }

    /// Performs the handshake over a connection.
    ///
    /// # Errors
    ///
    /// If it fails.
    pub async fn connect_from(&self, tcp: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let connector = TlsConnector::from(Arc::new(self.config.clone()));
        let name = ServerName::try_from("localhost").unwrap();
        connector.connect(name, tcp).await
    }

    /// Connects, waits for the server's alert, and returns it with this end's address.
    pub async fn refused(&self, server: SocketAddr) -> (SocketAddr, AlertDescription) {
        let tcp = TcpStream::connect(server).await.unwrap();
        let address = tcp.local_addr().unwrap();
        // In TLS 1.3 a client learns on its first read that its certificate is rejected.
        let error = match self.connect_from(tcp).await {
            Ok(mut stream) => stream.read_u8().await.unwrap_err(),
            Err(error) => error,
        };
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        match inner {
            Some(rustls::Error::AlertReceived(alert)) => (address, *alert),
            _ => panic!("not an alert: {error:?}"),
        }
    }

    /// Sends a `GET` over HTTP/1.1 on a new connection.
    pub async fn get(
        &self,
        server: SocketAddr,
        path: &str,
        authorization: Option<&str>,
    ) -> ClientResponse {
        let mut request = get_request(path, authorization);
        let host = "localhost".parse().unwrap();
        request.headers_mut().insert("host", host);
        self.send(server, request).await.unwrap()
    }

    /// Sends a request, as it is, over HTTP/1.1 on a new connection.
    ///
    /// # Errors
    ///
    /// If no response comes.
    pub async fn send(
        &self,
        server: SocketAddr,
        request: Request<Full<Bytes>>,
    ) -> hyper::Result<ClientResponse> {
        let stream = self.connect(server).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(connection);
        collect(sender.send_request(request).await?).await
    }

    /// Sends a `GET` over HTTP/2 on a new connection.
    ///
    /// # Errors
    ///
    /// If no response comes.
    pub async fn get_http2(
        &self,
        server: SocketAddr,
        path: &str,
        authorization: Option<&str>,
    ) -> hyper::Result<ClientResponse> {
        let io = TokioIo::new(self.connect(server).await.unwrap());
        let (mut sender, connection) = http2::handshake(TokioExecutor::new(), io).await?;
        tokio::spawn(connection);
        let request = get_request(&format!("https://localhost{path}"), authorization);
        collect(sender.send_request(request).await?).await
    }
}

fn get_request(uri: &str, authorization: Option<&str>) -> Request<Full<Bytes>> {
    let mut request = Request::get(uri);
    if let Some(authorization) = authorization {
        request = request.header("authorization", authorization);
    }
    request.body(Full::default()).unwrap()
}

async fn collect(response: Response<Incoming>) -> hyper::Result<ClientResponse> {
    let (head, body) = response.into_parts();
    Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
}
