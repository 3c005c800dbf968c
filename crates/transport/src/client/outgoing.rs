//! A request on its way through the layers of the client.

use std::{
    mem,
    sync::atomic::{AtomicU32, Ordering},
};

use http::{Request, request::Parts, uri::Authority};
use http_body::Body;
use tokio::time::Instant;
use vocabulary::Operation;

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
    head: HeadCopy,
    body: RepeatableBody<B>,
    deadline: Instant,
    resends: AtomicU32,
}

/// A copy of a head.
struct HeadCopy {
    parts: Parts,
    /// The operation, where it is the only extension, as it is of most requests that have any: a
    /// map of extensions costs six allocations to copy and to drop.
    operation: Option<Operation>,
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
        let (mut head, body) = self.request.into_parts();
        let (first, body) = match body.is_end_stream() {
            true => (RequestBody::empty(), RepeatableBody::Empty),
            false => {
                let (first, body) = ReplayBuffer::new(body, limit);
                let first = RequestBody::replay(first);
                (first, RepeatableBody::ReplayBuffer(body))
            }
        };
        let repeatable = Repeatable {
            head: HeadCopy::of(&mut head),
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

impl HeadCopy {
    #[inline]
    fn of(head: &mut Parts) -> Self {
        let operation = match head.extensions.len() {
            1 => head.extensions.get::<Operation>().copied(),
            _ => None,
        };
        if operation.is_none() {
            return Self {
                parts: head.clone(),
                operation,
            };
        }
        let extensions = mem::take(&mut head.extensions);
        let parts = head.clone();
        head.extensions = extensions;
        Self { parts, operation }
    }

    /// Returns the head as it was.
    fn parts(&self) -> Parts {
        let mut parts = self.parts.clone();
        if let Some(operation) = self.operation {
            parts.extensions.insert(operation);
        }
        parts
    }
}

impl<B> Repeatable<B> {
    pub(super) fn head(&self) -> &Parts {
        &self.head.parts
    }

    pub(super) fn authority(&self) -> Option<&Authority> {
        self.head.parts.uri.authority()
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
            request: Request::from_parts(self.head.parts(), body),
            now,
            deadline: self.deadline,
            resends: self.resends.fetch_add(1, Ordering::Relaxed) + 1,
        })
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::Empty;

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct OfTheCaller(u8);

    /// Returns the extensions of the first attempt and of the second.
    fn attempts(set: impl FnOnce(&mut http::Extensions)) -> [http::Extensions; 2] {
        let mut request = Request::new(Empty::<bytes::Bytes>::new());
        set(request.extensions_mut());
        let now = Instant::now();
        let request = Timed {
            request,
            now,
            deadline: now,
            resends: 0,
        };
        let (first, copy) = request.repeatable(0);
        let second = copy.at(now).unwrap();
        [first.request, second.request].map(|request| request.into_parts().0.extensions)
    }

    #[tokio::test]
    async fn each_attempt_has_the_extensions_of_the_request() {
        let operation = Operation::new("Get", "/thing/{id}");
        for (has_operation, of_the_caller) in [
            (false, None),
            (true, None),
            (false, Some(1)),
            (true, Some(2)),
        ] {
            let of_the_caller = of_the_caller.map(OfTheCaller);
            let expected = has_operation.then_some(operation);
            let both = attempts(|extensions| {
                expected.map(|operation| extensions.insert(operation));
                of_the_caller.clone().map(|own| extensions.insert(own));
            });
            for extensions in both {
                let length = usize::from(has_operation) + usize::from(of_the_caller.is_some());
                assert_eq!(extensions.len(), length);
                assert_eq!(extensions.get(), expected.as_ref());
                assert_eq!(extensions.get(), of_the_caller.as_ref());
            }
        }
    }
}
