//! The queue's end of a request that waits for a connection.

use tokio::{runtime::Handle, sync::oneshot};

use crate::client::pool::sender::Sender;
use crate::error::Error;

/// A request that waits.
pub(super) struct Waiter<B> {
    number: u64,
    /// The runtime on which it waits, and on which a connection may be opened for it.
    runtime: Handle,
    outcome: oneshot::Sender<Outcome<B>>,
}

/// The request's place in the queue, where the outcome arrives.
pub(super) struct Place<B> {
    pub(super) number: u64,
    pub(super) outcome: oneshot::Receiver<Outcome<B>>,
}

/// The outcome of a wait.
type Outcome<B> = Result<Sender<B>, Failure>;

/// The reason why there is no connection.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// The task that was opening it was dropped, with its runtime or by a panic.
    Abandoned,
    Error(Error),
}

impl<B> Waiter<B> {
    pub(super) fn new(number: u64, runtime: Handle) -> (Self, Place<B>) {
        let (sender, receiver) = oneshot::channel();
        let waiter = Self {
            number,
            runtime,
            outcome: sender,
        };
        let place = Place {
            number,
            outcome: receiver,
        };
        (waiter, place)
    }

    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Passes a connection on; returns it if the request no longer waits.
    pub(super) fn serve(self, sender: Sender<B>) -> Result<(), Sender<B>> {
        match self.outcome.send(Ok(sender)) {
            Err(Ok(sender)) => Err(sender),
            _ => Ok(()),
        }
    }

    pub(super) fn fail(self, failure: Failure) {
        let _gone = self.outcome.send(Err(failure));
    }
}
