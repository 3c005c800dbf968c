//! The server's side of HTTP/2 by single frames (RFC 9113, section 4.1), for what no well-behaved
//! server does.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

pub(crate) const HEADERS: u8 = 1;
pub(crate) const RST_STREAM: u8 = 3;
pub(crate) const SETTINGS: u8 = 4;
pub(crate) const PING: u8 = 6;
pub(crate) const GOAWAY: u8 = 7;
pub(crate) const WINDOW_UPDATE: u8 = 8;

pub(crate) const END_STREAM: u8 = 1;
pub(crate) const END_HEADERS: u8 = 4;
pub(crate) const ACK: u8 = 1;

/// The status 200 out of the static table (RFC 7541, appendix A).
pub(crate) const STATUS_200: &[u8] = &[0x88];

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

pub(crate) struct Frame {
    pub(crate) kind: u8,
    pub(crate) flags: u8,
    pub(crate) stream: u32,
    pub(crate) payload: Vec<u8>,
}

/// Reads the client's preface, and sends settings of this server's.
pub(crate) async fn begin(
    io: &mut (impl AsyncRead + AsyncWrite + Unpin),
    settings: &[u8],
) -> io::Result<()> {
    let mut preface = vec![0; PREFACE.len()];
    io.read_exact(&mut preface).await?;
    assert_eq!(preface, PREFACE);
    write(io, SETTINGS, 0, 0, settings).await
}

pub(crate) async fn write(
    io: &mut (impl AsyncWrite + Unpin),
    kind: u8,
    flags: u8,
    stream: u32,
    payload: &[u8],
) -> io::Result<()> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    io.write_all(&frame).await?;
    io.flush().await
}

/// Reads the next frame; settings are acknowledged.
pub(crate) async fn read(io: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<Frame> {
    let mut head = [0; 9];
    io.read_exact(&mut head).await?;
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; length as usize];
    io.read_exact(&mut payload).await?;
    let frame = Frame {
        kind: head[3],
        flags: head[4],
        stream: u32::from_be_bytes([head[5], head[6], head[7], head[8]]),
        payload,
    };
    if frame.kind == SETTINGS && frame.flags & ACK == 0 {
        write(io, SETTINGS, ACK, 0, &[]).await?;
    }
    Ok(frame)
}

/// Reads up to the next request, and returns its stream's number.
pub(crate) async fn next_request(
    io: &mut (impl AsyncRead + AsyncWrite + Unpin),
) -> io::Result<u32> {
    loop {
        let frame = read(io).await?;
        if frame.kind == HEADERS && frame.flags & END_HEADERS != 0 {
            return Ok(frame.stream);
        }
    }
}

/// Returns the payload of `SETTINGS_MAX_CONCURRENT_STREAMS` (RFC 9113, section 6.5.2).
pub(crate) fn max_concurrent_streams(most: u32) -> Vec<u8> {
    let mut setting = vec![0, 3];
    setting.extend(most.to_be_bytes());
    setting
}
