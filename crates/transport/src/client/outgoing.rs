//! A request on its way through the layers of the client.

use std::sync::Arc;

use http::{Request, request::Parts, uri::Authority};
use http_body::Body;
use tokio::time::Instant;

use crate::client::body::{Replayable, RequestBody};

/// A request and the time by which the last byte of its response has to be read.
pub(super) struct Timed<R> {
    pub(super) request: R,
    pub(super) now: Instant,
    pub(super) deadline: Instant,
}

/// A request that may be sent more than once. Clones are of the same request, and cheap: the head is copied for a
/// connection only while someone may need it again.
pub(super) struct Repeatable<B> {
    head: Arc<Parts>,
    body: RepeatableBody<B>,
    /// The time at which it is sent next.
    now: Instant,
    deadline: Instant,
}

enum RepeatableBody<B> {
    Empty,
    Replayable(Replayable<B>),
}

impl<B> Timed<Request<B>> {
    /// As it is sent once.
    #[inline]
    pub(super) fn once(self) -> Timed<Request<RequestBody<B>>> {
        Timed {
            request: self.request.map(RequestBody::Once),
            now: self.now,
            deadline: self.deadline,
        }
    }
}

impl<B: Body + Unpin> Timed<Request<B>> {
    /// As it may be sent again, if no more than `limit` bytes of its body have been read by then.
    pub(super) fn repeatable(self, limit: usize) -> Repeatable<B> {
        let (head, body) = self.request.into_parts();
        Repeatable {
            head: Arc::new(head),
            body: match body.is_end_stream() {
                true => RepeatableBody::Empty,
                false => RepeatableBody::Replayable(Replayable::new(body, limit)),
            },
            now: self.now,
            deadline: self.deadline,
        }
    }
}

impl<B> Repeatable<B> {
    pub(super) fn head(&self) -> &Parts {
        &self.head
    }

    pub(super) fn authority(&self) -> Option<&Authority> {
        self.head.uri.authority()
    }

    pub(super) fn deadline(&self) -> Instant {
        self.deadline
    }

    /// It is sent again, at this time.
    pub(super) fn at(&mut self, now: Instant) {
        self.now = now;
    }

    pub(super) fn can_be_sent(&self) -> bool {
        match &self.body {
            RepeatableBody::Empty => true,
            RepeatableBody::Replayable(body) => body.can_be_replayed(),
        }
    }
}

impl<B: Body + Unpin> Repeatable<B> {
    /// The request as it is sent this time; none if too much of its body has been read to send it from the beginning.
    pub(super) fn into_request(self) -> Option<Timed<Request<RequestBody<B>>>> {
        let body = match &self.body {
            RepeatableBody::Empty => RequestBody::Empty,
            RepeatableBody::Replayable(body) => RequestBody::Replayed(body.replay()?),
        };
        let head = Arc::try_unwrap(self.head).unwrap_or_else(|head| Parts::clone(&head));
        Some(Timed {
            request: Request::from_parts(head, body),
            now: self.now,
            deadline: self.deadline,
        })
    }
}

impl<B> Clone for Repeatable<B> {
    fn clone(&self) -> Self {
        Self {
            head: Arc::clone(&self.head),
            body: match &self.body {
                RepeatableBody::Empty => RepeatableBody::Empty,
                RepeatableBody::Replayable(body) => RepeatableBody::Replayable(body.clone()),
            },
            now: self.now,
            deadline: self.deadline,
        }
    }
}
