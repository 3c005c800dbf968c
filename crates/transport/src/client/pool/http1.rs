//! An HTTP/1.1 connection: one request at a time.
//!
//! The half that sends stays beside its driver. hyper says that it can be used again when the request has been written
//! and the response read, whoever reads its body and whenever; the driver looks after each turn of hyper, so that no
//! task and no channel is needed for a connection to come back.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering};

use http::Request;
use http_body::Body;
use hyper::client::conn::http1::SendRequest;

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
    is_busy: bool,
}

impl<B> Http1<B> {
    pub(super) fn new(connection: Arc<Connection>, sender: SendRequest<B>) -> Arc<Self> {
        let lane = Lane {
            sender: Some(sender),
            is_busy: false,
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

    /// Has the exchange that it was busy with come to its end? It is not busy any more then.
    pub(super) fn has_come_back(&self) -> bool {
        let mut lane = self.locked();
        let has_come_back = lane.is_busy && lane.sender.as_ref().is_some_and(SendRequest::is_ready);
        if has_come_back {
            lane.is_busy = false;
            // What is left of that exchange, such as a body no one has read, has nothing more to do with it.
            self.connection.came_back();
        }
        has_come_back
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
    pub(super) fn send(
        &self,
        request: Request<B>,
    ) -> Result<(usize, impl Future<Output = Outcome<B>> + use<B>), Request<B>> {
        let mut lane = self.locked();
        let lane = &mut *lane;
        let Some(sender) = &mut lane.sender else {
            return Err(request);
        };
        lane.is_busy = true;
        self.connection.state().sends_request();
        let number = self.connection.exchanges.load(Ordering::SeqCst);
        Ok((number, sender.try_send_request(request)))
    }
}
