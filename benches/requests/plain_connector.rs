//! The least that hyper-util's pool can stand on: TCP and TLS.

use std::{
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use anyhow::Context as _;
use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::{
    client::legacy::connect::{Connected, Connection},
    rt::TokioIo,
};
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::{TlsConnector, client::TlsStream};
use tower::Service;

#[derive(Clone)]
pub(crate) struct PlainConnector(TlsConnector);

/// A connection that tells the pool whether it speaks HTTP/2.
pub(crate) struct PlainStream(TokioIo<TlsStream<TcpStream>>);

impl PlainConnector {
    pub(crate) fn new(config: &Arc<ClientConfig>) -> Self {
        Self(TlsConnector::from(Arc::clone(config)))
    }

    pub(crate) async fn connect(self, uri: Uri) -> anyhow::Result<PlainStream> {
        let host = uri.host().context("no host")?.to_owned();
        let port = uri.port_u16().context("no port")?;
        let tcp = TcpStream::connect((&*host, port)).await?;
        tcp.set_nodelay(true)?;
        let tls = self.0.connect(ServerName::try_from(host)?, tcp).await?;
        Ok(PlainStream(TokioIo::new(tls)))
    }
}

impl Service<Uri> for PlainConnector {
    type Response = PlainStream;
    type Error = anyhow::Error;
    type Future = Pin<Box<dyn Future<Output = anyhow::Result<PlainStream>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<anyhow::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

impl Connection for PlainStream {
    fn connected(&self) -> Connected {
        let (_, tls) = self.0.inner().get_ref();
        match tls.alpn_protocol() {
            Some(b"h2") => Connected::new().negotiated_h2(),
            _ => Connected::new(),
        }
    }
}

impl Read for PlainStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl Write for PlainStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, bufs)
    }
}
