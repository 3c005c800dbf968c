//! The body of a response, with the request's deadline and a limit of its length.

use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Response, Version};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::timeout;

use crate::client::deadline::Deadline;
use crate::client::pool::connection::Connection;
use crate::client::pool::in_flight::InFlight;
use crate::connection::info::ConnectionInfo;
use crate::connection::phase::Phase;
use crate::error::classify::kind_of_http;
use crate::error::{Error, ErrorKind};

/// A response body whose first frames may be buffered.
pub(crate) struct PeekedBody {
    incoming: Incoming,
    /// Boxed: few responses have any, and each response is moved several times on its way to the
    /// caller.
    #[expect(
        clippy::box_collection,
        reason = "a quarter of the size where there is none"
    )]
    ahead: Option<Box<VecDeque<Ahead>>>,
    /// The request's share of the connection, which ends with the body.
    in_flight: InFlight,
}

type Ahead = Result<Frame<Bytes>, hyper::Error>;

/// The limit of reading ahead; the known pages of servers are far smaller.
const AHEAD: usize = 8 * 1024;
/// The timeout of reading ahead: the response matters more than its classification.
const AHEAD_WITHIN: Duration = Duration::from_secs(2);

impl PeekedBody {
    pub(crate) fn new(incoming: Incoming, in_flight: InFlight) -> Self {
        Self {
            incoming,
            ahead: None,
            in_flight,
        }
    }

    pub(crate) fn connection(&self) -> &Arc<Connection> {
        self.in_flight.connection()
    }

    /// Reads the beginning of the body. Nothing of it is lost, errors included.
    pub(crate) async fn read_ahead(&mut self, deadline: &mut Deadline) {
        let reading = async {
            let mut length = 0;
            while length < AHEAD {
                let frame = std::future::poll_fn(|cx| Pin::new(&mut self.incoming).poll_frame(cx));
                let Some(frame) = frame.await else { return };
                let data = frame.as_ref().ok().and_then(Frame::data_ref);
                length += data.map_or(0, Bytes::len);
                let is_over = frame.is_err();
                self.ahead.get_or_insert_default().push_back(frame);
                if is_over {
                    return;
                }
            }
        };
        let _out_of_time = deadline.during(timeout(AHEAD_WITHIN, reading)).await;
    }

    /// Returns the beginning that was read ahead.
    pub(crate) fn start(&self) -> Vec<u8> {
        let frames = self.ahead().flatten();
        let mut start = frames
            .filter_map(Frame::data_ref)
            .fold(Vec::new(), |mut start, data| {
                start.extend_from_slice(data);
                start
            });
        start.truncate(AHEAD);
        start
    }

    fn poll_frame(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let ahead = self.ahead.as_mut();
        if let Some(frame) = ahead.and_then(|ahead| ahead.pop_front()) {
            return Poll::Ready(Some(frame));
        }
        let frame = Pin::new(&mut self.incoming).poll_frame(cx);
        match &frame {
            // The end may be known with the last frame, and not be polled for.
            Poll::Ready(Some(Ok(_))) if !self.incoming.is_end_stream() => {}
            Poll::Pending => {}
            Poll::Ready(_) => self.in_flight.end(),
        }
        frame
    }

    fn ahead(&self) -> impl Iterator<Item = &Ahead> {
        self.ahead.iter().flat_map(|ahead| ahead.iter())
    }

    fn size_hint(&self) -> SizeHint {
        let ahead = self.ahead().flatten().filter_map(Frame::data_ref);
        let ahead = ahead.map(|data| data.len() as u64).sum::<u64>();
        let rest = self.incoming.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(ahead));
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper.saturating_add(ahead));
        }
        hint
    }
}

/// The body of a response as it arrives.
///
/// Its errors are those of this crate, with the connection. A body that the server cuts off is an
/// error and never a short body.
pub struct ResponseBody {
    peeked: PeekedBody,
    deadline: Deadline,
    /// The number of bytes that may still come.
    left: Option<u64>,
    is_http2: bool,
}

impl ResponseBody {
    /// Creates the caller's response, unless its announced length exceeds the limit.
    pub(crate) fn new_response(
        response: Response<PeekedBody>,
        deadline: Deadline,
        limit: Option<u64>,
    ) -> Result<Response<Self>, Error> {
        let is_http2 = response.version() == Version::HTTP_2;
        let response = response.map(|peeked| Self {
            peeked,
            deadline,
            left: limit,
            is_http2,
        });
        let body = response.body();
        match limit {
            Some(limit) if body.peeked.size_hint().lower() > limit => Err(body.too_large()),
            _ => Ok(response),
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
        let frame = match self.peeked.poll_frame(cx) {
            Poll::Ready(None) => return Poll::Ready(self.cut_off().map(Err)),
            Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(self.broken(error)))),
            // Also when there is a frame: a server that always has another byte would never time
            // out.
            Poll::Ready(Some(Ok(frame))) if !self.deadline.has_passed() => {
                return Poll::Ready(Some(self.within_limit(frame)));
            }
            Poll::Ready(Some(Ok(_))) => Poll::Ready(()),
            Poll::Pending => {
                let this = &mut *self;
                this.deadline.poll_passed_on(this.peeked.connection(), cx)
            }
        };
        frame.map(|()| Some(Err(Error::timeout(Phase::Body, Some(self.info())))))
    }

    fn is_end_stream(&self) -> bool {
        self.peeked.ahead().next().is_none() && self.peeked.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.peeked.size_hint()
    }
}

impl ResponseBody {
    fn within_limit(&mut self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, Error> {
        let length = frame.data_ref().map_or(0, |data| data.len() as u64);
        if let Some(left) = &mut self.left {
            match left.checked_sub(length) {
                Some(rest) => *left = rest,
                None => return Err(self.too_large()),
            }
        }
        Ok(frame)
    }

    fn too_large(&self) -> Error {
        Error::new(ErrorKind::BodyTooLarge, Phase::Body).on(Some(self.info()))
    }

    /// Returns the error of a body that ended before its stream did: hyper takes a reset with
    /// `NO_ERROR` for an end, and a server may send one only after the whole response (RFC 9113,
    /// section 8.1).
    fn cut_off(&self) -> Option<Error> {
        let is_cut_off = self.is_http2 && !self.peeked.incoming.is_end_stream();
        is_cut_off.then(|| Error::new(ErrorKind::Closed, Phase::Body).on(Some(self.info())))
    }

    fn info(&self) -> ConnectionInfo {
        self.peeked.connection().info().clone()
    }

    /// Returns the connection's error if hyper does not carry it: under HTTP/1.1 it does, under
    /// HTTP/2 it drops it.
    fn broken(&self, error: hyper::Error) -> Error {
        let failure = self.peeked.connection().failure();
        match Error::find(&error).or(failure) {
            Some(ours) => ours.in_body(),
            None => {
                let kind = kind_of_http(&error);
                Error::with_source(kind, Phase::Body, Some(self.info()), error)
            }
        }
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("connection", self.peeked.connection().info())
            .finish_non_exhaustive()
    }
}
