//! A script's response in HTTP/1.1, or in what only looks like it. Written by hand, since a library
//! takes care that none of this happens.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::server::TlsStream;

use crate::fault::ending;
use crate::fault::request_head::RequestHead;
use crate::fault::wire::Wire;
use crate::point::Point;
use crate::script::reply::{Afterwards, Body, Delivery, Framing, Moment, Reply};
use crate::script::response::ScriptedResponse;
use crate::scripted::Scripted;

/// Answers each request as the script says, and ends the connection.
pub(crate) async fn serve(mut stream: TlsStream<Wire>, scripted: &Scripted) {
    let mut reply = match &scripted.script.response {
        ScriptedResponse::Reply(reply) => Some(&**reply),
        _ => None,
    };
    loop {
        let Some(head) = read_request(&mut stream, scripted, reply).await else {
            return;
        };
        let Some(given) = reply else {
            return refuse(stream, scripted).await;
        };
        if deliver(&mut stream, scripted, given).await.is_err() {
            return;
        }
        let is_whole = given.delivery == Delivery::Whole;
        if !is_whole || given.afterwards != Afterwards::Keep {
            return end(stream, scripted, given).await;
        }
        // The next request begins behind this body, which the reply did not wait for.
        if given.moment == Moment::AfterHead {
            head.skip_body(&mut stream).await;
        }
        reply = given.next.as_deref().or(reply);
    }
}

/// Reads a request as far as the reply wants it, and records it. `None` if none comes.
async fn read_request(
    stream: &mut TlsStream<Wire>,
    scripted: &Scripted,
    reply: Option<&Reply>,
) -> Option<RequestHead> {
    let head = RequestHead::read(stream).await?;
    if reply.is_none_or(|reply| reply.moment == Moment::AfterRequest) {
        scripted.body(head.skip_body(stream).await);
    }
    let status = reply.map(|reply| reply.status);
    let (method, path) = (head.method.clone(), head.path.clone());
    scripted.request(method, path, status).await;
    Some(head)
}

/// Sends anything but a reply, and ends the connection.
async fn refuse(mut stream: TlsStream<Wire>, scripted: &Scripted) {
    match scripted.script.response {
        ScriptedResponse::EndlessHeaders => {
            let _until = tokio::time::timeout(ending::HOLD_LIMIT, endless_head(&mut stream)).await;
            ending::close(stream).await;
        }
        ScriptedResponse::Reset => ending::reset(stream.into_inner().0, &scripted.log),
        ScriptedResponse::Garbage => {
            let _sent = send(&mut stream, GARBAGE).await;
            ending::close(stream).await;
        }
        _ => ending::close(stream).await,
    }
}

/// Ends the connection after a reply, whole or half.
async fn end(stream: TlsStream<Wire>, scripted: &Scripted, reply: &Reply) {
    match reply.delivery {
        Delivery::HalfThenClose => ending::close(stream).await,
        // Closed below TLS, so without `close_notify`: to the client the body is cut off.
        Delivery::HalfThenCut => ending::close(stream.into_inner().0).await,
        Delivery::HalfThenReset | Delivery::HalfThenResetStream { .. } => {
            ending::reset(stream.into_inner().0, &scripted.log);
        }
        Delivery::Whole => {
            scripted.gates.pass(Point::BeforeClose).await;
            end_after(stream, scripted, reply.afterwards).await;
        }
    }
}

/// Sends head and body, or head and half the body.
async fn deliver(
    stream: &mut TlsStream<Wire>,
    scripted: &Scripted,
    reply: &Reply,
) -> io::Result<()> {
    let length = reply.body.len();
    let half = length / 2;
    send(stream, head(reply).as_bytes()).await?;
    send_half(stream, reply, 0, half).await?;
    scripted.gates.pass(Point::MidBody).await;
    if reply.delivery == Delivery::Whole {
        send_half(stream, reply, half, length).await?;
        // The last chunk alone says that the body is whole (RFC 9112, section 7.1), so one script
        // leaves it out.
        if matches!(reply.framing, Framing::Chunked | Framing::ChunkedBadSize) {
            send(stream, b"0\r\n\r\n").await?;
        }
    }
    Ok(())
}

/// Sends one half of the body, as a chunk where there are chunks. A chunk of no bytes would be the
/// last.
async fn send_half(
    stream: &mut TlsStream<Wire>,
    reply: &Reply,
    from: u64,
    to: u64,
) -> io::Result<()> {
    if !reply.framing.is_chunked() {
        return send_part(stream, &reply.body, from, to).await;
    }
    if from == to {
        return Ok(());
    }
    let size = match reply.framing {
        Framing::ChunkedBadSize if to == reply.body.len() => "four\r\n".to_owned(),
        _ => format!("{:x}\r\n", to - from),
    };
    send(stream, size.as_bytes()).await?;
    send_part(stream, &reply.body, from, to).await?;
    send(stream, b"\r\n").await
}

async fn end_after(mut stream: TlsStream<Wire>, scripted: &Scripted, afterwards: Afterwards) {
    match afterwards {
        Afterwards::Close | Afterwards::CloseUnannounced | Afterwards::Keep => {
            ending::close(stream).await
        }
        Afterwards::AlertOnNextRequest { .. }
        | Afterwards::CloseOnNextRequest
        | Afterwards::ResetOnNextRequest => {
            let mut byte = [0; 1];
            // One byte is enough: whatever arrives now is the next request.
            let next = stream.read(&mut byte);
            let next = tokio::time::timeout(ending::HOLD_LIMIT, next).await;
            match next {
                Ok(Ok(1)) if afterwards == Afterwards::ResetOnNextRequest => {
                    ending::reset(stream.into_inner().0, &scripted.log);
                }
                // Whose `close_notify` the alert replaces, if there is one.
                _ => ending::close(stream).await,
            }
        }
    }
}

/// Ends with the client's patience only.
async fn endless_head(stream: &mut TlsStream<Wire>) -> io::Result<()> {
    // A good status line, so that the client goes on to the fields.
    send(stream, b"HTTP/1.1 200 \r\n").await?;
    loop {
        send(stream, b"x-and-so-on: and so on\r\n").await?;
    }
}

/// Returns the head. Its status line has no reason phrase, which clients have to take (RFC 9112,
/// section 4).
fn head(reply: &Reply) -> String {
    let mut head = format!("HTTP/1.1 {} \r\n", reply.status);
    for (name, value) in &reply.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    if let Some(length) = reply.framing.content_length(reply.body.len()) {
        head.push_str(&format!("content-length: {length}\r\n"));
    }
    if reply.framing.is_chunked() {
        head.push_str("transfer-encoding: chunked\r\n");
    }
    if reply.afterwards == Afterwards::Close {
        head.push_str("connection: close\r\n");
    }
    head.push_str("\r\n");
    head
}

async fn send_part(
    stream: &mut TlsStream<Wire>,
    body: &Body,
    from: u64,
    to: u64,
) -> io::Result<()> {
    match body {
        Body::Filled { .. } => {
            // Made as it is sent: a script may want more bytes than there is memory.
            let mut spaces = tokio::io::repeat(b' ').take(to - from);
            tokio::io::copy(&mut spaces, stream).await?;
            stream.flush().await
        }
        Body::Bytes(bytes) => {
            let position = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
            let part = bytes.get(position(from)..position(to));
            send(stream, part.unwrap_or_default()).await
        }
        Body::Text(text) => {
            let position = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
            let part = text.as_bytes().get(position(from)..position(to));
            send(stream, part.unwrap_or_default()).await
        }
    }
}

async fn send(stream: &mut TlsStream<Wire>, bytes: &[u8]) -> io::Result<()> {
    // Flushed piece by piece, so that a client has each before the next gate.
    stream.write_all(bytes).await?;
    stream.flush().await
}

const GARBAGE: &[u8] = b"\x00\x01\x02 not HTTP \xff\xfe\r\n\r\n";
