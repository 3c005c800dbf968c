//! One who waits for a connection.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use tokio::{runtime::Handle, sync::oneshot};

use crate::client::pool::host::Host;
use crate::client::pool::ready::Ready;
use crate::connection::phase::Phase;
use crate::error::Error;

/// The host's end.
pub(super) struct Waiter<B> {
    number: u64,
    /// Where it waits, and where a connection may be opened for it.
    runtime: Handle,
    outcome: oneshot::Sender<Result<Ready<B>, Failure>>,
}

/// The request's end: a future of a connection. Dropped, it leaves the queue, and a connection that has just been handed
/// to it goes back.
pub(crate) struct Waiting<B> {
    number: u64,
    host: Arc<Host<B>>,
    outcome: oneshot::Receiver<Result<Ready<B>, Failure>>,
}

/// Why there is no connection.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// The task that was opening it has been dropped, with its runtime or by a panic.
    Abandoned,
    Error(Error),
}

impl<B> Waiter<B> {
    pub(super) fn new(number: u64, runtime: Handle, host: Arc<Host<B>>) -> (Self, Waiting<B>) {
        let (sender, receiver) = oneshot::channel();
        let waiter = Self {
            number,
            runtime,
            outcome: sender,
        };
        let waiting = Waiting {
            number,
            host,
            outcome: receiver,
        };
        (waiter, waiting)
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Hands over a connection; it comes back if no one waits any more.
    pub(super) fn serve(self, ready: Ready<B>) -> Result<(), Ready<B>> {
        match self.outcome.send(Ok(ready)) {
            Err(Ok(ready)) => Err(ready),
            _ => Ok(()),
        }
    }

    pub(super) fn tell(self, failure: Failure) {
        let _gone = self.outcome.send(Err(failure));
    }
}

impl<B> Waiting<B> {
    /// That the time is over before there was a connection, and in which step: nothing has been sent.
    pub(crate) fn timed_out(&self) -> Error {
        match self.host.whereabouts(self.number) {
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
        Pin::new(&mut self.outcome)
            .poll(cx)
            .map(|told| told.unwrap_or(Err(Failure::Abandoned)))
    }
}

impl<B> Drop for Waiting<B> {
    fn drop(&mut self) {
        self.host.give_up(self.number);
    }
}
