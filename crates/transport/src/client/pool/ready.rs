//! A connection reserved for a request, and returned if the request is not sent.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use http::{HeaderValue, Request, Uri};
use http_body::Body;
use pin_project_lite::pin_project;

use crate::client::pool::connection::Connection;
use crate::client::pool::host::Host;
use crate::client::pool::in_flight::InFlight;
use crate::client::pool::outcome::Outcome;
use crate::client::pool::sender::Sender;

/// A connection reserved for one request. Dropping it returns it to the host.
pub(crate) struct Ready<B> {
    sender: Option<Sender<B>>,
    host: Arc<Host<B>>,
}

/// A request that was passed to its connection.
pub(crate) struct SentRequest<F> {
    pub(crate) reply: F,
    pub(crate) state: SentState,
}

/// The state of a request that was sent.
pub(crate) struct SentState {
    pub(crate) in_flight: InFlight,
    /// The connection was kept, so it may have ended before the request was sent.
    pub(crate) is_kept: bool,
}

pin_project! {
    /// The response, or the reason why there is none.
    #[project = ReplyProjected]
    enum Reply<F1, F2> {
        Http1 {
            #[pin]
            reply: F1,
        },
        Http2 {
            #[pin]
            reply: F2,
        },
    }
}

impl<F1, F2> Future for Reply<F1, F2>
where
    F1: Future,
    F2: Future<Output = F1::Output>,
{
    type Output = F1::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F1::Output> {
        match self.project() {
            ReplyProjected::Http1 { reply } => reply.poll(cx),
            ReplyProjected::Http2 { reply } => reply.poll(cx),
        }
    }
}

/// The URI of a request's host.
pub(crate) struct TargetOf<B>(Arc<Host<B>>);

impl<B> TargetOf<B> {
    pub(crate) fn uri(&self) -> &Uri {
        &self.0.target.uri
    }
}

impl<B> Ready<B> {
    pub(super) fn new(sender: Sender<B>, host: Arc<Host<B>>) -> Self {
        Self {
            sender: Some(sender),
            host,
        }
    }

    pub(crate) fn is_http2(&self) -> bool {
        matches!(self.sender, Some(Sender::Http2(_)))
    }

    pub(crate) fn connection(&self) -> Option<&Arc<Connection>> {
        self.sender.as_ref().map(Sender::connection)
    }

    pub(crate) fn target(&self) -> TargetOf<B> {
        TargetOf(Arc::clone(&self.host))
    }

    /// Returns the field `Host` of HTTP/1.1.
    pub(crate) fn host_field(&self) -> Option<&HeaderValue> {
        self.host.target.host.as_ref()
    }
}

impl<B: Body + 'static> Ready<B> {
    /// Sends a request; returns it if the connection has been closed meanwhile.
    #[expect(clippy::result_large_err, reason = "it is the request that comes back")]
    #[inline]
    pub(crate) fn send(
        mut self,
        request: Request<B>,
    ) -> Result<SentRequest<impl Future<Output = Outcome<B>> + use<B>>, Request<B>> {
        // Taken, so that the drop of this does not return the connection.
        let Some(sender) = self.sender.take() else {
            return Err(request);
        };
        let connection = Arc::clone(sender.connection());
        // Before the request is sent: afterwards its own response could count.
        let is_kept = connection.was_kept();
        let (reply, in_flight) = match sender {
            Sender::Http1(http1) => {
                let (number, reply) = http1.send(request)?;
                (Reply::Http1 { reply }, InFlight::http1(connection, number))
            }
            Sender::Http2(http2) => {
                let in_flight = InFlight::http2(connection);
                let reply = http2.send(request);
                (Reply::Http2 { reply }, in_flight)
            }
        };
        let state = SentState { in_flight, is_kept };
        Ok(SentRequest { reply, state })
    }
}

impl<B> Drop for Ready<B> {
    fn drop(&mut self) {
        if let Some(sender) = self.sender.take() {
            self.host.give_back(sender);
        }
    }
}
