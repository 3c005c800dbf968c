//! A script's response in HTTP/2 ([RFC 9113]).
//!
//! The h2 crate reads requests and keeps the windows; the frames that it would not send are put
//! between its own, and the ends that it would not come to are made on the stream below it.
//!
//! [RFC 9113]: https://www.rfc-editor.org/rfc/rfc9113

mod connection;
mod end;
mod exchange;
mod raw_reply;
mod tap;

use std::io;

use tokio::io::AsyncWriteExt;
use tokio_rustls::server::TlsStream;

use crate::fault::ending;
use crate::fault::http2::connection::Connection;
use crate::fault::http2::end::End;
use crate::fault::wire::Wire;
use crate::scripted::Scripted;

/// Answers requests as the script says, until either side ends the connection.
pub(crate) async fn serve(mut stream: TlsStream<Wire>, scripted: &Scripted) {
    let serve = async {
        let mut connection = Connection::begin(&mut stream, scripted).await?;
        connection.serve().await
    };
    let end = match tokio::time::timeout(ending::HOLD_LIMIT, serve).await {
        Ok(Ok(end)) => end,
        // The client broke the protocol, or has left, or the time is over.
        Ok(Err(_)) | Err(_) => End::Close,
    };
    match end {
        End::Close => ending::close(stream).await,
        End::Cut => ending::close(stream.into_inner().0).await,
        End::EndlessHeaders { stream: id } => {
            let endless = endless_headers(&mut stream, id);
            let _until = tokio::time::timeout(ending::HOLD_LIMIT, endless).await;
            ending::close(stream).await;
        }
        End::Garbage => {
            let _sent = stream.write_all(GARBAGE).await;
            ending::close(stream).await;
        }
        End::Reset => ending::reset(stream.into_inner().0, &scripted.log),
    }
}

/// Sends HEADERS and CONTINUATION frames, none with END_HEADERS (RFC 9113, section 6.10). Each has
/// whole fields: literals without indexing, not in Huffman's code (RFC 7541, section 6.2.2).
async fn endless_headers(stream: &mut TlsStream<Wire>, id: u32) -> io::Result<()> {
    const STATUS_200: &[u8] = &[0x88];
    const FIELD: &[u8] = b"\x00\x0bx-and-so-on\x09and so on";
    let mut block = STATUS_200.to_vec();
    let mut kind = HEADERS;
    loop {
        block.extend(FIELD);
        // No block is longer than a byte can say.
        let length = u8::try_from(block.len()).map_err(io::Error::other)?;
        let mut frame = vec![0, 0, length, kind, 0];
        frame.extend(id.to_be_bytes());
        frame.append(&mut block);
        stream.write_all(&frame).await?;
        stream.flush().await?;
        kind = CONTINUATION;
    }
}

const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
/// A frame of 16,777,215 bytes, or its begin: no client takes more than 16,384 unasked (RFC 9113,
/// section 4.2).
const GARBAGE: &[u8] = &[0xff; 64];
