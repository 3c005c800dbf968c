//! An HTTP/1.1 connection: one request at a time.
//!
//! The half that sends stays beside its driver. hyper says that it can be used again when the request has been written
//! and the response read, whoever reads its body and whenever; the driver looks after each turn of hyper, so that no
//! task and no channel is needed for a connection to come back.

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

/// The half that sends.
pub(super) struct Http1<B> {
    connection: Arc<Connection>,
    lane: Mutex<Lane<B>>,
}

struct Lane<B> {
    /// None once it is to be closed.
    sender: Option<SendRequest<B>>,
    exchange: Progress,
}

/// How far the exchange is that it is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    None,
    /// The request was sent; hyper may have been looking for one meanwhile, and found none.
    Sent,
    /// The request was sent before hyper last looked.
    SeenByHyper,
}

impl<B> Http1<B> {
    pub(super) fn new(connection: Arc<Connection>, sender: SendRequest<B>) -> Arc<Self> {
        let lane = Lane {
            sender: Some(sender),
            exchange: Progress::None,
        };
        Arc::new(Self {
            connection,
            lane: Mutex::new(lane),
        })
    }

    pub(super) fn connection(&self) -> &Arc<Connection> {
        &self.connection
    }

    /// Can it take a request, as far as is known?
    pub(super) fn is_ready(&self) -> bool {
        let lane = self.locked();
        lane.sender
            .as_ref()
            .is_some_and(|sender| !sender.is_closed())
    }

    /// Returns whether the exchange that it was busy with has come to its end; it is not busy any more then. Asked after
    /// each turn of hyper, whose task this waker wakes.
    ///
    /// hyper says that it is ready whenever it has looked for a request and got none. That was before the request was
    /// sent, if it was sent during this turn, and says nothing if the turn had used up its share of the runtime, as
    /// tokio's channels give nothing then. Another turn tells.
    pub(super) fn has_come_back(&self, driver: &Waker) -> bool {
        let mut lane = self.locked();
        if lane.exchange == Progress::None {
            return false;
        }
        let is_ready = lane.sender.as_ref().is_some_and(SendRequest::is_ready);
        let is_certain = lane.exchange == Progress::SeenByHyper && coop::has_budget_remaining();
        lane.exchange = Progress::SeenByHyper;
        if !is_ready {
            return false;
        }
        if !is_certain {
            driver.wake_by_ref();
            return false;
        }
        lane.exchange = Progress::None;
        // What is left of that exchange, such as a body no one has read, has nothing more to do with it.
        self.connection.came_back();
        true
    }

    /// Closes it in an orderly way, which has a bound.
    pub(super) fn close(&self) {
        self.locked().sender = None;
        self.connection.close_soon();
    }

    fn locked(&self) -> MutexGuard<'_, Lane<B>> {
        self.lane.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B: Body + 'static> Http1<B> {
    /// The number of the exchange, and its response; the request itself if it has been closed.
    #[expect(clippy::result_large_err, reason = "it is the request that comes back")]
    #[inline]
    pub(super) fn send(
        &self,
        request: Request<B>,
    ) -> Result<(usize, impl Future<Output = Outcome<B>> + use<B>), Request<B>> {
        let mut lane = self.locked();
        let lane = &mut *lane;
        let Some(sender) = &mut lane.sender else {
            return Err(request);
        };
        lane.exchange = Progress::Sent;
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
        ConnectionInfo, Generation, client::pool::connection::Home, stream::state::ConnectionState,
    };

    /// A host that nothing is told.
    struct Nobody;

    impl Home for Nobody {
        fn retire(self: Arc<Self>, _: &Connection) {}

        fn serve(self: Arc<Self>) {}

        fn has_waiting(&self) -> bool {
            false
        }
    }

    /// hyper says that it waits for a request, and holds one.
    #[tokio::test]
    async fn request_that_hyper_could_not_take_is_no_end() {
        // Only a task has a share that can be used up.
        tokio::spawn(hyper_without_its_share()).await.unwrap();
    }

    async fn hyper_without_its_share() {
        let (near, mut far) = tokio::io::duplex(1024);
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(near));
        let (sender, hyper) = handshake.await.unwrap();
        let info = ConnectionInfo::before_tls("localhost", Generation::FIRST, None, None);
        let home = Weak::<Nobody>::new();
        let connection = Connection::new(info, None, ConnectionState::default(), home, None);
        let http1 = Http1::new(connection, sender);
        let mut hyper = pin!(hyper);
        let request = Request::new(Empty::<Bytes>::new());
        let mut reply = None;
        poll_fn(|cx| {
            assert!(hyper.as_mut().poll(cx).is_pending());
            let (number, sent) = http1.send(request.clone()).unwrap();
            assert_eq!(number, 0);
            reply = Some(Box::pin(sent));
            assert!(!http1.has_come_back(cx.waker()));
            for _ in 0..1000 {
                if let Poll::Ready(share) = coop::poll_proceed(cx) {
                    share.made_progress();
                }
            }
            assert!(!coop::has_budget_remaining());
            assert!(hyper.as_mut().poll(cx).is_pending());
            assert!(http1.locked().sender.as_ref().unwrap().is_ready());
            assert!(!http1.has_come_back(cx.waker()), "it is in the channel");
            Poll::Ready(())
        })
        .await;
        tokio::task::yield_now().await;
        // The next turn takes it.
        poll_fn(|cx| {
            assert!(hyper.as_mut().poll(cx).is_pending());
            assert!(!http1.has_come_back(cx.waker()));
            Poll::Ready(())
        })
        .await;
        assert!(far.read(&mut [0; 1024]).await.unwrap() > 0);
        far.write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
            .await
            .unwrap();
        poll_fn(|cx| {
            assert!(hyper.as_mut().poll(cx).is_pending());
            match http1.has_come_back(cx.waker()) {
                true => Poll::Ready(()),
                false => Poll::Pending,
            }
        })
        .await;
        assert_eq!(reply.unwrap().await.unwrap().status(), 204);
    }
}
