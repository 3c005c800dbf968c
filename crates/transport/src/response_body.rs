//! The body of an answer, under the request's deadline.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{ConnectionInfo, Error, ErrorKind, Phase};

/// The body of an answer as it comes in.
///
/// Its errors are those of this crate, with the connection they happened on. A body cut off by the server is an
/// error and never a short body.
pub struct ResponseBody {
    incoming: Incoming,
    deadline: Pin<Box<Sleep>>,
    connection: Option<ConnectionInfo>,
}

impl ResponseBody {
    pub(crate) fn new(
        incoming: Incoming,
        deadline: Instant,
        connection: Option<ConnectionInfo>,
    ) -> Self {
        Self {
            incoming,
            deadline: Box::pin(sleep_until(deadline)),
            connection,
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
        let Poll::Ready(frame) = Pin::new(&mut self.incoming).poll_frame(cx) else {
            ready!(self.deadline.as_mut().poll(cx));
            return Poll::Ready(Some(Err(Error::timeout(
                Phase::Body,
                self.connection.clone(),
            ))));
        };
        Poll::Ready(frame.map(|frame| frame.map_err(|error| self.broken(error))))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl ResponseBody {
    fn broken(&self, error: hyper::Error) -> Error {
        let ours = Error::find(&error).cloned();
        let kind = if error.is_parse() {
            ErrorKind::Http
        } else {
            ErrorKind::Closed
        };
        ours.unwrap_or_else(|| {
            Error::with_source(kind, Phase::Body, self.connection.clone(), error)
        })
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}
