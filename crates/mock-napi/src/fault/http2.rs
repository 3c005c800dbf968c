//! A script's answer in HTTP/2 ([RFC 9113]).
//!
//! The h2 crate reads requests and keeps the windows; the frames that it would not send are put
//! between its own, and the ends that it would not come to are made on the stream below it.
//!
//! [RFC 9113]: https://www.rfc-editor.org/rfc/rfc9113

mod connection;
mod exchange;
mod tap;

use tokio::io::AsyncWriteExt;
use tokio_rustls::server::TlsStream;

use crate::fault::http2::connection::Connection;
use crate::fault::wire::Wire;
use crate::fault::{Scripted, ending};

/// Answers requests as the script says, until either side ends the connection.
pub(crate) async fn serve(mut stream: TlsStream<Wire>, scripted: &Scripted) {
    let serve = async {
        let mut connection = Connection::begin(&mut stream, scripted).await?;
        connection.serve().await
    };
    let end = match tokio::time::timeout(ending::HOLD_LIMIT, serve).await {
        Ok(Ok(end)) => end,
        Ok(Err(_)) | Err(_) => End::Close,
    };
    match end {
        End::Close => ending::close(stream).await,
        End::Cut => ending::close(stream.into_inner().0).await,
        End::Garbage => {
            let _sent = stream.write_all(GARBAGE).await;
            ending::close(stream).await;
        }
        End::Reset => ending::reset(stream.into_inner().0, &scripted.log),
    }
}

/// How the connection is to end.
#[derive(Debug, Clone, Copy)]
enum End {
    /// In order: `close_notify`, then FIN.
    Close,
    /// FIN only.
    Cut,
    /// Garbage, then in order.
    Garbage,
    /// By a reset.
    Reset,
}

/// A frame of 16,777,215 bytes, or its begin: no client takes more than 16,384 unasked (RFC 9113,
/// section 4.2).
const GARBAGE: &[u8] = &[0xff; 64];
