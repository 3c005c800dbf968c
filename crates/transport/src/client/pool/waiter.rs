//! The queue's end of a request that waits for a connection.

use tokio::{runtime::Handle, sync::oneshot};

use crate::client::pool::sender::Sender;
use crate::error::Error;

/// One who waits.
pub(super) struct Waiter<B> {
    number: u64,
    /// Where it waits, and where a connection may be opened for it.
    runtime: Handle,
    outcome: oneshot::Sender<Outcome<B>>,
}

/// The request's place in the queue, where the outcome will come.
pub(super) struct Place<B> {
    pub(super) number: u64,
    pub(super) outcome: oneshot::Receiver<Outcome<B>>,
}

/// What a wait ends with.
type Outcome<B> = Result<Sender<B>, Failure>;

/// Why there is no connection.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// The task that was opening it has been dropped, with its runtime or by a panic.
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

    /// Hands over a connection; it comes back if no one waits any more.
    pub(super) fn serve(self, sender: Sender<B>) -> Result<(), Sender<B>> {
        match self.outcome.send(Ok(sender)) {
            Err(Ok(sender)) => Err(sender),
            _ => Ok(()),
        }
    }

    pub(super) fn tell(self, failure: Failure) {
        let _gone = self.outcome.send(Err(failure));
    }
}
