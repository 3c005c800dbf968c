//! One connection, from TCP to the first byte of the server.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context, ensure};
use http::Uri;
use hyper_util::rt::TokioIo;
use rustls::{ClientConfig, HandshakeKind};
use rustls_pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use tower::Service;
use transport::{Handshake, MtlsConnector, TlsInfo};

/// Connects over TCP without anything around it.
pub(crate) async fn tcp(addr: SocketAddr) -> anyhow::Result<TcpStream> {
    let tcp = TcpStream::connect(addr).await?;
    tcp.set_nodelay(true)?;
    Ok(tcp)
}

/// Makes a handshake and reads the server's byte; returns whether a session was resumed.
pub(crate) async fn handshake(
    config: &Arc<ClientConfig>,
    addr: SocketAddr,
    tcp: TcpStream,
) -> anyhow::Result<bool> {
    let name = ServerName::from(addr.ip());
    let connector = TlsConnector::from(Arc::clone(config));
    let mut tls = connector.connect(name, tcp).await?;
    read_one_byte(&mut tls).await?;
    Ok(tls.get_ref().1.handshake_kind() == Some(HandshakeKind::Resumed))
}

/// Connects through our connector and reads the byte; returns whether a session was resumed.
pub(crate) async fn connect(connector: &mut MtlsConnector, uri: &Uri) -> anyhow::Result<bool> {
    let mut stream = TokioIo::new(connector.call(uri.clone()).await?);
    read_one_byte(&mut stream).await?;
    let tls = stream.inner().info().tls();
    Ok(tls.map(|tls: &TlsInfo| tls.handshake) == Some(Handshake::Resumed))
}

async fn read_one_byte(stream: &mut (impl AsyncRead + Unpin)) -> anyhow::Result<()> {
    let byte = stream
        .read_u8()
        .await
        .context("the server has rejected us")?;
    ensure!(byte == b'1', "the server said something else");
    Ok(())
}
