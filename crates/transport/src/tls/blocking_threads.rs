//! Handshakes whose key may block the thread that it signs on: each poll has one that may.
//!
//! rustls asks for a signature inside a poll and takes no future for it, so a device that needs 200
//! milliseconds would keep every other connection of that thread waiting. A thread is occupied
//! while bytes are processed, not while a server is waited for.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
};

use identity::{SignerError, SignerProblem};
use tokio::{
    sync::{Notify, Semaphore},
    task::{JoinError, spawn_blocking},
};

use crate::connection::steps::Steps;

/// The threads for the handshakes of one identity.
#[derive(Clone)]
pub(crate) struct BlockingThreads(Arc<Semaphore>);

/// A handshake that can be polled on any thread.
pub(crate) type BoxedHandshake<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

impl BlockingThreads {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Semaphore::new(MOST_THREADS)))
    }

    /// Polls a handshake to its end, never on the thread of the caller.
    ///
    /// One that is given up keeps its thread until its device has signed, and counts until then.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        mut handshake: BoxedHandshake<T>,
        steps: &Steps,
    ) -> io::Result<T> {
        let progress = Arc::new(Progress::default());
        loop {
            let threads = Arc::clone(&self.0);
            let permit = match Arc::clone(&threads).try_acquire_owned() {
                Ok(permit) => permit,
                // All of them wait for the device, and so does this one.
                Err(_) => {
                    steps.set_signing(true);
                    let permit = threads.acquire_owned().await.map_err(io::Error::other)?;
                    steps.set_signing(false);
                    permit
                }
            };
            let waker = Waker::from(Arc::clone(&progress));
            let polled = spawn_blocking(move || {
                let poll = handshake.as_mut().poll(&mut Context::from_waker(&waker));
                drop(permit);
                (handshake, poll)
            });
            let (rest, poll) = polled.await.map_err(not_polled)?;
            if let Poll::Ready(result) = poll {
                return result;
            }
            handshake = rest;
            // What has happened since the poll began is not lost: it is kept for this call.
            progress.0.notified().await;
        }
    }
}

/// Few enough that two identities leave threads to the rest of the program: tokio has 512.
const MOST_THREADS: usize = 128;

/// Wakes the task that waits for a handshake to go on.
#[derive(Default)]
struct Progress(Notify);

impl Wake for Progress {
    fn wake(self: Arc<Self>) {
        self.0.notify_one();
    }
}

/// Returns the error of a signer that panicked, or of a runtime that shuts down.
fn not_polled(error: JoinError) -> io::Error {
    match error.is_panic() {
        true => io::Error::other(SignerError::with_source(SignerProblem::Other, PANICKED)),
        false => io::ErrorKind::Interrupted.into(),
    }
}

const PANICKED: &str = "the signer panicked";
