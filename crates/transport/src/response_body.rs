//! The body of an answer, under the request's deadline.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{Error, ErrorKind, Phase, attempt::ConnectionState};

/// The body of an answer as it comes in.
///
/// Its errors are those of this crate, with the connection they happened on. A body cut off by the server is an
/// error and never a short body.
pub struct ResponseBody {
    incoming: Incoming,
    deadline: Pin<Box<Sleep>>,
    state: ConnectionState,
}

impl ResponseBody {
    pub(crate) fn new(incoming: Incoming, deadline: Instant, state: ConnectionState) -> Self {
        Self {
            incoming,
            deadline: Box::pin(sleep_until(deadline)),
            state,
        }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Ready(None) => return Poll::Ready(None),
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(self.broken(error)))),
            Poll::Ready(Some(Ok(frame))) => Poll::Ready(Some(Ok(frame))),
            Poll::Pending => Poll::Pending,
        };
        // Also when there is a frame, or a server that always has another byte would never be cut off.
        if self.deadline.as_mut().poll(cx).is_ready() {
            let info = self.state.info().cloned();
            return Poll::Ready(Some(Err(Error::timeout(Phase::Body, info))));
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl ResponseBody {
    /// hyper hands the stream's error on under HTTP/1.1 and drops it under HTTP/2; the connection has it always.
    fn broken(&self, error: hyper::Error) -> Error {
        match Error::find(&error).or_else(|| self.state.failure()) {
            Some(ours) => ours.in_body(),
            None => {
                let kind = if error.is_parse() {
                    ErrorKind::Http
                } else {
                    ErrorKind::Closed
                };
                Error::with_source(kind, Phase::Body, self.state.info().cloned(), error)
            }
        }
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("connection", &self.state.info())
            .finish_non_exhaustive()
    }
}
