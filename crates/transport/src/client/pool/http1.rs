//! An HTTP/1.1 connection: one request at a time.
//!
//! The sending half stays beside its driver. hyper reports that it can be used again when the
//! request has been written and the response read, whichever task reads its body; the driver checks
//! that after each turn of hyper, so that no task and no channel is needed to reuse a connection.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    task::Waker,
};

use http::Request;
use http_body::Body;
use hyper::client::conn::http1::SendRequest;
use tokio::task::coop;

use crate::client::pool::connection::Connection;
use crate::client::pool::outcome::Outcome;

/// The sending half.
pub(super) struct Http1<B> {
    connection: Arc<Connection>,
    half: Mutex<SendHalf<B>>,
}

struct SendHalf<B> {
    /// None once it is to be closed.
    sender: Option<SendRequest<B>>,
    exchange: Progress,
}

/// The progress of the current exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    None,
    /// The request was sent; hyper may have looked for one before that, and found none.
    Sent,
    /// The request was sent before hyper looked for one last.
    PolledByHyper,
}

impl<B> Http1<B> {
    pub(super) fn new(connection: Arc<Connection>, sender: SendRequest<B>) -> Arc<Self> {
        let half = SendHalf {
            sender: Some(sender),
            exchange: Progress::None,
        };
        Arc::new(Self {
            connection,
            half: Mutex::new(half),
        })
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Checks whether it can take a request, as far as is known.
    pub(super) fn is_ready(&self) -> bool {
        let half = self.locked();
        half.sender
            .as_ref()
            .is_some_and(|sender| !sender.is_closed())
    }

    /// Checks whether the current exchange is complete, which frees the connection. Called after
    /// each turn of hyper, whose task `driver` wakes.
    ///
    /// hyper is ready whenever it has looked for a request and found none. That says nothing if the
    /// request was sent during this turn, or if the turn had used up its cooperative budget, since
    /// tokio's channels return `Pending` then. In these cases another turn decides.
    pub(super) fn becomes_reusable(&self, driver: &Waker) -> bool {
        let mut half = self.locked();
        if half.exchange == Progress::None {
            return false;
        }
        let is_ready = half.sender.as_ref().is_some_and(SendRequest::is_ready);
        // Without budget left, tokio's channel has hidden the request from hyper.
        let is_certain = half.exchange == Progress::PolledByHyper && coop::has_budget_remaining();
        half.exchange = Progress::PolledByHyper;
        if !is_ready {
            return false;
        }
        if !is_certain {
            driver.wake_by_ref();
            return false;
        }
        half.exchange = Progress::None;
        // The rest of that exchange, such as an unread body, does not affect the connection any
        // more.
        self.connection.note_reuse();
        true
    }

    /// Closes the connection gracefully, within a limit.
    pub(super) fn close(&self) {
        self.locked().sender = None;
        self.connection.close_soon();
    }

    fn locked(&self) -> MutexGuard<'_, SendHalf<B>> {
        self.half.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B: Body + 'static> Http1<B> {
    /// Sends a request; returns the number of the exchange and its response, or the request if the
    /// connection has been closed.
    #[expect(clippy::result_large_err, reason = "it is the request that comes back")]
    #[inline]
    pub(super) fn send(
        &self,
        request: Request<B>,
    ) -> Result<(usize, impl Future<Output = Outcome<B>> + use<B>), Request<B>> {
        let mut half = self.locked();
        let half = &mut *half;
        let Some(sender) = &mut half.sender else {
            return Err(request);
        };
        half.exchange = Progress::Sent;
        // Before hyper has the request, so that the head of its response is expected.
        self.connection.state().note_request();
        let number = self.connection.exchanges.load(Ordering::SeqCst);
        Ok((number, sender.try_send_request(request)))
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, pin::pin, sync::Weak, task::Poll};

    use bytes::Bytes;
    use http_body_util::Empty;
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::{
        ConnectionInfo, Generation, client::pool::connection::ConnectionOwner,
        stream::state::ConnectionState,
    };

    /// An owner that ignores every call.
    struct NoOwner;

    impl ConnectionOwner for NoOwner {
        fn retire(self: Arc<Self>, _: &Connection) {}

        fn serve(self: Arc<Self>) {}

        fn has_waiting(&self) -> bool {
            false
        }
    }

    /// Covers the moment in which hyper reports that it waits for a request, and holds one.
    #[tokio::test]
    async fn request_in_the_channel_is_no_end() {
        // Only a task has a budget that can be used up.
        tokio::spawn(hyper_without_budget()).await.unwrap();
    }

    async fn hyper_without_budget() {
        let (near, mut far) = tokio::io::duplex(1024);
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(near));
        let (sender, hyper) = handshake.await.unwrap();
        let info = ConnectionInfo::before_tls("localhost", Generation::FIRST, None, None);
        let owner = Weak::<NoOwner>::new();
        let connection = Connection::new(info, None, ConnectionState::default(), owner, None);
        let http1 = Http1::new(connection, sender);
        let mut hyper = pin!(hyper);
        let request = Request::new(Empty::<Bytes>::new());
        let mut reply = None;
        poll_fn(|cx| {
            assert!(hyper.as_mut().poll(cx).is_pending());
            let (number, sent) = http1.send(request.clone()).unwrap();
            assert_eq!(number, 0);
            reply = Some(Box::pin(sent));
            assert!(!http1.becomes_reusable(cx.waker()));
            for _ in 0..1000 {
                if let Poll::Ready(budget) = coop::poll_proceed(cx) {
                    budget.made_progress();
                }
            }
            assert!(!coop::has_budget_remaining());
            assert!(hyper.as_mut().poll(cx).is_pending());
            assert!(http1.locked().sender.as_ref().unwrap().is_ready());
            assert!(!http1.becomes_reusable(cx.waker()), "it is in the channel");
            Poll::Ready(())
        })
        .await;
        tokio::task::yield_now().await;
        // The next turn takes it.
        poll_fn(|cx| {
            assert!(hyper.as_mut().poll(cx).is_pending());
            assert!(!http1.becomes_reusable(cx.waker()));
            Poll::Ready(())
        })
        .await;
        assert!(far.read(&mut [0; 1024]).await.unwrap() > 0);
        far.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
            .await
            .unwrap();
        poll_fn(|cx| {
            assert!(hyper.as_mut().poll(cx).is_pending());
            match http1.becomes_reusable(cx.waker()) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
        assert_eq!(reply.unwrap().await.unwrap().status(), 204);
    }
}
