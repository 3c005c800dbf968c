//! The server's side of HTTP/1.1 by bytes (RFC 9112), for what no well-behaved server does.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Reads the head of a request, to its empty line.
pub(crate) async fn read_head(io: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(io.read_u8().await?);
    }
    Ok(String::from_utf8(head).unwrap())
}

pub(crate) async fn write(io: &mut (impl AsyncWrite + Unpin), bytes: &str) -> io::Result<()> {
    io.write_all(bytes.as_bytes()).await?;
    io.flush().await
}
