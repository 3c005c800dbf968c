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

/// A future of a connection. Dropped, it leaves the queue, and a connection that has just been handed to it goes back.
pub(crate) struct Waiting<B> {
    host: Arc<Host<B>>,
    place: Place<B>,
}

impl<B> Waiting<B> {
    /// Begins to wait, behind those who do already. None if the host is not in the pool any more.
    pub(super) fn new(host: Arc<Host<B>>, runtime: Handle) -> Option<Self> {
        let place = host.enqueue(runtime)?;
        Some(Self { host, place })
    }

    /// That the time is over before there was a connection, and in which step: nothing has been sent.
    pub(crate) fn timed_out(&self) -> Error {
        match self.host.whereabouts(self.place.number) {
            Some(steps) => {
                let (phase, info) = steps.whereabouts();
                Error::timeout(phase, info)
            }
            None => Error::timeout(Phase::Queue, None),
        }
    }
}

impl<B> Future for Waiting<B> {
    type Output = Result<Ready<B>, Failure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = Pin::new(&mut self.place.outcome).poll(cx);
        outcome.map(|outcome| {
            let sender = outcome.unwrap_or(Err(Failure::Abandoned))?;
            Ok(Ready::new(sender, Arc::clone(&self.host)))
        })
    }
}

impl<B> Drop for Waiting<B> {
    fn drop(&mut self) {
        self.host.give_up(self.place.number);
        // Out of the queue, it is handed nothing more; what it was handed before lies in the channel.
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
    use crate::client::pool::connection::{Connection, Home};
    use crate::client::pool::host::{Dial, Taken, Target};
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
    async fn connection_handed_to_one_who_left_goes_back() {
        let authority = Authority::from_static("api.example");
        let target = Target {
            authority,
            uri: Uri::from_static("https://api.example/"),
            host: None,
        };
        let host = Host::new(target, Alpn::Http11, Arc::default(), Arc::new(NoDial), None);
        let waiting = Waiting::new(Arc::clone(&host), Handle::current()).unwrap();
        let (stream, _server) = tokio::io::duplex(1024);
        let handshake = hyper::client::conn::http1::handshake::<_, Requests>(TokioIo::new(stream));
        let (sender, _driver) = handshake.await.unwrap();
        let home: Weak<dyn Home> = Arc::downgrade(&host) as _;
        let info = ConnectionInfo::before_tls("api.example", Generation::FIRST, None, None);
        let connection = Connection::new(info, None, ConnectionState::default(), home, None);
        let sender = Sender::Http1(Http1::new(connection, sender));
        host.opened(&Steps::default(), sender);
        assert!(matches!(host.take(Instant::now()), Taken::Nothing));
        drop(waiting);
        assert!(matches!(host.take(Instant::now()), Taken::Ready(_)));
    }
}
