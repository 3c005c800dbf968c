//! Refusals in HTTP/2 ([RFC 9113]), frame by frame. Requests are not decoded, only noticed.
//!
//! [RFC 9113]: https://www.rfc-editor.org/rfc/rfc9113

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::server::TlsStream;

use crate::fault::wire::Wire;
use crate::fault::{Scripted, ending};
use crate::script::answer::Answer;

/// Refuses requests as the script says, until either side ends the connection.
pub(crate) async fn serve(mut stream: TlsStream<Wire>, scripted: &Scripted) {
    let refused = refuse(&mut stream, scripted);
    let _ended = tokio::time::timeout(ending::HOLD_LIMIT, refused).await;
    ending::close(stream).await;
}

async fn refuse(stream: &mut TlsStream<Wire>, scripted: &Scripted) -> io::Result<()> {
    let mut preface = [0; PREFACE.len()];
    stream.read_exact(&mut preface).await?;
    if preface != *PREFACE {
        return Ok(());
    }
    write_frame(stream, SETTINGS, 0, 0, &[]).await?;
    loop {
        let frame = Frame::read(stream).await?;
        match frame.kind {
            SETTINGS if frame.flags & ACK == 0 => {
                write_frame(stream, SETTINGS, ACK, 0, &[]).await?
            }
            PING if frame.flags & ACK == 0 => {
                write_frame(stream, PING, ACK, 0, &frame.payload).await?;
            }
            HEADERS => {
                scripted.request(None, None, None).await;
                match scripted.script.answer {
                    Answer::ResetStream { error_code } => {
                        let code = error_code.to_be_bytes();
                        write_frame(stream, RST_STREAM, 0, frame.stream, &code).await?;
                    }
                    Answer::GoAway { error_code } => {
                        return go_away(stream, error_code).await;
                    }
                    _ => return Ok(()),
                }
            }
            _ => {}
        }
    }
}

/// With 0 as the last stream, so that no request was processed.
async fn go_away(stream: &mut TlsStream<Wire>, error_code: u32) -> io::Result<()> {
    let mut payload = [0; 8];
    let (_last_stream, code) = payload.split_at_mut(4);
    code.copy_from_slice(&error_code.to_be_bytes());
    write_frame(stream, GOAWAY, 0, 0, &payload).await
}

/// A frame as section 4.1 has it.
struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

impl Frame {
    async fn read(stream: &mut TlsStream<Wire>) -> io::Result<Self> {
        let length_and_kind = stream.read_u32().await?;
        let [.., kind] = length_and_kind.to_be_bytes();
        let flags = stream.read_u8().await?;
        let id = stream.read_u32().await? & 0x7fff_ffff;
        let length = u64::from(length_and_kind >> 8);
        let mut payload = Vec::new();
        let read = stream.take(length).read_to_end(&mut payload).await?;
        if read as u64 != length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Self {
            kind,
            flags,
            stream: id,
            payload,
        })
    }
}

async fn write_frame(
    stream: &mut TlsStream<Wire>,
    kind: u8,
    flags: u8,
    id: u32,
    payload: &[u8],
) -> io::Result<()> {
    // No frame from here is longer than a byte can say.
    let length = u8::try_from(payload.len()).map_err(io::Error::other)?;
    let mut frame = vec![0, 0, length, kind, flags];
    frame.extend(id.to_be_bytes());
    frame.extend(payload);
    stream.write_all(&frame).await?;
    stream.flush().await
}

const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const ACK: u8 = 1;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
