//! One request and its [`Reply`] on a stream of its own.

use std::future::poll_fn;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, RecvStream, SendStream};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};

use crate::point::Point;
use crate::script::reply::{Body, Delivery, Moment, Reply};
use crate::scripted::Scripted;

/// A request that was not answered yet.
pub(crate) struct Exchange {
    pub(crate) request: Request<RecvStream>,
    pub(crate) respond: SendResponse<Bytes>,
}

/// The progress of an exchange.
pub(crate) enum Done {
    /// The response is with the library, whole.
    Answered,
    /// The client has gone, or the stream was reset.
    Broken,
    /// Half the body is with the library.
    Half(SendStream<Bytes>),
}

impl Exchange {
    pub(crate) fn method(&self) -> Option<String> {
        Some(self.request.method().to_string())
    }

    pub(crate) fn path(&self) -> Option<String> {
        Some(self.request.uri().path().to_owned())
    }

    pub(crate) fn stream_id(&self) -> u32 {
        self.respond.stream_id().as_u32()
    }

    /// Reads the request as far as the reply wants it, and gives the reply.
    pub(crate) async fn response(mut self, reply: Reply, scripted: Scripted) -> Done {
        if reply.moment == Moment::AfterRequest {
            scripted.body(read_on(self.request.body_mut()).await);
        }
        let (method, path) = (self.method(), self.path());
        scripted.request(method, path, Some(reply.status)).await;
        let Some(head) = head(&reply) else {
            // A status that HTTP/2 cannot say; in HTTP/1.1 it would go out as it is.
            self.respond.send_reset(Reason::INTERNAL_ERROR);
            return Done::Broken;
        };
        let Ok(mut stream) = self.respond.send_response(head, false) else {
            return Done::Broken;
        };
        let longest = scripted.script.http2.longest_data;
        let body = Data {
            body: &reply.body,
            // With frames of no bytes the body would never end.
            longest: longest.map_or(LONGEST_DATA, u64::from).max(1),
        };
        let length = reply.body.len();
        let half = length / 2;
        if body.send(&mut stream, 0, half).await.is_none() {
            return Done::Broken;
        }
        scripted.gates.pass(Point::MidBody).await;
        if reply.delivery != Delivery::Whole {
            return Done::Half(stream);
        }
        let rest = body.send(&mut stream, half, length).await;
        // The end is a frame of its own, so that a half need not know whether it is the last.
        let ended = rest.is_some() && stream.send_data(Bytes::new(), true).is_ok();
        if ended { Done::Answered } else { Done::Broken }
    }
}

/// Reads and drops a body; the client gets its window back as it is read.
async fn read_on(body: &mut RecvStream) -> u64 {
    let mut read = 0;
    while let Some(Ok(data)) = body.data().await {
        read += data.len() as u64;
        // h2 opens the client's window again only for what is released by hand.
        if body.flow_control().release_capacity(data.len()).is_err() {
            break;
        }
    }
    read
}

/// Returns the head of the response; `None` if HTTP has no such status code or header.
fn head(reply: &Reply) -> Option<Response<()>> {
    let mut head = Response::new(());
    *head.status_mut() = StatusCode::from_u16(reply.status).ok()?;
    let headers = head.headers_mut();
    for (name, value) in &reply.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value)
            && !OF_A_CONNECTION.contains(&name.as_str())
        {
            headers.append(name, value);
        }
    }
    if let Some(length) = reply.framing.content_length(reply.body.len()) {
        headers.append("content-length", length.into());
    }
    Some(head)
}

/// A body and how it is cut into frames.
struct Data<'a> {
    body: &'a Body,
    longest: u64,
}

impl Data<'_> {
    /// Hands over a part of the body, never more than the client's windows have room for. `None` if
    /// the stream is gone.
    async fn send(&self, stream: &mut SendStream<Bytes>, from: u64, to: u64) -> Option<()> {
        let mut at = from;
        while at < to {
            let wanted = usize::try_from((to - at).min(self.longest)).ok()?;
            stream.reserve_capacity(wanted);
            // Woken for one window, the other may still be closed.
            while stream.capacity() == 0 {
                poll_fn(|cx| stream.poll_capacity(cx)).await?.ok()?;
            }
            let end = at + stream.capacity().min(wanted) as u64;
            stream.send_data(self.part(at, end), false).ok()?;
            at = end;
        }
        Some(())
    }

    fn part(&self, from: u64, to: u64) -> Bytes {
        let position = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        match self.body {
            Body::Filled { .. } => vec![b' '; position(to - from)].into(),
            Body::Bytes(bytes) => {
                let part = bytes.get(position(from)..position(to));
                Bytes::copy_from_slice(part.unwrap_or_default())
            }
            Body::Text(text) => {
                let part = text.as_bytes().get(position(from)..position(to));
                Bytes::copy_from_slice(part.unwrap_or_default())
            }
        }
    }
}

/// The length that every client accepts (RFC 9113, section 4.2).
const LONGEST_DATA: u64 = 16_384;
/// Headers that have no place in HTTP/2 (RFC 9113, section 8.2.2); the library refuses a response
/// with them.
const OF_A_CONNECTION: [&str; 5] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
];
