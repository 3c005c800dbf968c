//! TLS to the database: the server is verified as `transport` verifies that of NAPI.

use std::fmt;
use std::future::Future;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client;
use transport::{MtlsConnector, TrustAnchors};

use crate::journal::error::{JournalError, StorageError};

/// The TLS settings of all connections.
#[derive(Clone)]
pub(super) struct Tls(TlsConnector);

/// TLS with one host.
pub(super) struct TlsToHost {
    connector: TlsConnector,
    host: String,
}

/// A stream over TLS.
pub(super) struct Stream(client::TlsStream<Socket>);

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tls").finish_non_exhaustive()
    }
}

impl Tls {
    /// Trusts the CAs in a PEM file, or those of the operating system.
    pub(super) fn new(ca_file: Option<&Path>) -> Result<Self, JournalError> {
        let trust = match ca_file {
            None => TrustAnchors::platform(),
            Some(file) => TrustAnchors::pem_file(file).map_err(trust_error)?,
        };
        let connector = MtlsConnector::builder(trust).build().map_err(trust_error)?;
        let mut config = (*connector.rustls_client_config()).clone();
        // A server from version 17 on refuses a handshake that offers other protocols than its own.
        config.alpn_protocols.clear();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }
}

fn trust_error(error: impl std::error::Error) -> JournalError {
    let text = format!("the CAs that the database is verified by cannot be used: {error}");
    StorageError::Other(text).into()
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Stream;
    type TlsConnect = TlsToHost;
    type Error = std::convert::Infallible;

    fn make_tls_connect(&mut self, host: &str) -> Result<TlsToHost, Self::Error> {
        Ok(TlsToHost {
            connector: self.0.clone(),
            host: host.to_owned(),
        })
    }
}

impl TlsConnect<Socket> for TlsToHost {
    type Stream = Stream;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;

    fn connect(self, socket: Socket) -> Self::Future {
        Box::pin(async move {
            let name = self.host.try_into();
            let name =
                name.map_err(|_| io::Error::other("the host is no name in a certificate"))?;
            let stream = self.connector.connect(name, socket).await?;
            Ok(Stream(stream))
        })
    }
}

impl TlsStream for Stream {
    /// Binds nothing: the server is verified by its certificate.
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
