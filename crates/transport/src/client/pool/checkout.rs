//! The request's end of its wait for a connection.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::runtime::Handle;

use crate::client::pool::host::Host;
use crate::client::pool::ready::Ready;
use crate::client::pool::waiter::{Failure, Place};
use crate::connection::phase::Phase;
use crate::error::Error;

/// A future of a connection. Dropping it leaves the queue, and returns a connection that just
/// arrived.
pub(crate) struct Checkout<B> {
    host: Arc<Host<B>>,
    place: Place<B>,
}

impl<B> Checkout<B> {
    /// Begins to wait, behind earlier requests. None if the host is no longer in the pool.
    pub(super) fn new(host: Arc<Host<B>>, runtime: Handle) -> Option<Self> {
        let place = host.enqueue(runtime)?;
        Some(Self { host, place })
    }

    /// Returns the error of a timeout before there was a connection, with the step: nothing was
    /// sent.
    pub(crate) fn timed_out(&self) -> Error {
        match self.host.progress(self.place.number) {
            Some(steps) => Error::timeout_in(steps.current()),
            None => Error::timeout(Phase::Queue, None),
        }
    }
}

impl<B> Future for Checkout<B> {
    type Output = Result<Ready<B>, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = Pin::new(&mut self.place.outcome).poll(cx);
        outcome.map(|outcome| {
            let sender = outcome.unwrap_or(Err(Failure::Abandoned))?;
            Ok(Ready::new(sender, Arc::clone(&self.host)))
        })
    }
}

impl<B> Drop for Checkout<B> {
    fn drop(&mut self) {
        self.host.leave_queue(self.place.number);
        // Outside the queue it is given nothing more; a connection from before is in the channel.
        if let Ok(Ok(sender)) = self.place.outcome.try_recv() {
            self.host.give_back(sender);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Weak;

    use bytes::Bytes;
    use http::{Uri, uri::Authority};
    use http_body_util::Empty;
    use hyper_util::rt::TokioIo;
    use tokio::time::Instant;

    use super::*;
    use crate::client::pool::connection::{Connection, ConnectionOwner};
    use crate::client::pool::host::{Availability, Dial, Target};
    use crate::client::pool::http1::Http1;
    use crate::client::pool::sender::Sender;
    use crate::connection::generation::Generation;
    use crate::connection::info::ConnectionInfo;
    use crate::connection::steps::Steps;
    use crate::stream::state::ConnectionState;
    use crate::tls::client_config::Alpn;

    type Requests = Empty<Bytes>;

    struct NoDial;

    impl Dial<Requests> for NoDial {
        fn dial(&self, _: Arc<Host<Requests>>, _: Steps, _: &Handle) {}
    }

    #[tokio::test]
    async fn connection_of_a_dropped_checkout_is_returned() {
        let authority = Authority::from_static("api.example");
        let target = Target {
            authority,
            uri: Uri::from_static("https://api.example/"),
            host: None,
        };
        let host = Host::new(target, Alpn::Http11, Arc::default(), Arc::new(NoDial), None);
        let checkout = Checkout::new(Arc::clone(&host), Handle::current()).unwrap();
        let (stream, _server) = tokio::io::duplex(1024);
        let handshake = hyper::client::conn::http1::handshake::<_, Requests>(TokioIo::new(stream));
        let (sender, _driver) = handshake.await.unwrap();
        let owner: Weak<dyn ConnectionOwner> = Arc::downgrade(&host) as _;
        let info = ConnectionInfo::before_tls("api.example", Generation::FIRST, None, None);
        let connection = Connection::new(info, None, ConnectionState::default(), owner, None);
        let sender = Sender::Http1(Http1::new(connection, sender));
        host.opened(&Steps::default(), sender);
        assert!(matches!(host.take(Instant::now()), Availability::Nothing));
        drop(checkout);
        assert!(matches!(host.take(Instant::now()), Availability::Ready(_)));
    }
}
