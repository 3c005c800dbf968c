//! A request on its way through the layers of the client.

use std::sync::atomic::{AtomicU32, Ordering};

use http::{Request, request::Parts, uri::Authority};
use http_body::Body;
use tokio::time::Instant;

use crate::client::body::{ReplayBuffer, RequestBody};

/// A request with its deadline for the last byte of the response.
pub(super) struct Timed<R> {
    pub(super) request: R,
    pub(super) now: Instant,
    pub(super) deadline: Instant,
    /// The number of times that it has been sent before.
    pub(super) resends: u32,
}

/// A copy of a request for sending it again: its head, and its body as far as it is buffered.
pub(super) struct Repeatable<B> {
    head: Parts,
    body: RepeatableBody<B>,
    deadline: Instant,
    resends: AtomicU32,
}

enum RepeatableBody<B> {
    Empty,
    ReplayBuffer(ReplayBuffer<B>),
}

impl<B> Timed<Request<B>> {
    /// Returns the request as it is sent once.
    #[inline]
    pub(super) fn once(self) -> Timed<Request<RequestBody<B>>> {
        Timed {
            request: self.request.map(RequestBody::once),
            now: self.now,
            deadline: self.deadline,
            resends: self.resends,
        }
    }
}

impl<B: Body + Unpin> Timed<Request<B>> {
    /// Returns the request for the first attempt, and a copy for later ones, which are possible as
    /// long as no more than `limit` bytes of its body have been read.
    #[inline]
    pub(super) fn repeatable(
        self,
        limit: usize,
    ) -> (Timed<Request<RequestBody<B>>>, Repeatable<B>) {
        let (head, body) = self.request.into_parts();
        let (first, body) = match body.is_end_stream() {
            true => (RequestBody::empty(), RepeatableBody::Empty),
            false => {
                let (first, body) = ReplayBuffer::new(body, limit);
                let first = RequestBody::replay(first);
                (first, RepeatableBody::ReplayBuffer(body))
            }
        };
        let repeatable = Repeatable {
            head: head.clone(),
            body,
            deadline: self.deadline,
            resends: AtomicU32::new(self.resends),
        };
        let first = Timed {
            request: Request::from_parts(head, first),
            now: self.now,
            deadline: self.deadline,
            resends: self.resends,
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
            RepeatableBody::ReplayBuffer(body) => body.can_be_replayed(),
        }
    }
}

impl<B: Body + Unpin> Repeatable<B> {
    /// Returns the request for an attempt at this time; none if more of its body has been read than
    /// is buffered.
    pub(super) fn at(&self, now: Instant) -> Option<Timed<Request<RequestBody<B>>>> {
        let body = match &self.body {
            RepeatableBody::Empty => RequestBody::empty(),
            RepeatableBody::ReplayBuffer(body) => RequestBody::replay(body.replay()?),
        };
        Some(Timed {
            request: Request::from_parts(self.head.clone(), body),
            now,
            deadline: self.deadline,
            resends: self.resends.fetch_add(1, Ordering::Relaxed) + 1,
        })
    }
}
