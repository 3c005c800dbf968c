//! A request on its way through the layers of the client.

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

/// A copy of a request to send it again from: its head, and its body as far as it is kept.
pub(super) struct Repeatable<B> {
    head: Parts,
    body: RepeatableBody<B>,
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
    /// Returns it as it is sent first, and the copy that it may be sent again from as long as no
    /// more than `limit` bytes of its body have been read.
    #[inline]
    pub(super) fn repeatable(
        self,
        limit: usize,
    ) -> (Timed<Request<RequestBody<B>>>, Repeatable<B>) {
        let (head, body) = self.request.into_parts();
        let (first, body) = match body.is_end_stream() {
            true => (RequestBody::Empty, RepeatableBody::Empty),
            false => {
                let (first, body) = Replayable::new(body, limit);
                let first = RequestBody::Replayed(first);
                (first, RepeatableBody::Replayable(body))
            }
        };
        let repeatable = Repeatable {
            head: head.clone(),
            body,
            deadline: self.deadline,
        };
        let first = Timed {
            request: Request::from_parts(head, first),
            now: self.now,
            deadline: self.deadline,
        };
        (first, repeatable)
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

    pub(super) fn can_be_sent(&self) -> bool {
        match &self.body {
            RepeatableBody::Empty => true,
            RepeatableBody::Replayable(body) => body.can_be_replayed(),
        }
    }
}

impl<B: Body + Unpin> Repeatable<B> {
    /// Returns the request as it is sent at this time; none if too much of its body has been read
    /// to send it from the beginning.
    pub(super) fn at(&self, now: Instant) -> Option<Timed<Request<RequestBody<B>>>> {
        let body = match &self.body {
            RepeatableBody::Empty => RequestBody::Empty,
            RepeatableBody::Replayable(body) => RequestBody::Replayed(body.replay()?),
        };
        Some(Timed {
            request: Request::from_parts(self.head.clone(), body),
            now,
            deadline: self.deadline,
        })
    }
}
