//! A client over HTTP/1.1, written by hand so that it hides nothing.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use mock_tls::{ClientIdentity, ConnectionEvent, Event, MockServer};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// Sends a request, and returns all that the server said until it closed the connection.
pub(crate) async fn get(
    server: &MockServer,
    identity: Option<&ClientIdentity>,
) -> io::Result<String> {
    send(server, identity, "GET / HTTP/1.1\r\n\r\n").await
}

pub(crate) async fn send(
    server: &MockServer,
    identity: Option<&ClientIdentity>,
    request: &str,
) -> io::Result<String> {
    let tcp = TcpStream::connect(server.addr()).await?;
    exchange(connect(server, identity, tcp).await?, request).await
}

/// Sends a request and reads to the end.
pub(crate) async fn exchange(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    request: &str,
) -> io::Result<String> {
    let (line, rest) = request.split_once("\r\n").unwrap();
    let head = format!("{line}\r\nHost: localhost\r\nConnection: close\r\n{rest}");
    stream.write_all(head.as_bytes()).await?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response).await?;
    Ok(String::from_utf8_lossy(&response).into_owned())
}

/// Performs the handshake over this connection, in which the client trusts the server's CA.
pub(crate) async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
    server: &MockServer,
    identity: Option<&ClientIdentity>,
    stream: S,
) -> io::Result<TlsStream<S>> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(server.ca_certificate_pem().as_bytes()).unwrap();
    roots.add(ca).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match identity {
        None => config.with_no_client_auth(),
        Some(identity) => {
            let pem = identity.certificate_pem().as_bytes();
            let key = identity.secret_key_pem().as_bytes();
            config
                .with_client_auth_cert(
                    vec![CertificateDer::from_pem_slice(pem).unwrap()],
                    PrivateKeyDer::from_pem_slice(key).unwrap(),
                )
                .unwrap()
        }
    };
    let name = "localhost".try_into().unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

/// Returns the kinds of all events of a connection, once it is closed.
pub(crate) async fn events_of(server: &MockServer, connection: u64) -> Vec<ConnectionEvent> {
    let is_end =
        |event: &Event| event.connection == connection && event.kind == ConnectionEvent::Closed;
    let closed = server.wait_for(is_end);
    tokio::time::timeout(LIMIT, closed)
        .await
        .expect("the connection is closed");
    let events = server.events().into_iter();
    let events = events.filter(|event| event.connection == connection);
    events.map(|event| event.kind).collect()
}

/// Longer than anything here takes on a loaded machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);
